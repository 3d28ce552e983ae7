import HTTPTypes
import InferenceKit
import Synchronization
import TestSupport
import Testing

extension TransportContract {
    /// Sentences 8, 10 and 11: what is sent, and what is said when it cannot be.
    @Suite("Requests", .timeLimit(.minutes(1)))
    struct RequestTests {
        /// A server that answers with the request it got.
        private static func echo() throws -> ByteServer {
            try ByteServer.answering { request in .response(fields: [("X-Method", request.method)], body: request.body)
            }
        }

        // MARK: Heads

        @Test("Method, path, query and host are sent as they are", arguments: TransportSubject.all)
        func requestLine(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer.answering { request in
                .response(body: Array("\(request.method) \(request.target) \(request["host"] ?? "")".utf8))
            }
            for (method, path) in [
                (HTTPRequest.Method.get, "/"), (.get, "/a?x=%20y&z=1+2"), (.post, "/models/org/name%2F"),
                (.put, "/a?"), (.patch, "/%E2%82%AC"), (.delete, "/a//b"), (.options, "/?q=a?b"),
            ] {
                let response = try await transport.fetch(server.request(method, path))
                #expect(response.text == "\(method.rawValue) \(path) \(server.authority)")
            }
        }

        @Test("A path with dot segments is sent as it is", arguments: TransportSubject.keeping(.dotSegments))
        func dotSegments(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer.answering { .response(body: Array($0.target.utf8)) }
            for path in ["/a/../b/./c", "/..", "/a/%2e%2e/b"] {
                #expect(try await transport.fetch(server.request(.get, path)).text == path)
            }
        }

        @Test(
            "Fields are sent as they are, repeats and empty values included, and none that nobody asked for",
            arguments: TransportSubject.all
        )
        func requestFields(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer.answering { .response(body: Array($0.raw.utf8)) }
            let request = server.request(
                .post,
                fields: [
                    ("X-Repeat", "one"), ("X-Empty", ""), ("X-Repeat", "two"), ("Accept", "text/x-test"),
                    ("User-Agent", "test/1"), ("Authorization", "Bearer abc"), ("X-Semicolon", ";"),
                ]
            )
            let raw = try await transport.fetch(request, body: .bytes(Array("x".utf8))).text
            let lines = raw.split(separator: "\r\n").map(String.init)
            let values = { (name: String) in
                lines.filter { $0.lowercased().hasPrefix(name.lowercased() + ":") }
                    .map { $0.dropFirst(name.count + 1).drop { $0 == " " } }.map(String.init)
            }
            #expect(["one,two", "one, two"].contains(values("x-repeat").joined(separator: ",")))
            #expect(values("x-empty") == [""])
            #expect(values("x-semicolon") == [";"])
            #expect(values("accept") == ["text/x-test"])
            #expect(values("user-agent") == ["test/1"])
            #expect(values("authorization") == ["Bearer abc"])
            #expect(values("content-length") == ["1"])
            #expect(values("host") == [server.authority])
            for name in ["expect", "content-type", "cookie", "transfer-encoding", "referer"] {
                #expect(values(name) == [])
            }
        }

        @Test("A caller's Host and Content-Length never reach the wire twice", arguments: TransportSubject.all)
        func ownFields(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer.answering { .response(body: Array($0.raw.lowercased().utf8)) }
            let request = server.request(.post, fields: [("Content-Length", "100"), ("Host", "other.test")])
            let raw: String
            do { raw = try await transport.fetch(request, body: .bytes([65])).text } catch let error as TransportError {
                // Refusing is as good.
                #expect(error.kind == .invalidRequest)
                return
            }
            #expect(raw.split(separator: "\r\n").filter { $0.hasPrefix("content-length:") } == ["content-length: 1"])
            #expect(raw.split(separator: "\r\n").filter { $0.hasPrefix("host:") } == ["host: \(server.authority)"])
        }

        @Test(
            "A line break in a value or a path makes no second line",
            arguments: TransportSubject.all,
            ["\r\n", "\n", "\r", "\0"]
        )
        func lineBreaks(_ subject: TransportSubject, lineBreak: String) async throws {
            let transport = try subject.make()
            let server = try ByteServer.answering { .response(body: Array($0.raw.lowercased().utf8)) }
            let inValue = server.request(fields: [("X-A", "b\(lineBreak)X-Injected: 1")])
            let inPath = server.request(.get, "/a\(lineBreak)X-Injected: 1")
            for request in [inValue, inPath] {
                do {
                    let raw = try await transport.fetch(request).text
                    #expect(!raw.split(whereSeparator: \.isNewline).contains { $0.hasPrefix("x-injected") })
                    #expect(raw.split(whereSeparator: \.isNewline).first?.split(separator: " ").count == 3)
                } catch let error as TransportError {
                    #expect(error.kind == .invalidRequest)
                    #expect(error.requestMayHaveReachedServer == false)
                }
            }
        }

        @Test("A request that is no HTTP URL is refused, and nothing is sent", arguments: TransportSubject.all)
        func badURLs(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try Self.echo()
            let port = server.port
            let bad: [(String?, String?, String?)] = [
                (nil, "127.0.0.1:\(port)", "/"), ("http", nil, "/"), ("http", "", "/"),
                ("ftp", "127.0.0.1:\(port)", "/"),
                ("file", "", "/etc/passwd"), ("gopher", "127.0.0.1:\(port)", "/"), ("http", "127.0.0.1:99999", "/"),
                ("http", "127.0.0.1:port", "/"), ("http", "127.0.0.1 :\(port)", "/"),
                ("http", "127.0.0.1:\(port)/x", "/"),
                ("http", "127.0.0.1:\(port)", "/a b"), ("http", "127.0.0.1:\(port)", "no-slash"), ("http", "[::1", "/"),
                ("http", "127.0.0.1:\(port)#", "/"), ("http", "127.0.0.1:\(port)?x", "/"),
                ("http", "127.0.0.1:-1", "/"),
            ]
            for (scheme, authority, path) in bad {
                let request = HTTPRequest(method: .get, scheme: scheme, authority: authority, path: path)
                let comment = Comment(rawValue: "\(scheme ?? "nil") \(authority ?? "nil") \(path ?? "nil")")
                let error = await #expect(throws: TransportError.self, comment) {
                    _ = try await transport.fetch(request)
                }
                #expect(error?.kind == .invalidRequest, comment)
                #expect(error?.requestMayHaveReachedServer == false, comment)
            }
            #expect(server.connectionCount == 0)
        }

        // MARK: Bodies

        @Test("Bytes of any number are sent whole, on a connection that serves on", arguments: TransportSubject.all)
        func bytes(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try Self.echo()
            for size in [0, 1, 1000, 65_536, 300_001, 3 << 20] {
                for method in [HTTPRequest.Method.post, .put, .patch, .delete] {
                    let response = try await transport.fetch(server.request(method), body: .bytes(.pattern(size)))
                    #expect(response["X-Method"] == method.rawValue)
                    #expect(response.body == .pattern(size))
                }
            }
            #expect(server.connectionCount <= subject.sequentialConnections)
        }

        @Test("A POST without a body says Content-Length: 0, a GET says nothing", arguments: TransportSubject.all)
        func noBody(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer.answering { request in
                .response(
                    body: Array("\(request["content-length"] ?? "none") \(request["transfer-encoding"] ?? "none")".utf8)
                )
            }
            #expect(try await transport.fetch(server.request(.post)).text == "0 none")
            #expect(["none none", "0 none"].contains(try await transport.fetch(server.request(.get)).text))
        }

        @Test("A file is streamed with its length", arguments: TransportSubject.all)
        func file(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let folder = try TemporaryFolder()
            let bytes = [UInt8].pattern(5_000_001)
            let path = try folder.write(bytes, to: "body")
            let server = try ByteServer { connection in
                while true {
                    let head = try connection.readHead()
                    let length = head["content-length"].flatMap { Int($0) } ?? -1
                    let checksum = try connection.skip(exactly: max(0, length))
                    try connection.respond(body: "\(length) \(checksum)")
                }
            }
            for _ in 0..<2 {
                let response = try await transport.fetch(
                    server.request(.post),
                    body: .file(path: path, length: bytes.count)
                )
                #expect(response.text == "\(bytes.count) \(Checksum(bytes))")
            }
            #expect(server.connectionCount <= subject.sequentialConnections)
        }

        @Test("Segments of bytes and files are sent in turn, empty ones too", arguments: TransportSubject.all)
        func segments(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let folder = try TemporaryFolder()
            let file = [UInt8].pattern(700_001, seed: 2)
            let path = try folder.write(file, to: "part")
            let empty = try folder.write([], to: "empty")
            let server = try Self.echo()
            let head = [UInt8].pattern(70_000, seed: 3)
            let body = RequestBody.segments([
                .bytes([]), .bytes(head), .file(path: empty, length: 0), .file(path: path, length: file.count),
                .bytes([1, 2, 3]), .file(path: path, length: file.count), .bytes([]),
            ])
            let expected = head + file + [1, 2, 3] + file
            #expect(body.length == expected.count)
            for _ in 0..<2 { #expect(try await transport.fetch(server.request(.post), body: body).body == expected) }
        }

        @Test("A file that grew sends the length it was declared with", arguments: TransportSubject.all)
        func grownFile(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let folder = try TemporaryFolder()
            let path = try folder.write(.pattern(1000), to: "body")
            let server = try Self.echo()
            let response = try await transport.fetch(server.request(.post), body: .file(path: path, length: 900))
            #expect(response.body == .pattern(900))
        }

        @Test(
            "A producer's bytes are sent, with its length or in chunks",
            arguments: TransportSubject.all,
            [true, false]
        )
        func producer(_ subject: TransportSubject, isLengthKnown: Bool) async throws {
            let transport = try subject.make()
            let server = try ByteServer.answering { request in
                let framing = request["transfer-encoding"] ?? request["content-length"] ?? "none"
                return .response(fields: [("X-Framing", framing)], body: request.body)
            }
            let sizes = [1, 0, 70_000, 3, 300_000, 65_536]
            let bytes = [UInt8].pattern(sizes.reduce(0, +))
            let body = RequestBody.stream(length: isLengthKnown ? bytes.count : nil, replayable: true) { writer in
                var start = 0
                for size in sizes {
                    try await writer.write(Array(bytes[start..<(start + size)]))
                    start += size
                }
            }
            for _ in 0..<2 {
                let response = try await transport.fetch(server.request(.post), body: body)
                #expect(response.body == bytes)
                #expect(response["X-Framing"]?.lowercased() == (isLengthKnown ? "\(bytes.count)" : "chunked"))
            }
        }

        @Test("A producer that writes nothing sends an empty body", arguments: TransportSubject.all, [0, nil])
        func emptyProducer(_ subject: TransportSubject, length: Int?) async throws {
            let transport = try subject.make()
            let server = try Self.echo()
            let body = RequestBody.stream(length: length, replayable: true) { _ in }
            let response = try await transport.fetch(server.request(.post), body: body)
            #expect(response.status == 200)
            #expect(response.body.isEmpty)
        }

        @Test(
            "The server sees a producer's chunk before the next one is made",
            arguments: TransportSubject.keeping(.slowsProducer),
            [6, nil]
        )
        func producerIsNotCollected(_ subject: TransportSubject, length: Int?) async throws {
            let transport = try subject.make()
            let seen = Signal()
            let server = try ByteServer { connection in
                let head = try connection.readHead()
                let first = head["content-length"] == nil ? 8 : 3  // "3\r\none\r\n"
                _ = try connection.read(exactly: first)
                seen.raise()
                _ = try connection.read(exactly: head["content-length"] == nil ? 13 : 3)
                try connection.respond(body: "ok")
                connection.waitForClose()
            }
            let body = RequestBody.stream(length: length, replayable: true) { writer in
                try await writer.write(Array("one".utf8))
                #expect(await seen.wait(within: .seconds(10)))
                try await writer.write(Array("two".utf8))
            }
            #expect(try await transport.fetch(server.request(.post), body: body).text == "ok")
        }

        @Test("A slow server slows the producer", arguments: TransportSubject.keeping(.slowsProducer), [64 << 20, nil])
        func slowServer(_ subject: TransportSubject, length: Int?) async throws {
            let transport = try subject.make()
            let go = Signal()
            let total = 64 << 20
            let server = try ByteServer(receiveBuffer: 64 << 10) { connection in
                let head = try connection.readHead()
                try connection.wait(for: go)
                let body = try connection.readBody(of: head)
                try connection.respond(body: "\(body.count)")
                connection.waitForClose()
            }
            let taken = Mutex(0)
            let chunk = [UInt8](repeating: 7, count: 64 << 10)
            let body = RequestBody.stream(length: length, replayable: true) { writer in
                for _ in 0..<(total / chunk.count) {
                    try await writer.write(chunk)
                    taken.withLock { $0 += chunk.count }
                }
            }
            async let response = transport.fetch(server.request(.post), body: body)
            var last = -1
            var quiet = 0
            while quiet < 8 {
                let now = taken.withLock { $0 }
                quiet = now == last && now > 0 ? quiet + 1 : 0
                last = now
                try await Task.sleep(for: .milliseconds(40))
            }
            #expect(last < 16 << 20)
            for socket in ProcessFacts.sockets(connectedTo: server.port) {
                // What was taken and not handed to the system is what the transport holds.
                #expect(last - ProcessFacts.bytesWritten(to: socket) < 1 << 20)
            }
            go.raise()
            #expect(try await response.text == "\(total)")
        }

        enum BadProducer: CaseIterable, CustomTestStringConvertible {
            case throwsAtOnce, throwsLater, throwsUnsized, tooFew, nothing, tooMany, tooManyInOne
            var testDescription: String { "\(self)" }
        }

        @Test(
            "A producer that fails, or breaks its promise, fails the exchange, and the server gets no whole request",
            arguments: TransportSubject.all,
            BadProducer.allCases
        )
        func badProducers(_ subject: TransportSubject, kind: BadProducer) async throws {
            struct Broken: Error, CustomStringConvertible { var description: String { "producer-secret" } }
            let transport = try subject.make()
            let whole = Signal()
            let server = try ByteServer { connection in
                let head = try connection.readHead()
                _ = try connection.readBody(of: head)
                whole.raise()
                try connection.respond()
            }
            let body: RequestBody
            switch kind {
            case .throwsAtOnce: body = .stream(length: 4, replayable: true) { _ in throw Broken() }
            case .throwsLater:
                body = .stream(length: 4, replayable: true) { writer in
                    try await writer.write([1])
                    throw Broken()
                }
            case .throwsUnsized:
                body = .stream(length: nil, replayable: true) { writer in
                    try await writer.write([1])
                    throw Broken()
                }
            case .tooFew: body = .stream(length: 4, replayable: true) { try await $0.write([1, 2, 3]) }
            case .nothing: body = .stream(length: 4, replayable: true) { _ in }
            case .tooMany:
                body = .stream(length: 4, replayable: true) { writer in for _ in 0..<5 { try await writer.write([1]) } }
            case .tooManyInOne: body = .stream(length: 4, replayable: true) { try await $0.write([1, 2, 3, 4, 5]) }
            }
            let error = await transport.failure(of: server.request(.post), body: body)
            #expect(error?.kind == .requestBodyFailed)
            #expect(error.map { "\($0)".contains("producer-secret") } == false)
            // With too many, the promised ones may have gone before the surplus showed.
            if kind != .tooMany, kind != .tooManyInOne {
                #expect(
                    await eventually(within: .seconds(5)) { server.connections.allSatisfy { $0.peerClosedAt != nil } }
                )
                #expect(!whole.isRaised)
            }
        }

        @Test("A missing file is refused before anything is sent", arguments: TransportSubject.all)
        func missingFile(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let folder = try TemporaryFolder()
            let server = try Self.echo()
            let error = await transport.failure(
                of: server.request(.post),
                body: .segments([.bytes([1]), .file(path: folder.file("none"), length: 10)])
            )
            #expect(error?.kind == .invalidRequest)
            #expect(error?.requestMayHaveReachedServer == false)
            #expect(server.bytesReceived == 0)
        }

        @Test("A file that became shorter fails the exchange", arguments: TransportSubject.all)
        func shrunkFile(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let folder = try TemporaryFolder()
            let path = try folder.write(.pattern(1000), to: "body")
            let server = try Self.echo()
            let error = await transport.failure(of: server.request(.post), body: .file(path: path, length: 1001))
            #expect(error?.kind == .requestBodyFailed)
            // The connection, on which a request stands half, is not used again.
            #expect(try await transport.fetch(server.request(.post), body: .bytes([1, 2])).body == [1, 2])
        }

        @Test("A folder is no body", arguments: TransportSubject.all)
        func folderAsFile(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let folder = try TemporaryFolder()
            let server = try Self.echo()
            let error = await transport.failure(of: server.request(.post), body: .file(path: folder.path, length: 10))
            #expect(error?.kind == .invalidRequest || error?.kind == .requestBodyFailed)
        }

        // MARK: Early answers

        enum Upload: CaseIterable, CustomTestStringConvertible {
            case bytes, file, sized, unsized
            var testDescription: String { "\(self)" }
        }

        @Test(
            "An answer that comes before the upload is read is the answer, and ends the upload",
            arguments: TransportSubject.all,
            Upload.allCases
        )
        func earlyAnswer(_ subject: TransportSubject, upload: Upload) async throws {
            let transport = try subject.make()
            let folder = try TemporaryFolder()
            let size = 64 << 20
            let server = try ByteServer(receiveBuffer: 64 << 10) { connection in
                _ = try connection.readHead()
                try connection.respond("401 Unauthorized", fields: [("Connection", "close")], body: "no token")
                // Neither reads nor closes: a close with unread bytes would be a reset.
                connection.waitForCloseWithoutReading()
            }
            let chunk = [UInt8](repeating: 1, count: 64 << 10)
            let producer: RequestBody.Producer = { writer in
                for _ in 0..<(size / chunk.count) { try await writer.write(chunk) }
            }
            let body: RequestBody =
                switch upload {
                case .bytes: .bytes([UInt8](repeating: 1, count: size))
                case .file: .file(path: try folder.sparseFile("body", size: size), length: size)
                case .sized: .stream(length: size, replayable: false, producer: producer)
                case .unsized: .stream(length: nil, replayable: false, producer: producer)
                }
            let response = try await transport.fetch(server.request(.post), body: body)
            #expect(response.status == 401)
            #expect(response.text == "no token")
        }

        // MARK: What failures say

        @Test("A refused connection has reached no server", arguments: TransportSubject.all)
        func refused(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let error = await transport.failure(of: try ByteServer.requestToClosedPort(), body: .bytes([1]))
            #expect(error?.kind == .connectFailed)
            #expect(error?.requestMayHaveReachedServer == false)
        }

        @Test("A name without an address has reached no server", arguments: TransportSubject.all)
        func unknownName(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            // A label longer than names may have fails in the resolver itself: nothing is asked of a network.
            let host = String(repeating: "a", count: 70) + ".invalid"
            let error = await transport.failure(
                of: HTTPRequest(method: .get, scheme: "http", authority: host, path: "/")
            )
            #expect(error?.kind == .nameLookupFailed || error?.kind == .invalidRequest)
            #expect(error?.requestMayHaveReachedServer == false)
        }

        @Test(
            "A request on a kept connection that dies unanswered may have reached the server, and is not sent again",
            arguments: TransportSubject.all,
            [false, true]
        )
        func noRetry(_ subject: TransportSubject, withBody: Bool) async throws {
            guard withBody || !subject.gaps.contains(.neverResends) else { return }
            let transport = try subject.make()
            let requests = Mutex(0)
            let server = try ByteServer { connection in
                while try connection.readRequest() != nil {
                    let count = requests.withLock { count in
                        count += 1
                        return count
                    }
                    if count > 1 { return }
                    try connection.respond(body: "first")
                }
            }
            #expect(try await transport.fetch(server.request()).text == "first")
            let error = await transport.failure(
                of: server.request(withBody ? .post : .get),
                body: withBody ? .bytes([1, 2, 3]) : .empty
            )
            #expect(error?.kind == .connectionLost)
            #expect(error?.requestMayHaveReachedServer == true)
            #expect(requests.withLock { $0 } == 2)
        }

        @Test("No failure shows a token, a query, or a byte of a body", arguments: TransportSubject.all)
        func nothingSecret(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let secret = "hidden5ecret"
            let hole = try BlackHole()
            let server = try ByteServer { connection in
                let request = try connection.readHead()
                switch request.target.split(separator: "?").first {
                case "/garbage": try connection.write("\(secret) garbage\r\n\r\n")
                case "/reset": connection.reset()
                case "/short":
                    try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 99\r\nX-A: \(secret)\r\n\r\n\(secret)")
                case "/chunk":
                    try connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(secret)\r\n")
                case "/length": try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(secret)\r\n\r\n")
                case "/silent": connection.waitForClose()
                default: break
                }
            }
            let fields = [("Authorization", "Bearer \(secret)"), ("X-Key", secret)]
            func request(_ path: String, authority: String? = nil, scheme: String = "http") -> HTTPRequest {
                var request = server.request(.post, "\(path)?key=\(secret)", fields: fields)
                if let authority { request.authority = authority }
                request.scheme = scheme
                return request
            }
            let body = RequestBody.bytes(Array(secret.utf8))
            let quick = Timeouts(connect: .milliseconds(100), firstByte: .milliseconds(200), total: .seconds(10))
            var errors: [TransportError?] = []
            for path in ["/garbage", "/reset", "/short", "/chunk", "/length", "/closed", "/silent"] {
                errors.append(await transport.failure(of: request(path), body: body, timeouts: quick))
            }
            errors.append(
                await transport.failure(of: request("/", authority: hole.authority), body: body, timeouts: quick)
            )
            errors.append(
                await transport.failure(of: request("/", authority: "127.0.0.1:1"), body: body, timeouts: quick)
            )
            errors.append(await transport.failure(of: request("/", scheme: "ftp"), body: body, timeouts: quick))
            errors.append(await transport.failure(of: request("/a b"), body: body, timeouts: quick))
            errors.append(
                await transport.failure(
                    of: request("/", authority: "user:\(secret)@127.0.0.1:1"),
                    body: body,
                    timeouts: quick
                )
            )
            errors.append(
                await transport.failure(
                    of: request("/"),
                    body: .file(path: "/tmp/none-\(secret)", length: 1),
                    timeouts: quick
                )
            )
            for error in errors {
                let error = try #require(error)
                var text = "\(error) \(String(reflecting: error)) \(error.message)"
                dump(error, to: &text)
                #expect(!text.contains(secret))
            }
        }
    }
}
