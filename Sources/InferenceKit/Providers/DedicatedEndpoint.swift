/// What a call does when the dedicated endpoint that it goes to has no replica: one that is paused, scaled to zero, or
/// still starting.
///
/// Whatever it does ends at the call's deadline (``Timeouts/total``), which may have to be longer than for a model that is
/// there. The observers are told each state of the endpoint (``InferenceEvent/Kind/endpoint(state:)``).
public struct EndpointAwakening: Hashable, Sendable {
    enum Kind: Hashable {
        case fail
        case hold(upTo: Duration, perRequest: Duration)
        case resume
    }

    let kind: Kind

    /// The call fails, with ``InferenceError/Code-swift.struct/endpointPaused``,
    /// ``InferenceError/Code-swift.struct/endpointScaledToZero``,
    /// ``InferenceError/Code-swift.struct/endpointStarting`` or ``InferenceError/Code-swift.struct/endpointFailed``; the
    /// call itself wakes an endpoint that is scaled to zero.
    public static var fail: Self { Self(kind: .fail) }

    /// The endpoint's proxy holds the call until a replica is there (`X-Scale-Up-Timeout`), and what it refuses
    /// nevertheless is sent again.
    ///
    /// One that is paused fails: a call cannot wake it.
    ///
    /// - Parameters:
    ///   - duration: The longest that is waited. Default: ten minutes.
    ///   - perRequest: The longest that the proxy is asked to hold one request, in whole seconds; less where the clocks for
    ///     the first byte and for silence are shorter. In between, observers are told the state. Default: 30 seconds.
    /// - Returns: The rule.
    public static func hold(
        upTo duration: Duration = .seconds(600),
        perRequest: Duration = .seconds(30)
    ) -> Self {
        Self(kind: .hold(upTo: duration, perRequest: perRequest))
    }

    /// An endpoint that is paused or scaled to zero is resumed through the management API, which may cost money until
    /// somebody pauses it again; the call is sent again once the endpoint runs and is healthy.
    public static var resume: Self { Self(kind: .resume) }
}

extension Target {
    /// A dedicated endpoint that was listed, found or made through ``InferenceClient/endpoints``.
    ///
    /// Calls go to its URL, as with ``url(_:dialect:)``. Since its name and namespace are known, a call that fails because
    /// no replica is there looks up why, with one question to the management API, and says so; with `whenAsleep` it waits
    /// or wakes the endpoint instead. A token that may not manage endpoints cannot look; the error is then what the
    /// endpoint's proxy said.
    ///
    /// - Parameters:
    ///   - endpoint: The endpoint. One that has no URL yet makes the calls fail with an error that says so.
    ///   - dialect: How its server wants its requests; `.automatic` goes by the end of its path.
    ///   - whenAsleep: What a call does when there is no replica. Default: it fails.
    /// - Returns: The target.
    public static func endpoint(
        _ endpoint: InferenceEndpoint,
        dialect: Dialect = .automatic,
        whenAsleep: EndpointAwakening = .fail
    ) -> Target {
        guard let url = endpoint.status.url else {
            return Target(
                HFInference(),
                problem: InferenceError(
                    endpoint.status.state.code,
                    "The endpoint \(endpoint.name) has no URL yet (its state was \(endpoint.status.state)). "
                        + "Calls have to wait until it has run."
                )
            )
        }
        var target = Target.url(url, dialect: dialect)
        if let namespace = endpoint.namespace, target.problem == nil, let server = try? URLReference(parsing: url) {
            target.recovery = { configuration, source in
                EndpointWaking(
                    name: endpoint.name,
                    namespace: namespace,
                    authority: server.authority,
                    stateAtFirst: endpoint.status.state,
                    rule: whenAsleep.kind,
                    base: configuration.endpoints,
                    source: source
                )
            }
        }
        return target
    }
}

extension InferenceEndpoint.State {
    /// The error of a call to an endpoint in this state.
    fileprivate var code: InferenceError.Code {
        switch self {
        case .paused: .endpointPaused
        case .scaledToZero: .endpointScaledToZero
        case .failed, .updateFailed: .endpointFailed
        default: .endpointStarting
        }
    }
}
