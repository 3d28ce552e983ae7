#if canImport(CInferenceCurl)
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Synchronization

/// A request body that the loop reads a piece at a time.
final class CurlUpload: Sendable {
    /// What a read gives.
    enum Piece {
        /// So many bytes.
        case bytes(Int)
        /// Nothing yet; the loop will be told.
        case later
        /// The end.
        case end
        /// Why there will be no more; free of paths and contents.
        case failed(String)
    }

    // Touched by the loop's thread alone once the exchange has been started.
    nonisolated(unsafe) private var segments: CurlSegments
    /// The chunks of the producer, when there is one.
    let queue: CurlUploadQueue?

    init(_ body: RequestBody.Storage, length: Int?) {
        switch body {
        case .segments(let segments):
            unsafe self.segments = CurlSegments(segments)
            queue = nil
        case .stream(_, _, let producer):
            unsafe segments = CurlSegments([])
            queue = CurlUploadQueue(length: length, producer: producer)
        }
    }

    /// Fills `buffer`; on the loop's thread only.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Piece {
        if let queue { unsafe queue.read(into: buffer) } else { unsafe segments.read(into: buffer) }
    }

    /// Frees what the body holds, and ends its producer; on the loop's thread only.
    func close() {
        unsafe segments.close()
        queue?.close()
    }
}

/// The C library's `read`, which a method of the same name would hide.
private func readDescriptor(_ descriptor: CInt, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    unsafe read(descriptor, buffer, count)
}

/// Reads segments in turn; a file is opened when its turn comes.
struct CurlSegments {
    private let segments: [RequestBody.Segment]
    private var index = 0
    private var offset = 0
    private var descriptor: CInt = -1

    init(_ segments: [RequestBody.Segment]) { self.segments = segments }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> CurlUpload.Piece {
        while index < segments.count {
            let segment = segments[index]
            let count = min(buffer.count, segment.length - offset)
            guard count > 0 else {
                close()
                index += 1
                offset = 0
                continue
            }
            switch segment {
            case .bytes(let bytes):
                unsafe bytes.withUnsafeBytes { bytes in
                    unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
                }
                offset += count
                return .bytes(count)
            case .file(let path, _):
                if descriptor < 0 { descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC) }
                guard descriptor >= 0 else {
                    return .failed("A file of the request body cannot be opened (error \(errno)).")
                }
                var got = 0
                repeat {
                    got = unsafe readDescriptor(descriptor, buffer.baseAddress, count)
                } while got < 0 && errno == EINTR
                guard got >= 0 else { return .failed("A file of the request body cannot be read (error \(errno)).") }
                guard got > 0 else { return .failed("A file of the request body is shorter than was promised.") }
                offset += got
                return .bytes(got)
            }
        }
        return .end
    }

    mutating func close() {
        guard descriptor >= 0 else { return }
        closeDescriptor(descriptor)
        descriptor = -1
    }
}

/// The chunks between a producer and the loop; the producer waits while there are many.
final class CurlUploadQueue: Sendable {
    /// Above so many bytes a producer waits.
    static let highMark = 262_144

    private struct State {
        var chunks: [[UInt8]] = []
        /// How much of the first chunk was taken.
        var offset = 0
        var queued = 0
        /// The bytes the producer wrote in all.
        var written = 0
        var isLoopWaiting = false
        var isFinished = false
        var isClosed = false
        var failure: String?
        var writers: [CheckedContinuation<Void, any Error>] = []
        var task: Task<Void, Never>?
    }

    /// Guards the chunks and those who wait for room.
    private let state = Mutex(State())
    private let length: Int?
    private let producer: RequestBody.Producer

    init(length: Int?, producer: @escaping RequestBody.Producer) {
        self.length = length
        self.producer = producer
    }

    /// Why the body cannot be completed, if it cannot.
    var failure: String? { state.withLock { $0.failure } }

    // MARK: The producer

    /// Runs the producer for `exchange`.
    func start(for exchange: CurlExchange) {
        // Nobody awaits this task: the exchange owns it, `close()` cancels it at the exchange's end, and what it throws is
        // told to the loop.
        let task = Task { await self.produce(for: exchange) }
        let isClosed = state.withLock { state in
            state.task = task
            return state.isClosed
        }
        if isClosed { task.cancel() }
    }

    private func produce(for exchange: CurlExchange) async {
        do {
            try await producer(BodyWriter { chunk in try await self.write(chunk, for: exchange) })
            state.withLock { state in
                state.isFinished = true
                if let length, state.written != length, state.failure == nil {
                    state.failure =
                        "The producer of the request body gave \(state.written) bytes in place of \(length)."
                }
            }
        } catch {
            state.withLock { $0.failure = $0.failure ?? "The producer of the request body failed." }
        }
        exchange.uploadChanged()
    }

    private func write(_ chunk: [UInt8], for exchange: CurlExchange) async throws {
        try Task.checkCancellation()
        let (wakes, waits) = try state.withLock { state -> (Bool, Bool) in
            guard !state.isClosed else { throw CancellationError() }
            state.written += chunk.count
            if let length, state.written > length {
                state.failure = "The producer of the request body gave more than \(length) bytes."
                throw TransportError(.requestBodyFailed, state.failure ?? "", requestMayHaveReachedServer: true)
            }
            if !chunk.isEmpty { state.chunks.append(chunk) }
            state.queued += chunk.count
            let wakes = state.isLoopWaiting && state.queued > 0
            if wakes { state.isLoopWaiting = false }
            return (wakes, state.queued > Self.highMark)
        }
        if wakes { exchange.uploadChanged() }
        guard waits else { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isDone = state.withLock { state in
                    let isDone = state.isClosed || state.queued <= Self.highMark
                    if !isDone { state.writers.append(continuation) }
                    return isDone
                }
                if isDone { continuation.resume() }
            }
            try Task.checkCancellation()
        } onCancel: {
            wakeWriters()
        }
    }

    private func wakeWriters() {
        let writers = state.withLock { state in
            defer { state.writers = [] }
            return state.writers
        }
        for writer in writers { writer.resume() }
    }

    // MARK: The loop

    func read(into buffer: UnsafeMutableRawBufferPointer) -> CurlUpload.Piece {
        let (piece, hasRoom) = state.withLock { state -> (CurlUpload.Piece, Bool) in
            if let failure = state.failure { return (.failed(failure), false) }
            guard let first = state.chunks.first else {
                if state.isFinished { return (.end, false) }
                state.isLoopWaiting = true
                return (.later, false)
            }
            let count = min(buffer.count, first.count - state.offset)
            unsafe first.withUnsafeBytes { bytes in
                let bytes = unsafe bytes[state.offset..<state.offset + count]
                unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes))
            }
            state.offset += count
            state.queued -= count
            if state.offset == first.count {
                // Few chunks are ever queued, so that moving the rest is cheap.
                state.chunks.removeFirst()
                state.offset = 0
            }
            return (.bytes(count), state.queued <= Self.highMark && !state.writers.isEmpty)
        }
        if hasRoom { wakeWriters() }
        return piece
    }

    func close() {
        let task = state.withLock { state in
            state.isClosed = true
            state.chunks = []
            return state.task.take()
        }
        task?.cancel()
        wakeWriters()
    }
}
#endif
