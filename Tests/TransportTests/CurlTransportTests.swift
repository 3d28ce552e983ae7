#if os(Linux)
import HTTPTypes
import InferenceKit
import TestSupport
import Testing

/// What libcurl makes particular; the contract at large has a suite of its own.
@Suite("curl", .timeLimit(.minutes(2)))
struct CurlTransportTests {
    @Test("Nothing is sent but what the caller says, and the encodings that are decoded")
    func requestLines() async throws {
        let server = try ByteServer.answering { .response(body: Array($0.raw.utf8)) }
        let transport = CurlTransport()
        var request = server.request(.post, "/a/../b?c=%20d")
        request.headerFields[.authorization] = "Bearer x"
        let name = try #require(HTTPField.Name("X-Nothing"))
        request.headerFields[name] = ""
        let lines = try await transport.fetch(request, body: .bytes([1, 2, 3])).text.split(separator: "\r\n")
        #expect(lines.first == "POST /a/../b?c=%20d HTTP/1.1")
        #expect(
            Set(lines.dropFirst()).isSuperset(of: [
                "Authorization: Bearer x", "X-Nothing:", "Accept-Encoding: deflate, gzip, br, zstd",
                "Content-Length: 3",
            ])
        )
        for unwanted in ["Expect", "User-Agent", "Accept:", "Content-Type"] {
            #expect(!lines.contains { $0.hasPrefix(unwanted) }, "\(unwanted)")
        }
    }

    @Test(
        "Handles that are used again forget the exchange before",
        arguments: [true, false]
    )
    func reuse(keepsConnection: Bool) async throws {
        let server = try ByteServer.answering { request in
            let fields = keepsConnection ? [] : [("Connection", "close")]
            let body = request.method == "HEAD" ? [] : Array("\(request.method) \(request.body.count)".utf8)
            return .response(fields: fields, body: body)
        }
        let transport = CurlTransport()
        let bodies: [(HTTPRequest.Method, Int)] = [
            (.post, 10), (.get, 0), (.put, 5), (.head, 0), (.post, 100_000), (.delete, 0), (.patch, 3), (.head, 0),
            (.post, 0), (.put, 100_000), (.get, 0), (.get, 7),
        ]
        for (method, count) in bodies {
            let body = RequestBody.bytes([UInt8](repeating: 1, count: count))
            let response = try await transport.fetch(server.request(method), body: body)
            #expect(response.text == (method == .head ? "" : "\(method.rawValue) \(count)"))
        }
        #expect(server.connectionCount == (keepsConnection ? 1 : bodies.count))
    }

    @Test("A request is not sent again on a new connection", arguments: [HTTPRequest.Method.get, .post])
    func noSilentRetry(method: HTTPRequest.Method) async throws {
        let server = try ByteServer { connection in
            _ = try connection.readHead()
            try connection.respond(body: "ok")
            _ = try connection.readHead()
        }
        let transport = CurlTransport()
        #expect(try await transport.fetch(server.request(method)).text == "ok")
        let error = await transport.failure(of: server.request(method))
        #expect(error?.kind == .connectionLost)
        #expect(error?.requestMayHaveReachedServer == true)
        // libcurl may open another connection before it is stopped.
        #expect(server.connections.dropFirst().allSatisfy { $0.bytesReceived == 0 })
    }

    @Test("The connect clock covers TLS, and nothing was sent by then")
    func connectClockOverTLS() async throws {
        let server = try ByteServer { $0.waitForClose() }
        let transport = CurlTransport()
        var request = server.request()
        request.scheme = "https"
        let error = await transport.failure(of: request, timeouts: Timeouts(connect: .milliseconds(200)))
        #expect(error?.clock == .connect)
        #expect(error?.requestMayHaveReachedServer == false)
    }

    @Test("A Unix socket stands in for every host")
    func unixSocket() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/socket"
        let server = try ByteServer.answering(.unix(path: path)) { .response(body: Array(($0["host"] ?? "").utf8)) }
        var configuration = CurlTransport.Configuration()
        configuration.unixSocketPath = path
        let transport = CurlTransport(configuration)
        let request = HTTPRequest(method: .get, scheme: "http", authority: "somewhere.test", path: "/")
        #expect(try await transport.fetch(request).text == "somewhere.test")
        _ = server
    }

    @Test("A proxy is asked for the whole URL")
    func proxy() async throws {
        let server = try ByteServer.answering { .response(body: Array($0.target.utf8)) }
        var configuration = CurlTransport.Configuration()
        configuration.proxy = .url("http://\(server.authority)")
        let transport = CurlTransport(configuration)
        let request = HTTPRequest(method: .get, scheme: "http", authority: "somewhere.test", path: "/x")
        #expect(try await transport.fetch(request).text == "http://somewhere.test/x")
    }

    @Test("A proxy that refuses to connect keeps the request")
    func proxyRefuses() async throws {
        let server = try ByteServer.answering { _ in .response("403 Forbidden", body: []) }
        var configuration = CurlTransport.Configuration()
        configuration.proxy = .url("http://\(server.authority)")
        let transport = CurlTransport(configuration)
        let request = HTTPRequest(method: .get, scheme: "https", authority: "somewhere.test", path: "/x?secret")
        let error = await transport.failure(of: request)
        #expect(error?.kind == .connectFailed)
        #expect(error?.message.contains("403") == true)
        #expect(error?.message.contains("secret") == false)
        #expect(error?.requestMayHaveReachedServer == false)
    }

    @Test("A length with letters behind its digits, which libcurl by itself takes for a number, ends no body")
    func lengthWithLetters() async throws {
        let server = try ByteServer { connection in
            _ = try connection.readRequest()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello")
        }
        let error = await CurlTransport().failure(of: server.request())
        #expect(error?.kind == .protocolViolation)
    }

    @Test("A limit of connections makes exchanges wait their turn")
    func connectionLimit() async throws {
        let server = try ByteServer.answering { _ in .response(body: [1]) }
        var configuration = CurlTransport.Configuration()
        configuration.maxConnectionsPerHost = 2
        let transport = CurlTransport(configuration)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await transport.fetch(server.request()).body.count } }
            for try await count in group { #expect(count == 1) }
        }
        #expect(server.connectionCount <= 2)
    }

    @Test("URLs that would mean something else on the wire are refused")
    func malformedRequests() async throws {
        let server = try ByteServer.answering { _ in .response(body: []) }
        let transport = CurlTransport()
        let changes: [(String, (inout HTTPRequest) -> Void)] = [
            ("scheme", { $0.scheme = nil }), ("scheme", { $0.scheme = "file" }),
            ("authority", { $0.authority = nil }), ("authority", { $0.authority = "127.0.0.1/x" }),
            ("user information", { $0.authority = "user:pw@127.0.0.1" }),
            ("path", { $0.path = "x" }), ("path", { $0.path = "/a b" }), ("path", { $0.path = "/a#b" }),
            ("CONNECT", { $0.method = .connect }),
        ]
        for (words, change) in changes {
            var request = server.request()
            change(&request)
            let error = await transport.failure(of: request)
            #expect(error?.kind == .invalidRequest)
            #expect(error?.message.contains(words) == true)
            #expect(error?.requestMayHaveReachedServer == false)
        }
        #expect(server.connectionCount == 0)
    }
}
#endif
