/// The bytes of a request: in memory, from files, both in turn, or from a producer.
public struct RequestBody: Sendable {
    /// A piece of a body whose length is known and that can be sent again.
    public enum Segment: Sendable {
        /// Bytes in memory.
        case bytes([UInt8])
        /// The file at a path, read as it is sent; `length` is its size in bytes.
        case file(path: String, length: Int)

        /// The number of bytes.
        public var length: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .file(_, let length): length
            }
        }
    }

    /// Writes a body into the writer, once each time the body is sent.
    public typealias Producer = @Sendable (BodyWriter) async throws -> Void

    package enum Storage: Sendable {
        case segments([Segment])
        case stream(length: Int?, replayable: Bool, producer: Producer)
    }

    package let storage: Storage

    /// No body at all.
    public static var empty: Self { Self(storage: .segments([])) }

    /// Bytes in memory.
    public static func bytes(_ bytes: [UInt8]) -> Self {
        Self(storage: .segments([.bytes(bytes)]))
    }

    /// The file at `path`, streamed; `length` is its size in bytes, taken when the body was made.
    ///
    /// A file that has become shorter when it is read fails the exchange with
    /// ``TransportError/Kind-swift.struct/requestBodyFailed``.
    public static func file(path: String, length: Int) -> Self {
        Self(storage: .segments([.file(path: path, length: length)]))
    }

    /// Several pieces in turn, such as the parts of a multipart body.
    public static func segments(_ segments: [Segment]) -> Self {
        Self(storage: .segments(segments))
    }

    /// What `producer` writes.
    ///
    /// - Parameters:
    ///   - length: The number of bytes, or `nil` to send in chunks; a producer that writes another number fails.
    ///   - replayable: Whether the producer can be called again, for a second attempt.
    ///   - producer: Called once for each attempt; its `write` returns once the chunk was taken.
    /// - Returns: The body.
    public static func stream(length: Int?, replayable: Bool, producer: @escaping Producer) -> Self {
        Self(storage: .stream(length: length, replayable: replayable, producer: producer))
    }

    /// The number of bytes, or `nil` when only the producer knows.
    public var length: Int? {
        switch storage {
        case .segments(let segments): segments.reduce(0) { $0 + $1.length }
        case .stream(let length, _, _): length
        }
    }

    /// Whether the body can be sent a second time.
    public var isReplayable: Bool {
        switch storage {
        case .segments: true
        case .stream(_, let replayable, _): replayable
        }
    }
}

/// Takes the bytes of a request body as its producer makes them.
public struct BodyWriter: Sendable {
    private let take: @Sendable ([UInt8]) async throws -> Void

    /// A writer that hands each chunk to `take`, which returns once there is room for the next.
    public init(_ take: @escaping @Sendable ([UInt8]) async throws -> Void) {
        self.take = take
    }

    /// Sends `chunk`; returns once it was taken, so a slow network slows the producer.
    ///
    /// - Throws: `CancellationError` or ``TransportError`` when the exchange has ended.
    public func write(_ chunk: [UInt8]) async throws {
        try await take(chunk)
    }
}
