/// When a failed attempt is followed by another, and after how long.
///
/// The choice is a pure function of the attempt, its failure and a random number. Only the caller's loop counts and
/// sleeps, on the client's clock. Defaults suit a person who waits: three attempts, within ten minutes at most.
public struct RetryPolicy: Hashable, Sendable {
    /// The most attempts, the first included; 1 switches retries off.
    ///
    /// Default: 3.
    public var maxAttempts: Int
    /// The upper bound of the first wait; each further one doubles it.
    ///
    /// Default: 0.5 s.
    public var initialBackoff: Duration
    /// The upper bound of any wait that this policy chooses itself.
    ///
    /// Default: 8 s.
    public var maxBackoff: Duration
    /// The longest wait that a server may ask for; a longer one fails the call at once.
    ///
    /// Default: 60 s.
    public var maxServerDelay: Duration
    /// The longest single wait for a model that loads, whatever its estimate.
    ///
    /// Default: 30 s.
    public var maxLoadingDelay: Duration
    /// The most waits for one model to load when the call was told to wait for it.
    ///
    /// Default: 60.
    ///
    /// Servers have been seen to estimate 20 seconds for ever.
    public var maxLoadingWaits: Int

    /// Makes a policy.
    public init(
        maxAttempts: Int = 3,
        initialBackoff: Duration = .milliseconds(500),
        maxBackoff: Duration = .seconds(8),
        maxServerDelay: Duration = .seconds(60),
        maxLoadingDelay: Duration = .seconds(30),
        maxLoadingWaits: Int = 60
    ) {
        self.maxAttempts = maxAttempts
        self.initialBackoff = initialBackoff
        self.maxBackoff = maxBackoff
        self.maxServerDelay = maxServerDelay
        self.maxLoadingDelay = maxLoadingDelay
        self.maxLoadingWaits = maxLoadingWaits
    }

    /// Three attempts with full jitter.
    public static var standard: Self { Self() }
    /// One attempt; a model that loads is an error at once.
    public static var never: Self { Self(maxAttempts: 1) }
}

/// What the policy is asked about: one attempt that failed.
struct FailedAttempt {
    /// The attempts made so far, this one included, without those that met a model that loads while told to wait.
    var number: Int
    /// The waits for a loading model so far.
    var loadingWaits = 0
    /// The failure.
    var error: InferenceError
    /// Whether any byte of the request may have reached a server.
    var mayHaveReachedServer: Bool
    /// Whether the body can be sent again.
    var isReplayable: Bool
    /// Whether the call does paid work that must not be done twice by accident.
    var isCostly: Bool
    /// Whether the call was told to wait for a model that loads.
    var waitsForModel: Bool
    /// The time until the call's deadline, or `nil` when it has none.
    var remaining: Duration?
}

extension RetryPolicy {
    /// The wait before the next attempt, or `nil` to give up; `draw` is uniform in `0..<1`.
    func wait(after attempt: FailedAttempt, draw: Double) -> Wait? {
        guard attempt.isReplayable, mayResend(attempt) else { return nil }
        let error = attempt.error
        if error.code.isStarting, attempt.waitsForModel {
            return loadingWait(after: attempt, draw: draw)
        }
        guard error.isRetryable, attempt.number < limit(for: error) else { return nil }
        let wait: Wait
        if error.code == .modelLoading, let estimate = error.retryAfter {
            wait = Wait(min(max(estimate, .zero), maxLoadingDelay), .loading)
        } else if let asked = error.retryAfter {
            // A server that asks for more than the cap is believed: trying earlier would only be refused again.
            guard asked <= maxServerDelay else { return nil }
            wait = Wait(max(asked, .zero), .serverAsked)
        } else {
            let reason: Wait.Reason = error.code == .modelLoading ? .loading : .backoff
            wait = Wait(backoff(afterAttempt: attempt.number, draw: draw), reason)
        }
        if let remaining = attempt.remaining, wait.duration >= remaining { return nil }
        return wait
    }

    /// A random part of a bound that doubles with each attempt.
    func backoff(afterAttempt number: Int, draw: Double) -> Duration {
        let bound = min(initialBackoff * (1 << min(max(number - 1, 0), 16)), maxBackoff)
        return bound * draw
    }

    /// A backend that failed while computing is asked once more; the rest as often as the policy says.
    private func limit(for error: InferenceError) -> Int {
        error.status == 424 ? min(maxAttempts, 2) : maxAttempts
    }

    /// Paid work is repeated only when it cannot have begun.
    private func mayResend(_ attempt: FailedAttempt) -> Bool {
        guard attempt.isCostly, attempt.mayHaveReachedServer else { return true }
        return attempt.error.code.isStarting
            || (attempt.error.status == 429 && attempt.error.code != .quotaExhausted)
    }

    private func loadingWait(after attempt: FailedAttempt, draw: Double) -> Wait? {
        guard attempt.loadingWaits < maxLoadingWaits else { return nil }
        let estimate = attempt.error.retryAfter.flatMap { $0 > .zero ? $0 : nil }
        var duration = min(
            estimate ?? max(backoff(afterAttempt: attempt.loadingWaits + 1, draw: draw), .milliseconds(250)),
            maxLoadingDelay
        )
        if let remaining = attempt.remaining {
            // The estimate is a hint: what is left of the deadline is used for one last try.
            guard remaining > .seconds(1) else { return nil }
            duration = min(duration, remaining - .milliseconds(500))
        }
        return Wait(duration, .loading)
    }
}

extension InferenceError.Code {
    /// Whether nothing has begun, since a model or an endpoint is only starting.
    var isStarting: Bool { self == .modelLoading || self == .endpointScaledToZero || self == .endpointStarting }
}
