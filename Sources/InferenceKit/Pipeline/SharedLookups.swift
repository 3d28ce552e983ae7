import Synchronization

/// Answers that are asked for once, shared by all who wait for them, and kept for a while.
///
/// A failure is not kept: the next caller asks again. A caller that is cancelled leaves the others waiting undisturbed,
/// since the lookup runs in a task of its own.
final class SharedLookups<Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value
        var time: Duration
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var running: [String: Task<Value, any Error>] = [:]
    }

    private enum Answer {
        case kept(Value)
        case coming(Task<Value, any Error>)
    }

    private let capacity: Int
    /// Guards the answers and the lookups under way.
    private let state = Mutex(State())

    init(capacity: Int = 1_000) {
        self.capacity = capacity
    }

    /// The answer for `key`: kept, under way, or looked up now.
    ///
    /// - Parameters:
    ///   - key: What is asked, and by whom.
    ///   - lifetime: The age up to which a kept answer serves.
    ///   - clock: The time to go by.
    ///   - lookup: Asks; it is given the answer that has become too old, which it may find to hold still.
    /// - Returns: The answer.
    /// - Throws: What the lookup throws, or `CancellationError`.
    func value(
        for key: String,
        lifetime: Duration,
        clock: InferenceClock,
        lookup: @escaping @Sendable (Value?) async throws -> Value
    ) async throws -> Value {
        let now = clock.now()
        let answer: Answer = state.withLock { state in
            let entry = state.entries[key]
            if let entry, entry.time + lifetime > now { return .kept(entry.value) }
            if let running = state.running[key] { return .coming(running) }
            // Awaited by every caller that needs the answer; ends by itself, by the lookup's own deadline.
            let task = Task {
                do {
                    let value = try await lookup(entry?.value)
                    self.finish(key, with: value, at: clock.now())
                    return value
                } catch {
                    self.finish(key, with: nil, at: now)
                    throw error
                }
            }
            state.running[key] = task
            return .coming(task)
        }
        switch answer {
        case .kept(let value): return value
        case .coming(let task): return try await Self.value(of: task)
        }
    }

    /// Forgets the answer for `key`.
    func forget(_ key: String) {
        state.withLock { $0.entries[key] = nil }
    }

    private func finish(_ key: String, with value: Value?, at now: Duration) {
        state.withLock { state in
            state.running[key] = nil
            guard let value else { return }
            if state.entries.count >= capacity, state.entries[key] == nil {
                // Half of them at a time, so that the sorting costs little for each.
                let times = state.entries.values.map(\.time).sorted()
                let middle = times[times.count / 2]
                state.entries = state.entries.filter { $0.value.time > middle }
            }
            state.entries[key] = Entry(value: value, time: now)
        }
    }

    /// The task's value, or `CancellationError` as soon as the caller is cancelled.
    private static func value(of task: Task<Value, any Error>) async throws -> Value {
        let wait = CancellableWait<Value>()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                wait.begin(continuation)
                // Ends with the lookup; it only hands the answer on.
                Task { wait.end(await task.result) }
            }
        } onCancel: {
            wait.end(.failure(CancellationError()))
        }
    }
}

/// A continuation that is resumed once, by whichever comes first.
private final class CancellableWait<Value: Sendable>: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Value, any Error>?
        var outcome: Result<Value, any Error>?
    }

    /// Guards the continuation and an outcome that came before it.
    private let state = Mutex(State())

    func begin(_ continuation: CheckedContinuation<Value, any Error>) {
        let outcome = state.withLock { state in
            if state.outcome == nil { state.continuation = continuation }
            return state.outcome
        }
        if let outcome { continuation.resume(with: outcome) }
    }

    func end(_ outcome: Result<Value, any Error>) {
        let continuation: CheckedContinuation<Value, any Error>? = state.withLock { state in
            guard state.outcome == nil else { return nil }
            state.outcome = outcome
            return state.continuation.take()
        }
        continuation?.resume(with: outcome)
    }
}
