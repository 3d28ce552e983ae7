import HTTPTypes
import InferenceKit
import Synchronization
import TestSupport
import Testing

extension TransportContract {
    /// Sentence 5: cancelling the task ends the exchange promptly, and reaches the socket.
    @Suite("Cancellation", .timeLimit(.minutes(1)))
    struct CancellationTests {
        @Test("A task that is cancelled already sends nothing", arguments: TransportSubject.all)
        func beforeStart(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer.answering { _ in .response() }
            let outcome = try await cancelled(when: {}) {
                await eventually(within: .seconds(10)) { Task.isCancelled }
                _ = try await transport.fetch(server.request())
            }
            #expect(outcome.isCancellation)
            #expect(server.bytesReceived == 0)
        }

        @Test("While connecting", arguments: TransportSubject.all)
        func connecting(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let hole = try BlackHole()
            let outcome = try await cancelled(when: { try await Task.sleep(for: .milliseconds(100)) }) {
                _ = try await transport.fetch(hole.request())
            }
            #expect(outcome.isCancellation)
        }

        @Test("While the upload waits for the server", arguments: TransportSubject.keeping(.slowsProducer))
        func uploading(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer(receiveBuffer: 64 << 10) { connection in
                _ = try connection.readHead()
                try connection.wait(.milliseconds(300))
                connection.waitForClose()
            }
            let written = Mutex(0)
            let producerEnd = Mutex<(any Error)?>(nil)
            let chunk = [UInt8](repeating: 7, count: 64 << 10)
            let producerEnded = Signal()
            let outcome = try await cancelled(when: { await eventually { written.withLock { $0 } > 4 } }) {
                let body = RequestBody.stream(length: 64 << 20, replayable: true) { writer in
                    do {
                        for _ in 0..<1024 {
                            try await writer.write(chunk)
                            written.withLock { $0 += 1 }
                        }
                    } catch {
                        producerEnd.withLock { $0 = error }
                        producerEnded.raise()
                        throw error
                    }
                }
                _ = try await transport.fetch(server.request(.post), body: body)
            }
            #expect(outcome.isCancellation)
            #expect(await producerEnded.wait(within: .seconds(5)))
            #expect(producerEnd.withLock { $0 } is CancellationError)
            #expect(await eventually(within: .seconds(5)) { server.closedByPeer == 1 })
            #expect(server.bytesReceived < 64 << 20)
        }

        @Test("While a producer has nothing to send", arguments: TransportSubject.keeping(.slowsProducer), [4, nil])
        func producerWaits(_ subject: TransportSubject, length: Int?) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readHead()
                connection.waitForClose()
            }
            let outcome = try await cancelled(when: { await eventually { server.bytesReceived > 0 } }) {
                let body = RequestBody.stream(length: length, replayable: true) { writer in
                    try await writer.write([1])
                    try await Task.sleep(for: .seconds(60))
                }
                _ = try await transport.fetch(server.request(.post), body: body)
            }
            #expect(outcome.isCancellation)
            #expect(await eventually(within: .seconds(5)) { server.closedByPeer == 1 })
        }

        @Test("Before the head", arguments: TransportSubject.all)
        func beforeHead(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let asked = Signal()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                asked.raise()
                connection.waitForClose()
            }
            let outcome = try await cancelled(when: { await asked.wait() }) {
                _ = try await transport.fetch(server.request())
            }
            #expect(outcome.isCancellation)
            #expect(await eventually(within: .seconds(5)) { server.closedByPeer == 1 })
        }

        @Test("In the head", arguments: TransportSubject.all)
        func inHead(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let asked = Signal()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nX-A: b\r\n")
                asked.raise()
                connection.waitForClose()
            }
            let outcome = try await cancelled(when: { await asked.wait() }) {
                _ = try await transport.fetch(server.request())
            }
            #expect(outcome.isCancellation)
            #expect(await eventually(within: .seconds(5)) { server.closedByPeer == 1 })
        }

        @Test("In the body, while its reader waits", arguments: TransportSubject.all)
        func inBody(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let seen = Signal()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
                connection.waitForClose()
            }
            let outcome = try await cancelled(when: { await seen.wait() }) {
                let response = try await transport.send(server.request(), body: .empty, timeouts: .bounded)
                for try await _ in response.body { seen.raise() }
            }
            #expect(outcome.isCancellation)
            #expect(await eventually(within: .seconds(5)) { server.closedByPeer == 1 })
        }

        @Test(
            "In the body, while it is paused: the next read says so, and the connection goes",
            arguments: TransportSubject.keeping(.stopsSender)
        )
        func whilePaused(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let seen = Signal()
            let server = try ByteServer(sendBuffer: 64 << 10) { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
                try connection.writeUntilBlocked(.pattern(65_536), quiet: .seconds(20), limit: 100_000_000)
            }
            let outcome = try await cancelled(when: { await seen.wait() }) {
                let response = try await transport.send(server.request(), body: .empty, timeouts: .bounded)
                _ = try await response.body.nextChunk()
                seen.raise()
                await eventually(within: .seconds(10)) { Task.isCancelled }
                await #expect(throws: CancellationError.self) {
                    // Chunks that had arrived may still come; the sender would go on for 100 MB.
                    while try await response.body.nextChunk() != nil {}
                }
                // The response is alive until here, and yet the connection has gone.
                #expect(await eventually(within: .seconds(5)) { server.closedByPeer == 1 })
                withExtendedLifetime(response) {}
            }
            #expect((try? outcome.get()) != nil)
        }

        @Test("Cancelling the body from elsewhere wakes its reader", arguments: TransportSubject.all)
        func bodyCancelWakes(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let seen = Signal()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
                connection.waitForClose()
            }
            let response = try await transport.send(server.request(), body: .empty, timeouts: .bounded)
            let reader = Task { for try await _ in response.body { seen.raise() } }
            await seen.wait()
            response.body.cancel()
            await #expect(throws: CancellationError.self) { try await reader.value }
            #expect(await eventually(within: .seconds(5)) { server.closedByPeer == 1 })
        }

        @Test("A cancelled exchange leaves its neighbours alone", arguments: TransportSubject.all)
        func neighbours(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let go = Signal()
            let server = try ByteServer { connection in
                while let request = try connection.readRequest() {
                    if request.target == "/hang" {
                        connection.waitForClose()
                        return
                    }
                    try connection.wait(for: go)
                    try connection.respond(body: request.target)
                }
            }
            let others = (0..<8).map { number in
                Task { try await transport.fetch(server.request(.get, "/\(number)")).text }
            }
            let outcome = try await cancelled(when: { await eventually { server.connectionCount == 9 } }) {
                _ = try await transport.fetch(server.request(.get, "/hang"))
            }
            #expect(outcome.isCancellation)
            go.raise()
            for (number, other) in others.enumerated() { #expect(try await other.value == "/\(number)") }
        }

        @Test(
            "Cancelled at a hundred different moments, an exchange ends either way and leaves nothing",
            arguments: TransportSubject.all
        )
        func manyMoments(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                while try connection.readRequest() != nil {
                    try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                    for _ in 0..<10 { try connection.write(.pattern(100)) }
                }
            }
            for moment in 0..<100 {
                let outcome = try await cancelled(when: { try await Task.sleep(for: .microseconds(moment * 30)) }) {
                    let response = try await transport.fetch(server.request())
                    #expect(response.body.count == 1000)
                }
                if case .failure(let error) = outcome { #expect(error is CancellationError, "\(error)") }
            }
            // All connections but idle ones that are kept for the next call are gone.
            let kept = subject.gaps.contains(.reusesAtOnce) ? 8 : 1
            #expect(
                await eventually(within: .seconds(5)) {
                    ProcessFacts.sockets(connectedTo: server.port).count <= kept
                }
            )
            #expect(try await transport.fetch(server.request()).body.count == 1000)
        }
    }
}
