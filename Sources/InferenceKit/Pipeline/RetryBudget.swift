import Synchronization

/// A token bucket that keeps a client from retrying a dead service to death.
///
/// Each retry takes one token; each call that succeeds at its first attempt gives a part of one back. Waiting for a model
/// that loads takes none, since the service asked for it.
final class RetryBudget: Sendable {
    private let capacity: Double
    private let refill: Double
    /// Guards the number of tokens left.
    private let tokens: Mutex<Double>

    init(capacity: Int, refill: Double = 0.1) {
        self.capacity = Double(max(capacity, 0))
        self.refill = refill
        tokens = Mutex(Double(max(capacity, 0)))
    }

    /// Takes a token; `false` when none is left.
    func take() -> Bool {
        tokens.withLock { tokens in
            guard tokens >= 1 else { return false }
            tokens -= 1
            return true
        }
    }

    /// Notes a call that succeeded.
    func noteSuccess() {
        tokens.withLock { $0 = min($0 + refill, capacity) }
    }
}
