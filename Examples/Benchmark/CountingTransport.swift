import HTTPTypes
import InferenceKit
import Synchronization

/// Counts the bytes of response bodies on their way; costs a step for each piece that arrives, which holds many events.
final class CountingTransport: HTTPTransport {
    private let transport: any HTTPTransport
    private let counter = Counter()

    init(_ transport: any HTTPTransport) { self.transport = transport }

    /// The bytes so far.
    var bytes: Int { counter.bytes.load(ordering: .relaxed) }

    func send(
        _ request: HTTPRequest,
        body: RequestBody,
        timeouts: Timeouts
    ) async throws -> HTTPTransportResponse {
        var response = try await transport.send(request, body: body, timeouts: timeouts)
        response.body = ResponseBody(CountingSource(response.body, counter))
        return response
    }

    final class Counter: Sendable {
        let bytes = Atomic(0)
    }
}

/// A body whose bytes are counted as they are pulled; all else is the body's own business.
private final class CountingSource: ResponseBodySource {
    private let body: ResponseBody
    private let counter: CountingTransport.Counter

    init(_ body: ResponseBody, _ counter: CountingTransport.Counter) {
        self.body = body
        self.counter = counter
    }

    func nextChunk() async throws -> [UInt8]? {
        let chunk = try await body.nextChunk()
        counter.bytes.add(chunk?.count ?? 0, ordering: .relaxed)
        return chunk
    }

    // The library's own stream iterates once.
    func beginIteration() {}
    func recycle(_ chunk: consuming [UInt8]) { body.recycle(chunk) }
    func cancel() { body.cancel() }
    var timings: TransferTimings { body.timings }
}
