import Synchronization

/// Response bytes, pulled a chunk at a time; not pulling is how a reader slows the sender.
///
/// May be iterated once. Dropping the body or its iterator ends the exchange.
public struct ResponseBody: AsyncSequence, Sendable {
    /// A chunk; never empty.
    public typealias Element = [UInt8]

    private let source: any ResponseBodySource

    /// A body that pulls from `source`.
    public init(_ source: any ResponseBodySource) {
        self.source = source
    }

    /// A body of bytes that are there already.
    public init(_ bytes: [UInt8]) {
        source = BufferedBodySource(bytes)
    }

    /// What is known of the exchange's timings so far; complete once the body has ended.
    public var timings: TransferTimings { source.timings }

    /// Starts the one iteration of the body.
    public func makeAsyncIterator() -> Iterator {
        Iterator(source)
    }

    /// Pulls the next chunk, or `nil` at the end; for readers that keep no iterator.
    ///
    /// - Throws: ``TransportError``, or `CancellationError`.
    public func nextChunk() async throws -> [UInt8]? {
        try await source.nextChunk()
    }

    /// Hands the storage of a chunk that has been read back to the transport, which may fill it again.
    public func recycle(_ chunk: consuming [UInt8]) {
        source.recycle(chunk)
    }

    /// The whole body in one piece.
    ///
    /// - Parameter limit: The most bytes to take.
    /// - Returns: The bytes.
    /// - Throws: ``TransportError/Kind-swift.struct/tooLarge`` when the body is longer than `limit`, otherwise as
    ///   ``nextChunk()``.
    public func collect(upTo limit: Int) async throws -> [UInt8] {
        try await collect(upTo: limit, expecting: nil)
    }

    /// The whole body in one piece, of a size that the head has told, if it did; another size does no harm.
    func collect(upTo limit: Int, expecting size: Int?) async throws -> [UInt8] {
        guard var whole = try await source.nextChunk() else { return [] }
        // What a head promises is not believed beyond a size that costs nothing when it is a lie.
        if let size, size > whole.count { whole.reserveCapacity(Swift.min(size, limit, 64 << 20)) }
        while whole.count <= limit, let chunk = try await source.nextChunk() {
            whole.append(contentsOf: chunk)
            source.recycle(chunk)
        }
        guard whole.count <= limit else {
            source.cancel()
            throw TransportError(
                .tooLarge,
                "The response is longer than the limit of \(limit) bytes.",
                requestMayHaveReachedServer: true
            )
        }
        return whole
    }

    /// Ends the exchange now; reading on throws `CancellationError`.
    public func cancel() {
        source.cancel()
    }

    /// Pulls a body's chunks; dropping it ends the exchange.
    public struct Iterator: AsyncIteratorProtocol {
        private let handle: Handle

        init(_ source: any ResponseBodySource) {
            handle = Handle(source)
        }

        /// The next chunk, or `nil` at the end.
        public mutating func next() async throws -> [UInt8]? {
            try await handle.source.nextChunk()
        }
    }

    /// Ends the exchange when the last copy of an iterator is dropped, though the body itself lives on.
    private final class Handle: Sendable {
        let source: any ResponseBodySource

        init(_ source: any ResponseBodySource) {
            self.source = source
            source.beginIteration()
        }

        deinit { source.cancel() }
    }
}

@available(*, unavailable)
extension ResponseBody.Iterator: Sendable {}

/// Where a ``ResponseBody`` gets its chunks; what a transport implements.
///
/// The exchange ends when the last reference to the source is dropped, or on `cancel()`, whichever comes first.
public protocol ResponseBodySource: AnyObject, Sendable {
    /// The next chunk, never empty, or `nil` at the end.
    ///
    /// - Throws: ``TransportError``, or `CancellationError` when the task is cancelled or `cancel()` was called. An end
    ///   or an error stays the answer to every later call.
    func nextChunk() async throws -> [UInt8]?

    /// Notes that an iterator was made; from the second on, `nextChunk()` throws
    /// ``TransportError/Kind-swift.struct/bodyAlreadyRead``.
    func beginIteration()

    /// Takes back the storage of a chunk, to be filled again; may do nothing.
    func recycle(_ chunk: consuming [UInt8])

    /// Ends the exchange; harmless after its end.
    func cancel()

    /// What is known of the exchange's timings so far.
    var timings: TransferTimings { get }
}

/// A body that was complete before anyone read it.
final class BufferedBodySource: ResponseBodySource {
    private struct State {
        var bytes: [UInt8]?
        var iterations = 0
        var isCancelled = false
    }

    /// Guards the one chunk and the number of readers.
    private let state: Mutex<State>

    init(_ bytes: [UInt8]) {
        state = Mutex(State(bytes: bytes.isEmpty ? nil : bytes))
    }

    func nextChunk() async throws -> [UInt8]? {
        try state.withLock { state in
            guard state.iterations < 2 else { throw TransportError.bodyAlreadyRead }
            guard !state.isCancelled || state.bytes == nil else { throw CancellationError() }
            return state.bytes.take()
        }
    }

    func beginIteration() { state.withLock { $0.iterations += 1 } }

    func recycle(_ chunk: consuming [UInt8]) {}

    func cancel() { state.withLock { $0.isCancelled = true } }

    var timings: TransferTimings { TransferTimings() }
}

extension TransportError {
    /// The error of a second iteration.
    static var bodyAlreadyRead: Self {
        Self(.bodyAlreadyRead, "A response body can be read once.", requestMayHaveReachedServer: true)
    }
}
