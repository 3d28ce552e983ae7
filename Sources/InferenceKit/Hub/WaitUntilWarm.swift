extension InferenceClient {
    /// Makes a server load a model, and waits until it answers.
    ///
    /// The model's state is asked for as in ``modelStatus(_:maxAge:options:)``. One that is not warm is called, as far as
    /// `prewarming` goes, and called again after the time that the server estimates, 30 seconds at most each time
    /// (``RetryPolicy/maxLoadingDelay``), until it answers: an estimate that never comes true ends with the timeout.
    /// Otherwise its state is asked for again, after pauses that grow to 8 seconds (``RetryPolicy/maxBackoff``).
    /// Failures that may pass are waited out, too.
    ///
    /// The observers of the client and the options are told each state when it changes
    /// (``InferenceEvent/Kind-swift.enum/job(state:)``, in the words of ``ModelAvailability``), each pause with the
    /// server's estimate (``InferenceEvent/Kind-swift.enum/waiting(_:estimate:)``), and the end.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - timeout: The longest that is waited. Default: ten minutes.
    ///   - prewarming: What may be sent to make the server load it.
    ///   - options: What this call does differently from the client; of its timeouts the total one is `timeout`.
    /// - Returns: The status, warm.
    /// - Throws: ``InferenceError``: ``InferenceError/Code-swift.struct/timedOut`` with the last estimate and the last
    ///   failure; ``InferenceError/Code-swift.struct/unsupportedTask`` for a model that is frozen;
    ///   ``InferenceError/Code-swift.struct/gated``, ``InferenceError/Code-swift.struct/notFound``,
    ///   ``InferenceError/Code-swift.struct/endpointPaused`` and whatever else cannot pass by waiting. Or
    ///   `CancellationError`.
    @concurrent
    public func waitUntilWarm(
        _ model: ModelID,
        timeout: Duration = .seconds(600),
        prewarming: Prewarming = .automatic,
        options: CallOptions = CallOptions()
    ) async throws -> ModelStatus {
        try InferenceError.require(timeout > .zero, "timeout", "a duration above zero")
        var warmUp = WarmUp(client: self, model: model, timeout: timeout, prewarming: prewarming, options: options)
        return try await warmUp.run()
    }

    /// Makes servers load several models at a time, and waits until all of them answer.
    ///
    /// - Parameters:
    ///   - models: The models.
    ///   - timeout: The longest that is waited, for all of them together. Default: ten minutes.
    ///   - prewarming: What may be sent to make a server load a model.
    ///   - options: What these calls do differently from the client; an observer can tell the models apart by
    ///     ``InferenceEvent/model``.
    /// - Returns: The statuses, in the order of `models`.
    /// - Throws: The first error of any of them, as for one model; the others are not waited for then.
    @concurrent
    public func waitUntilWarm(
        _ models: [ModelID],
        timeout: Duration = .seconds(600),
        prewarming: Prewarming = .automatic,
        options: CallOptions = CallOptions()
    ) async throws -> [ModelStatus] {
        try await withThrowingTaskGroup(of: (Int, ModelStatus).self) { group in
            for (index, model) in models.enumerated() {
                group.addTask {
                    let status = try await waitUntilWarm(
                        model,
                        timeout: timeout,
                        prewarming: prewarming,
                        options: options
                    )
                    return (index, status)
                }
            }
            var statuses: [(Int, ModelStatus)] = []
            for try await status in group { statuses.append(status) }
            return statuses.sorted(on: \.0).map(\.1)
        }
    }
}

/// One wait for one model.
private struct WarmUp {
    /// The client without observers: the questions and calls in between are not the caller's.
    private let client: InferenceClient
    private let model: ModelID
    private let timeout: Duration
    private let prewarming: Prewarming
    private let options: CallOptions
    private let policy: RetryPolicy
    private let observers: [@Sendable (InferenceEvent) -> Void]
    private let start: Duration

    /// What was found out last.
    private var status: ModelStatus?
    private var availability: ModelAvailability?
    private var failure: InferenceError?
    private var estimate: Duration?
    private var pauses = 0

    init(
        client: InferenceClient,
        model: ModelID,
        timeout: Duration,
        prewarming: Prewarming,
        options: CallOptions
    ) {
        self.client = client.withoutObserver
        self.model = model
        self.timeout = timeout
        self.prewarming = prewarming
        policy = options.retry ?? client.configuration.retry
        observers = [client.configuration.observer, options.observer].compactMap { $0 }
        start = client.configuration.clock.now()
        var options = options
        options.observer = nil
        // The pauses are this loop's, which tells of them.
        options.retry = .never
        options.waitsForModel = false
        options.outputPath = nil
        // Another model's answer would say nothing about this one.
        options.fallbacks = []
        self.options = options
    }

    private var clock: InferenceClock { client.configuration.clock }
    private var remaining: Duration { start + timeout - clock.now() }

    mutating func run() async throws -> ModelStatus {
        do {
            let status = try await wait()
            tell(.finished)
            return status
        } catch {
            let error = InferenceError.wrapping(error, about: model)
            tell((error as? InferenceError).map { .failed($0.code) } ?? .cancelled)
            throw error
        }
    }

    private mutating func wait() async throws -> ModelStatus {
        while true {
            try Task.checkCancellation()
            guard remaining > .zero else { throw late() }
            estimate = nil
            do {
                if let status = try await look() { return status }
                failure = nil
            } catch let error as InferenceError {
                // Whatever ran out at the end of the time is only the form in which the end was met.
                if remaining <= .zero { throw late() }
                guard error.isRetryable else { throw error }
                failure = error
                estimate = error.retryAfter
                if error.code == .modelLoading { note(.loading) }
            }
            try await pause()
        }
    }

    /// Asks, or calls; the status when the model is warm.
    private mutating func look() async throws -> ModelStatus? {
        var options = options
        options.timeouts = options.timeouts ?? Timeouts()
        options.timeouts?.total = remaining
        if let status, let call = call(for: status) { return try await send(call, to: status, options) }
        let status = try await client.modelStatus(model, maxAge: .zero, options: options)
        self.status = status
        note(status.availability)
        switch status.availability {
        case .warm: return status
        case .frozen: throw unavailable(status)
        case .paused: throw InferenceError(.endpointPaused, "The endpoint of \(model) is paused: resume it first.")
        default:
            guard let call = call(for: status) else { return nil }
            return try await send(call, to: status, options)
        }
    }

    /// What is to be sent; only Hugging Face's own service, and a server of one's own, load models on request.
    private func call(for status: ModelStatus) -> Prewarming.Call? {
        let target = options.target ?? client.configuration.target
        let ownService = Target.hfInference.provider.id
        guard target == nil || target?.provider.id == ownService else { return nil }
        return prewarming.call(status)
    }

    private func send(
        _ call: Prewarming.Call,
        to status: ModelStatus,
        _ options: CallOptions
    ) async throws -> ModelStatus {
        var options = options
        options.target = .hfInference
        // An answer from a cache would say nothing about the model.
        options.usesCache = false
        _ = try await client.send(call.payload, as: call.task, model: status.id, options: options)
        await client.forgetStatus(of: model, options: options)
        var status = status
        status.availability = .warm
        status.source = .call
        status.age = .zero
        return status
    }

    private mutating func pause() async throws {
        pauses += 1
        let own = min(.seconds(1) * (1 << min(pauses - 1, 16)), max(policy.maxBackoff, .milliseconds(250)))
        var duration = min(max(estimate ?? own, .milliseconds(250)), max(policy.maxLoadingDelay, .milliseconds(250)))
        if let failure, failure.code != .modelLoading, let asked = failure.retryAfter {
            // Not an estimate, but a demand: asking earlier would only be refused again.
            duration = max(asked, .milliseconds(250))
            guard duration < remaining else { throw late() }
        }
        // What is left is used for one last try.
        guard remaining > .seconds(1) || duration < remaining else { throw late() }
        duration = min(duration, max(remaining - .milliseconds(500), .milliseconds(250)))
        tell(.waiting(Wait(duration, .loading), estimate: estimate))
        try await clock.sleep(duration)
    }

    private mutating func note(_ new: ModelAvailability) {
        guard availability != new else { return }
        availability = new
        if new != .warm || pauses > 0 { tell(.job(state: new.rawValue)) }
    }

    private func tell(_ kind: InferenceEvent.Kind) {
        let event = InferenceEvent(
            kind: kind,
            task: "wait-until-warm",
            model: model,
            provider: (options.target ?? client.configuration.target ?? .hfInference).provider.id,
            elapsed: clock.now() - start
        )
        for observer in observers { observer(event) }
    }

    private func late() -> InferenceError {
        let state = availability.map { "\(model) was still \($0)" } ?? "\(model) could not be asked about"
        var words = "\(state) when the time of \(timeout) was over."
        if let estimate { words += " The last estimate was another \(estimate)." }
        if let failure { words += " The last answer was: \(failure.message)" }
        return InferenceError(
            .timedOut,
            words,
            status: failure?.status,
            retryAfter: estimate,
            isRetryable: true,
            underlyingError: failure
        )
    }

    private func unavailable(_ status: ModelStatus) -> InferenceError {
        if status.isDisabled == true { return InferenceError(.removed, "\(model) has been switched off.") }
        return InferenceError(
            .unsupportedTask,
            "\(model) is frozen: it is not loaded on request, so there is nothing to wait for."
        )
    }
}

extension InferenceClient {
    /// The same client, sharing all it remembers, that tells nobody.
    fileprivate var withoutObserver: InferenceClient {
        var configuration = configuration
        configuration.observer = nil
        return InferenceClient(configuration, memory: memory)
    }

    /// Forgets the kept status of a model, which a call has shown to be too old.
    fileprivate func forgetStatus(of model: ModelID, options: CallOptions) async {
        guard let question = try? modelQuestion(model, fields: ModelStatus.fields) else { return }
        try? await forgetAnswer(to: question, options: options)
    }
}
