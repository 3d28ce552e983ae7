/// One step in the life of a call, told while it runs; enough for a progress bar or a log.
public struct InferenceEvent: Sendable {
    /// What happened; minor releases may add cases to the underlying set, so keep a default branch.
    public enum Kind: Sendable {
        /// Attempt `number`, counted from one, is about to be sent.
        case attempt(number: Int)
        /// The response head has arrived.
        case head(status: Int)
        /// The call waits before the next attempt; `estimate` is the server's own guess for a model that loads.
        case waiting(Wait, estimate: Duration?)
        /// A medium travels down: bytes so far, and the whole size when the server told it.
        case received(bytes: Int, of: Int?)
        /// A job that was submitted is in this state, in the server's word.
        case job(state: String)
        /// The dedicated endpoint that is called or waited for is in this state, in the API's word.
        case endpoint(state: String)
        /// This choice does not answer, for this cause, and the call goes on to its next fallback.
        case fallingBack(InferenceError.Code)
        /// The call ended with a value.
        case finished
        /// The call ended with an error.
        case failed(InferenceError.Code)
        /// The call was cancelled.
        case cancelled
    }

    /// What happened.
    public var kind: Kind
    /// The task.
    public var task: TaskID
    /// The model, when one was named.
    public var model: ModelID?
    /// The provider.
    public var provider: ProviderID
    /// The time since the call began.
    public var elapsed: Duration

    /// Makes an event.
    public init(kind: Kind, task: TaskID, model: ModelID?, provider: ProviderID, elapsed: Duration) {
        self.kind = kind
        self.task = task
        self.model = model
        self.provider = provider
        self.elapsed = elapsed
    }
}

/// A pause between two attempts, and why it was made.
public struct Wait: Hashable, Sendable {
    /// Why a call waits.
    public struct Reason: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The word.
        public var rawValue: String
        /// Makes a reason of a word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The word.
        public var description: String { rawValue }
        /// The model is being loaded.
        public static var loading: Self { Self(rawValue: "loading") }
        /// The server asked for it by a header.
        public static var serverAsked: Self { Self(rawValue: "serverAsked") }
        /// A failure that may pass; the time comes from the retry policy.
        public static var backoff: Self { Self(rawValue: "backoff") }
        /// A job has not ended yet and is asked about again.
        public static var polling: Self { Self(rawValue: "polling") }
    }

    /// How long.
    public var duration: Duration
    /// Why.
    public var reason: Reason

    /// Makes a wait.
    public init(_ duration: Duration, _ reason: Reason) {
        self.duration = duration
        self.reason = reason
    }
}
