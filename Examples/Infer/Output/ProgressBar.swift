import InferenceKit
import Synchronization

/// A line on the terminal that shows what a call waits for: a model that loads, an answer, a file on its way.
///
/// A terminal only ever sees it; in a pipe or with `--quiet` there is nothing.
final class ProgressBar: Sendable {
    private enum Stage {
        /// A request is under way.
        case asking
        /// The model loads, since `start`, and may be there after `expected`.
        case loading(start: ContinuousClock.Instant, expected: Duration)
        /// A pause before another attempt.
        case pausing(until: ContinuousClock.Instant, reason: Wait.Reason)
        /// A medium arrives.
        case receiving(bytes: Int, of: Int?)
        /// A job runs at the provider.
        case job(state: String)
        /// An endpoint is waited for.
        case endpoint(state: String)
    }

    private struct State {
        var stage = Stage.asking
        var stageStart = ContinuousClock.now
    }

    private let isShown: Bool
    /// Guards what the observer has seen; read by the loop that draws.
    private let state = Mutex(State())

    init(isShown: Bool) { self.isShown = isShown }

    /// Takes a step of the call; `nil` when nothing is shown, so that the call need not tell.
    var observer: (@Sendable (InferenceEvent) -> Void)? {
        guard isShown else { return nil }
        return { event in self.observe(event) }
    }

    /// Draws while `work` runs, then clears the line.
    func during<Value: Sendable>(_ work: @Sendable () async throws -> Value) async rethrows -> Value {
        guard isShown else { return try await work() }
        // Ends with this scope: cancelled, then awaited.
        async let _ = draw()
        return try await work()
    }

    /// Clears the line, for something else that is to be printed while work goes on.
    func clear() {
        if isShown { StandardError.write("\r\u{1B}[K") }
    }

    private func observe(_ event: InferenceEvent) {
        let now = ContinuousClock.now
        state.withLock { state in
            switch event.kind {
            case .attempt:
                // While a model loads, the attempts in between are only questions whether it is there.
                if case .loading = state.stage { return }
                // And while an endpoint starts, the held calls.
                if case .endpoint(let word) = state.stage, word != "running" { return }
                state = State(stage: .asking, stageStart: now)
            case .waiting(let wait, let estimate) where wait.reason == .loading:
                let rest = max(estimate ?? wait.duration, wait.duration)
                if case .loading(let start, _) = state.stage {
                    state.stage = .loading(start: start, expected: start.duration(to: now) + rest)
                } else {
                    state = State(stage: .loading(start: now, expected: rest), stageStart: now)
                }
            case .waiting(let wait, _) where wait.reason != .polling && wait.reason != .waking:
                state = State(stage: .pausing(until: now + wait.duration, reason: wait.reason), stageStart: now)
            case .received(let bytes, let size):
                state = State(stage: .receiving(bytes: bytes, of: size), stageStart: now)
            case .job(let job):
                if case .job = state.stage {
                    state.stage = .job(state: job)
                } else {
                    state = State(stage: .job(state: job), stageStart: now)
                }
            case .endpoint(let word):
                if case .endpoint = state.stage {
                    state.stage = .endpoint(state: word)
                } else {
                    state = State(stage: .endpoint(state: word), stageStart: now)
                }
            default: break
            }
        }
    }

    private func draw() async {
        var isDrawn = false
        while !Task.isCancelled {
            if let line = line(at: .now) {
                StandardError.write("\r\(line)\u{1B}[K")
                isDrawn = true
            }
            // Cancellation ends the pause, and with it the loop.
            try? await Task.sleep(for: .milliseconds(100))
        }
        if isDrawn { StandardError.write("\r\u{1B}[K") }
    }

    private func line(at now: ContinuousClock.Instant) -> String? {
        let state = state.withLock { $0 }
        let passed = state.stageStart.duration(to: now).seconds
        switch state.stage {
        case .asking:
            // Most answers are there before anyone has read a line about them.
            return passed < 1 ? nil : "Waiting for the answer, \(Int(passed)) s"
        case .loading(_, let expected):
            let bar = Self.bar(passed / max(expected.seconds, 0.1))
            return "The model is loading \(bar) \(Int(passed)) of about \(Int(expected.seconds.rounded(.up))) s"
        case .pausing(let end, let reason):
            let rest = Int(max(now.duration(to: end).seconds, 0).rounded(.up))
            return "Next attempt in \(rest) s (\(reason == .serverAsked ? "the server asked for it" : "\(reason)"))"
        case .receiving(let bytes, .some(let size)) where size > 0:
            return "Receiving \(Self.bar(Double(bytes) / Double(size))) \(Self.amount(bytes)) of \(Self.amount(size))"
        case .receiving(let bytes, _):
            return "Receiving \(Self.amount(bytes))"
        case .job(let job):
            return "The job is \(job), \(Int(passed)) s"
        case .endpoint(let word):
            return "The endpoint is \(word), \(Int(passed)) s"
        }
    }

    private static func bar(_ fraction: Double) -> String {
        let width = 24
        let filled = Int(Double(width) * min(max(fraction, 0), 1))
        return "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled) + "]"
    }

    private static func amount(_ bytes: Int) -> String {
        bytes < 1_000_000 ? "\(bytes / 1_000) kB" : "\(Double(bytes / 100_000) / 10) MB"
    }
}
