#if canImport(CInferenceCurl)
import CInferenceCurl
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import HTTPTypes
import TestSupport
import Testing

@testable import InferenceKit

/// Callers that start their exchanges themselves while the transport's thread sleeps.
@Suite("curl: calls in turn", .timeLimit(.minutes(2)))
struct CurlTurnTests {
    @Test("The clock of a call runs out though the thread sleeps", arguments: [50, 300, 1_200])
    func clocks(milliseconds: Int) async throws {
        let server = try ByteServer.answering { .response(body: $0.body) }
        let silent = try ByteServer { connection in
            _ = try connection.readRequest()
            connection.waitForClose()
        }
        let transport = CurlTransport()
        for number in 0..<20 {
            let body = Array("\(number)".utf8)
            #expect(try await transport.fetch(server.request(.post), body: .bytes(body)).body == body)
        }
        let limit = Duration.milliseconds(milliseconds)
        let error = await transport.failure(of: silent.request(), timeouts: Timeouts(total: limit))
        #expect(error?.kind == .timedOut)
        // And the next call goes as before.
        #expect(try await transport.fetch(server.request(.post), body: .bytes([9])).body == [9])
    }

    @Test("A call that was started by its caller can be cancelled, and one that is refused fails")
    func ends() async throws {
        let silent = try ByteServer { connection in
            _ = try connection.readRequest()
            connection.waitForClose()
        }
        let transport = CurlTransport()
        for _ in 0..<20 {
            let connections = silent.connectionCount
            let call = Task { try await transport.fetch(silent.request()) }
            #expect(await eventually { silent.connectionCount > connections })
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
            let error = await transport.failure(of: try ByteServer.requestToClosedPort())
            #expect(error?.kind == .connectFailed)
        }
        #expect(await eventually(within: .seconds(20)) { silent.closedByPeer == 20 })
    }

    @Test("Callers that come and go at any time all get their own answers")
    func changing() async throws {
        let server = try ByteServer.answering { .response(body: $0.body) }
        let transport = CurlTransport()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<6 {
                group.addTask {
                    for number in 0..<150 {
                        let body = Array("\(caller) \(number)".utf8)
                        let answer = try await transport.fetch(server.request(.post), body: .bytes(body)).body
                        #expect(answer == body)
                        // Phases alone, with one other, and with all.
                        if number % (10 + caller * 7) == 0 { try await Task.sleep(for: .milliseconds(caller)) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("The last reference to a transport may go right behind a call")
    func dropped() async throws {
        let server = try ByteServer.answering { .response(body: $0.body) }
        for number in 0..<50 {
            let body = Array("\(number)".utf8)
            #expect(try await CurlTransport().fetch(server.request(.post), body: .bytes(body)).body == body)
        }
    }

    @Test("A signal of a closed pipe is kept from the caller, and only while it helps")
    func signals() {
        func isBlocked() -> Bool {
            var signals = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &signals)
            return sigismember(&signals, SIGPIPE) == 1
        }
        let wasBlocked = isBlocked()
        let blocks = inference_pipe_block() != 0
        #expect(blocks == !wasBlocked)
        #expect(isBlocked())
        if blocks {
            pthread_kill(pthread_self(), SIGPIPE)
            // Were it not dropped, the process would end here.
            inference_pipe_unblock()
        }
        #expect(isBlocked() == wasBlocked)
    }
}
#endif
