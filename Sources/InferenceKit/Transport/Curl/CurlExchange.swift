#if canImport(CInferenceCurl)
import HTTPTypes
import Synchronization

/// One exchange, as far as the reader, the producer and the loop share it.
final class CurlExchange: Sendable {
    private struct Shared {
        var state = CurlTransferState<
            CheckedContinuation<[UInt8], any Error>, CheckedContinuation<[UInt8]?, any Error>
        >()
        var times = CurlTimes()
    }

    let request: CurlRequest
    let timeouts: Timeouts
    /// The body, when it is read a piece at a time.
    let upload: CurlUpload?

    /// Guards what the reader and the loop know of each other.
    private let shared = Mutex(Shared())
    private let inbox: CurlInbox

    // The loop's side of the exchange while it runs; touched inside the loop's turns only.
    nonisolated(unsafe) var transfer: CurlTransfer?

    init(_ request: CurlRequest, timeouts: Timeouts, inbox: CurlInbox) {
        self.request = request
        self.timeouts = timeouts
        self.inbox = inbox
        upload = request.form == .upload ? CurlUpload(request.body, length: request.bodyLength) : nil
    }

    // MARK: The reader

    /// Waits for the head of the response.
    func head() async throws -> HTTPResponse {
        let head = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if let answer = shared.withLock({ $0.state.waitForHead(continuation) }) {
                    continuation.resume(with: answer)
                }
            }
        } onCancel: {
            cancel()
        }
        return try CurlHead.response(from: head, decoded: request.decodes && request.form != .head)
    }

    /// Pulls the next chunk, waiting for it when there is none.
    func nextChunk() async throws -> [UInt8]? {
        if Task.isCancelled { cancel() }
        if let answer = shared.withLock({ $0.state.pull() }) {
            if answer.resumes { inbox.post(.resume(self)) }
            return try answer.pull.get()
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard let answer = shared.withLock({ $0.state.waitForChunk(continuation) }) else { return }
                if answer.resumes { inbox.post(.resume(self)) }
                continuation.resume(with: Result(catching: answer.pull.get))
            }
        } onCancel: {
            cancel()
        }
    }

    /// Counts an iteration of the body.
    func beginIteration() {
        shared.withLock { $0.state.beginIteration() }
    }

    /// Takes back the storage of a chunk.
    func recycle(_ chunk: consuming [UInt8]) {
        // Emptied while nobody else holds it: a copy would be emptied into storage of its own.
        chunk.removeAll(keepingCapacity: true)
        var spare = Optional(chunk)
        shared.withLock { shared in
            if let spare = spare.take() { shared.state.recycle(spare) }
        }
    }

    /// What is known of the timings so far.
    var timings: TransferTimings { shared.withLock { $0.times }.timings }

    /// Whether everything came and was pulled, so that there is nothing to cancel.
    var isRead: Bool { shared.withLock { $0.state.isRead } }

    /// Ends the exchange from the reader's side.
    func cancel() {
        let waiting = shared.withLock { $0.state.cancel() }
        if waiting.tellsLoop { inbox.post(.cancel(self)) }
        waiting.head?.resume(throwing: CancellationError())
        waiting.chunk?.resume(throwing: CancellationError())
    }

    // MARK: The producer

    /// Starts the producer of the body, if it has one.
    func startProducer() {
        upload?.queue?.start(for: self)
    }

    /// Tells the loop that there is something to send, or that there will be no more.
    func uploadChanged() {
        inbox.post(.upload(self))
    }

    // MARK: The loop

    /// Whether nothing more will come; the loop need not start it.
    var hasEnded: Bool { shared.withLock { $0.state.hasEnded } }

    /// The bytes that wait for the reader.
    var unread: Int { shared.withLock { $0.state.unread } }

    /// Hands over what one round of the loop brought, and wakes who waits for it; `true` when a paused transfer may go on.
    func deliver(
        head: [UInt8]?,
        body: inout [UInt8],
        end: CurlEnd?,
        isPaused: Bool,
        times: CurlTimes?
    ) -> Bool {
        let delivery = shared.withLock { shared in
            if let times { shared.times = times }
            return shared.state.deliver(head: head, body: &body, end: end, isPaused: isPaused)
        }
        if let (waiter, answer) = delivery.head { waiter.resume(with: answer) }
        if let (waiter, answer) = delivery.chunk { waiter.resume(with: Result(catching: answer.get)) }
        return delivery.resumes
    }

    /// Ends an exchange that the loop never ran.
    func end(with end: CurlEnd) {
        upload?.close()
        var nothing: [UInt8] = []
        _ = deliver(head: nil, body: &nothing, end: end, isPaused: false, times: nil)
    }
}

extension CurlPull {
    /// The chunk, `nil` at the end.
    fileprivate func get() throws -> [UInt8]? {
        switch self {
        case .chunk(let chunk): chunk
        case .end: nil
        case .failure(let error): throw error
        }
    }
}

/// Pulls the body of an exchange; dropping it ends the exchange.
final class CurlBodySource: ResponseBodySource {
    private let exchange: CurlExchange

    init(_ exchange: CurlExchange) { self.exchange = exchange }

    deinit {
        // Most bodies are dropped when they have been read.
        if !exchange.isRead { exchange.cancel() }
    }

    func nextChunk() async throws -> [UInt8]? { try await exchange.nextChunk() }
    func beginIteration() { exchange.beginIteration() }
    func recycle(_ chunk: consuming [UInt8]) { exchange.recycle(chunk) }
    func cancel() { exchange.cancel() }
    var timings: TransferTimings { exchange.timings }
}
#endif
