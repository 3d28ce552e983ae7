import HTTPTypes

/// Another model or another place for a call whose earlier choices cannot answer.
///
/// ```swift
/// let labels = try await client.textClassification(
///     "It rained all week.",
///     model: "org/model",
///     options: CallOptions(fallbacks: ["org/smaller-model", Fallback(target: .url("http://127.0.0.1:8080"))])
/// )
/// ```
public struct Fallback: Sendable, ExpressibleByStringLiteral {
    /// The model; `nil` is the call's own.
    public var model: ModelID?
    /// Where the call goes; `nil` is the call's own target.
    public var target: Target?
    /// The token for ``target``.
    ///
    /// With a target of its own, a fallback gets a token of the call only where one from the environment could go: a
    /// Hugging Face token to Hugging Face's hosts, the router and loopback. The call's own header fields stay behind as
    /// well; they were meant for the first place.
    public var token: TokenSource?

    /// Makes a fallback; one that names neither model nor target makes the call fail with an error that says so.
    public init(model: ModelID? = nil, target: Target? = nil, token: TokenSource? = nil) {
        self.model = model
        self.target = target
        self.token = token
    }

    /// Another model at the same place.
    public init(stringLiteral value: String) { self.init(model: ModelID(value)) }
}

/// When a call goes on to its next fallback.
public struct FallbackRules: Hashable, Sendable {
    /// The causes that another choice may help against; with any other, the call ends.
    ///
    /// The caller's own input, its token and its rights would fail elsewhere too, and are for a person to mend.
    public var causes: Set<InferenceError.Code>
    /// The longest single wait for which a choice is kept while others are left; `nil` waits as the retry policy says.
    ///
    /// A model that loads for a minute, or a server that says to come back later, is left for the next choice at once.
    public var patience: Duration?

    /// Makes rules.
    ///
    /// - Parameters:
    ///   - causes: The causes to go on with; default: ``standardCauses``.
    ///   - patience: The longest wait for one choice while others are left; default: 2 s.
    public init(causes: Set<InferenceError.Code> = Self.standardCauses, patience: Duration? = .seconds(2)) {
        self.causes = causes
        self.patience = patience
    }

    /// Whatever lies with the model or the server: missing, removed, gated, not offered, loading, limited, out of credits, asleep,
    /// failing or out of reach.
    public static let standardCauses: Set<InferenceError.Code> = [
        .notFound, .removed, .gated, .unsupportedTask, .quotaExhausted, .rateLimited, .modelLoading, .overloaded,
        .serverFailure, .endpointPaused, .endpointScaledToZero, .endpointStarting, .endpointFailed, .timedOut,
        .connectionFailed, .connectionLost, .cutShort,
    ]
}

/// A choice that did not answer, and why.
public struct FailedChoice: Sendable {
    /// The model that was asked for; `nil` when the URL alone decides.
    public var model: ModelID?
    /// The provider that was asked.
    public var provider: ProviderID?
    /// Why it did not answer.
    public var error: InferenceError

    /// Makes a report.
    public init(model: ModelID?, provider: ProviderID?, error: InferenceError) {
        self.model = model
        self.provider = provider
        self.error = error
    }
}

extension InferenceClient {
    /// One choice of a call: what to ask, and what came before it.
    struct Choice {
        var model: ModelID?
        var options: CallOptions
        /// When the call began, all its choices counted.
        var start: Duration
        var failed: [FailedChoice] = []
        /// The causes with which another choice is made after this one; none after the last.
        var causes: Set<InferenceError.Code> = []
        /// When the time of all choices is over.
        var deadline: Duration?

        /// Whether another choice is made after this failure.
        func goesOn(after error: InferenceError, at now: Duration) -> Bool {
            causes.contains(error.code) && deadline.map { now < $0 } ?? true
        }
    }

    /// Makes a call of each choice in turn, until one answers or a cause forbids to go on.
    ///
    /// All of them share the call's deadline, which begins here.
    func choosing<Value>(
        model: ModelID?,
        options: CallOptions,
        _ call: (Choice) async throws -> Value
    ) async throws -> Value {
        let start = configuration.clock.now()
        var choice = Choice(model: model, options: options, start: start)
        let fallbacks = options.fallbacks
        guard !fallbacks.isEmpty else { return try await call(choice) }
        try Self.check(fallbacks, options.fallbackRules)
        choice.causes = options.fallbackRules.causes
        choice.deadline = (options.timeouts?.total ?? configuration.timeouts.total).map { start + $0 }
        for number in 0...fallbacks.count {
            if number > 0 {
                let fallback = fallbacks[number - 1]
                choice.model = fallback.model ?? model
                choice.options = options
                if let target = fallback.target {
                    choice.options.target = target
                    choice.options.fields = [:]
                    choice.options.keepsTokenHome = fallback.token == nil
                }
                choice.options.token = fallback.token ?? options.token
            }
            if number == fallbacks.count {
                choice.options.fallbackRules.patience = nil
                choice.causes = []
            }
            do {
                return try await call(choice)
            } catch var error as InferenceError {
                if error.code == .invalidInput, number > 0 {
                    error.field = "fallbacks[\(number - 1)].\(error.field ?? "")"
                    error.message = "fallbacks[\(number - 1)]: \(error.message)"
                }
                guard choice.goesOn(after: error, at: configuration.clock.now()) else {
                    error.failedChoices = choice.failed
                    throw error
                }
                choice.failed.append(
                    FailedChoice(model: error.model ?? choice.model, provider: error.provider, error: error)
                )
            }
        }
        // Not reached: the last round returns or throws.
        throw InferenceError.invalidInput("fallbacks", expected: "at least one choice")
    }

    /// Tells the observers how a choice ended that did not answer, and returns its error with what is known of the call.
    func settled(_ error: any Error, _ context: CallContext, _ choice: Choice) -> any Error {
        let failure = InferenceError.wrapping(error, context: context)
        if let failure = failure as? InferenceError {
            let goesOn = choice.goesOn(after: failure, at: configuration.clock.now())
            context.tell(goesOn ? .fallingBack(failure.code) : .failed(failure.code))
        } else {
            context.tell(.cancelled)
        }
        return failure
    }

    private static func check(_ fallbacks: [Fallback], _ rules: FallbackRules) throws {
        for (index, fallback) in fallbacks.enumerated() {
            // An endpoint without a URL is no mistake of the caller's; its turn may never come.
            if var problem = fallback.target?.problem as? InferenceError, problem.code == .invalidInput {
                problem.field = "fallbacks[\(index)].target"
                throw problem
            }
            guard fallback.model != nil || fallback.target != nil else {
                throw InferenceError.invalidInput("fallbacks[\(index)]", expected: "a model, a target or both")
            }
        }
        guard rules.patience.map({ $0 >= .zero }) ?? true else {
            throw InferenceError.invalidInput("fallbackRules.patience", expected: "a duration of zero or more")
        }
    }
}
