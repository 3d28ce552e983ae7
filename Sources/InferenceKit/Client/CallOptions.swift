public import HTTPTypes

/// What one call does differently from its client; `nil` means "as the client is configured".
public struct CallOptions: Sendable {
    /// Where the call goes.
    public var target: Target?
    /// The clocks; those that are `nil` are the client's.
    public var timeouts: Timeouts?
    /// When a failed attempt is followed by another.
    public var retry: RetryPolicy?
    /// Header fields that are added last, in place of any of the same name.
    public var fields: HTTPFields
    /// Whether equal requests may be answered from the service's cache.
    public var usesCache: Bool?
    /// Whether the call waits for a model that loads, until its total time is over.
    ///
    /// The client does the waiting, by the estimates that come: a server that holds the request instead would tell nothing
    /// meanwhile.
    public var waitsForModel: Bool?
    /// The organisation that pays, by `X-HF-Bill-To`.
    public var billTo: String?
    /// The token.
    public var token: TokenSource?
    /// The file into which a medium that comes back is streamed, without being loaded.
    public var outputPath: String?
    /// Other models or places, asked in order when the first choice cannot answer.
    ///
    /// Default: none. ``CallMetadata/failedChoices`` and ``InferenceError/failedChoices`` tell who did not answer and why.
    public var fallbacks: [Fallback]
    /// When the call goes on to its next fallback.
    public var fallbackRules: FallbackRules
    /// Told each step of the call, after the client's own observer.
    public var observer: (@Sendable (InferenceEvent) -> Void)?

    /// Whether only a Hugging Face token may go along, and only where one from the environment could: so it is for a
    /// fallback at another place than the token was given for.
    var keepsTokenHome = false

    /// Makes options that leave everything as the client has it.
    ///
    /// Nearly all calls have these, and twelve arguments of their own would fill each caller's frame.
    public init() {
        fields = HTTPFields()
        fallbacks = []
        fallbackRules = FallbackRules()
    }

    /// Makes options; what is left out stays as the client has it.
    public init(
        target: Target? = nil,
        timeouts: Timeouts? = nil,
        retry: RetryPolicy? = nil,
        fields: HTTPFields = [:],
        usesCache: Bool? = nil,
        waitsForModel: Bool? = nil,
        billTo: String? = nil,
        token: TokenSource? = nil,
        outputPath: String? = nil,
        fallbacks: [Fallback] = [],
        fallbackRules: FallbackRules = FallbackRules(),
        observer: (@Sendable (InferenceEvent) -> Void)? = nil
    ) {
        self.target = target
        self.timeouts = timeouts
        self.retry = retry
        self.fields = fields
        self.usesCache = usesCache
        self.waitsForModel = waitsForModel
        self.billTo = billTo
        self.token = token
        self.outputPath = outputPath
        self.fallbacks = fallbacks
        self.fallbackRules = fallbackRules
        self.observer = observer
    }
}
