#if canImport(Darwin) || URLSession

import HTTPTypes

/// The life of one exchange as a value: events go in, effects come out, nothing is touched.
///
/// Where it stands decides which of the four clocks run; see ``Timeouts``.
struct URLSessionExchangeState {
    /// What the class around this value has to do once it has left its lock.
    struct Effects {
        /// The answer to whoever waits for the head.
        var head: Result<HTTPResponse, any Error>?
        /// The answer to whoever waits for a chunk.
        var chunk: Result<[UInt8]?, any Error>?
        /// The network is to stop delivering, or to go on.
        var flow: Flow?
        /// The session's task is still running and is to be cancelled.
        var cancelsTask = false
        /// The exchange has just ended: its clocks and its producer can go.
        var ends = false
        /// The earliest moment at which a clock can run out, when it is earlier than what was asked for before.
        var deadline: ContinuousClock.Instant?
        /// A clock ran out whose name depends on whether the connection stands; answer with `connectionVerdict`.
        var asksForConnection = false
    }

    enum Flow { case stop, go }

    /// What a reader gets.
    enum Pull {
        case answer(Result<[UInt8]?, any Error>)
        case wait
    }

    private enum Stage {
        /// Waits for its body or for a free connection; only the total clock runs.
        case queued
        /// A request without a body was handed to the session, which never says when its connection stands.
        case opening
        /// A request with a body was handed to the session, which has not asked for the body yet.
        case connecting
        /// The body is on its way.
        case sending
        /// All was sent; no head has arrived.
        case waiting
        /// The head has arrived.
        case receiving
        case ended
    }

    private enum Outcome {
        case finished
        case failed(TransportError)
        case cancelled
    }

    /// Above this many unread bytes the flow stops, below the other it goes on.
    static let highMark = 256 * 1024
    static let lowMark = 64 * 1024

    private let timeouts: Timeouts
    private let start: ContinuousClock.Instant
    private var stage = Stage.queued
    private var outcome: Outcome?
    private var head: HTTPResponse?
    private var expectedLength: Int?
    private var receivedLength = 0

    private var pending: [UInt8] = []
    private var spare: [UInt8] = []
    private var isStopped = false
    private var readerWaits = false
    private var iterations = 0

    private var stageStart: ContinuousClock.Instant
    private var lastMove: ContinuousClock.Instant
    private var producerStarves = false
    private var armed: ContinuousClock.Instant?
    private var connectWasChecked = false

    /// The marks taken so far.
    private(set) var timings = TransferTimings()

    init(timeouts: Timeouts, at now: ContinuousClock.Instant) {
        self.timeouts = timeouts
        start = now
        stageStart = now
        lastMove = now
    }

    var isEnded: Bool { stage == .ended }

    /// Whether bytes of the body are expected.
    var isReceiving: Bool { stage == .receiving }

    /// The number of bytes that wait for a reader, those put aside not counted.
    var unread: Int { pending.count }

    // MARK: Sending

    /// The exchange begins to wait for its connection.
    mutating func begun() -> Effects { withDeadline(Effects()) }

    /// The session has the request.
    mutating func started(hasBody: Bool, at now: ContinuousClock.Instant) -> Effects {
        guard stage == .queued else { return Effects() }
        enter(hasBody ? .connecting : .opening, at: now)
        return withDeadline(Effects())
    }

    /// The session took bytes of the body, or asked for some.
    mutating func uploadMoved(at now: ContinuousClock.Instant) -> Effects {
        switch stage {
        case .connecting: enter(.sending, at: now)
        case .sending: lastMove = now
        default: return Effects()
        }
        return withDeadline(Effects())
    }

    /// The session would send, but the producer has nothing; or no longer so.
    mutating func uploadStarves(_ starves: Bool, at now: ContinuousClock.Instant) -> Effects {
        producerStarves = starves
        lastMove = now
        return withDeadline(Effects())
    }

    /// The last byte of the body was taken.
    mutating func uploadFinished(at now: ContinuousClock.Instant) -> Effects {
        guard stage == .connecting || stage == .sending else { return Effects() }
        enter(.waiting, at: now)
        return withDeadline(Effects())
    }

    // MARK: Receiving

    /// A head arrived; informational ones are passed over.
    ///
    /// `expectedLength` is what `Content-Length` promises of a body that arrives as it was sent.
    mutating func received(
        head: HTTPResponse,
        expectedLength: Int?,
        at now: ContinuousClock.Instant
    ) -> Effects {
        guard stage != .ended, stage != .receiving, head.status.kind != .informational else { return Effects() }
        enter(.receiving, at: now)
        self.head = head
        self.expectedLength = expectedLength
        timings.firstByte = now - start
        return withDeadline(Effects(head: .success(head)))
    }

    /// Bytes of the body arrived; with `stopsFlow`, too many that are unread stop the flow.
    mutating func received(
        _ bytes: some Collection<UInt8>,
        stopsFlow: Bool,
        at now: ContinuousClock.Instant
    ) -> Effects {
        guard stage == .receiving, !bytes.isEmpty else { return Effects() }
        lastMove = now
        receivedLength += bytes.count
        if pending.isEmpty, pending.capacity < spare.capacity { swap(&pending, &spare) }
        pending.append(contentsOf: bytes)
        var effects = Effects()
        if readerWaits {
            readerWaits = false
            effects.chunk = .success(take())
        } else if stopsFlow, pending.count > Self.highMark, !isStopped {
            isStopped = true
            effects.flow = .stop
        }
        return effects
    }

    /// Bytes of the body arrived that were put aside; they come back with `refill`.
    mutating func spooled(_ count: Int, at now: ContinuousClock.Instant) {
        lastMove = now
        receivedLength += count
    }

    /// The bytes that were put aside first are the next to be read; only when none is unread here.
    mutating func refill(_ bytes: [UInt8]) { pending = bytes }

    /// The session is done with the exchange.
    mutating func completed(_ failure: TransportError?, at now: ContinuousClock.Instant) -> Effects {
        guard stage != .ended else { return Effects() }
        timings.total = now - start
        if let failure { return end(.failed(failure), cancelsTask: false) }
        guard head != nil else {
            return end(
                .failed(
                    TransportError(
                        .connectionLost,
                        "The exchange ended without a response.",
                        requestMayHaveReachedServer: true
                    )
                ),
                cancelsTask: false
            )
        }
        if let expectedLength, receivedLength < expectedLength {
            return end(.failed(.cutShort(receivedLength, of: expectedLength)), cancelsTask: false)
        }
        return end(.finished, cancelsTask: false)
    }

    /// The network's own account of the exchange, where there is one.
    mutating func measured(_ measured: TransferTimings) {
        timings.nameLookup = measured.nameLookup
        timings.connect = measured.connect
        timings.tls = measured.tls
        timings.firstByte = measured.firstByte ?? timings.firstByte
        timings.reusedConnection = measured.reusedConnection
        timings.httpVersion = measured.httpVersion
    }

    // MARK: Reading

    /// A reader wants the next chunk.
    mutating func pull(at now: ContinuousClock.Instant) -> (Pull, Effects) {
        guard iterations < 2 else { return (.answer(.failure(TransportError.bodyAlreadyRead)), Effects()) }
        if case .cancelled = outcome { return (.answer(.failure(CancellationError())), Effects()) }
        guard pending.isEmpty else {
            var effects = Effects()
            let chunk = take()
            if isStopped, pending.count < Self.lowMark {
                isStopped = false
                effects.flow = .go
            }
            return (.answer(.success(chunk)), effects)
        }
        switch outcome {
        case .finished: return (.answer(.success(nil)), Effects())
        case .failed(let error): return (.answer(.failure(error)), Effects())
        case .cancelled, nil: break
        }
        guard !readerWaits else { return (.answer(.failure(TransportError.bodyAlreadyRead)), Effects()) }
        readerWaits = true
        // A reader that did not pull stopped the idle clock; it starts anew with the wait.
        lastMove = now
        return (.wait, withDeadline(Effects()))
    }

    mutating func beginIteration() { iterations += 1 }

    /// Keeps the storage of a chunk that was read, for the next one.
    mutating func recycle(_ chunk: consuming [UInt8]) {
        guard chunk.capacity > spare.capacity, chunk.capacity <= 2 * Self.highMark else { return }
        chunk.removeAll(keepingCapacity: true)
        spare = chunk
    }

    // MARK: Ending

    /// The caller has lost interest; `hasMore` says whether unread bytes were put aside.
    mutating func cancel(hasMore: Bool) -> Effects {
        if stage == .ended {
            // What had arrived is dropped; an end or an error that was already reached stays the answer.
            if hasMore || !pending.isEmpty {
                pending = []
                outcome = .cancelled
            }
            return Effects()
        }
        pending = []
        return end(.cancelled, cancelsTask: true)
    }

    /// Something on this side failed, such as the producer of the body.
    mutating func fail(_ error: TransportError) -> Effects {
        guard stage != .ended else { return Effects() }
        return end(.failed(error), cancelsTask: true)
    }

    /// The moment that was asked for has come, or an earlier one.
    mutating func fired(at now: ContinuousClock.Instant) -> Effects {
        armed = nil
        guard stage != .ended else { return Effects() }
        guard let (clock, deadline) = nextDeadline, deadline <= now else { return withDeadline(Effects()) }
        if stage == .opening || (stage == .connecting && clock == .total) { return Effects(asksForConnection: true) }
        return end(.failed(timedOut(clock)), cancelsTask: true)
    }

    /// Answers `asksForConnection`: whether the connection is still being made.
    mutating func connectionVerdict(stillConnecting: Bool, at now: ContinuousClock.Instant) -> Effects {
        guard stage == .opening || stage == .connecting, let (clock, deadline) = nextDeadline, deadline <= now else {
            return withDeadline(Effects())
        }
        switch clock {
        case .connect where stillConnecting, .total where stillConnecting:
            return end(.failed(timedOut(clock, mayHaveReached: false)), cancelsTask: true)
        case .connect:
            connectWasChecked = true
        case .firstByte where stillConnecting:
            // Nothing was sent yet, so the wait for an answer has not begun.
            stageStart = now
        default:
            return end(.failed(timedOut(clock)), cancelsTask: true)
        }
        return withDeadline(Effects())
    }

    // MARK: Details

    private mutating func enter(_ stage: Stage, at now: ContinuousClock.Instant) {
        self.stage = stage
        stageStart = now
        lastMove = now
    }

    private mutating func take() -> [UInt8] {
        var chunk: [UInt8] = []
        swap(&chunk, &pending)
        return chunk
    }

    private mutating func end(_ outcome: Outcome, cancelsTask: Bool) -> Effects {
        stage = .ended
        self.outcome = outcome
        var effects = Effects(cancelsTask: cancelsTask, ends: true)
        if isStopped {
            isStopped = false
            effects.flow = .go
        }
        let result: Result<[UInt8]?, any Error> =
            switch outcome {
            case .finished: .success(nil)
            case .failed(let error): .failure(error)
            case .cancelled: .failure(CancellationError())
            }
        if head == nil, case .failure(let error) = result { effects.head = .failure(error) }
        if readerWaits {
            readerWaits = false
            effects.chunk = result
        }
        return effects
    }

    private func timedOut(_ clock: Timeouts.Clock, mayHaveReached: Bool = true) -> TransportError {
        .timedOut(
            clock,
            after: timeouts[clock] ?? .zero,
            requestMayHaveReachedServer: mayHaveReached && clock != .connect && stage != .queued
        )
    }

    /// The running clock that runs out first, and when.
    private var nextDeadline: (Timeouts.Clock, ContinuousClock.Instant)? {
        var next: (Timeouts.Clock, ContinuousClock.Instant)?
        func consider(_ clock: Timeouts.Clock, from instant: ContinuousClock.Instant) {
            guard let limit = timeouts[clock] else { return }
            let deadline = instant + limit
            if next.map({ deadline < $0.1 }) ?? true { next = (clock, deadline) }
        }
        consider(.total, from: start)
        switch stage {
        case .queued, .ended: break
        case .opening:
            if !connectWasChecked { consider(.connect, from: stageStart) }
            consider(.firstByte, from: stageStart)
        case .connecting: consider(.connect, from: stageStart)
        case .sending: if !producerStarves { consider(.idle, from: lastMove) }
        case .waiting: consider(.firstByte, from: stageStart)
        case .receiving: if readerWaits { consider(.idle, from: lastMove) }
        }
        return next
    }

    /// Asks for a wake-up when none that is early enough is on its way.
    private mutating func withDeadline(_ effects: Effects) -> Effects {
        guard let (_, deadline) = nextDeadline, armed.map({ deadline < $0 }) ?? true else { return effects }
        armed = deadline
        var effects = effects
        effects.deadline = deadline
        return effects
    }
}

extension TransportError {
    static func cutShort(_ received: Int, of expected: Int) -> Self {
        Self(
            .cutShort,
            "The response ended after \(received) of \(expected) bytes.",
            requestMayHaveReachedServer: true
        )
    }
}

#endif
