/// A model of the catalog.
struct Model: Sendable {
    /// How the service treats calls to it.
    enum State: Sendable {
        /// Answers.
        case warm
        /// Answers after it has loaded.
        case cold
        /// Loads and never comes.
        case endless
        /// Known to the Hub, not served.
        case frozen
        /// Too large for the service to load.
        case tooBig
        /// Always sheds load.
        case overloaded
        /// Fails at the first call, answers after that.
        case flaky
        /// Always over its own limit.
        case limited
        /// For PRO accounts only.
        case proOnly
        /// Taken away for good.
        case gone
        /// Streams end with an error event after three tokens.
        case failsMidStream
        /// Streams end without an end after three tokens.
        case cutMidStream
    }

    var id: String
    /// The task in its `pipeline_tag`.
    var task: String
    var library = "transformers"
    /// Tags beside the library and the task: further tasks it can do, `conversational`.
    var tags: [String] = []
    var state = State.warm
    /// `auto` or `manual` where conditions have to be accepted first.
    var gated: String?
    /// The tokens of input it can take; more is refused where the task has such a limit.
    var window = 512
    /// The classes of a classifier.
    var labels: [String] = []
    var maskToken: String?
    /// Providers that serve it beside hf-inference.
    var providers: [String] = []

    var author: String { String(id.prefix { $0 != "/" }) }

    /// Whether it can do a task: its own, one among its tags, or what a chat model can do besides.
    func canDo(_ other: String) -> Bool {
        other == task || tags.contains(other) || other == "text2text-generation" && task == "text-generation"
    }
}
