import HTTPTypes
import InferenceKit
import TestSupport
import Testing

extension TransportContract {
    /// Sentences 2 and 4: unread bytes are bounded, and a dropped body frees its connection.
    @Suite("Flow", .timeLimit(.minutes(1)))
    struct FlowTests {
        private static let total = 64 << 20
        private static let pattern = [UInt8].pattern(65_536)
        /// What the kernels of both ends hold at most, with the server's send buffer made small.
        private static let kernelBound = 12 << 20

        /// A server that sends 64 MiB as fast as it is let.
        private static func flood(_ done: Signal = Signal()) throws -> ByteServer {
            try ByteServer(sendBuffer: 64 << 10) { connection in
                while try connection.readRequest() != nil {
                    try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
                    for _ in 0..<(total / pattern.count) { try connection.write(pattern) }
                    done.raise()
                }
            }
        }

        /// A server that sends on for ten seconds, with a rest between any two pieces.
        ///
        /// FoundationNetworking takes no cancellation while its libcurl has bytes to read, however long that is: a flood
        /// over loopback is read to its end first when the machine is busy.
        private static func drizzle() throws -> ByteServer {
            try ByteServer(sendBuffer: 64 << 10) { connection in
                while try connection.readRequest() != nil {
                    try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(5_000 * pattern.count)\r\n\r\n")
                    for _ in 0..<5_000 {
                        try connection.write(pattern)
                        try connection.wait(.milliseconds(2))
                    }
                }
            }
        }

        /// Waits until a server's count of sent bytes no longer grows.
        private func settled(_ server: ByteServer) async -> Int {
            var last = -1
            var quiet = 0
            while quiet < 8 {
                let now = server.bytesSent
                quiet = now == last && now > 0 ? quiet + 1 : 0
                last = now
                try? await Task.sleep(for: .milliseconds(40))
            }
            return last
        }

        @Test("64 MiB reach a slow reader intact", arguments: TransportSubject.all)
        func slowReader(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try Self.flood()
            let response = try await transport.send(server.request(), body: .empty, timeouts: .bounded)
            var check = PatternCheck(Self.pattern)
            var chunks = 0
            for try await chunk in response.body {
                check.feed(chunk)
                chunks += 1
                if chunks % 64 == 1, chunks < 1000 { try await Task.sleep(for: .milliseconds(10)) }
            }
            #expect(check.count == Self.total)
            #expect(check.isIntact)
        }

        @Test(
            "A reader that stops stops the sender, and less than 1 MiB is held in between",
            arguments: TransportSubject.keeping(.stopsSender),
            [0, 1, 100]
        )
        func stoppedReader(_ subject: TransportSubject, chunksBefore: Int) async throws {
            let transport = try subject.make()
            let done = Signal()
            let server = try Self.flood(done)
            let response = try await transport.send(server.request(), body: .empty, timeouts: .bounded)
            var check = PatternCheck(Self.pattern)
            for _ in 0..<chunksBefore {
                guard let chunk = try await response.body.nextChunk() else { break }
                check.feed(chunk)
            }
            let sent = await settled(server)
            #expect(!done.isRaised)
            #expect(sent < check.count + Self.kernelBound)
            // Exactly: what the process has read from its socket and not passed on.
            let sockets = ProcessFacts.sockets(connectedTo: server.port)
            #expect(sockets.count == 1)
            for socket in sockets {
                let held = ProcessFacts.bytesRead(from: socket) - check.count
                #expect(held >= 0 && held < 1 << 20, "\(held) bytes are held")
            }
            // Pulling again lets it go on to the end.
            while let chunk = try await response.body.nextChunk() { check.feed(chunk) }
            #expect(check.count == Self.total)
            #expect(check.isIntact)
            #expect(await done.wait())
        }

        @Test(
            "Stopped readers of many exchanges hold no other exchange up",
            arguments: TransportSubject.keeping(.stopsSender)
        )
        func manyStoppedReaders(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let flood = try Self.flood()
            let other = try ByteServer.answering { _ in .response(body: [1]) }
            var stopped: [HTTPTransportResponse] = []
            for _ in 0..<4 {
                let response = try await transport.send(flood.request(), body: .empty, timeouts: .bounded)
                _ = try await response.body.nextChunk()
                stopped.append(response)
            }
            for _ in 0..<20 { #expect(try await transport.fetch(other.request()).body == [1]) }
            for response in stopped { response.body.cancel() }
            #expect(await eventually { flood.closedByPeer == 4 })
        }

        enum Drop: CaseIterable, CustomTestStringConvertible {
            case responseUnread, responseUnderRead, iteratorUnderRead, cancelUnread, cancelUnderRead
            var testDescription: String { "\(self)" }
        }

        @Test(
            "Dropping a response or its iterator, or cancelling its body, frees the connection at once",
            arguments: TransportSubject.all,
            Drop.allCases
        )
        func dropping(_ subject: TransportSubject, drop: Drop) async throws {
            let transport = try subject.make()
            let server = try subject.gaps.contains(.stopsSender) ? Self.drizzle() : Self.flood()
            let whole = subject.gaps.contains(.stopsSender) ? 5_000 * Self.pattern.count : Self.total
            var response: HTTPTransportResponse? = try await transport.send(
                server.request(),
                body: .empty,
                timeouts: .bounded
            )
            #expect(server.closedByPeer == 0)
            switch drop {
            case .responseUnread: response = nil
            case .responseUnderRead:
                _ = try await response?.body.nextChunk()
                response = nil
            case .iteratorUnderRead:
                if let body = response?.body { for try await _ in body { break } }
            case .cancelUnread: response?.body.cancel()
            case .cancelUnderRead:
                _ = try await response?.body.nextChunk()
                response?.body.cancel()
            }
            #expect(await eventually(within: .seconds(5)) { server.closedByPeer == 1 })
            if let body = response?.body {
                await #expect(throws: CancellationError.self) { _ = try await body.nextChunk() }
            }
            #expect(server.bytesSent < whole)
            #expect(ProcessFacts.sockets(connectedTo: server.port).isEmpty)
            // The transport itself is as good as new.
            let other = try ByteServer.answering { _ in .response(body: [1]) }
            #expect(try await transport.fetch(other.request()).body == [1])
        }

        @Test(
            "Dropping a response whose server is silent frees its connection at once",
            arguments: TransportSubject.all
        )
        func droppingIdle(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
                connection.waitForClose()
            }
            var response: HTTPTransportResponse? = try await transport.send(
                server.request(),
                body: .empty,
                timeouts: .bounded
            )
            _ = try await response?.body.nextChunk()
            response = nil
            #expect(await eventually(within: .seconds(5)) { server.closedByPeer == 1 })
        }

        @Test("A response outlives the transport it came from", arguments: TransportSubject.all)
        func responseOutlivesTransport(_ subject: TransportSubject) async throws {
            let server = try ByteServer.answering { _ in .response(body: .pattern(3 << 20)) }
            func begin() async throws -> HTTPTransportResponse {
                try await subject.make().send(server.request(), body: .empty, timeouts: .bounded)
            }
            let response = try await begin()
            #expect(try await response.body.collect(upTo: 8 << 20) == .pattern(3 << 20))
        }
    }
}
