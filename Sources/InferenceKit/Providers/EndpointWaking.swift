import HTTPTypes
import Synchronization

/// The endpoint that one call goes to, and what the call has seen of it.
final class EndpointWaking: CallRecovery {
    private struct State {
        /// The state that observers were told last.
        var told: InferenceEndpoint.State?
        /// Whether the first attempt was prepared.
        var hasBegun = false
        /// Whether the caller's own header says how long to hold.
        var isHeldByCaller = false
        /// Whether the endpoint was seen without a replica.
        var wasAsleep = false
        /// The times that it was said to run and did not answer nevertheless, after it had been asleep.
        var earlyCalls = 0
        /// When the last attempt was sent.
        var sent: Duration = .zero
        /// When holding ends.
        var holdEnd: Duration?
        /// The times that the endpoint was resumed.
        var resumptions = 0
    }

    private let name: String
    private let namespace: String
    private let authority: String
    private let stateAtFirst: InferenceEndpoint.State
    private let rule: EndpointAwakening.Kind
    private let base: String
    private let source: TokenSource
    /// Guards what the call has seen; one attempt at a time changes it.
    private let state = Mutex(State())

    init(
        name: String,
        namespace: String,
        authority: String,
        stateAtFirst: InferenceEndpoint.State,
        rule: EndpointAwakening.Kind,
        base: String,
        source: TokenSource
    ) {
        self.name = name
        self.namespace = namespace
        self.authority = authority
        self.stateAtFirst = stateAtFirst
        self.rule = rule
        self.base = base
        self.source = source
    }

    func prepare(_ request: HTTPRequest, in context: CallContext) async throws -> HTTPRequest {
        guard request.authority == authority else { return request }
        let isFirst = state.withLock { state in
            defer { state.hasBegun = true }
            if !state.hasBegun { state.isHeldByCaller = request.headerFields[.scaleUpTimeout] != nil }
            return !state.hasBegun
        }
        // An endpoint that was asleep when it was listed is looked at first: the call would only be refused.
        if isFirst, rule != .fail, stateAtFirst != .running, stateAtFirst != .updating {
            let watch = watch(in: context)
            if let endpoint = try await look(watch, context) {
                _ = try await wake(endpoint, watch, context, after: nil)
            }
        }
        var request = request
        if case .hold(let duration, let perRequest) = rule, !state.withLock({ $0.isHeldByCaller }) {
            let now = context.clock.now()
            let end = state.withLock { state in
                let end = state.holdEnd ?? now + duration
                state.holdEnd = end
                return end
            }
            let limit = Self.limit([perRequest, end - now, context.remaining], clocks: context.settings.timeouts)
            request.headerFields[.scaleUpTimeout] = limit >= .seconds(1) ? String(limit.wholeSeconds) : nil
        }
        state.withLock { $0.sent = context.clock.now() }
        return request
    }

    func recover(
        from failure: InferenceError,
        isReplayable: Bool,
        in context: CallContext
    ) async throws -> Recovery {
        guard failure.mayBeEndpointAsleep else { return .leave(failure) }
        let watch = watch(in: context)
        guard let endpoint = try await look(watch, context) else {
            // Who may not look can still be held.
            guard case .hold = rule, failure.code != .endpointPaused, isReplayable else { return .leave(failure) }
            try await pause(watch, nil, failure, context)
            return .replay
        }
        guard isReplayable, rule != .fail else { return try typed(endpoint, watch, failure, context) }
        return try await wake(endpoint, watch, context, after: failure)
    }

    func noteSuccess(in context: CallContext) {
        // The answer is the proof; nothing is told of an endpoint that was never seen in another state.
        guard state.withLock({ $0.told }) != nil else { return }
        tell(.running, context)
    }
}

// MARK: - Waking

extension EndpointWaking {
    /// Does what the rule says about an endpoint in its state.
    ///
    /// - Returns: ``Recovery/replay`` when the request shall be sent; before the first attempt it is in any case.
    private func wake(
        _ endpoint: InferenceEndpoint,
        _ watch: EndpointWatch,
        _ context: CallContext,
        after failure: InferenceError?
    ) async throws -> Recovery {
        let current = endpoint.status.state
        switch (rule, current) {
        case (_, .failed): throw mapped(watch.problem(of: endpoint), failure)
        case (.hold, .paused): throw mapped(watch.problem(of: endpoint), failure)
        case (.hold, let current) where current.sleeps || current.isStarting:
            guard let failure else { return .replay }
            try await pause(watch, endpoint, failure, context)
            return .replay
        case (.resume, let current) where current.sleeps || current.isStarting:
            try await resume(endpoint, watch, context, failure)
            return .replay
        case (.hold, .running), (.resume, .running):
            // The proxy may take a moment to notice what the API tells already.
            guard let failure else { return .replay }
            let isEarly = state.withLock { state in
                state.earlyCalls += 1
                return state.wasAsleep && state.earlyCalls <= 5
            }
            guard isEarly else { return .leave(failure) }
            try await pause(watch, endpoint, failure, context)
            return .replay
        default:
            // It runs, or is in a state that says nothing; the policy for failures of any server holds.
            return failure.map { .leave($0) } ?? .replay
        }
    }

    private func resume(
        _ endpoint: InferenceEndpoint,
        _ watch: EndpointWatch,
        _ context: CallContext,
        _ failure: InferenceError?
    ) async throws {
        var endpoint = endpoint
        var limits = EndpointWatch.Limits()
        if endpoint.status.state.sleeps {
            let count = state.withLock { state in
                state.resumptions += 1
                return state.resumptions
            }
            // Somebody pauses it again and again.
            guard count <= 3 else { throw mapped(watch.problem(of: endpoint), failure) }
            endpoint = try await watch.resume()
            limits.sleepingLooks = 3
        }
        _ = try await watch.waitUntilRunning(from: endpoint, limits) { endpoint in
            tell(endpoint.status.state, context)
        } pause: { duration in
            try await context.pause(Wait(duration, .waking))
        }
    }

    /// Waits before a held request is sent again; one that the proxy did hold is sent again almost at once.
    private func pause(
        _ watch: EndpointWatch,
        _ endpoint: InferenceEndpoint?,
        _ failure: InferenceError,
        _ context: CallContext
    ) async throws {
        let now = context.clock.now()
        let (sent, holdEnd) = state.withLock { ($0.sent, $0.holdEnd) }
        let duration: Duration = now - sent >= .seconds(1) ? .milliseconds(250) : .seconds(2)
        if let deadline = watch.deadline, now + duration >= deadline {
            throw mapped(watch.timedOut(endpoint), failure)
        }
        if let holdEnd, now + duration >= holdEnd { throw mapped(starting(endpoint), failure) }
        try await context.pause(Wait(duration, .waking))
    }

    /// The failure with its cause, when the endpoint's state is the cause.
    private func typed(
        _ endpoint: InferenceEndpoint,
        _ watch: EndpointWatch,
        _ failure: InferenceError,
        _ context: CallContext
    ) throws -> Recovery {
        let current = endpoint.status.state
        let cause: InferenceError
        if current == .updateFailed {
            // The old version may serve still, so the failure has another cause.
            return .leave(failure)
        } else if let problem = watch.problem(of: endpoint) {
            cause = mapped(problem, failure)
        } else if current.isStarting {
            cause = mapped(starting(endpoint), failure)
        } else {
            return .leave(failure)
        }
        // A few attempts within seconds would all come too early; a call that waits for models waits for this one, too.
        guard cause.isRetryable, context.settings.waitsForModel else { throw cause }
        return .leave(cause)
    }

    private func starting(_ endpoint: InferenceEndpoint?) -> InferenceError {
        let words = endpoint.map { "it is \($0.status.state)" } ?? "its state is not told"
        return InferenceError(
            .endpointStarting,
            "The endpoint \(name) has no replica yet: \(words).",
            isRetryable: true
        )
    }

    // MARK: - Looking

    private func watch(in context: CallContext) -> EndpointWatch {
        var settings = context.settings.forLookups
        // The caller waits: one more attempt is enough for a question that only explains.
        settings.retry.maxAttempts = min(settings.retry.maxAttempts, 2)
        return EndpointWatch(
            name: name,
            namespace: namespace,
            base: base,
            source: source,
            // What the call itself may carry there, and nowhere else.
            tokenForServer: { [authority] in $0.authority == authority ? context.token : nil },
            memory: context.memory,
            settings: settings,
            deadline: context.deadline ?? context.clock.now() + .seconds(1_800)
        )
    }

    /// The endpoint as it is now, or `nil` when the API does not tell.
    private func look(_ watch: EndpointWatch, _ context: CallContext) async throws -> InferenceEndpoint? {
        do {
            let endpoint = try await watch.look()
            tell(endpoint.status.state, context)
            return endpoint
        } catch is InferenceError {
            return nil
        }
    }

    private func tell(_ current: InferenceEndpoint.State, _ context: CallContext) {
        let isNew = state.withLock { state in
            defer { state.told = current }
            if current.sleeps || current.isStarting { state.wasAsleep = true }
            return state.told != current
        }
        if isNew { context.tell(.endpoint(state: current.rawValue)) }
    }

    /// The cause with the facts of the attempt that showed it.
    private func mapped(_ cause: InferenceError?, _ failure: InferenceError?) -> InferenceError {
        var error = cause ?? InferenceError(.endpointFailed, "The endpoint \(name) does not answer.")
        error.status = failure?.status
        error.requestID = failure?.requestID
        error.attempts = failure?.attempts ?? 0
        return error
    }

    /// The time for which a request may be held: the least of all bounds, five seconds less than the clocks that would
    /// end it.
    private static func limit(_ bounds: [Duration?], clocks: Timeouts) -> Duration {
        let quiet = [clocks.idle, clocks.firstByte].compactMap { $0 }.map { $0 - .seconds(5) }
        return (bounds.compactMap { $0 } + quiet).min() ?? .zero
    }
}

extension InferenceError {
    /// Whether a call to an endpoint may have failed because no replica is there.
    fileprivate var mayBeEndpointAsleep: Bool {
        code == .endpointPaused || code == .endpointScaledToZero || (code == .overloaded && status == 503)
            || status == 502
    }
}

extension HTTPField.Name {
    /// The seconds that an endpoint's proxy holds a request while a replica starts.
    ///
    /// Source: the autoscaling guide of Inference Endpoints.
    static let scaleUpTimeout = Self.known("X-Scale-Up-Timeout")
}

extension Wait.Reason {
    /// An endpoint has no replica yet, and is looked at or called again.
    public static var waking: Self { Self(rawValue: "waking") }
}
