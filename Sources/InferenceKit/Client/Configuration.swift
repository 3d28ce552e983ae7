public import HTTPTypes

extension InferenceClient {
    /// How a client makes its calls, unless a call's options say otherwise.
    public struct Configuration: Sendable {
        /// The token.
        ///
        /// Default: the environment and the files of Hugging Face's own tools.
        public var token: TokenSource
        /// The model of calls that name none.
        ///
        /// Default: none.
        public var model: ModelID?
        /// Where calls go.
        ///
        /// Default: `nil`, which is Hugging Face's own serverless inference, and for chat the router, which chooses a
        /// provider.
        public var target: Target?
        /// The router's base URL.
        public var router: String
        /// The Hub's base URL.
        ///
        /// Default: `HF_ENDPOINT`, else the public Hub.
        public var hub: String
        /// The base URL of the API that manages dedicated endpoints.
        public var endpoints: String
        /// The clocks.
        ///
        /// Default: 10 s to connect, 60 s without a byte, 10 minutes for the whole call, retries included.
        public var timeouts: Timeouts
        /// When a failed attempt is followed by another.
        ///
        /// Default: three attempts.
        public var retry: RetryPolicy
        /// The retries that a client may spend before calls succeed again; keeps a fleet from hammering a service that
        /// is down.
        ///
        /// Default: 20.
        public var retryBudget: Int
        /// Header fields of every call.
        public var fields: HTTPFields
        /// Whether equal requests may be answered from the service's cache.
        ///
        /// Default: yes.
        public var usesCache: Bool
        /// Whether calls wait for a model that loads.
        ///
        /// Default: no; the error then carries the estimate.
        public var waitsForModel: Bool
        /// The organisation that pays.
        ///
        /// Default: the token's owner.
        public var billTo: String?
        /// The most bytes of an answer that is held in memory.
        ///
        /// Default: 1 GiB.
        public var maxReplyBytes: Int
        /// Told each step of every call.
        public var observer: (@Sendable (InferenceEvent) -> Void)?
        /// What carries the bytes.
        ///
        /// Default: libcurl on Linux, URLSession on Apple platforms.
        public var transport: any HTTPTransport
        /// The time that waits and deadlines go by.
        public var clock: InferenceClock
        /// Numbers in `0..<1` that spread retries over time.
        public var random: @Sendable () -> Double

        /// Makes a configuration of defaults, but for what is given.
        public init(
            token: TokenSource = .environment,
            model: ModelID? = nil,
            target: Target? = nil,
            transport: (any HTTPTransport)? = nil
        ) {
            self.token = token
            self.model = model
            self.target = target
            router = "https://router.huggingface.co"
            hub = ProcessEnvironment.current("HF_ENDPOINT") ?? "https://huggingface.co"
            endpoints = "https://api.endpoints.huggingface.cloud/v2"
            timeouts = Timeouts(connect: .seconds(10), idle: .seconds(60), total: .seconds(600))
            retry = .standard
            retryBudget = 20
            fields = [:]
            usesCache = true
            waitsForModel = false
            maxReplyBytes = 1 << 30
            self.transport = transport ?? Defaults.transport
            clock = .continuous
            random = { Double.random(in: 0..<1) }
        }
    }
}

/// The configuration with a call's options merged in: what the pipeline goes by.
struct CallSettings: Sendable {
    var timeouts: Timeouts
    var retry: RetryPolicy
    var fields: HTTPFields
    var usesCache: Bool
    var waitsForModel: Bool
    var billTo: String?
    var outputPath: String?
    /// The longest single wait before the call is given up; `nil` is as long as the policy says.
    var patience: Duration?
    var maxReplyBytes: Int
    /// The most bytes of an error body that are read.
    var maxErrorBytes = 65_536
    var clientObserver: (@Sendable (InferenceEvent) -> Void)?
    var callObserver: (@Sendable (InferenceEvent) -> Void)?
    var transport: any HTTPTransport
    var clock: InferenceClock
    var random: @Sendable () -> Double

    var isObserved: Bool { clientObserver != nil || callObserver != nil }

    fileprivate func check() throws {
        try Self.check(timeouts.connect, "connect")
        try Self.check(timeouts.firstByte, "firstByte")
        try Self.check(timeouts.idle, "idle")
        try Self.check(timeouts.total, "total")
        guard retry.maxAttempts >= 1 else {
            throw InferenceError.invalidInput("retry.maxAttempts", expected: "an integer ≥ 1")
        }
        if let billTo { try Self.checkValue(billTo, of: "billTo") }
        for field in fields {
            try Self.checkValue(field.value, of: "fields[\"\(field.name.rawName)\"]")
        }
    }

    private static func check(_ limit: Duration?, _ name: String) throws {
        guard let limit, limit <= .zero else { return }
        throw InferenceError.invalidInput("timeouts.\(name)", expected: "a duration above zero")
    }

    /// A header value without line ends: swift-http-types silently replaces them, which would hide the mistake.
    private static func checkValue(_ value: String, of name: String) throws {
        guard !value.isEmpty, value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F || $0 == "\t" })
        else {
            throw InferenceError.invalidInput(name, expected: "a header value without line ends or control characters")
        }
    }
}

extension InferenceClient.Configuration {
    /// Merges a call's options in; whatever cannot be sent is an error here, before anything is.
    func merging(_ options: CallOptions) throws -> CallSettings {
        var timeouts = timeouts
        if let given = options.timeouts {
            timeouts.connect = given.connect ?? timeouts.connect
            timeouts.firstByte = given.firstByte ?? timeouts.firstByte
            timeouts.idle = given.idle ?? timeouts.idle
            timeouts.total = given.total ?? timeouts.total
        }
        var fields = fields
        for field in options.fields { fields[field.name] = field.value }
        let settings = CallSettings(
            timeouts: timeouts,
            retry: options.retry ?? retry,
            fields: fields,
            usesCache: options.usesCache ?? usesCache,
            waitsForModel: options.waitsForModel ?? waitsForModel,
            billTo: options.billTo ?? billTo,
            outputPath: options.outputPath,
            patience: options.fallbacks.isEmpty ? nil : options.fallbackRules.patience,
            maxReplyBytes: maxReplyBytes,
            clientObserver: observer,
            callObserver: options.observer,
            transport: transport,
            clock: clock,
            random: random
        )
        try settings.check()
        return settings
    }
}
