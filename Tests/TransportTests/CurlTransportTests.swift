#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import HTTPTypes
import InferenceKit
import Testing

private typealias Server = CurlTestServer

/// What libcurl makes particular; the contract at large has a suite of its own.
@Suite(.timeLimit(.minutes(1)))
struct CurlTransportTests {
    private func request(
        _ server: CurlTestServer,
        _ method: HTTPRequest.Method = .get,
        path: String = "/"
    ) -> HTTPRequest {
        HTTPRequest(method: method, scheme: "http", authority: "127.0.0.1:\(server.port)", path: path)
    }

    private func answer(_ body: String, _ fields: String = "") -> String {
        "HTTP/1.1 200 OK\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private func error(_ run: () async throws -> Void) async -> TransportError? {
        do {
            try await run()
            return nil
        } catch {
            return error as? TransportError
        }
    }

    @Test func headAndBodyArrive() async throws {
        let seen = CurlTestSignal<String>()
        let server = Server { connection in
            seen.set(connection.read())
            connection.write(
                "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 404 Not Found\r\nX-A: 1\r\nx-a:  2 \r\nX-Empty:\r\n"
                    + "Content-Length: 5\r\n\r\nhello"
            )
        }
        let transport = CurlTransport()
        var request = request(server, path: "/a/../b?c=%20d")
        request.headerFields[.authorization] = "Bearer x"
        request.headerFields[HTTPField.Name("X-Nothing")!] = ""
        let response = try await transport.send(request, body: .empty, timeouts: Timeouts(total: .seconds(5)))
        #expect(response.head.status == .notFound)
        #expect(response.head.headerFields[values: HTTPField.Name("x-a")!] == ["1", "2"])
        #expect(response.head.headerFields[HTTPField.Name("X-Empty")!] == "")
        #expect(response.head.headerFields[HTTPField.Name("Link")!] == nil)
        #expect(try await response.body.collect(upTo: 100) == Array("hello".utf8))
        let head = try #require(await seen.wait())
        let lines = head.split(separator: "\r\n").map(String.init)
        #expect(lines.first == "GET /a/../b?c=%20d HTTP/1.1")
        #expect(
            Set(lines.dropFirst()) == [
                "Host: 127.0.0.1:\(server.port)", "Authorization: Bearer x", "X-Nothing:",
                "Accept-Encoding: deflate, gzip, br, zstd",
            ]
        )
        let timings = response.body.timings
        #expect(timings.httpVersion == "http/1.1")
        #expect(timings.reusedConnection == false)
        #expect(timings.firstByte != nil && timings.total != nil)
    }

    @Test func connectionsAreReused() async throws {
        let server = Server { connection in
            while true {
                let head = connection.read()
                guard let length = head.split(separator: "Content-Length: ").last?.prefix(while: \.isNumber) else {
                    return
                }
                guard let count = Int(length) else { return }
                let body = connection.readAll(count)
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n")
                connection.write(body)
            }
        }
        let transport = CurlTransport()
        for count in [1, 0, 70_000, 65_536, 3_000_000, 10] {
            let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let response = try await transport.send(
                request(server, .post),
                body: .bytes(body),
                timeouts: Timeouts(idle: .seconds(5))
            )
            #expect(try await response.body.collect(upTo: 10_000_000) == body)
            #expect(response.body.timings.reusedConnection == (count != 1))
        }
        #expect(server.connections == 1)
    }

    @Test func aReaderThatStopsStopsTheServer() async throws {
        let count = 48 << 20
        let sent = CurlTestSignal<Bool>()
        let server = Server { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n")
            let piece = (0..<65_536).map { UInt8(truncatingIfNeeded: $0) }
            for _ in 0..<(count / piece.count) { connection.write(piece) }
            sent.set(true)
        }
        let transport = CurlTransport()
        // The idle clock stands still while the reader does not pull.
        let timeouts = Timeouts(idle: .milliseconds(700))
        let response = try await transport.send(request(server), body: .empty, timeouts: timeouts)
        try await Task.sleep(for: .milliseconds(1_000))
        var received = 0
        var largest = 0
        while let chunk = try await response.body.nextChunk() {
            #expect(chunk.first == UInt8(truncatingIfNeeded: received))
            received += chunk.count
            largest = max(largest, chunk.count)
            response.body.recycle(chunk)
        }
        #expect(received == count)
        #expect(largest <= 1 << 20)
        #expect(await sent.wait() == true)
    }

    @Test(arguments: ["cancel", "drop", "iterator"])
    func whatIsNotWantedIsClosed(how: String) async throws {
        let closed = CurlTestSignal<Bool>()
        let server = Server { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
            closed.set(connection.waitForClose())
        }
        let transport = CurlTransport()
        var response: HTTPTransportResponse? = try await transport.send(
            request(server),
            body: .empty,
            timeouts: Timeouts()
        )
        #expect(response?.head.status == .ok)
        switch how {
        case "cancel":
            response?.body.cancel()
            await #expect(throws: CancellationError.self) { try await response?.body.nextChunk() }
        case "iterator":
            var iterator = response?.body.makeAsyncIterator()
            #expect(try await iterator?.next() == Array("hello".utf8))
            iterator = nil
        default: response = nil
        }
        #expect(await closed.wait() == true)
        _ = response
    }

    @Test(arguments: [true, false])
    func cancellationReachesTheSocket(beforeHead: Bool) async throws {
        let arrived = CurlTestSignal<Bool>()
        let closed = CurlTestSignal<Bool>()
        let server = Server { connection in
            _ = connection.read()
            if !beforeHead { connection.write("HTTP/1.1 200 OK\r\n\r\n") }
            arrived.set(true)
            closed.set(connection.waitForClose())
        }
        let transport = CurlTransport()
        let request = request(server)
        let task = Task {
            let response = try await transport.send(request, body: .empty, timeouts: Timeouts())
            return try await response.body.nextChunk()
        }
        #expect(await arrived.wait() == true)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(await closed.wait() == true)
    }

    @Test func clocksFire() async throws {
        let server = Server { connection in
            let head = connection.read()
            if head.contains("/idle") { connection.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello") }
            if head.contains("/total") {
                connection.write("HTTP/1.1 200 OK\r\n\r\n")
                while connection.write("x") { usleep(20_000) }
            }
            _ = connection.waitForClose()
        }
        let transport = CurlTransport()
        let limit = Duration.milliseconds(150)
        let clock = ContinuousClock()
        let cases: [(Timeouts.Clock, Timeouts, String)] = [
            (.connect, Timeouts(connect: limit, firstByte: .seconds(9)), "https"),
            (.firstByte, Timeouts(firstByte: limit, idle: .milliseconds(20)), "http"),
            (.idle, Timeouts(firstByte: .seconds(9), idle: limit), "http"),
            (.total, Timeouts(idle: .milliseconds(100), total: limit), "http"),
        ]
        for (expected, timeouts, scheme) in cases {
            var request = request(server, path: "/\(expected.rawValue)")
            request.scheme = scheme
            let start = clock.now
            let error = await error {
                let response = try await transport.send(request, body: .empty, timeouts: timeouts)
                _ = try await response.body.collect(upTo: 1_000)
            }
            let took = clock.now - start
            #expect(error?.kind == .timedOut)
            #expect(error?.clock == expected)
            #expect(error?.requestMayHaveReachedServer == (expected != .connect))
            #expect(took >= limit && took < limit + .seconds(1), "\(expected) took \(took)")
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", TransportError.Kind.cutShort),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", .cutShort),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", .protocolViolation),
        ("HTTP/1.1 200 OK\r\nContent-Le", .connectionLost),
        ("", .connectionLost),
        ("What?\r\n\r\n", .protocolViolation),
    ])
    func brokenResponses(bytes: String, kind: TransportError.Kind) async throws {
        let server = Server { connection in
            _ = connection.read()
            connection.write(bytes)
        }
        let transport = CurlTransport()
        let error = await error {
            let response = try await transport.send(
                request(server),
                body: .empty,
                timeouts: Timeouts(total: .seconds(5))
            )
            _ = try await response.body.collect(upTo: 1_000)
        }
        #expect(error?.kind == kind)
        #expect(error?.requestMayHaveReachedServer == true)
    }

    @Test(arguments: [HTTPRequest.Method.get, .post])
    func aRequestIsNeverSentTwice(method: HTTPRequest.Method) async throws {
        let heads = CurlTestCounter()
        let server = Server { connection in
            guard !connection.read().isEmpty else { return }
            heads.add()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            guard !connection.read().isEmpty else { return }
            heads.add()
        }
        let transport = CurlTransport()
        let first = try await transport.send(
            request(server, method),
            body: .empty,
            timeouts: Timeouts(total: .seconds(5))
        )
        _ = try await first.body.collect(upTo: 10)
        let error = await error {
            _ = try await transport.send(request(server, method), body: .empty, timeouts: Timeouts(total: .seconds(5)))
        }
        #expect(error?.kind == .connectionLost)
        #expect(error?.requestMayHaveReachedServer == true)
        #expect(heads.count == 2)
    }

    @Test func anEarlyAnswerToAnUploadIsAnAnswer() async throws {
        let server = Server { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
            usleep(100_000)
        }
        let transport = CurlTransport()
        let response = try await transport.send(
            request(server, .post),
            body: .bytes([UInt8](repeating: 7, count: 50_000_000)),
            timeouts: Timeouts(total: .seconds(5))
        )
        #expect(response.head.status == .unauthorized)
        #expect(try await response.body.collect(upTo: 10) == Array("no".utf8))
    }

    @Test func nothingListens() async throws {
        let port = Server { _ in }.port
        let transport = CurlTransport()
        let request = HTTPRequest(method: .post, scheme: "http", authority: "127.0.0.1:\(port)", path: "/?secret")
        let error = await error { _ = try await transport.send(request, body: .bytes([1]), timeouts: Timeouts()) }
        #expect(error?.kind == .connectFailed)
        #expect(error?.requestMayHaveReachedServer == false)
        #expect(error?.message.contains("secret") == false)
    }

    @Test func droppingTheTransportEndsItsExchanges() async throws {
        let arrived = CurlTestSignal<Bool>()
        let closed = CurlTestSignal<Bool>()
        let server = Server { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 200 OK\r\n\r\nx")
            arrived.set(true)
            closed.set(connection.waitForClose())
        }
        var transport: CurlTransport? = CurlTransport()
        let response = try #require(try await transport?.send(request(server), body: .empty, timeouts: Timeouts()))
        #expect(try await response.body.nextChunk() == [UInt8(ascii: "x")])
        transport = nil
        let error = await error { _ = try await response.body.nextChunk() }
        #expect(error?.kind == .transportClosed)
        #expect(await closed.wait() == true)
    }

    @Test func malformedRequestsAreNotSent() async throws {
        let server = Server { _ in }
        let transport = CurlTransport()
        let good = request(server)
        var requests: [(HTTPRequest, String)] = []
        func add(_ words: String, _ change: (inout HTTPRequest) -> Void) {
            var request = good
            change(&request)
            requests.append((request, words))
        }
        add("scheme") { $0.scheme = nil }
        add("scheme") { $0.scheme = "file" }
        add("authority") { $0.authority = nil }
        add("user information") { $0.authority = "user:pw@127.0.0.1" }
        add("authority") { $0.authority = "127.0.0.1/x" }
        add("path") { $0.path = "x" }
        add("path") { $0.path = "/a b" }
        add("path") { $0.path = "/a#b" }
        for (request, words) in requests {
            let error = await error { _ = try await transport.send(request, body: .empty, timeouts: Timeouts()) }
            #expect(error?.kind == .invalidRequest)
            #expect(error?.message.contains(words) == true)
            #expect(error?.requestMayHaveReachedServer == false)
        }
        #expect(server.connections == 0)
    }
}
