#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif
import Synchronization

extension RequestBody {
    /// Writes the whole body into `writer`, for transports that only pass bytes on.
    ///
    /// Files are read 64 KiB at a time and never loaded; a file that grew sends the length it was declared with.
    ///
    /// - Throws: ``TransportError/Kind-swift.struct/invalidRequest`` for a file that cannot be opened,
    ///   ``TransportError/Kind-swift.struct/requestBodyFailed`` when a file or a producer gives fewer or more bytes than
    ///   promised or the producer throws, and what `writer` throws.
    public func write(to writer: BodyWriter) async throws {
        switch storage {
        case .segments(let segments):
            try Self.checkFiles(of: segments)
            for segment in segments {
                switch segment {
                case .bytes(let bytes):
                    if !bytes.isEmpty { try await writer.write(bytes) }
                case .file(let path, let length):
                    try await Self.writeFile(at: path, length: length, to: writer)
                }
            }
        case .stream(let length, _, let producer):
            try await Self.run(producer, length: length, writer: writer)
        }
    }

    /// Fails before the first byte when a file is not there.
    private static func checkFiles(of segments: [Segment]) throws {
        for case .file(let path, _) in segments where unsafe access(path, R_OK) != 0 {
            throw TransportError(
                .invalidRequest,
                "A file of the request body cannot be opened (errno \(errno)).",
                requestMayHaveReachedServer: false
            )
        }
    }

    private static func writeFile(at path: String, length: Int, to writer: BodyWriter) async throws {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw TransportError(
                .requestBodyFailed,
                "A file of the request body cannot be opened any more (errno \(errno)).",
                requestMayHaveReachedServer: true
            )
        }
        defer { close(descriptor) }
        var left = length
        while left > 0 {
            let room = min(left, 64 << 10)
            let chunk = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                count = unsafe max(0, read(descriptor, buffer.baseAddress, room))
            }
            guard !chunk.isEmpty else {
                throw TransportError(
                    .requestBodyFailed,
                    "A file of the request body ended \(left) bytes before its length of \(length).",
                    requestMayHaveReachedServer: true
                )
            }
            left -= chunk.count
            try await writer.write(chunk)
        }
    }

    /// Runs a producer and holds it to its promised length.
    private static func run(_ producer: Producer, length: Int?, writer: BodyWriter) async throws {
        let tally = Tally()
        do {
            try await producer(
                BodyWriter { chunk in
                    let written = tally.add(chunk.count)
                    do {
                        if let length, written > length {
                            throw TransportError(
                                .requestBodyFailed,
                                "The request body's producer wrote more than the \(length) bytes it had promised.",
                                requestMayHaveReachedServer: true
                            )
                        }
                        if !chunk.isEmpty { try await writer.write(chunk) }
                    } catch {
                        tally.note(error)
                        throw error
                    }
                }
            )
        } catch {
            // What the writer threw is the exchange's own end and passes as it is, even from under a producer that
            // wrapped it; anything else is the producer's failure, whose text may hold the caller's data.
            if let ended = tally.failure { throw ended }
            if error is CancellationError, Task.isCancelled { throw error }
            throw TransportError(
                .requestBodyFailed,
                "The request body's producer failed.",
                requestMayHaveReachedServer: true
            )
        }
        if let ended = tally.failure { throw ended }
        if let length, tally.count != length {
            throw TransportError(
                .requestBodyFailed,
                "The request body's producer wrote \(tally.count) bytes instead of the \(length) it had promised.",
                requestMayHaveReachedServer: true
            )
        }
    }

    /// What a producer wrote so far, and what the writer answered it.
    private final class Tally: Sendable {
        private struct State {
            var count = 0
            var failure: (any Error)?
        }
        /// Guards the number of bytes and the writer's error.
        private let state = Mutex(State())

        var count: Int { state.withLock { $0.count } }
        var failure: (any Error)? { state.withLock { $0.failure } }

        func add(_ count: Int) -> Int {
            state.withLock { state in
                state.count += count
                return state.count
            }
        }

        func note(_ error: any Error) {
            state.withLock { $0.failure = $0.failure ?? error }
        }
    }
}
