import HTTPTypes
import InferenceKit
import Synchronization
import TestSupport
import Testing

extension TransportContract {
    /// Sentence 12, and what connections are kept, shared and made to.
    @Suite("Connections", .timeLimit(.minutes(1)))
    struct ConnectionTests {
        private static func echo(_ address: SocketAddress = .ipv4()) throws -> ByteServer {
            try ByteServer.answering(address) { .response(body: Array($0.target.utf8)) }
        }

        @Test("Calls in turn share one connection", arguments: TransportSubject.all)
        func keepAlive(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try Self.echo()
            for number in 0..<20 {
                #expect(try await transport.fetch(server.request(.get, "/\(number)")).text == "/\(number)")
            }
            #expect(server.connectionCount <= subject.sequentialConnections)
        }

        @Test("A server's Connection: close is heeded", arguments: TransportSubject.all)
        func connectionClose(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.respond(fields: [("Connection", "close")], body: "bye")
            }
            for _ in 0..<3 { #expect(try await transport.fetch(server.request()).text == "bye") }
            #expect(server.connectionCount == 3)
        }

        @Test("A kept connection that the server closed meanwhile is replaced", arguments: TransportSubject.all)
        func staleConnection(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.respond(body: "once")
            }
            for number in 1...3 {
                #expect(try await transport.fetch(server.request(.post), body: .bytes([1])).text == "once")
                #expect(server.connectionCount == number)
                // The close has to be there before the next call, or the call would be right to fail.
                try await Task.sleep(for: .milliseconds(100))
            }
        }

        @Test("64 calls at a time get their own answers", arguments: TransportSubject.all)
        func concurrent(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer.answering { request in
                .response(body: Array(request.target.utf8) + request.body)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        for round in 0..<5 {
                            let body = [UInt8].pattern(number * 500, seed: UInt64(number))
                            let path = "/\(number)/\(round)"
                            let response = try await transport.fetch(server.request(.post, path), body: .bytes(body))
                            #expect(response.body == Array(path.utf8) + body)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(server.connectionCount <= 64)
        }

        @Test(
            "One exchange that hangs, one that fails and one that is dropped disturb no other",
            arguments: TransportSubject.all
        )
        func independence(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                while let request = try connection.readRequest() {
                    switch request.target {
                    case "/hang": connection.waitForClose()
                    case "/reset": connection.reset()
                    case "/garbage": try connection.write("garbage\r\n\r\n")
                    case "/half":
                        try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
                        connection.waitForClose()
                    default: try connection.respond(body: request.target)
                    }
                    if request.target.count > 3 { return }
                }
            }
            let hanging = Task { _ = try await transport.fetch(server.request(.get, "/hang")) }
            await eventually { server.connectionCount == 1 }
            for number in 0..<10 {
                for trouble in ["/reset", "/garbage"] { _ = await transport.failure(of: server.request(.get, trouble)) }
                _ = try await transport.send(server.request(.get, "/half"), body: .empty, timeouts: .bounded)
                #expect(try await transport.fetch(server.request(.get, "/\(number)")).text == "/\(number)")
            }
            #expect(server.connections.first?.peerClosedAt == nil)
            hanging.cancel()
            #expect(await hanging.result.isCancellation)
        }

        @Test("IPv6 literals are hosts", arguments: TransportSubject.keeping(.ipv6Literals))
        func ipv6(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try Self.echo(.ipv6())
            #expect(try await transport.fetch(server.request(.get, "/six")).text == "/six")
        }

        @Test("Names are looked up", arguments: TransportSubject.all)
        func localhost(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try Self.echo()
            var request = server.request(.get, "/name")
            request.authority = "localhost:\(server.port)"
            #expect(try await transport.fetch(request).text == "/name")
        }

        @Test("Timings grow from stage to stage, and tell a reused connection", arguments: TransportSubject.all)
        func timings(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                while try connection.readRequest() != nil {
                    try connection.wait(.milliseconds(50))
                    try connection.respond(body: "body")
                }
            }
            for isReused in [false, true] {
                let response = try await transport.send(server.request(), body: .empty, timeouts: .bounded)
                _ = try await response.body.collect(upTo: 100)
                let timings = response.body.timings
                let firstByte = try #require(timings.firstByte)
                let total = try #require(timings.total)
                #expect(firstByte >= .milliseconds(45))
                #expect(firstByte <= total && total < .seconds(20))
                if let connect = timings.connect { #expect(connect <= firstByte) }
                if let reused = timings.reusedConnection { #expect(reused == isReused) }
                if let version = timings.httpVersion { #expect(version == "http/1.1") }
            }
        }

        @Test("A dropped transport closes the connections it kept", arguments: TransportSubject.all)
        func droppedTransport(_ subject: TransportSubject) async throws {
            let server = try Self.echo()
            do {
                let transport = try subject.make()
                for _ in 0..<2 { _ = try await transport.fetch(server.request()) }
                #expect(server.closedByPeer == 0)
            }
            #expect(await eventually(within: .seconds(10)) { server.closedByPeer == server.connectionCount })
        }
    }
}
