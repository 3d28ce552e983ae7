/// Why a model stopped, in the server's word, known here or not.
public struct FinishReason: RawRepresentable, Hashable, Sendable, JSONConvertible {
    /// The server's word.
    public var rawValue: String
    /// Makes a reason of the server's word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// An empty word, which some servers send while they go on, is none.
    init?(nonEmpty word: String) {
        guard !word.isEmpty else { return nil }
        rawValue = word
    }
    /// The answer is complete, or a stop text came.
    public static var stop: Self { Self(rawValue: "stop") }
    /// The limit of tokens was reached.
    public static var length: Self { Self(rawValue: "length") }
    /// The model wants tools called.
    public static var toolCalls: Self { Self(rawValue: "tool_calls") }
    /// A filter cut the answer off.
    public static var contentFilter: Self { Self(rawValue: "content_filter") }
    /// text-generation-inference: the model's own end.
    public static var endOfSequence: Self { Self(rawValue: "eos_token") }
    /// text-generation-inference: a stop text came.
    public static var stopSequence: Self { Self(rawValue: "stop_sequence") }
}
