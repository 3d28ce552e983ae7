import Synchronization

/// The time that a script's delays take, and the clocks that run meanwhile.
struct MockTimeline: Sendable {
    let timeouts: Timeouts
    let sleep: MockTransport.Sleep
    var elapsed = Duration.zero
    var timings = TransferTimings()

    init(timeouts: Timeouts, sleep: @escaping MockTransport.Sleep) {
        self.timeouts = timeouts
        self.sleep = sleep
    }

    /// Lets `delay` pass, or forever for `nil`, unless one of the clocks fires before its end.
    mutating func pass(_ delay: Duration?, on clock: Timeouts.Clock, hasSent: Bool = true) async throws {
        if let delay, delay <= .zero { return }
        let total = timeouts.total.map { $0 - elapsed }
        var limit = timeouts[clock]
        var first = clock
        if let total, total < limit ?? .seconds(Int64.max) {
            limit = total
            first = .total
        }
        if let delay, delay <= limit ?? delay {
            try await sleep(delay)
            try Task.checkCancellation()
            elapsed += delay
            return
        }
        guard let limit else {
            // Ends when the task is cancelled.
            let (silence, continuation) = AsyncStream<Never>.makeStream()
            for await _ in silence {}
            continuation.finish()
            throw CancellationError()
        }
        if limit > .zero { try await sleep(limit) }
        try Task.checkCancellation()
        elapsed += limit
        throw TransportError.timedOut(first, after: timeouts[first] ?? limit, requestMayHaveReachedServer: hasSent)
    }
}

/// Plays the steps of an answer's body as they are pulled.
final class MockBodySource: ResponseBodySource {
    private enum Action {
        case deliver([UInt8])
        case pass(Duration?, MockTimeline)
        case end(Result<Void, any Error>)
    }

    private struct State {
        var steps: ArraySlice<MockTransport.Answer.Step>
        /// The bytes that `Content-Length` still promises.
        var promised: Int?
        var timeline: MockTimeline
        var iterations = 0
        var end: Result<Void, any Error>?
        /// Ends a wait when the exchange is cancelled.
        var wait: AsyncStream<Never>.Continuation?

        /// Notes the end; the first one stays.
        mutating func settle(_ outcome: Result<Void, any Error>) -> Result<Void, any Error> {
            if let end { return end }
            end = outcome
            if case .success = outcome { timeline.timings.total = timeline.elapsed }
            return outcome
        }
    }

    /// Guards the script's position and the end.
    private let state: Mutex<State>
    private let log: MockLog
    private let index: Int

    init(
        steps: [MockTransport.Answer.Step],
        length: Int?,
        timeline: MockTimeline,
        log: MockLog,
        index: Int
    ) {
        state = Mutex(State(steps: steps[...], promised: length, timeline: timeline))
        self.log = log
        self.index = index
    }

    deinit { log.end(index, with: CancellationError()) }

    var timings: TransferTimings { state.withLock { $0.timeline.timings } }

    func beginIteration() { state.withLock { $0.iterations += 1 } }

    func recycle(_ chunk: consuming [UInt8]) {}

    func cancel() {
        let wait = state.withLock { state in
            if state.end == nil { state.end = .failure(CancellationError()) }
            return state.wait.take()
        }
        wait?.finish()
        log.end(index, with: CancellationError())
    }

    func nextChunk() async throws -> [UInt8]? {
        while true {
            if Task.isCancelled { cancel() }
            switch try nextAction() {
            case .deliver(let bytes):
                log.update(index) { $0.bytesPulled += bytes.count }
                return bytes
            case .end(.success):
                log.end(index, with: nil)
                return nil
            case .end(.failure(let error)):
                log.end(index, with: error)
                throw error
            case .pass(let delay, let timeline):
                await pass(delay, timeline)
            }
        }
    }

    private func nextAction() throws -> Action {
        try state.withLock { state in
            guard state.iterations < 2 else { throw TransportError.bodyAlreadyRead }
            if let end = state.end { return .end(end) }
            while let step = state.steps.popFirst() {
                switch step {
                case .chunk(var bytes):
                    if let promised = state.promised {
                        bytes = Array(bytes.prefix(promised))
                        state.promised = promised - bytes.count
                    }
                    if !bytes.isEmpty { return .deliver(bytes) }
                case .wait(let delay): return .pass(delay, state.timeline)
                case .hang: return .pass(nil, state.timeline)
                case .fail(let error): return .end(state.settle(.failure(error)))
                }
            }
            let isShort = (state.promised ?? 0) > 0
            return .end(state.settle(isShort ? .failure(TransportError.bodyCutShort) : .success(())))
        }
    }

    /// Waits as the script says; a `cancel()` from elsewhere ends the wait too.
    private func pass(_ delay: Duration?, _ timeline: MockTimeline) async {
        let (cancelled, continuation) = AsyncStream<Never>.makeStream()
        let isOver = state.withLock { state in
            state.wait = continuation
            return state.end != nil
        }
        if isOver { return }
        let outcome = await withTaskGroup(of: Result<MockTimeline, any Error>.self) { group in
            group.addTask {
                var timeline = timeline
                do {
                    try await timeline.pass(delay, on: .idle)
                    return .success(timeline)
                } catch { return .failure(error) }
            }
            group.addTask {
                for await _ in cancelled {}
                return .failure(CancellationError())
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? .failure(CancellationError())
        }
        state.withLock { state in
            state.wait = nil
            switch outcome {
            case .success(let timeline): state.timeline = timeline
            case .failure(let error): _ = state.settle(.failure(error))
            }
        }
    }
}
