import Synchronization

/// Counts calls in fixed windows, one for each caller and bucket.
final class RateLimiter: Sendable {
    /// What is left of a window.
    struct Standing {
        var bucket: String
        var quota: Int
        var window: Int
        /// Calls left after this one; negative when this one is over the limit.
        var remaining: Int
        /// Seconds until the window ends, at least 1.
        var reset: Int

        var isAllowed: Bool { remaining >= 0 }

        /// The headers of IETF draft 9, as the Hub sends them.
        var headers: [(name: String, value: String)] {
            [
                ("ratelimit", "\"\(bucket)\";r=\(max(0, remaining));t=\(reset)"),
                ("ratelimit-policy", "\"fixed window\";\"\(bucket)\";q=\(quota);w=\(window)"),
            ]
        }
    }

    private struct Window {
        var start: ContinuousClock.Instant
        var count = 0
    }

    /// Guards the windows, by caller and bucket.
    private let windows = Mutex<[String: Window]>([:])

    /// Counts one call.
    func take(bucket: String, caller: String, quota: Int, window: Int) -> Standing {
        let now = ContinuousClock.now
        return windows.withLock { windows in
            let key = bucket + "/" + caller
            var current = windows[key] ?? Window(start: now)
            if current.start + .seconds(window) <= now { current = Window(start: now) }
            current.count += 1
            windows[key] = current
            let left = (current.start + .seconds(window) - now).components.seconds + 1
            return Standing(
                bucket: bucket,
                quota: quota,
                window: window,
                remaining: quota - current.count,
                reset: min(window, max(1, Int(left)))
            )
        }
    }
}

/// The limits of the plans.
struct Limits: Sendable {
    var configuration: LocalService.Configuration

    /// Inference calls, and the seconds they are counted in.
    func inference(_ plan: LocalService.Plan) -> (quota: Int, window: Int) {
        if let perHour = configuration.rateLimitPerHour { return (perHour, 3_600) }
        return (plan == .pro ? 20_000 : 1_000, 86_400)
    }

    /// Hub API calls in five minutes, from the Hub's table of September 2025.
    func hub(_ plan: LocalService.Plan, isAnonymous: Bool) -> (quota: Int, window: Int) {
        (isAnonymous ? 500 : plan == .pro ? 2_500 : 1_000, 300)
    }

    /// The refusal of the inference service, in its words of the days when it counted requests.
    func inferenceRefusal(_ plan: LocalService.Plan, _ standing: RateLimiter.Standing) -> Refusal {
        let message =
            plan == .pro
            ? "Rate limit reached. You reached PRO hourly usage limit. Use Inference Endpoints (dedicated) to scale your"
                + " endpoint."
            : "Rate limit reached. You reached free usage limit (reset hourly). Please subscribe to a plan at"
                + " https://huggingface.co/pricing to use the API at this rate"
        return Refusal(429, message, headers: standing.headers + [("retry-after", String(standing.reset))])
    }
}
