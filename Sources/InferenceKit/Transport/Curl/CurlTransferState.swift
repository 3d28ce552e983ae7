/// How an exchange ended.
enum CurlEnd {
    case complete
    case cancelled
    case failed(TransportError)
}

/// What a reader is answered with.
enum CurlPull {
    case chunk([UInt8])
    case end
    case failure(any Error)
}

/// What the loop and the reader of one exchange know of each other: a value that answers each event with what to do.
///
/// The lock around it is `CurlExchange`'s, who performs the answers outside. Generic over what waits, so that tests can
/// let numbers wait.
struct CurlTransferState<HeadWaiter, ChunkWaiter> {
    /// What the loop has to do after a delivery.
    struct Delivery {
        /// Somebody to wake with the head, or with what keeps it from coming.
        var head: (waiter: HeadWaiter, answer: Result<[UInt8], any Error>)?
        /// Somebody to wake with a chunk, or with the end.
        var chunk: (waiter: ChunkWaiter, answer: CurlPull)?
        /// Whether the transfer, which had stopped above the high mark, may go on.
        var resumes = false
    }

    private var head: [UInt8]?
    private var ready: [UInt8] = []
    private var spare: [UInt8] = []
    private var end: CurlEnd?
    private var headWaiter: HeadWaiter?
    private var chunkWaiter: ChunkWaiter?
    private var isPaused = false
    private var iterations = 0

    /// The bytes that nobody has pulled yet.
    var unread: Int { ready.count }

    /// Whether nothing more will come.
    var hasEnded: Bool { end != nil }

    /// Whether nothing more will come, and nothing is left.
    var isRead: Bool { end != nil && head == nil && ready.isEmpty }

    // MARK: The reader

    /// Asks for the head; stores `waiter` when it is not there yet.
    mutating func waitForHead(_ waiter: HeadWaiter) -> Result<[UInt8], any Error>? {
        if let head = head.take() { return .success(head) }
        if let end { return .failure(Self.error(of: end)) }
        headWaiter = waiter
        return nil
    }

    /// Pulls what is there, or `nil` when a reader has to wait; `resumes` tells that the loop should be asked for more.
    mutating func pull() -> (pull: CurlPull, resumes: Bool)? {
        guard iterations < 2 else { return (.failure(TransportError.bodyAlreadyRead), false) }
        if case .cancelled = end { return (.failure(CancellationError()), false) }
        guard ready.isEmpty else {
            let chunk = ready
            ready = spare
            spare = []
            defer { isPaused = false }
            return (.chunk(chunk), isPaused && end == nil)
        }
        switch end {
        case .complete: return (.end, false)
        case .cancelled: return (.failure(CancellationError()), false)
        case .failed(let error): return (.failure(error), false)
        case nil: return nil
        }
    }

    /// Asks for the next chunk; stores `waiter` when there is none yet.
    mutating func waitForChunk(_ waiter: ChunkWaiter) -> (pull: CurlPull, resumes: Bool)? {
        if let answer = pull() { return answer }
        guard chunkWaiter == nil else { return (.failure(TransportError.bodyAlreadyRead), false) }
        chunkWaiter = waiter
        return nil
    }

    /// Counts an iteration.
    mutating func beginIteration() { iterations += 1 }

    /// Keeps the storage of a chunk that was read, for the loop to fill again.
    mutating func recycle(_ chunk: consuming [UInt8]) {
        guard end == nil, spare.capacity == 0 else { return }
        spare = chunk
        spare.removeAll(keepingCapacity: true)
    }

    /// Ends the exchange from the reader's side; `tellsLoop` is `false` when it had ended.
    mutating func cancel() -> (head: HeadWaiter?, chunk: ChunkWaiter?, tellsLoop: Bool) {
        guard end == nil else {
            // What had arrived is no longer wanted, and reading on is answered as after any cancellation.
            if !ready.isEmpty || head != nil { end = .cancelled }
            ready = []
            spare = []
            return (nil, nil, false)
        }
        end = .cancelled
        ready = []
        spare = []
        return (headWaiter.take(), chunkWaiter.take(), true)
    }

    // MARK: The loop

    /// Takes what one round of the loop brought: the head, bytes, the end, and whether the transfer stopped.
    ///
    /// `body` comes back empty, with storage to fill when there is some.
    mutating func deliver(
        head newHead: [UInt8]?,
        body: inout [UInt8],
        end newEnd: CurlEnd?,
        isPaused paused: Bool
    ) -> Delivery {
        var delivery = Delivery()
        guard end == nil else {
            body.removeAll()
            return delivery
        }
        if let newHead {
            if let waiter = headWaiter.take() {
                delivery.head = (waiter, .success(newHead))
            } else {
                head = newHead
            }
        }
        if !body.isEmpty {
            if ready.isEmpty {
                swap(&ready, &body)
                if body.capacity == 0 { swap(&spare, &body) }
            } else {
                ready.append(contentsOf: body)
                body.removeAll(keepingCapacity: true)
            }
        }
        end = newEnd
        isPaused = paused
        if let newEnd, let waiter = headWaiter.take() {
            delivery.head = (waiter, .failure(Self.error(of: newEnd)))
        }
        if chunkWaiter != nil, let answer = pull(), let waiter = chunkWaiter.take() {
            delivery.chunk = (waiter, answer.pull)
            delivery.resumes = answer.resumes
        } else if isPaused, ready.isEmpty, end == nil {
            isPaused = false
            delivery.resumes = true
        }
        return delivery
    }

    /// What to tell somebody who waits for a head that will not come.
    private static func error(of end: CurlEnd) -> any Error {
        switch end {
        case .complete:
            TransportError(
                .connectionLost,
                "The exchange ended without a response.",
                requestMayHaveReachedServer: true
            )
        case .cancelled: CancellationError()
        case .failed(let error): error
        }
    }
}
