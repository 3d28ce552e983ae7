public import InferenceKit
import Synchronization

/// A clock that jumps: sleeping takes no time and moves the clock forward, so that retries are tested without waiting.
public final class VirtualClock: Sendable {
    private struct State {
        var now: Duration = .seconds(1_000)
        var sleeps: [Duration] = []
    }

    private let state = Mutex(State())
    private let epoch: Double

    /// Makes a clock that starts at `epoch` seconds since 1970.
    public init(epoch: Double = 1_780_000_000) { self.epoch = epoch }

    /// The sleeps so far.
    public var sleeps: [Duration] { state.withLock { $0.sleeps } }

    /// Moves the clock forward.
    public func advance(by duration: Duration) { state.withLock { $0.now += duration } }

    /// The clock for a client's configuration.
    public var clock: InferenceClock {
        InferenceClock(
            now: { self.state.withLock { $0.now } },
            secondsSince1970: {
                let passed = self.state.withLock { $0.now } - .seconds(1_000)
                return self.epoch + Double(passed.components.seconds)
            },
            sleep: { duration in
                try Task.checkCancellation()
                self.state.withLock { state in
                    state.now += duration
                    state.sleeps.append(duration)
                }
            }
        )
    }
}

/// Collects what an observer is told.
public final class EventLog: Sendable {
    private let log = Mutex<[InferenceEvent]>([])

    /// Makes an empty log.
    public init() {}

    /// Takes an event.
    public var observer: @Sendable (InferenceEvent) -> Void {
        { event in self.log.withLock { $0.append(event) } }
    }

    /// What was told, as short words: `attempt 1`, `head 503`, `waiting loading 2.0 seconds` and others.
    public var words: [String] {
        log.withLock { events in
            events.map { event in
                switch event.kind {
                case .attempt(let number): "attempt \(number)"
                case .head(let status): "head \(status)"
                case .waiting(let wait, _): "waiting \(wait.reason) \(wait.duration)"
                case .received(let bytes, let size): "received \(bytes) of \(size.map(String.init) ?? "?")"
                case .job(let state): "job \(state)"
                case .fallingBack(let code): "fallingBack \(code)"
                case .endpoint(let state): "endpoint \(state)"
                case .finished: "finished"
                case .failed(let code): "failed \(code)"
                case .cancelled: "cancelled"
                }
            }
        }
    }
}
