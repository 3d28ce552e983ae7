/// What may be sent to make a server load a model.
public struct Prewarming: Sendable {
    /// What is sent for a model, or `nil` for nothing.
    let call: @Sendable (ModelStatus) -> Call?

    /// A call that makes a server load its model.
    struct Call: Sendable {
        var task: TaskID
        var payload: Payload
    }

    /// The smallest call of the model's task, to Hugging Face's own service.
    ///
    /// Sent are a word or two of English in the task's own form, for text generation with one token to make, and only for
    /// tasks that take text and answer in text or numbers. A call for a model that loads is refused without being
    /// counted; the first one that is answered is, at the price of a second or less of computing. Nothing is sent for
    /// tasks that take or make images, sounds or videos, for models whose task is not known, and to other providers,
    /// whose models are always loaded: these models are only asked about.
    public static var automatic: Self {
        Self { status in
            guard let task = status.task, let body = body(for: task, status) else { return nil }
            return Call(task: task, payload: .json(body))
        }
    }

    /// Nothing; the model is only asked about, and somebody else has to make it load.
    public static var never: Self { Self { _ in nil } }

    /// A call of one's own, for tasks that ``automatic`` sends nothing for.
    ///
    /// - Parameters:
    ///   - payload: The body; it is sent each time that the model is tried.
    ///   - task: The task whose route is taken.
    /// - Returns: The prewarming.
    public static func call(_ payload: Payload, as task: TaskID) -> Self {
        Self { _ in Call(task: task, payload: payload) }
    }

    private static func body(for task: TaskID, _ status: ModelStatus) -> JSONValue? {
        switch task.rawValue {
        case "text-classification", "token-classification", "feature-extraction", "translation", "summarization",
            "text2text-generation":
            ["inputs": "Hello."]
        case "text-generation": ["inputs": "Hello", "parameters": ["max_new_tokens": 1]]
        case "fill-mask": status.maskToken.map { ["inputs": .string("Hello \($0).")] }
        case "zero-shot-classification":
            ["inputs": "Hello.", "parameters": ["candidate_labels": ["greeting", "farewell"]]]
        case "question-answering": ["inputs": ["question": "Who?", "context": "It is me."]]
        case "sentence-similarity": ["inputs": ["source_sentence": "Hello.", "sentences": ["Hi."]]]
        case "table-question-answering": ["inputs": ["query": "How many?", "table": ["number": ["1"]]]]
        default: nil
        }
    }
}
