#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif
import HTTPTypes
import InferenceKit
import TestSupport
import Testing

/// The contract of ``HTTPTransport``, a sentence at a time, over real sockets and against every transport of this build.
///
/// One test at a time: clocks are tested in here, and FoundationNetworking shares its few threads among all sessions.
@Suite("Transport contract", .serialized)
enum TransportContract {}

/// A transport that the suite is run against.
struct TransportSubject: Sendable, CustomTestStringConvertible {
    /// What a transport cannot do on this platform; its documentation says the same.
    enum Gap: Hashable, Sendable {
        /// Survives a connection that closes in the middle of a head.
        case cutHeads
        /// Sends a path with dot segments as it is.
        case dotSegments
        /// Takes a status line that ends with the code.
        case emptyReason
        /// Connects to an IPv6 address in a URL.
        case ipv6Literals
        /// Never sends a request without a body a second time.
        case neverResends
        /// Has a connection free for the next call when a body's end was read.
        case reusesAtOnce
        /// Sends what a producer writes as it is written, so that a slow server slows the producer.
        case slowsProducer
        /// A reader that stops stops the server.
        case stopsSender
        /// Survives trailer fields.
        case trailers
        /// Tells a compressed stream that ends early, though all of `Content-Length` came.
        case unfinishedEncodings
    }

    let name: String
    let gaps: Set<Gap>
    let make: @Sendable () throws -> any HTTPTransport

    var testDescription: String { name }

    /// How many connections calls in turn may use.
    var sequentialConnections: Int { gaps.contains(.reusesAtOnce) ? 2 : 1 }

    /// Those that this build has; `TRANSPORT=curl` runs one alone.
    static let all = available.filter { subject in
        getenv("TRANSPORT").map { String(cString: $0) == subject.name } ?? true
    }

    private static var available: [Self] {
        var subjects: [Self] = []
        #if os(Linux)
        subjects.append(Self(name: "curl", gaps: [.unfinishedEncodings]) { CurlTransport() })
        #endif
        #if URLSession || canImport(Darwin)
        subjects.append(
            Self(
                name: "URLSession",
                gaps: [
                    .cutHeads, .dotSegments, .emptyReason, .ipv6Literals, .neverResends, .reusesAtOnce, .slowsProducer,
                    .stopsSender, .trailers, .unfinishedEncodings,
                ]
            ) {
                URLSessionTransport()
            }
        )
        #endif
        return subjects
    }

    /// Those without a gap.
    static func keeping(_ gap: Gap) -> [Self] { all.filter { !$0.gaps.contains(gap) } }
}

extension Timeouts {
    /// Clocks for tests that are about something else: they bound the test and are never reached.
    static var bounded: Self {
        Self(connect: .seconds(15), firstByte: .seconds(15), idle: .seconds(15), total: .seconds(30))
    }
}

/// A response that was read to its end.
struct WholeResponse: Sendable {
    var head: HTTPResponse
    var body: [UInt8]

    var status: Int { head.status.code }
    var text: String { String(decoding: body, as: UTF8.self) }
    subscript(name: String) -> String? { HTTPField.Name(name).flatMap { head.headerFields[$0] } }
}

extension HTTPTransport {
    /// Sends a request and reads the whole response.
    func fetch(
        _ request: HTTPRequest,
        body: RequestBody = .empty,
        timeouts: Timeouts = .bounded
    ) async throws -> WholeResponse {
        let response = try await send(request, body: body, timeouts: timeouts)
        return WholeResponse(head: response.head, body: try await response.body.collect(upTo: 128 << 20))
    }

    /// The ``TransportError`` that an exchange fails with, somewhere between its start and the last byte of its body.
    func failure(
        of request: HTTPRequest,
        body: RequestBody = .empty,
        timeouts: Timeouts = .bounded,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> TransportError? {
        await #expect(throws: TransportError.self, sourceLocation: sourceLocation) {
            let response = try await fetch(request, body: body, timeouts: timeouts)
            Issue.record("status \(response.status) and \(response.body.count) bytes", sourceLocation: sourceLocation)
        }
    }
}

/// Runs `body` in a task that is cancelled once `moment` has come; returns how it ended.
func cancelled(
    when moment: @Sendable () async throws -> Void,
    _ body: @escaping @Sendable () async throws -> Void
) async throws -> Result<Void, any Error> {
    let task = Task { try await body() }
    do { try await moment() } catch {
        task.cancel()
        throw error
    }
    task.cancel()
    return await task.result
}

extension Result where Success == Void, Failure == any Error {
    /// Whether this is Swift's own cancellation.
    var isCancellation: Bool {
        if case .failure(let error) = self { return error is CancellationError }
        return false
    }
}

extension ExitTest.Result {
    /// Prints those lines of the child's output that begin so.
    func passOn(_ prefix: String) {
        let lines = String(decoding: standardOutputContent, as: UTF8.self).split(separator: "\n")
        for line in lines where line.hasPrefix(prefix) { print(line) }
    }
}
