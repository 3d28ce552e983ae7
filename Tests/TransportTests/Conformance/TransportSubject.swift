import HTTPTypes
import InferenceKit
import TestSupport
import Testing

/// A transport that the suite is run against.
struct TransportSubject: Sendable, CustomTestStringConvertible {
    /// A sentence of the contract that a platform cannot keep; the transport's documentation says the same.
    enum Gap: Hashable, Sendable {
        /// Sees interim responses, or the reason of a broken one, through a layer that hides it.
        case backPressure
    }

    let name: String
    let gaps: Set<Gap>
    let make: @Sendable () throws -> any HTTPTransport

    var testDescription: String { name }

    /// Those that this build has.
    static var all: [Self] {
        var subjects: [Self] = []
        #if os(Linux)
        subjects.append(Self(name: "curl", gaps: []) { CurlTransport() })
        #endif
        #if URLSession || canImport(Darwin)
        subjects.append(Self(name: "URLSession", gaps: []) { URLSessionTransport() })
        #endif
        return subjects
    }

    /// Those that keep the sentence.
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
