/// What is known about a call besides its value; whatever no server told is `nil`.
public struct CallMetadata: Sendable {
    /// The task.
    public var task: TaskID
    /// The model that was asked for; `nil` when the URL alone decides.
    public var model: ModelID?
    /// The provider that was asked.
    public var provider: ProviderID
    /// The URL of the last attempt, without its query.
    public var url: String?
    /// The status of the last response.
    public var status: Int?
    /// The server's id of the request: the first of `x-request-id`, `x-amzn-trace-id`, `x-amz-cf-id`.
    public var requestID: String?
    /// The attempts made.
    public var attempts = 0
    /// The pauses between them.
    public var waits: [Wait] = []
    /// The timings of the last attempt.
    public var timings = TransferTimings()
    /// The whole time of the call, waits included.
    public var total: Duration = .zero
    /// What the model ran on, in the server's word: `cpu`, `gpu`, `cpu+optimized` and others.
    public var computeType: String?
    /// The time that the model took, as far as its unit is known: text with a decimal point is seconds, an integer is
    /// milliseconds, as the servers that send the header do.
    public var computeTime: Duration?
    /// Whether the answer came from a cache; `nil` when the server gives no sign.
    public var isCached: Bool?
    /// The state of the rate limit after the call.
    public var rateLimit: RateLimit?
    /// Tokens, characters, images or seconds that were counted for the call, by the server's own names.
    public var usage: [String: Double] = [:]

    /// The choices that did not answer before this one did, in order; the rest of the metadata is about the one that did.
    public var failedChoices: [FailedChoice] = []

    /// Makes metadata of a call that has not begun.
    public init(task: TaskID, model: ModelID?, provider: ProviderID) {
        self.task = task
        self.model = model
        self.provider = provider
    }
}

/// A value with what is known about the call that brought it.
public struct InferenceResult<Value: Sendable>: Sendable {
    /// The answer.
    public var value: Value
    /// The call.
    public var metadata: CallMetadata

    /// Makes a result.
    public init(value: Value, metadata: CallMetadata) {
        self.value = value
        self.metadata = metadata
    }
}
