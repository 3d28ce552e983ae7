import Synchronization

/// Everything that routes share: the catalog, the states and who may do what.
final class Backend: Sendable {
    let configuration: LocalService.Configuration
    let catalog: Catalog
    let accounts: Accounts
    let limits: Limits
    let limiter = RateLimiter()
    let states: ModelStates
    let cache = AnswerCache()
    let log = RequestLog()
    let endpoints = EndpointStore()
    /// Guards the service's own URL, which is known once it listens.
    let base = Mutex("")

    init(_ configuration: LocalService.Configuration) {
        var configuration = configuration
        // A time that is none would stop the program where it is slept.
        let seconds = configuration.coldSeconds
        configuration.coldSeconds = seconds.isFinite ? min(86_400, max(0, seconds)) : 3
        self.configuration = configuration
        catalog = Catalog(rules: TaskRules.all, syntheticCount: configuration.syntheticModels)
        accounts = Accounts(configuration: configuration)
        limits = Limits(configuration: configuration)
        states = ModelStates(coldSeconds: configuration.coldSeconds)
    }

    /// The longest that a request waits for a model that loads, in seconds: the gateway's own patience.
    private static let patience = 60.0

    /// Lets a request through to inference by token, scope, credits and limits, and returns the caller's account.
    func admit(_ request: Request) throws(Refusal) -> LocalService.Account? {
        let account = try accounts.admitToInference(request)
        let plan = accounts.plan(of: account)
        let limit = limits.inference(plan)
        let caller = account?.name ?? "anonymous"
        let standing = limiter.take(bucket: "inference", caller: caller, quota: limit.quota, window: limit.window)
        guard standing.isAllowed else { throw limits.inferenceRefusal(plan, standing) }
        return account
    }

    /// Returns once `model` can answer the caller.
    ///
    /// With `waits` the request is held while the model loads; without `loads` a cold model is left alone.
    ///
    /// - Throws: A ``Refusal`` in the words for the model's state.
    func makeReady(
        _ model: Model,
        for account: LocalService.Account?,
        waits: Bool,
        loads: Bool
    ) async throws {
        try accounts.admit(account, to: model)
        try refuse(model, account)
        if !loads, states.availability(of: model) != .warm {
            // The old service said this with status 200.
            throw Refusal(200, "not loaded yet")
        }
        states.startLoading(model)
        guard case .loading(let seconds) = states.availability(of: model) else { return }
        guard waits else {
            throw Refusal(
                503,
                json: [
                    "error": .string("Model \(model.id) is currently loading"),
                    "estimated_time": .number((seconds * 1_000).rounded(.up) / 1_000),
                ]
            )
        }
        let isEndless = model.state == .endless
        try await Task.sleep(for: .seconds(isEndless ? Self.patience : min(seconds, Self.patience)))
        if states.availability(of: model) != .warm {
            throw Refusal(500, "Model too busy, unable to get response in less than 60 second(s)")
        }
    }

    /// The refusals of models that never answer, or not yet.
    private func refuse(_ model: Model, _ account: LocalService.Account?) throws(Refusal) {
        switch model.state {
        case .frozen: throw Refusal(400, "Model not supported by provider hf-inference")
        case .tooBig:
            throw Refusal(
                403,
                "The model \(model.id) is too large to be loaded automatically (16GB > 10GB). Please use Spaces"
                    + " (https://huggingface.co/spaces) or Inference Endpoints (https://huggingface.co/inference-endpoints)."
            )
        case .overloaded: throw Refusal(503, "Service temporarily unavailable, overload detected")
        case .flaky:
            if states.countCall(model) == 0 { throw Refusal(500, "Internal Server Error") }
        case .limited:
            throw Refusal(
                429,
                "Model is overloaded",
                headers: [("retry-after", "1"), ("ratelimit", "\"inference\";r=0;t=1")]
            )
        case .proOnly:
            guard accounts.plan(of: account) == .pro else {
                throw Refusal(
                    400,
                    "Model requires a Pro subscription; check out hf.co/pricing to learn more. Make sure to include your"
                        + " HF token in your query."
                )
            }
        case .gone: throw Refusal(410, "Model \(model.id) has been removed")
        default: break
        }
    }

    /// Waits as long as a computed answer takes.
    func takeTime() async throws {
        if configuration.latency > .zero { try await Task.sleep(for: configuration.latency) }
    }

    /// The pause between the tokens of a stream.
    var tokenInterval: Duration { configuration.latency / 10 }
}
