#if canImport(Darwin) || URLSession

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Dispatch
import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif
import Synchronization

/// A request body as the session reads it: a piece at a time, from the thread that sends.
final class URLSessionUpload: Sendable {
    /// What a read gave.
    enum Read {
        case bytes(Int)
        case end
        /// The exchange has ended, or ends with `failure` now.
        case stopped(failure: TransportError?)
    }

    private struct Cursor {
        var index = 0
        var offset = 0
        var descriptor: CInt?
    }

    private struct Feed {
        var chunk: [UInt8] = []
        var offset = 0
        var total = 0
        var writer: CheckedContinuation<Void, any Error>?
        var hasStarted = false
        var isFinished = false
        var failure: TransportError?
        var readerWaits = false
        var isStopped = false
        var task: Task<Void, Never>?
    }

    let body: RequestBody
    #if !canImport(Darwin)
    /// Guards what a producer has written before the sending begins.
    let collected = Mutex<Collected?>(nil)
    #endif
    /// Guards how far the segments were read.
    private let cursor = Mutex(Cursor())
    /// Guards the one chunk between the producer and the thread that sends.
    private let feed = Mutex(Feed())
    /// Wakes the thread that sends.
    private let arrival = DispatchSemaphore(value: 0)

    /// The upload of `body`, or `nil` if there is none.
    init?(_ body: RequestBody) throws {
        guard body.length != 0 else { return nil }
        self.body = body
        if case .segments(let segments) = body.storage { try Self.check(segments) }
    }

    deinit { cursor.withLock { if let descriptor = $0.descriptor { _ = close(descriptor) } } }

    #if canImport(Darwin)
    /// This upload, or for segments a fresh one that starts over; `nil` when the producer has run.
    func restarted() -> URLSessionUpload? {
        switch body.storage {
        case .segments: try? URLSessionUpload(body)
        case .stream: feed.withLock { $0.hasStarted } ? nil : self
        }
    }
    #endif

    /// Sees to it before anything is sent that the files are there, and long enough.
    private static func check(_ segments: [RequestBody.Segment]) throws {
        for case .file(let path, let length) in segments {
            var status = stat()
            guard unsafe stat(path, &status) == 0, unsafe access(path, R_OK) == 0 else {
                throw TransportError.cannotSend("A file of the request body cannot be read (errno \(errno)).")
            }
            guard Int(status.st_size) >= length else {
                throw TransportError.fileTooShort(mayHaveReached: false)
            }
        }
    }

    /// Ends the exchange's interest in the body: a blocked read returns, the producer is cancelled.
    func stop() {
        #if !canImport(Darwin)
        stopCollecting()
        #endif
        let (writer, task, wakes) = feed.withLock { feed in
            feed.isStopped = true
            let wakes = feed.readerWaits
            feed.readerWaits = false
            return (feed.writer.take(), feed.task, wakes)
        }
        if wakes { arrival.signal() }
        task?.cancel()
        writer?.resume(throwing: CancellationError())
    }

    /// Fills `buffer` with the next bytes; with a producer, waits until there are some.
    ///
    /// `starves` is called with `true` when the wait begins, and with `false` when it ends.
    func read(into buffer: UnsafeMutableRawBufferPointer, starves: (Bool) -> Void) -> Read {
        switch body.storage {
        case .segments(let segments):
            return cursor.withLock { cursor in unsafe Self.read(segments, &cursor, into: buffer) }
        #if !canImport(Darwin)
        case .stream where isCollected:
            return unsafe readCollected(into: buffer)
        #endif
        case .stream(let length, _, _):
            return unsafe readFeed(promised: length, into: buffer, starves: starves)
        }
    }

    // MARK: Segments

    private static func read(
        _ segments: [RequestBody.Segment],
        _ cursor: inout Cursor,
        into buffer: UnsafeMutableRawBufferPointer
    ) -> Read {
        var filled = 0
        while cursor.index < segments.count, filled < buffer.count {
            let segment = segments[cursor.index]
            let count = min(segment.length - cursor.offset, buffer.count - filled)
            let target = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + count])
            switch segment {
            case .bytes(let bytes):
                unsafe target.copyBytes(from: bytes[cursor.offset..<cursor.offset + count])
            case .file(let path, _):
                guard unsafe readFile(path, &cursor, into: target) else {
                    return .stopped(failure: .fileTooShort(mayHaveReached: true))
                }
            }
            filled += count
            cursor.offset += count
            if cursor.offset == segment.length {
                if let descriptor = cursor.descriptor.take() { _ = close(descriptor) }
                cursor.index += 1
                cursor.offset = 0
            }
        }
        return filled > 0 ? .bytes(filled) : .end
    }

    private static func readFile(
        _ path: String,
        _ cursor: inout Cursor,
        into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        if cursor.descriptor == nil {
            let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return false }
            cursor.descriptor = descriptor
        }
        guard let descriptor = cursor.descriptor else { return false }
        var filled = 0
        while filled < target.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: target[filled...])
            let count = unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(cursor.offset + filled))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            filled += count
        }
        return true
    }

    // MARK: Producers

    private func readFeed(
        promised length: Int?,
        into buffer: UnsafeMutableRawBufferPointer,
        starves: (Bool) -> Void
    ) -> Read {
        startProducer()
        while true {
            var writer: CheckedContinuation<Void, any Error>?
            let read = feed.withLock { feed -> Read? in
                if feed.isStopped { return .stopped(failure: nil) }
                let rest = feed.chunk.count - feed.offset
                if rest > 0 {
                    let count = min(rest, buffer.count)
                    unsafe buffer.copyBytes(from: feed.chunk[feed.offset..<feed.offset + count])
                    feed.offset += count
                    if feed.offset == feed.chunk.count {
                        feed.chunk = []
                        feed.offset = 0
                        writer = feed.writer.take()
                    }
                    return .bytes(count)
                }
                if let failure = feed.failure { return .stopped(failure: failure) }
                if feed.isFinished {
                    if let length, feed.total != length {
                        return .stopped(failure: .wrongLength(feed.total, promised: length))
                    }
                    return .end
                }
                feed.readerWaits = true
                return nil
            }
            writer?.resume()
            if let read { return read }
            starves(true)
            arrival.wait()
            starves(false)
        }
    }

    private func startProducer() {
        guard case .stream(let length, _, let producer) = body.storage else { return }
        feed.withLock { feed in
            guard !feed.hasStarted, !feed.isStopped else { return }
            feed.hasStarted = true
            // Nobody awaits this task: `send` returns with the head, which a server may give before it has read the
            // body. The exchange's end cancels it, and the thread that sends waits for what it writes.
            feed.task = Task { [self] in
                do {
                    try await producer(BodyWriter { [self] chunk in try await self.write(chunk, promised: length) })
                    finish(nil)
                } catch {
                    finish(.producerFailed(error))
                }
            }
        }
    }

    private func finish(_ failure: TransportError?) {
        let wakes = feed.withLock { feed in
            feed.isFinished = true
            feed.failure = feed.failure ?? failure
            let wakes = feed.readerWaits
            feed.readerWaits = false
            return wakes
        }
        if wakes { arrival.signal() }
    }

    private func write(_ chunk: [UInt8], promised length: Int?) async throws {
        try Task.checkCancellation()
        guard !chunk.isEmpty else { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (writer: CheckedContinuation<Void, any Error>) in
                var wakes = false
                let failure = feed.withLock { feed -> (any Error)? in
                    if feed.isStopped || Task.isCancelled { return CancellationError() }
                    if feed.isFinished || feed.writer != nil {
                        return TransportError.cannotSend("A body's producer writes one chunk after the other.")
                    }
                    feed.total += chunk.count
                    if let length, feed.total > length {
                        feed.failure = .wrongLength(feed.total, promised: length)
                    } else {
                        feed.chunk = chunk
                        feed.writer = writer
                    }
                    wakes = feed.readerWaits
                    feed.readerWaits = false
                    return feed.failure
                }
                if wakes { arrival.signal() }
                if let failure { writer.resume(throwing: failure) }
            }
        } onCancel: {
            feed.withLock { $0.writer.take() }?.resume(throwing: CancellationError())
        }
    }
}

extension TransportError {
    fileprivate static func fileTooShort(mayHaveReached: Bool) -> Self {
        Self(
            .requestBodyFailed,
            "A file of the request body is shorter than it was, or cannot be read any more.",
            requestMayHaveReachedServer: mayHaveReached
        )
    }

    static func wrongLength(_ length: Int, promised: Int, mayHaveReached: Bool = true) -> Self {
        Self(
            .requestBodyFailed,
            "The request body's producer wrote \(length) bytes where \(promised) were promised.",
            requestMayHaveReachedServer: mayHaveReached
        )
    }

    /// The producer's own error stays with it, for it can quote what it was reading.
    static func producerFailed(_ error: any Error, mayHaveReached: Bool = true) -> Self {
        Self(
            .requestBodyFailed,
            "The request body's producer failed with \(type(of: error)).",
            requestMayHaveReachedServer: mayHaveReached
        )
    }
}

#endif
