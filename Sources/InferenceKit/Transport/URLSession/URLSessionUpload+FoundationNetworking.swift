#if URLSession && !canImport(Darwin)

import Foundation
import FoundationNetworking
import Synchronization

extension URLSessionUpload {
    /// What a producer has written: the start in memory, the rest in a file.
    struct Collected {
        var memory: [UInt8] = []
        var memoryOffset = 0
        var total = 0
        var spool: URLSessionSpool
        var task: Task<Void, Never>?
        var isStopped = false
    }

    /// Has the producer write the whole body before anything is sent; `ready` is called at its end.
    ///
    /// libcurl reads a body on a queue that all sessions share and that must not wait; see ``URLSessionInlineQueue``.
    func prepare(
        _ configuration: URLSessionTransport.Configuration,
        _ ready: @escaping @Sendable (TransportError?) -> Void
    ) {
        guard case .stream(let length, _, let producer) = body.storage else { return ready(nil) }
        collected.withLock { $0 = Collected(spool: URLSessionSpool(limit: configuration.maximumSpoolSize)) }
        // Nobody awaits this task: it reports to the exchange, whose end cancels it.
        let task = Task { [self] in
            do {
                try await producer(BodyWriter { [self] chunk in try collect(chunk, promised: length) })
                let total = collected.withLock { $0?.total ?? 0 }
                ready(length.flatMap { $0 == total ? nil : .wrongLength(total, promised: $0, mayHaveReached: false) })
            } catch let error as CollectFailure {
                ready(error.error)
            } catch {
                ready(.producerFailed(error, mayHaveReached: false))
            }
        }
        let isStopped = collected.withLock { collected in
            collected?.task = task
            return collected?.isStopped ?? true
        }
        if isStopped { task.cancel() }
    }

    /// An error of `collect`, told apart from the producer's own.
    private struct CollectFailure: Error {
        let error: TransportError
    }

    private func collect(_ chunk: [UInt8], promised length: Int?) throws {
        try Task.checkCancellation()
        try collected.withLock { collected in
            guard !(collected?.isStopped ?? true) else { throw CancellationError() }
            let total = (collected?.total ?? 0) + chunk.count
            collected?.total = total
            if let length, total > length {
                throw CollectFailure(error: .wrongLength(total, promised: length, mayHaveReached: false))
            }
            let room = max(0, Self.memoryMark - (collected?.memory.count ?? 0))
            collected?.memory += chunk.prefix(room)
            guard room < chunk.count else { return }
            do {
                try unsafe chunk.withUnsafeBytes { bytes in
                    try unsafe collected?.spool.append(UnsafeRawBufferPointer(rebasing: bytes[room...]))
                }
            } catch {
                throw CollectFailure(error: .cannotHold(error, mayHaveReached: false))
            }
        }
    }

    /// As much of a body is collected in memory as may be unread of a response.
    private static let memoryMark = 512 * 1024

    func stopCollecting() {
        let task = collected.withLock { collected in
            collected?.isStopped = true
            return collected?.task
        }
        task?.cancel()
    }

    var isCollected: Bool { collected.withLock { $0 != nil } }

    /// Reads what was collected of a producer.
    func readCollected(into buffer: UnsafeMutableRawBufferPointer) -> Read {
        let read = collected.withLock { collected -> Result<[UInt8], TransportError>? in
            guard let current = collected, !current.isStopped else { return nil }
            let rest = current.memory[current.memoryOffset...].prefix(buffer.count)
            collected?.memoryOffset += rest.count
            guard rest.isEmpty else { return .success(Array(rest)) }
            guard let bytes = try? current.spool.read(buffer.count) else {
                return .failure(.cannotHold(URLSessionSpool.Failure.system(EIO)))
            }
            return .success(bytes)
        }
        switch read {
        case nil: return .stopped(failure: nil)
        case .failure(let error): return .stopped(failure: error)
        case .success(let bytes):
            unsafe buffer.copyBytes(from: bytes)
            return bytes.isEmpty ? .end : .bytes(bytes.count)
        }
    }

    /// Gives `request` the stream that its task reads.
    func attach(to request: inout URLRequest, of exchange: URLSessionExchange) {
        request.httpBodyStream = URLSessionUploadStream(self, exchange)
    }

    /// The stream for a second sending, which fails at its first read.
    ///
    /// libcurl sends a request once more when a connection that it used again breaks before the response. That would be
    /// a retry, which is not a transport's to decide; with no stream at all it would send the head, and an empty body.
    func newStream(for exchange: URLSessionExchange) -> InputStream? {
        URLSessionUploadStream(nil, exchange)
    }
}

/// What FoundationNetworking reads a body from, on the queue on which its libcurl runs.
///
/// It asks for the next piece when the socket has taken the one before, so a slow network slows the producer.
private final class URLSessionUploadStream: InputStream {
    private let upload: URLSessionUpload?
    private let exchange: URLSessionExchange
    private var status = Stream.Status.notOpen
    private var isAtEnd = false

    init(_ upload: URLSessionUpload?, _ exchange: URLSessionExchange) {
        self.upload = upload
        self.exchange = exchange
        super.init(data: Data())
    }

    override var streamStatus: Stream.Status { status }

    override func open() { status = .open }

    override func close() { status = .closed }

    /// `false` would be taken for the end.
    override var hasBytesAvailable: Bool { !isAtEnd }

    override func read(_ buffer: UnsafeMutablePointer<UInt8>, maxLength length: Int) -> Int {
        guard let upload else {
            exchange.fail(
                TransportError(
                    .connectionLost,
                    "The connection was lost before a response arrived.",
                    requestMayHaveReachedServer: true
                )
            )
            return -1
        }
        exchange.uploadMoved()
        let target = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: length)
        switch unsafe upload.read(into: target, starves: exchange.uploadStarves) {
        case .bytes(let count):
            return count
        case .end:
            isAtEnd = true
            exchange.uploadFinished()
            return 0
        case .stopped(let failure):
            if let failure { exchange.fail(failure) }
            return -1
        }
    }
}

#endif
