import HTTPTypes
import InferenceKit
import TestSupport
import Testing

extension TransportContract {
    /// Sentences 1, 7 and 8: what is a response, and what is not.
    @Suite("Heads", .timeLimit(.minutes(1)))
    struct HeadTests {
        @Test("Any status is a response", arguments: TransportSubject.all)
        func statuses(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer.answering { request in
                .response("\(request.target.dropFirst()) Word", body: Array("body".utf8))
            }
            for status in [200, 201, 226, 299, 400, 401, 402, 403, 404, 407, 418, 429, 451, 500, 502, 503, 504, 599] {
                let response = try await transport.fetch(server.request(.get, "/\(status)"))
                #expect(response.status == status)
                #expect(response.text == "body")
            }
        }

        @Test(
            "A redirect is a response: nothing is sent to where it points, and no credential leaves",
            arguments: TransportSubject.all,
            [301, 302, 303, 307, 308]
        )
        func redirects(_ subject: TransportSubject, status: Int) async throws {
            let transport = try subject.make()
            let other = try ByteServer.answering { _ in .response(body: Array("stolen".utf8)) }
            let server = try ByteServer.answering { _ in
                .response("\(status) Moved", fields: [("Location", "http://\(other.authority)/next")])
            }
            for method in [HTTPRequest.Method.get, .post] {
                let request = server.request(method, "/", fields: [("Authorization", "Bearer secret")])
                let response = try await transport.fetch(request, body: method == .post ? .bytes([1]) : .empty)
                #expect(response.status == status)
                #expect(response["Location"] == "http://\(other.authority)/next")
            }
            #expect(other.connectionCount == 0)
            #expect(server.connectionCount <= subject.sequentialConnections)
        }

        @Test("A redirect to the same host is a response too", arguments: TransportSubject.all)
        func redirectToSameHost(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer.answering { request in
                request.target == "/" ? .response("307 Moved", fields: [("Location", "/next")]) : .response()
            }
            #expect(try await transport.fetch(server.request()).status == 307)
        }

        @Test("Informational heads are passed over", arguments: TransportSubject.all)
        func informational(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write(interim)
                try connection.wait(.milliseconds(50))
                try connection.respond(fields: [("X-Last", "1")], body: "final")
                connection.waitForClose()
            }
            let response = try await transport.fetch(server.request())
            #expect(response.status == 200)
            #expect(response["X-Last"] == "1")
            #expect(response["Link"] == nil)
            #expect(response.text == "final")
        }

        @Test(
            "Responses that have no body by rule have none, and their connection serves on",
            arguments: TransportSubject.all
        )
        func bodiless(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer.answering { request in
                switch request.target {
                case "/204": Array("HTTP/1.1 204 No Content\r\n\r\n".utf8)
                case "/304": Array("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n".utf8)
                case "/head": Array("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".utf8)
                default: .response(body: Array("after".utf8))
                }
            }
            for (method, target, status) in [
                (HTTPRequest.Method.get, "/204", 204), (.get, "/304", 304), (.head, "/head", 200),
            ] {
                let response = try await transport.fetch(server.request(method, target))
                #expect(response.status == status)
                #expect(response.body.isEmpty)
                #expect(try await transport.fetch(server.request()).text == "after")
            }
            #expect(server.connectionCount <= subject.sequentialConnections)
        }

        @Test(
            "An empty body ends at once",
            arguments: TransportSubject.all,
            [
                "Content-Length: 0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "Connection: close\r\n\r\n",
            ]
        )
        func emptyBodies(_ subject: TransportSubject, rest: String) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\n\(rest)")
            }
            let response = try await transport.fetch(server.request())
            #expect(response.status == 200)
            #expect(response.body.isEmpty)
        }

        @Test(
            "Fields keep order, repeats and empty values; names ignore case; blanks around values go",
            arguments: TransportSubject.all
        )
        func fields(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write(
                    "HTTP/1.1 200 OK\r\nx-lower: a\r\nX-Repeat: one\r\nX-Empty:\r\nX-Repeat: two\r\n"
                        + "X-Blank: \t spaced out \t \r\nX-Colon: a:b\r\nContent-Length: 0\r\n\r\n"
                )
                connection.waitForClose()
            }
            let fields = try await transport.fetch(server.request()).head.headerFields
            #expect(HTTPField.Name("X-Lower").flatMap { fields[$0] } == "a")
            // Some systems join fields of one name, which means the same.
            let repeats = HTTPField.Name("X-Repeat").map { fields[values: $0].joined(separator: ",") }
            #expect(repeats == "one,two" || repeats == "one, two")
            #expect(HTTPField.Name("x-empty").flatMap { fields[$0] } == "")
            #expect(HTTPField.Name("x-blank").flatMap { fields[$0] } == "spaced out")
            #expect(HTTPField.Name("x-colon").flatMap { fields[$0] } == "a:b")
        }

        @Test("Large heads arrive whole: one field of 60 KiB, and 300 fields", arguments: TransportSubject.all)
        func largeHeads(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let long = String(repeating: "abcdefghij", count: 6144)
            let many = (0..<300).map { ("X-Field-\($0)", "value \($0)") }
            let server = try ByteServer.answering { request in
                .response(fields: request.target == "/long" ? [("X-Long", long)] : many)
            }
            #expect(try await transport.fetch(server.request(.get, "/long"))["X-Long"]?.utf8.count == long.utf8.count)
            let response = try await transport.fetch(server.request(.get, "/many"))
            #expect((0..<300).allSatisfy { response["X-Field-\($0)"] == "value \($0)" })
        }

        @Test(
            "Heads that are odd but right are understood",
            arguments: TransportSubject.all,
            ["HTTP/1.1 200\r\n", "HTTP/1.1 200 \r\n", "HTTP/1.0 200 OK\r\n", "HTTP/1.1 200 All is \u{e9}\r\n"]
        )
        func oddHeads(_ subject: TransportSubject, statusLine: String) async throws {
            guard statusLine != "HTTP/1.1 200\r\n" || !subject.gaps.contains(.emptyReason) else { return }
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("\(statusLine)Content-Length: 2\r\n\r\nok")
            }
            let response = try await transport.fetch(server.request())
            #expect(response.status == 200)
            #expect(response.text == "ok")
        }

        @Test("A head that comes a byte at a time is a head", arguments: TransportSubject.all)
        func drippedHead(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.drip(.response(fields: [("X-A", "b")], body: Array("ok".utf8)))
            }
            let response = try await transport.fetch(server.request())
            #expect(response["X-A"] == "b")
            #expect(response.text == "ok")
        }

        @Test("send returns with the head, before the body has come", arguments: TransportSubject.all)
        func headBeforeBody(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let headSeen = Signal()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
                try connection.wait(for: headSeen)
                try connection.write("body")
                connection.waitForClose()
            }
            let response = try await transport.send(server.request(), body: .empty, timeouts: .bounded)
            headSeen.raise()
            #expect(try await response.body.collect(upTo: 10) == Array("body".utf8))
        }

        @Test(
            "A connection that closes before the head is complete was lost",
            arguments: TransportSubject.all,
            [
                "", "H", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/pl",
                "HTTP/1.1 200 OK\r\nX-A: b\r\n",
            ]
        )
        func closedBeforeHead(_ subject: TransportSubject, sent: String) async throws {
            guard sent.isEmpty || !subject.gaps.contains(.cutHeads) else { return }
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write(sent)
            }
            let error = await transport.failure(of: server.request())
            #expect(error?.kind == .connectionLost || (!sent.isEmpty && error?.kind == .protocolViolation))
            #expect(error?.requestMayHaveReachedServer == true)
        }

        @Test("A connection that is reset before the head was lost", arguments: TransportSubject.all)
        func resetBeforeHead(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                connection.reset()
            }
            let error = await transport.failure(of: server.request(.post), body: .bytes([1, 2, 3]))
            #expect(error?.kind == .connectionLost)
            #expect(error?.requestMayHaveReachedServer == true)
        }

        @Test(
            "What is not HTTP is a violation of the protocol",
            arguments: TransportSubject.all,
            [
                "HELLO WORLD\r\n\r\n", "220 mail.test ESMTP\r\n", "\u{0}\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}binary\u{0}",
                "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "<html>not http</html>", "HTTQ/1.1 200 OK\r\n\r\n",
            ]
        )
        func notHTTP(_ subject: TransportSubject, sent: String) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write(sent)
            }
            let error = await transport.failure(of: server.request())
            let kinds: Set<TransportError.Kind?> =
                subject.gaps.contains(.cutHeads) ? [.protocolViolation, .connectionLost] : [.protocolViolation]
            #expect(kinds.contains(error?.kind))
            #expect(error?.requestMayHaveReachedServer == true)
        }

        @Test(
            "A length that is no number never ends a body in silence",
            arguments: TransportSubject.all,
            [
                "Content-Length: abc", "Content-Length: -5",
                "Content-Length: 5\r\nContent-Length: 6",
            ]
        )
        func badLengths(_ subject: TransportSubject, field: String) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\n\(field)\r\n\r\nhello")
            }
            let error = await transport.failure(of: server.request())
            #expect([.protocolViolation, .cutShort, .connectionLost].contains(error?.kind))
        }
    }
}
