extension InferenceEndpoints {
    /// Waits until an endpoint answers: it is in state `running`, has a URL, and its health route says 200.
    ///
    /// It is looked at every `interval`. Failures that may pass are waited out. The observers of the client and the
    /// options are told each state when it changes (``InferenceEvent/Kind/endpoint(state:)``), each pause, and the end.
    ///
    /// - Parameters:
    ///   - name: The endpoint's name.
    ///   - namespace: A user or an organisation; `nil` for the token's user.
    ///   - timeout: The longest that is waited. Default: half an hour.
    ///   - interval: The pause between two looks. Default: five seconds.
    ///   - options: What this call does differently from the client; of its timeouts the total one is `timeout`.
    ///   - progress: Told the endpoint as it was found, and the time that has passed, at each look.
    /// - Returns: The endpoint, with its URL.
    /// - Throws: ``InferenceError``: ``InferenceError/Code-swift.struct/endpointFailed``,
    ///   ``InferenceError/Code-swift.struct/endpointPaused`` and
    ///   ``InferenceError/Code-swift.struct/endpointScaledToZero`` at once, since waiting alone does not change them;
    ///   ``InferenceError/Code-swift.struct/timedOut`` with the last state. Or `CancellationError`.
    @concurrent
    public func waitUntilRunning(
        _ name: String,
        namespace: String? = nil,
        timeout: Duration = .seconds(1_800),
        interval: Duration = .seconds(5),
        options: CallOptions = CallOptions(),
        progress: (@Sendable (InferenceEndpoint, Duration) -> Void)? = nil
    ) async throws -> InferenceEndpoint {
        try InferenceError.require(timeout > .zero, "timeout", "a duration above zero")
        try InferenceError.require(interval > .zero, "interval", "a duration above zero")
        let configuration = client.configuration
        let clock = configuration.clock
        let start = clock.now()
        let settings = try configuration.merging(options)
        let source = options.token ?? configuration.token
        let watch = EndpointWatch(
            name: name,
            namespace: try await self.namespace(namespace, options),
            base: configuration.endpoints,
            source: source,
            tokenForServer: { server in
                source.isAmbient && !server.takesAmbientToken ? nil : try await source.load()
            },
            memory: client.memory,
            settings: settings.forLookups,
            deadline: start + timeout
        )
        var model: ModelID?
        var state: InferenceEndpoint.State?
        func tell(_ kind: InferenceEvent.Kind) {
            guard settings.isObserved else { return }
            let event = InferenceEvent(
                kind: kind,
                task: "inference-endpoints",
                model: model,
                provider: EndpointsService.id,
                elapsed: clock.now() - start
            )
            settings.clientObserver?(event)
            settings.callObserver?(event)
        }
        do {
            let endpoint = try await watch.waitUntilRunning(EndpointWatch.Limits(interval: interval)) { endpoint in
                model = endpoint.model?.repository
                if endpoint.status.state != state { tell(.endpoint(state: endpoint.status.state.rawValue)) }
                state = endpoint.status.state
                progress?(endpoint, clock.now() - start)
            } pause: { duration in
                tell(.waiting(Wait(duration, .polling), estimate: nil))
                try await clock.sleep(duration)
            }
            tell(.finished)
            return endpoint
        } catch {
            let failure = InferenceError.wrapping(error)
            if let failure = failure as? InferenceError { tell(.failed(failure.code)) } else { tell(.cancelled) }
            throw failure
        }
    }
}
