import HTTPTypes

/// One endpoint that is looked at, resumed and waited for: the questions that a wait and a call have in common.
struct EndpointWatch: Sendable {
    let name: String
    let namespace: String
    /// The management API's base URL.
    let base: String
    let source: TokenSource
    /// The token that may go to the endpoint's own server.
    let tokenForServer: @Sendable (URLReference) async throws -> AccessToken?
    let memory: ClientMemory
    /// Without observers: the questions in between are not the caller's.
    let settings: CallSettings
    /// The moment at which all of it ends, or `nil`.
    let deadline: Duration?

    /// What ends a wait.
    struct Limits {
        /// The pause between two looks.
        var interval: Duration = .seconds(5)
        /// The looks that may find the endpoint still asleep: the API takes a moment to tell that it was resumed.
        var sleepingLooks = 0
    }

    private var clock: InferenceClock { settings.clock }

    /// The time left, never negative; `nil` when there is no end.
    var remaining: Duration? { deadline.map { max($0 - clock.now(), .zero) } }

    /// Asks for the endpoint as it is now.
    func look() async throws -> InferenceEndpoint {
        try await ask(.get, verb: nil)
    }

    /// Starts the endpoint; that it runs already is fine.
    func resume() async throws -> InferenceEndpoint {
        do {
            return try await ask(.post, verb: "resume")
        } catch let error as InferenceError where error.saysAlreadyRunning {
            return try await look()
        }
    }

    /// Waits until the endpoint runs, has a URL, and its server says that it is healthy.
    ///
    /// - Parameters:
    ///   - first: The endpoint as it was seen last, or `nil` to look first.
    ///   - limits: The pauses.
    ///   - tell: Told each state that was seen.
    ///   - pause: Waits, and tells of it.
    /// - Returns: The endpoint.
    /// - Throws: ``InferenceError`` for a state that does not pass by waiting, and when the time is over.
    func waitUntilRunning(
        from first: InferenceEndpoint? = nil,
        _ limits: Limits,
        tell: (InferenceEndpoint) -> Void,
        pause: (Duration) async throws -> Void
    ) async throws -> InferenceEndpoint {
        var seen = first
        var last: InferenceEndpoint?
        var failure: InferenceError?
        var sleepingLooks = limits.sleepingLooks
        while true {
            do {
                let endpoint: InferenceEndpoint
                if let known = seen { endpoint = known } else { endpoint = try await look() }
                seen = nil
                last = endpoint
                tell(endpoint)
                if let problem = problem(of: endpoint) {
                    guard endpoint.status.state.sleeps, sleepingLooks > 0 else { throw problem }
                    sleepingLooks -= 1
                } else if try await isHealthy(endpoint) {
                    return endpoint
                }
                failure = nil
            } catch let error as InferenceError {
                // A question that ran out of time says less than the error below, if it was the last.
                let mayPass = error.isRetryable || error.code == .timedOut
                guard mayPass, !error.code.isOfEndpoint else { throw error }
                failure = error
            }
            let left = remaining ?? limits.interval
            guard left > .zero else { throw timedOut(last, failure) }
            try await pause(min(limits.interval, left))
        }
    }

    /// Why waiting alone cannot help, or `nil` when it can.
    func problem(of endpoint: InferenceEndpoint) -> InferenceError? {
        let state = endpoint.status.state
        switch state {
        case .paused:
            return InferenceError(
                .endpointPaused,
                "The endpoint \(name) was paused by a person, and answers only after it was resumed."
            )
        case .scaledToZero:
            return InferenceError(
                .endpointScaledToZero,
                "The endpoint \(name) sleeps: it has no replica until a call wakes it or it is resumed.",
                isRetryable: true
            )
        case .failed, .updateFailed:
            let words = endpoint.status.message.map { " (\($0.prefix(500)))" } ?? ""
            return InferenceError(.endpointFailed, "The endpoint \(name) is in state \(state)\(words).")
        default: return nil
        }
    }

    /// The error of a deadline that came first.
    func timedOut(_ endpoint: InferenceEndpoint?, _ failure: InferenceError? = nil) -> InferenceError {
        let state = endpoint.map { "in state \($0.status.state)" } ?? "not seen"
        let isRunning = endpoint?.status.state == .running
        let words = isRunning ? "running, but its server was not healthy" : state
        return InferenceError(
            .timedOut,
            "The endpoint \(name) was still \(words) when the time was over.",
            isRetryable: true,
            underlyingError: failure
        )
    }

    // MARK: - Questions

    private func ask(_ method: HTTPRequest.Method, verb: String?) async throws -> InferenceEndpoint {
        let segments = [namespace, name] + (verb.map { [$0] } ?? [])
        let question = try EndpointsService.question(method, base, "endpoint", segments)
        let token = try await source.load()
        let reply = try await memory.reply(to: question, token: token, settings: limited(settings))
        return try InferenceClient.decoding(reply, of: question) {
            var endpoint = try InferenceEndpoint(json: $0.json()).placed(in: namespace)
            // It may end up in an error.
            endpoint.status.message = endpoint.status.message.map { Redactor(token: token, payload: nil).clean($0) }
            return endpoint
        }
    }

    /// Asks the endpoint's own server.
    ///
    /// - Returns: Whether it answered 200; while it starts, it answers 400, 502 or 503, or not at all.
    /// - Throws: ``InferenceError`` when the server does not admit the token, which no wait changes.
    private func isHealthy(_ endpoint: InferenceEndpoint) async throws -> Bool {
        guard endpoint.status.state == .running, let url = endpoint.status.url else { return false }
        guard let server = try? URLReference(parsing: url) else {
            throw InferenceError(.undecodable, "The URL of the endpoint \(name) is none.")
        }
        let route = endpoint.healthRoute ?? "/health"
        let address = url.withoutTrailingSlash + (route.hasPrefix("/") || route.isEmpty ? route : "/\(route)")
        var question = Question("endpoint-health", address)
        question.credentials = .any
        question.provider = EndpointItself()
        var settings = limited(settings)
        settings.retry = .never
        settings.timeouts.total = min(settings.timeouts.total ?? .seconds(30), .seconds(30))
        do {
            let token = try await tokenForServer(server)
            return try await memory.reply(to: question, token: token, settings: settings).status == 200
        } catch let error as InferenceError {
            guard error.status != 401, error.status != 403 else { throw error }
            return false
        }
    }

    /// The settings with what is left of the time.
    private func limited(_ settings: CallSettings) -> CallSettings {
        var settings = settings
        if let remaining {
            // A clock of zero is none that a transport takes; the moment after is over anyway.
            settings.timeouts.total = max(min(settings.timeouts.total ?? remaining, remaining), .milliseconds(1))
        }
        return settings
    }
}

/// An endpoint's own server in the shape of a provider, for questions about its health.
private struct EndpointItself: InferenceProvider {
    static let id: ProviderID = "endpoint"
    let formats = WireFormats(otherTasks: .unsupported)
    var mapsModels: Bool { false }

    func path(for task: TaskID, model: ModelID?) throws -> String { "/" }
}

extension InferenceEndpoint.State {
    /// Whether there is no replica, and none comes by itself.
    var sleeps: Bool { self == .paused || self == .scaledToZero }
}

extension InferenceError.Code {
    /// Whether the cause is the state of an endpoint.
    var isOfEndpoint: Bool {
        [.endpointPaused, .endpointScaledToZero, .endpointStarting, .endpointFailed].contains(self)
    }
}
