#if canImport(Darwin) || URLSession

import Foundation
import HTTPTypes
import Synchronization
import Testing

@testable import InferenceKit

/// The contract's sentences, one by one, over loopback.
///
/// One after the other: on Linux, FoundationNetworking runs all sessions of a process on one queue.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct URLSessionTransportTests {
    let transport = URLSessionTransport()

    private func get(_ server: URLSessionRawServer, _ path: String = "/") -> HTTPRequest {
        HTTPRequest(method: .get, scheme: "http", authority: "127.0.0.1:\(server.port)", path: path)
    }

    private func post(_ server: URLSessionRawServer, _ path: String = "/") -> HTTPRequest {
        HTTPRequest(method: .post, scheme: "http", authority: "127.0.0.1:\(server.port)", path: path)
    }

    private func text(_ response: HTTPTransportResponse) async throws -> String {
        try await String(decoding: response.body.collect(upTo: 1 << 20), as: UTF8.self)
    }

    /// The transport error of `work`, which must have one.
    private func failure(_ work: () async throws -> Void) async -> TransportError? {
        do {
            try await work()
            Issue.record("nothing was thrown")
        } catch let error as TransportError {
            return error
        } catch {
            Issue.record("\(error) was thrown")
        }
        return nil
    }

    // MARK: 1, heads

    @Test func everyStatusIsAResponse() async throws {
        let server = try URLSessionRawServer { connection in
            while connection.readHead() != nil {
                connection.write("HTTP/1.1 404 Not Found\r\nX-Note: here\r\nContent-Length: 4\r\n\r\nnone")
            }
        }
        let response = try await transport.send(get(server), body: .empty, timeouts: Timeouts())
        #expect(response.head.status.code == 404)
        #expect(response.head.headerFields[HTTPField.Name("X-Note")!] == "here")
        #expect(try await text(response) == "none")
    }

    @Test func headArrivesBeforeTheBody() async throws {
        let read = RawSignal()
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
            read.wait()
            connection.write("late")
        }
        let response = try await transport.send(get(server), body: .empty, timeouts: Timeouts())
        #expect(response.head.status == .ok)
        read.set()
        #expect(try await text(response) == "late")
        #expect(response.body.timings.firstByte != nil)
        #expect(response.body.timings.total != nil)
    }

    @Test(arguments: ["100 Continue", "103 Early Hints"])
    func informationalHeadsArePassedOver(status: String) async throws {
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 \(status)\r\nLink: </a>\r\n\r\n")
            connection.answer("final")
        }
        let response = try await transport.send(get(server), body: .empty, timeouts: Timeouts())
        #expect(response.head.status == .ok)
        #expect(try await text(response) == "final")
    }

    @Test(arguments: ["Bearer", "Bearer realm=\"x\"", "Basic realm=\"x\"", "Basic", "Digest realm=\"x\", nonce=\"1\""])
    func challengesAreResponses(challenge: String) async throws {
        let server = try URLSessionRawServer { connection in
            while let head = connection.readHead() {
                if head.contains("/again") {
                    connection.answer("again")
                } else {
                    connection.write(
                        "HTTP/1.1 401 No\r\nWWW-Authenticate: \(challenge)\r\nContent-Length: 2\r\n\r\nno"
                    )
                }
            }
        }
        let response = try await transport.send(get(server), body: .empty, timeouts: Timeouts(total: .seconds(5)))
        #expect(response.head.status.code == 401)
        #expect(try await text(response) == "no")
        let again = try await transport.send(get(server, "/again"), body: .empty, timeouts: Timeouts())
        #expect(try await text(again) == "again")
    }

    // MARK: 2 and 12, back-pressure and independence

    @Test func readerThatStopsDisturbsNobody() async throws {
        let size = 64 << 20
        let big = Mutex<RawConnection?>(nil)
        let server = try URLSessionRawServer { connection in
            while let head = connection.readHead() {
                guard head.contains("/big") else {
                    connection.answer()
                    continue
                }
                big.withLock { $0 = connection }
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
                for number in 0..<size >> 16 {
                    let piece = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 1 << 16)
                    guard connection.write(piece) else { return }
                }
            }
        }
        let timeouts = Timeouts(idle: .milliseconds(200))
        let response = try await transport.send(get(server, "/big"), body: .empty, timeouts: timeouts)
        // Others go on, for longer than the idle clock allows.
        for _ in 0..<20 {
            let other = try await transport.send(get(server), body: .empty, timeouts: Timeouts(total: .seconds(5)))
            #expect(try await text(other) == "ok")
            try await Task.sleep(for: .milliseconds(20))
        }
        #if canImport(Darwin)
        // What the two kernels' buffers hold, and a quarter of a mebibyte of ours.
        let sent = try #require(big.withLock { $0 }).sentCount
        #expect(sent < 16 << 20)
        #endif
        var count = 0
        var isIntact = true
        for try await chunk in response.body {
            #expect(chunk.count <= 1 << 20)
            for index in stride(from: 0, to: chunk.count, by: 1021) {
                isIntact = isIntact && chunk[index] == UInt8(truncatingIfNeeded: (count + index) >> 16)
            }
            count += chunk.count
        }
        #expect(count == size)
        #expect(isIntact)
    }

    #if !canImport(Darwin)
    @Test func unreadBytesHaveALimit() async throws {
        var configuration = URLSessionTransport.Configuration()
        configuration.maximumSpoolSize = 0
        let transport = URLSessionTransport(configuration)
        let closed = RawSignal()
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n")
            let piece = [UInt8](repeating: 7, count: 1 << 16)
            // No faster than it can be read: libcurl gives no turn to a cancellation before the socket is empty.
            while connection.write(piece) { Thread.sleep(forTimeInterval: 0.001) }
            closed.set()
        }
        let response = try await transport.send(get(server), body: .empty, timeouts: Timeouts())
        await closed.reached()
        var count = 0
        let error = await failure {
            for try await chunk in response.body { count += chunk.count }
        }
        #expect(error?.kind == .tooLarge)
        #expect(count <= 1 << 20)
    }
    #endif

    // MARK: 3, one iteration

    @Test func secondIterationFails() async throws {
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            connection.answer()
        }
        let response = try await transport.send(get(server), body: .empty, timeouts: Timeouts())
        var first = response.body.makeAsyncIterator()
        #expect(try await first.next() == Array("ok".utf8))
        var second = response.body.makeAsyncIterator()
        let error = await failure { _ = try await second.next() }
        #expect(error?.kind == .bodyAlreadyRead)
    }

    // MARK: 4 and 5, ends

    @Test(arguments: ["response", "iterator"])
    func droppingEndsTheExchange(what: String) async throws {
        let closed = RawSignal()
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome")
            if connection.peerCloses() { closed.set() }
        }
        var response: HTTPTransportResponse? = try await transport.send(
            get(server),
            body: .empty,
            timeouts: Timeouts()
        )
        #expect(response?.head.status == .ok)
        let body = response?.body
        if what == "iterator" {
            var iterator = body?.makeAsyncIterator()
            #expect(try await iterator?.next() == Array("some".utf8))
            iterator = nil
            await closed.reached()
        }
        response = nil
        _ = consume body
        await closed.reached()
    }

    @Test(arguments: ["head", "body"])
    func cancellationReachesTheSocket(stage: String) async throws {
        let started = RawSignal()
        let closed = RawSignal()
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            if stage == "body" { connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome") }
            started.set()
            if connection.peerCloses() { closed.set() }
        }
        let call = Task { [transport, request = get(server)] in
            let response = try await transport.send(request, body: .empty, timeouts: Timeouts())
            for try await _ in response.body {}
        }
        await started.reached()
        if stage == "body" { try await Task.sleep(for: .milliseconds(20)) }
        let start = ContinuousClock.now
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        #expect(ContinuousClock.now - start < .seconds(1))
        await closed.reached()
    }

    @Test func stoppedExchangeCanBeCancelled() async throws {
        let closed = RawSignal()
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n")
            let piece = [UInt8](repeating: 7, count: 1 << 16)
            // No faster than it can be read: libcurl gives no turn to a cancellation before the socket is empty.
            while connection.write(piece) { Thread.sleep(forTimeInterval: 0.001) }
            closed.set()
        }
        var response: HTTPTransportResponse? = try await transport.send(
            get(server),
            body: .empty,
            timeouts: Timeouts()
        )
        try await Task.sleep(for: .milliseconds(100))
        #expect(response != nil)
        response = nil
        await closed.reached()
    }

    // MARK: 6, clocks

    @Test(arguments: [Timeouts.Clock.total, .firstByte])
    func silentServerRunsOutOfTime(clock: Timeouts.Clock) async throws {
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            _ = connection.peerCloses()
        }
        let limit = Duration.milliseconds(150)
        let timeouts = Timeouts(
            connect: .seconds(5),
            firstByte: clock == .firstByte ? limit : nil,
            idle: .milliseconds(50),
            total: clock == .total ? limit : .seconds(20)
        )
        for (request, body) in [(get(server), RequestBody.empty), (post(server), .bytes([1, 2, 3]))] {
            let start = ContinuousClock.now
            let error = await failure { _ = try await transport.send(request, body: body, timeouts: timeouts) }
            #expect(error?.kind == .timedOut)
            #expect(error?.clock == clock)
            #expect(error?.requestMayHaveReachedServer == true)
            let elapsed = ContinuousClock.now - start
            #expect(elapsed >= limit && elapsed < .seconds(10))
        }
    }

    @Test func pauseInTheBodyRunsOutOfTime() async throws {
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome")
            _ = connection.peerCloses()
        }
        let timeouts = Timeouts(idle: .milliseconds(100))
        let response = try await transport.send(get(server), body: .empty, timeouts: timeouts)
        #expect(try await response.body.nextChunk() == Array("some".utf8))
        let error = await failure { _ = try await response.body.nextChunk() }
        #expect(error?.clock == .idle)
    }

    @Test func serverThatDoesNotReadRunsOutOfTime() async throws {
        let over = RawSignal()
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            over.wait()
        }
        let error = await failure {
            _ = try await transport.send(
                post(server),
                body: .bytes([UInt8](repeating: 1, count: 64 << 20)),
                timeouts: Timeouts(idle: .milliseconds(200))
            )
        }
        over.set()
        #expect(error?.clock == .idle)
    }

    #if os(Linux)
    @Test func fullBacklogRunsOutOfTimeToConnect() async throws {
        let (listener, port) = try URLSessionRawServer.listen(backlog: 0)
        defer { _ = close(listener) }
        // Two connections fill the backlog of a listener that accepts none; the kernel drops what comes after.
        let fillers = (0..<4).map { _ in connectInBackground(to: port) }
        defer { for filler in fillers { _ = close(filler) } }
        try await Task.sleep(for: .milliseconds(50))
        let authority = "127.0.0.1:\(port)"
        let timeouts = Timeouts(connect: .milliseconds(150), total: .seconds(10))
        for method in [HTTPRequest.Method.get, .post] {
            let request = HTTPRequest(method: method, scheme: "http", authority: authority, path: "/")
            let error = await failure {
                let body = method == .get ? RequestBody.empty : .bytes([1])
                _ = try await transport.send(request, body: body, timeouts: timeouts)
            }
            #expect(error?.clock == .connect)
            #expect(error?.requestMayHaveReachedServer == false)
        }
    }

    private func connectInBackground(to port: Int) -> CInt {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return descriptor
    }
    #endif

    @Test func slowAnswerIsNotASlowConnection() async throws {
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            Thread.sleep(forTimeInterval: 0.3)
            connection.answer()
        }
        let timeouts = Timeouts(connect: .milliseconds(100))
        for (request, body) in [(get(server), RequestBody.empty), (post(server), .bytes([1]))] {
            let response = try await transport.send(request, body: body, timeouts: timeouts)
            #expect(try await text(response) == "ok")
        }
    }

    // MARK: 7, cuts

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhello",
    ])
    func cutBodiesFail(answer: String) async throws {
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            connection.write(answer)
        }
        let response = try await transport.send(get(server), body: .empty, timeouts: Timeouts())
        var received: [UInt8] = []
        let error = await failure {
            for try await chunk in response.body { received += chunk }
        }
        #expect(error?.kind == .cutShort)
        #expect(received == Array("hello".utf8))
        let again = await failure { _ = try await response.body.nextChunk() }
        #expect(again == error)
    }

    @Test func bodyThatTheCloseEndsIsWhole() async throws {
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello")
        }
        let response = try await transport.send(get(server), body: .empty, timeouts: Timeouts())
        #expect(try await text(response) == "hello")
    }

    @Test func headOfARequestForHeadHasNoBody() async throws {
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n")
        }
        var request = get(server)
        request.method = .head
        let response = try await transport.send(request, body: .empty, timeouts: Timeouts())
        #expect(response.head.headerFields[.contentLength] == "20")
        #expect(try await text(response) == "")
    }

    // MARK: 8, redirects

    @Test(arguments: [301, 302, 303, 307, 308])
    func redirectsAreNotFollowed(status: Int) async throws {
        let other = try URLSessionRawServer { connection in _ = connection.readHead() }
        let server = try URLSessionRawServer { [port = other.port] connection in
            while connection.readHead() != nil {
                connection.write(
                    "HTTP/1.1 \(status) Go\r\nLocation: http://127.0.0.1:\(port)/\r\nContent-Length: 4\r\n\r\nthis"
                )
            }
        }
        var request = get(server)
        request.headerFields[.authorization] = "Bearer hf_not_a_token"
        let response = try await transport.send(request, body: .empty, timeouts: Timeouts())
        #expect(response.head.status.code == status)
        #expect(response.head.headerFields[.location] == "http://127.0.0.1:\(other.port)/")
        #expect(try await text(response) == "this")
        #expect(other.connectionCount == 0)
    }

    @Test func redirectToNowhereIsAResponse() async throws {
        let server = try URLSessionRawServer { connection in
            while let head = connection.readHead() {
                let body = head.contains("/body") ? "some" : ""
                connection.write("HTTP/1.1 301 Go\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            }
        }
        let empty = try await transport.send(get(server), body: .empty, timeouts: Timeouts())
        #expect(empty.head.status.code == 301)
        #expect(try await text(empty) == "")
        #if os(Linux)
        let full = try await transport.send(get(server, "/body"), body: .empty, timeouts: Timeouts())
        #expect(full.head.status.code == 301)
        let error = await failure { _ = try await full.body.nextChunk() }
        #expect(error?.kind == .cutShort)
        #endif
    }

    @Test func notModifiedHasNoBody() async throws {
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 304 Not Modified\r\nContent-Length: 20\r\n\r\n")
        }
        let response = try await transport.send(get(server), body: .empty, timeouts: Timeouts())
        #expect(response.head.status.code == 304)
        #expect(try await text(response) == "")
    }

    // MARK: 9, codings

    @Test func compressedBodiesArriveDecoded() async throws {
        // "hello hello hello\n" by gzip -n.
        let bytes: [UInt8] = [
            0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x57, 0xC8, 0x40, 0x90, 0x5C, 0x00,
            0x3B, 0x7C, 0x8A, 0xDF, 0x12, 0, 0, 0,
        ]
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            connection.write(
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(bytes.count)\r\n\r\n"
            )
            connection.write(bytes)
        }
        let response = try await transport.send(get(server), body: .empty, timeouts: Timeouts())
        #expect(response.head.headerFields[.contentEncoding] == nil)
        #expect(response.head.headerFields[.contentLength] == nil)
        #expect(try await text(response) == "hello hello hello\n")
    }

    // MARK: 10, what failures say

    @Test func refusedConnectionNeverReachedTheServer() async throws {
        let (listener, port) = try URLSessionRawServer.listen(backlog: 1)
        _ = close(listener)
        let request = HTTPRequest(
            method: .get,
            scheme: "http",
            authority: "127.0.0.1:\(port)",
            path: "/?secret=1"
        )
        let error = await failure { _ = try await transport.send(request, body: .empty, timeouts: Timeouts()) }
        #expect(error?.kind == .connectFailed)
        #expect(error?.requestMayHaveReachedServer == false)
        #expect(error?.description.contains("secret") == false)
    }

    @Test func unknownHostNeverReachedTheServer() async throws {
        let request = HTTPRequest(method: .get, scheme: "http", authority: "nowhere.invalid", path: "/")
        let error = await failure { _ = try await transport.send(request, body: .empty, timeouts: Timeouts()) }
        #expect(error?.kind == .nameLookupFailed)
        #expect(error?.requestMayHaveReachedServer == false)
    }

    // Heads that break off after their status line, and trailers, trap in FoundationNetworking; see the transport.
    @Test(arguments: ["", "HTTP/1.1 2", "JUNK JUNK\r\n\r\n"])
    func brokenHeadMayHaveReachedTheServer(answer: String) async throws {
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            connection.write(answer)
        }
        let error = await failure { _ = try await transport.send(get(server), body: .empty, timeouts: Timeouts()) }
        #expect(error?.kind == (answer.hasPrefix("JUNK") ? .protocolViolation : .connectionLost))
        #expect(error?.requestMayHaveReachedServer == true)
    }

    @Test func plainServerFailsTLS() async throws {
        let server = try URLSessionRawServer { connection in
            _ = connection.read()
            connection.answer()
        }
        var request = get(server)
        request.scheme = "https"
        let error = await failure { _ = try await transport.send(request, body: .empty, timeouts: Timeouts()) }
        #expect(error?.kind == .tlsFailed)
        #expect(error?.requestMayHaveReachedServer == false)
    }

    @Test func requestsThatCannotBeSentAreRefused() async throws {
        let server = try URLSessionRawServer { connection in _ = connection.readHead() }
        var requests: [(HTTPRequest, RequestBody)] = []
        for authority in [
            "", "user:pass@127.0.0.1", "127.0.0.1 x", "127.0.0.1\r\nX: y", "127.0.0.1/x", "127.0.0.1?x", "127.0.0.1#",
        ] {
            requests.append((HTTPRequest(method: .get, scheme: "http", authority: authority, path: "/"), .empty))
        }
        for path in ["no-slash", "/a#b", "/a b", "/a\r\nX: y", "/ü", "/%zz"] {
            requests.append((get(server, path), .empty))
        }
        requests.append((HTTPRequest(method: .get, scheme: "ftp", authority: "127.0.0.1", path: "/"), .empty))
        requests.append((get(server), .bytes([1])))
        requests.append((post(server), .file(path: "/nonexistent/file", length: 3)))
        for (request, body) in requests {
            let error = await failure { _ = try await transport.send(request, body: body, timeouts: Timeouts()) }
            #expect(error?.kind == .invalidRequest, "\(request)")
            #expect(error?.requestMayHaveReachedServer == false)
        }
        #expect(server.connectionCount == 0)
    }

    // MARK: 11, bodies

    @Test func bodiesArriveAsTheyAre() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data("from a file".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let seen = Mutex<[String]>([])
        let server = try URLSessionRawServer { connection in
            while let head = connection.readHead() {
                let length = head.components(separatedBy: "Content-Length: ").last?
                    .components(separatedBy: "\r\n").first.flatMap { Int($0) }
                let body =
                    length.map { String(decoding: connection.readBody($0), as: UTF8.self) } ?? connection.readChunked()
                seen.withLock { $0 += [head, body] }
                connection.answer()
            }
        }
        let producer: RequestBody.Producer = { writer in
            try await writer.write(Array("one".utf8))
            try await writer.write(Array("two".utf8))
        }
        let bodies: [(RequestBody, String)] = [
            (.empty, ""), (.bytes(Array("bytes".utf8)), "bytes"),
            (.file(path: file.path, length: 6), "from a"),
            (
                .segments([.bytes(Array("[".utf8)), .file(path: file.path, length: 11), .bytes(Array("]".utf8))]),
                "[from a file]"
            ),
            (.stream(length: 6, replayable: false, producer: producer), "onetwo"),
            (
                .stream(length: nil, replayable: false, producer: producer),
                "onetwo"
            ),
        ]
        for (body, expected) in bodies {
            var request = post(server)
            request.headerFields[.accept] = "x/y"
            request.headerFields.append(HTTPField(name: HTTPField.Name("X-Two")!, value: "a"))
            request.headerFields.append(HTTPField(name: HTTPField.Name("X-Two")!, value: "b"))
            let response = try await transport.send(request, body: body, timeouts: Timeouts(total: .seconds(5)))
            #expect(try await text(response) == "ok")
            let (head, received) = try #require(seen.withLock { seen in seen.suffix(2).first.map { ($0, seen.last) } })
            #expect(received == expected)
            #expect(head.contains("Accept: x/y\r\n"))
            #expect(head.contains("X-Two: a, b"))
            #expect(!head.contains("Expect:"))
            #if os(Linux)
            #expect(!head.contains("Content-Type"))
            #expect(head.contains("Transfer-Encoding") == (body.length == nil))
            #endif
        }
        // One connection served them all.
        #expect(server.connectionCount == 1)
    }

    @Test func longProducersArriveWhole() async throws {
        let size = 8 << 20
        let written = Mutex(0)
        let mayRead = RawSignal()
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            mayRead.wait()
            var count = 0
            while count < size {
                let bytes = connection.read()
                guard !bytes.isEmpty, bytes == [UInt8](repeating: 1, count: bytes.count) else { return }
                count += bytes.count
            }
            connection.answer()
        }
        let body = RequestBody.stream(length: size, replayable: false) { writer in
            let chunk = [UInt8](repeating: 1, count: 1 << 16)
            for _ in 0..<size >> 16 {
                try await writer.write(chunk)
                written.withLock { $0 += chunk.count }
            }
        }
        async let response = transport.send(post(server), body: body, timeouts: Timeouts())
        try await Task.sleep(for: .milliseconds(200))
        mayRead.set()
        #expect(try await text(response) == "ok")
        #expect(written.withLock { $0 } == size)
    }

    @Test func longFilesArriveWhole() async throws {
        let size = 32 << 20
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data(repeating: 9, count: size).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            let body = connection.readBody(size)
            connection.answer(body == [UInt8](repeating: 9, count: size) ? "ok" : "wrong")
        }
        let body = RequestBody.file(path: file.path, length: size)
        let response = try await transport.send(post(server), body: body, timeouts: Timeouts(idle: .seconds(5)))
        #expect(try await text(response) == "ok")
    }

    @Test func waitingForTheProducerIsNotIdle() async throws {
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            _ = connection.readBody(2)
            connection.answer()
        }
        let body = RequestBody.stream(length: 2, replayable: false) { writer in
            try await writer.write([1])
            try await Task.sleep(for: .milliseconds(300))
            try await writer.write([2])
        }
        let response = try await transport.send(post(server), body: body, timeouts: Timeouts(idle: .milliseconds(100)))
        #expect(try await text(response) == "ok")
    }

    private struct ProducerFailure: Error {
        let secret = "hf_secret"
    }

    @Test(arguments: ["throws", "short", "long"])
    func badProducersFailTheExchange(how: String) async throws {
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            _ = connection.peerCloses()
        }
        let body = RequestBody.stream(length: 3, replayable: false) { writer in
            try await writer.write([1, 2])
            if how == "throws" { throw ProducerFailure() }
            if how == "long" { try await writer.write([3, 4]) }
        }
        let error = await failure { _ = try await transport.send(post(server), body: body, timeouts: Timeouts()) }
        #expect(error?.kind == .requestBodyFailed)
        #expect(error?.description.contains("hf_secret") == false)
    }

    @Test func endOfTheExchangeEndsTheProducer() async throws {
        let started = RawSignal()
        let ended = RawSignal()
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            _ = connection.peerCloses()
        }
        let body = RequestBody.stream(length: nil, replayable: false) { writer in
            defer { ended.set() }
            try await writer.write([1])
            started.set()
            try await Task.sleep(for: .seconds(60))
        }
        let call = Task { [transport, request = post(server)] in
            _ = try await transport.send(request, body: body, timeouts: Timeouts())
        }
        await started.reached()
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        await ended.reached()
    }

    @Test func brokenConnectionThatWasUsedBeforeIsNoReasonToSendTwice() async throws {
        let requests = Mutex(0)
        let server = try URLSessionRawServer { connection in
            while connection.readHead() != nil {
                let body = connection.readBody(3)
                guard body.count == 3 else { return }
                let count = requests.withLock { count in
                    count += 1
                    return count
                }
                if count > 1 { return }
                connection.answer()
            }
        }
        let first = try await transport.send(post(server), body: .bytes([1, 2, 3]), timeouts: Timeouts())
        #expect(try await text(first) == "ok")
        let error = await failure {
            _ = try await transport.send(
                post(server),
                body: .bytes([1, 2, 3]),
                timeouts: Timeouts(total: .seconds(5))
            )
        }
        #expect(error?.kind == .connectionLost)
        #expect(error?.requestMayHaveReachedServer == true)
        #expect(requests.withLock { $0 } == 2)
    }

    // MARK: Lifetimes

    @Test func transportClosesItsConnections() async throws {
        let closed = RawSignal()
        let server = try URLSessionRawServer { connection in
            _ = connection.readHead()
            connection.answer()
            if connection.peerCloses() { closed.set() }
        }
        var transport: URLSessionTransport? = URLSessionTransport()
        let response = try await transport?.send(get(server), body: .empty, timeouts: Timeouts())
        transport = nil
        // The exchange outlives its transport.
        #expect(try await text(#require(response)) == "ok")
        await closed.reached()
    }

    @Test func connectionLimitHolds() async throws {
        let transport = URLSessionTransport(.init(maximumConnectionsPerHost: 2))
        let current = Mutex(0)
        let most = Mutex(0)
        let server = try URLSessionRawServer { connection in
            while connection.readHead() != nil {
                let now = current.withLock { count in
                    count += 1
                    return count
                }
                most.withLock { $0 = max($0, now) }
                Thread.sleep(forTimeInterval: 0.02)
                current.withLock { $0 -= 1 }
                connection.answer()
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<10 {
                group.addTask { [request = get(server)] in
                    let response = try await transport.send(request, body: .empty, timeouts: Timeouts())
                    _ = try await response.body.collect(upTo: 10)
                }
            }
            try await group.waitForAll()
        }
        #expect(most.withLock { $0 } == 2)
    }

    @Test func cancellationAtAnyMomentLeavesNothingBehind() async throws {
        let open = Atomic(0)
        let server = try URLSessionRawServer { connection in
            open.add(1, ordering: .relaxed)
            defer { open.subtract(1, ordering: .relaxed) }
            while let head = connection.readHead() {
                if head.hasPrefix("POST") { _ = connection.readBody(70_000) }
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 600000\r\n\r\n")
                let piece = [UInt8](repeating: 7, count: 60_000)
                for _ in 0..<10 where !connection.write(piece) { return }
            }
        }
        do {
            let transport = URLSessionTransport()
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<300 {
                    if index >= 16 { await group.next() }
                    group.addTask { [get = get(server), post = post(server)] in
                        let call = Task {
                            let body = RequestBody.bytes([UInt8](repeating: 1, count: 70_000))
                            let response =
                                try await index.isMultiple(of: 2)
                                ? transport.send(get, body: .empty, timeouts: Timeouts(total: .seconds(20)))
                                : transport.send(post, body: body, timeouts: Timeouts(idle: .seconds(20)))
                            return try await response.body.collect(upTo: 1 << 20).count
                        }
                        try? await Task.sleep(for: .microseconds(Int.random(in: 0..<8_000)))
                        call.cancel()
                        switch await call.result {
                        case .success(let count): #expect(count == 600_000)
                        case .failure(let error): #expect(error is CancellationError, "\(error)")
                        }
                    }
                }
            }
        }
        // With the transport gone, every connection is.
        for _ in 0..<500 where open.load(ordering: .relaxed) > 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(open.load(ordering: .relaxed) == 0)
    }
}

#endif
