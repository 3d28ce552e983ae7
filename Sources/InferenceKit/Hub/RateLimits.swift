extension InferenceClient {
    /// The limits that servers have told the client of, each as its last response told it.
    ///
    /// Shared by copies of the client; sorted by host and name. Nothing is asked for it. Hosts that tell no limit are
    /// missing, and so is what was told before the client was made.
    public var rateLimits: [RateLimitState] {
        let now = configuration.clock.now()
        return memory.rateLimits
            .map { RateLimitState(host: $0.host, limit: $0.limit, age: max(now - $0.time, .zero)) }
            .sorted(on: { $0.limit.bucket ?? "" })
            .sorted(on: \.host)
    }
}

/// The state of a limit at a host, and how old the news is.
public struct RateLimitState: Hashable, Sendable {
    /// The host, with its port if that is not the usual one.
    public var host: String
    /// The limit as the host told it.
    public var limit: RateLimit
    /// The time since it was told.
    public var age: Duration

    /// Makes a state.
    public init(host: String, limit: RateLimit, age: Duration) {
        self.host = host
        self.limit = limit
        self.age = age
    }

    /// The time until the count starts anew, seen from now; zero when it has, `nil` when the host did not tell.
    public var untilReset: Duration? { limit.reset.map { max($0 - age, .zero) } }
}
