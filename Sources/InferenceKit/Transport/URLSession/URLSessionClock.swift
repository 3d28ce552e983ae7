#if canImport(Darwin) || URLSession

import Dispatch
import Synchronization

/// One timer for all exchanges of a transport; wakes each at the earliest moment one of its clocks can run out.
final class URLSessionClock: Sendable {
    private struct Entry {
        let exchange: URLSessionExchange
        var deadline: ContinuousClock.Instant
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var armed: ContinuousClock.Instant?
    }

    /// Guards the exchanges that wait, and what the timer is set to.
    private let state = Mutex(State())
    /// Dispatch sources may be used from any thread.
    nonisolated(unsafe) private let timer: any DispatchSourceTimer

    init() {
        unsafe timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "InferenceKit.URLSessionClock"))
        unsafe timer.setEventHandler { [weak self] in self?.fire() }
        unsafe timer.activate()
    }

    deinit { unsafe timer.cancel() }

    /// Wakes `exchange` at `deadline`, or before if it had asked for an earlier moment.
    func wake(_ exchange: URLSessionExchange, at deadline: ContinuousClock.Instant) {
        state.withLock { state in
            state.entries[ObjectIdentifier(exchange)] = Entry(exchange: exchange, deadline: deadline)
            arm(deadline, &state)
        }
    }

    /// Forgets `exchange`, which has ended.
    func forget(_ exchange: URLSessionExchange) {
        state.withLock { _ = $0.entries.removeValue(forKey: ObjectIdentifier(exchange)) }
    }

    private func arm(_ deadline: ContinuousClock.Instant, _ state: inout State) {
        guard state.armed.map({ deadline < $0 }) ?? true else { return }
        state.armed = deadline
        let wait = max(.zero, deadline - .now)
        let nanoseconds = wait.components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !nanoseconds.overflow else { return }
        let fraction = wait.components.attoseconds / 1_000_000_000 + 1
        unsafe timer.schedule(
            deadline: .now() + .nanoseconds(Int(clamping: nanoseconds.partialValue.addingClamped(fraction))),
            leeway: .milliseconds(1)
        )
    }

    private func fire() {
        let due = state.withLock { state -> [URLSessionExchange] in
            let now = ContinuousClock.now
            state.armed = nil
            var due: [URLSessionExchange] = []
            var next: ContinuousClock.Instant?
            for (id, entry) in state.entries {
                if entry.deadline <= now {
                    due.append(entry.exchange)
                    state.entries[id] = nil
                } else if next.map({ entry.deadline < $0 }) ?? true {
                    next = entry.deadline
                }
            }
            if let next { arm(next, &state) }
            return due
        }
        for exchange in due { exchange.clockFired() }
    }
}

extension Int64 {
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

#endif
