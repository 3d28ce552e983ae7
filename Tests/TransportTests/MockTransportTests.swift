import HTTPTypes
import InferenceKit
import Synchronization
import TestSupport
import Testing

@Suite("MockTransport")
struct MockTransportTests {
    private func request(
        _ method: HTTPRequest.Method = .post,
        _ path: String = "/models/a",
        host: String = "mock.test"
    ) -> HTTPRequest {
        HTTPRequest(method: method, scheme: "https", authority: host, path: path)
    }

    private func transport(_ answers: MockTransport.Answer...) -> MockTransport {
        let transport = MockTransport(sleep: { _ in })
        for answer in answers { transport.answer(with: answer) }
        return transport
    }

    @Test("Answers come in order, with status, type and body")
    func answersInOrder() async throws {
        let transport = transport(.status(503, json: #"{"error":"busy"}"#).header("Retry-After", "2"), .json("[1]"))
        let first = try await transport.send(request(), body: .empty, timeouts: Timeouts())
        #expect(first.head.status.code == 503)
        #expect(first.head.headerFields[.retryAfter] == "2")
        #expect(try await first.body.collect(upTo: 100) == Array(#"{"error":"busy"}"#.utf8))
        let second = try await transport.send(request(), body: .empty, timeouts: Timeouts())
        #expect(second.head.status.code == 200)
        #expect(second.head.headerFields[.contentType] == "application/json")
        #expect(try await second.body.collect(upTo: 100) == Array("[1]".utf8))
        try transport.verify()
    }

    @Test("An answer goes to the first rule that matches and is not used up")
    func rules() async throws {
        let transport = transport()
        transport.answer(.get("/a"), with: .status(201))
        transport.answer(.path("/a?x=1"), with: .status(202))
        transport.answer(.authority("other.test").and(.method(.put)), with: .status(203))
        transport.answer(.pathPrefix("/b/"), with: .status(205), times: nil)
        func status(_ request: HTTPRequest) async throws -> Int {
            try await transport.send(request, body: .empty, timeouts: Timeouts()).head.status.code
        }
        #expect(try await status(request(.put, "/z", host: "other.test")) == 203)
        #expect(try await status(request(.get, "/a?x=1")) == 201)
        #expect(try await status(request(.get, "/a?x=1")) == 202)
        #expect(try await status(request(.get, "/b/1")) == 205)
        #expect(try await status(request(.get, "/b/2")) == 205)
        try transport.verify()
    }

    @Test("An unexpected call fails and names method and path, but no query, header or body")
    func unexpectedCall() async throws {
        let transport = transport()
        transport.answer(.get("/never"), with: .json("{}"), times: 2)
        var request = request(.post, "/models/a?key=hidden-query")
        request.headerFields[.authorization] = "Bearer hidden-token"
        let error = await #expect(throws: TransportError.self) {
            _ = try await transport.send(request, body: .bytes(Array("hidden-body".utf8)), timeouts: Timeouts())
        }
        #expect(error?.kind == .invalidRequest)
        #expect(error?.requestMayHaveReachedServer == false)
        let text = "\(error.map { "\($0)" } ?? "")"
        #expect(text.contains("POST /models/a"))
        #expect(text.contains("GET /never"))
        #expect(!text.contains("hidden"))
        let problem = #expect(throws: MockTransport.VerificationError.self) { try transport.verify() }
        #expect(problem?.unusedAnswers == ["GET /never", "GET /never"])
        #expect(problem?.unexpectedCalls == ["POST /models/a"])
        #expect(transport.calls.map(\.description) == ["POST /models/a"])
    }

    @Test("What was sent is recorded: head, clocks and every form of body")
    func recordsWhatWasSent() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Array("file".utf8), to: "body")
        let transport = transport(.json("1"), .json("2"), .json("3"))
        let timeouts = Timeouts(connect: .seconds(1), total: .seconds(9))
        _ = try await transport.send(request(), body: .bytes(Array("bytes".utf8)), timeouts: timeouts)
        _ = try await transport.send(
            request(),
            body: .segments([.bytes(Array("a-".utf8)), .file(path: file, length: 4), .bytes(Array("-z".utf8))]),
            timeouts: Timeouts()
        )
        _ = try await transport.send(
            request(),
            body: .stream(length: nil, replayable: false) { writer in
                for word in ["one ", "two ", "three"] { try await writer.write(Array(word.utf8)) }
            },
            timeouts: Timeouts()
        )
        #expect(transport.calls.map(\.bodyText) == ["bytes", "a-file-z", "one two three"])
        #expect(transport.calls.map(\.declaredLength) == [5, 8, nil])
        #expect(transport.calls[0].timeouts == timeouts)
        #expect(transport.calls[0].path == "/models/a")
    }

    @Test("A responder sees the whole request, and is asked once")
    func responder() async throws {
        let asked = Mutex(0)
        let transport = transport()
        transport.answer(times: nil) { call in
            let count = asked.withLock { count in
                count += 1
                return count
            }
            return .json("\(call.bodyText)\(count)")
        }
        for expected in ["x1", "x2"] {
            let response = try await transport.send(request(), body: .bytes(Array("x".utf8)), timeouts: Timeouts())
            #expect(try await response.body.collect(upTo: 10) == Array(expected.utf8))
        }
    }

    @Test("Chunks keep the borders of the script")
    func chunkBorders() async throws {
        let transport = transport(
            .events(["a\nb", "[DONE]"]),
            .json("12345").chunked(every: 2),
            .chunks([[1], [], [2, 3]], mediaType: "x/y")
        )
        var seen: [[String]] = []
        for _ in 0..<2 {
            let response = try await transport.send(request(), body: .empty, timeouts: Timeouts())
            var chunks: [String] = []
            for try await chunk in response.body { chunks.append(String(decoding: chunk, as: UTF8.self)) }
            seen.append(chunks)
        }
        #expect(seen == [["data: a\ndata: b\n\n", "data: [DONE]\n\n"], ["12", "34", "5"]])
        var bytes: [[UInt8]] = []
        for try await chunk in try await transport.send(request(), body: .empty, timeouts: Timeouts()).body {
            bytes.append(chunk)
        }
        #expect(bytes == [[1], [2, 3]])
    }

    @Test("A body can break off, by script or by its Content-Length, and the error stays")
    func cuts() async throws {
        let transport = transport(
            .json("123456").chunked(every: 2).cut(after: 3),
            .json("12").header("Content-Length", "5")
        )
        for expected in ["123", "12"] {
            let response = try await transport.send(request(), body: .empty, timeouts: Timeouts())
            var got: [UInt8] = []
            let error = await #expect(throws: TransportError.self) {
                while let chunk = try await response.body.nextChunk() { got += chunk }
            }
            #expect(error?.kind == .cutShort)
            #expect(String(decoding: got, as: UTF8.self) == expected)
            let again = await #expect(throws: TransportError.self) { _ = try await response.body.nextChunk() }
            #expect(again == error)
        }
    }

    @Test("An error instead of a head")
    func failure() async throws {
        let refused = TransportError(.connectFailed, "Refused.", requestMayHaveReachedServer: false)
        let transport = transport(.failure(refused))
        let error = await #expect(throws: TransportError.self) {
            _ = try await transport.send(request(), body: .empty, timeouts: Timeouts())
        }
        #expect(error == refused)
        #expect(transport.calls[0].progress == .failed(refused))
    }

    @Test(
        "Each clock fires where the script's delays say so, and not otherwise",
        arguments: [
            (MockTransport.Answer.json("1").connecting(.seconds(3)), Timeouts.Clock?.some(.connect)),
            (.json("1").delayed(.seconds(3)), .firstByte),
            (.events(["1", "2"]).pausing(.seconds(3)), .idle),
            (.events(["1", "2", "3", "4", "5", "6", "7"]).pausing(.seconds(2)), .total),
            (.silence, .firstByte),
            (.json("1").hanging(), .idle),
            (.events(["1", "2"]).pausing(.seconds(2)).delayed(.seconds(2)).connecting(.seconds(2)), nil),
        ]
    )
    func clocks(_ answer: MockTransport.Answer, _ clock: Timeouts.Clock?) async throws {
        let transport = transport(answer)
        let timeouts = Timeouts(connect: .seconds(2), firstByte: .seconds(2), idle: .seconds(2), total: .seconds(10))
        var fired: TransportError?
        do {
            let response = try await transport.send(request(), body: .empty, timeouts: timeouts)
            for try await _ in response.body {}
        } catch let error as TransportError { fired = error }
        #expect(fired?.clock == clock)
        #expect(fired?.requestMayHaveReachedServer != (clock == .connect))
    }

    @Test("Delays go through the given sleep")
    func sleeps() async throws {
        let slept = Mutex<[Duration]>([])
        let transport = MockTransport(
            .events(["1", "2"]).pausing(.seconds(5)).delayed(.seconds(7)),
            sleep: { delay in slept.withLock { $0.append(delay) } }
        )
        let response = try await transport.send(request(), body: .empty, timeouts: Timeouts())
        _ = try await response.body.collect(upTo: 100)
        #expect(slept.withLock { $0 } == [.seconds(7), .seconds(5)])
        #expect(response.body.timings.firstByte == .seconds(7))
        #expect(response.body.timings.total == .seconds(12))
    }

    @Test("Silence and a hanging body last until the task is cancelled", arguments: [false, true])
    func cancellation(inBody: Bool) async throws {
        let transport = transport(inBody ? .json("12").hanging() : .silence)
        let task = Task {
            let response = try await transport.send(request(), body: .empty, timeouts: Timeouts())
            for try await _ in response.body {}
        }
        try await transport.waitForCalls(1)
        while inBody, transport.calls[0].bytesPulled == 0 { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(transport.calls[0].progress == .cancelled)
    }

    @Test("Cancelling the body from elsewhere wakes its reader")
    func cancelFromElsewhere() async throws {
        let transport = transport(.json("12").hanging())
        let response = try await transport.send(request(), body: .empty, timeouts: Timeouts())
        let reader = Task { for try await _ in response.body {} }
        while transport.calls[0].bytesPulled == 0 { await Task.yield() }
        response.body.cancel()
        await #expect(throws: CancellationError.self) { try await reader.value }
    }

    @Test("Leaving the loop early ends the exchange while the response lives; reading to the end finishes it")
    func leavingEarly() async throws {
        let transport = transport(.events(["1", "2", "3"]), .events(["1", "2"]))
        let response = try await transport.send(request(), body: .empty, timeouts: Timeouts())
        for try await _ in response.body { break }
        #expect(transport.calls[0].progress == .cancelled)
        #expect(transport.calls[0].bytesPulled == 9)
        await #expect(throws: CancellationError.self) { _ = try await response.body.nextChunk() }
        let second = try await transport.send(request(), body: .empty, timeouts: Timeouts())
        #expect(transport.calls[1].progress == .responding)
        for try await _ in second.body {}
        #expect(transport.calls[1].progress == .finished)
    }

    @Test("Dropping the response unread ends the exchange")
    func dropping() async throws {
        let transport = transport(.json("1"))
        _ = try await transport.send(request(), body: .empty, timeouts: Timeouts())
        #expect(transport.calls[0].progress == .cancelled)
    }

    @Test("A second iteration throws")
    func secondIteration() async throws {
        let transport = transport(.json("1"))
        let response = try await transport.send(request(), body: .empty, timeouts: Timeouts())
        for try await _ in response.body {}
        let error = await #expect(throws: TransportError.self) { for try await _ in response.body {} }
        #expect(error?.kind == .bodyAlreadyRead)
    }

    @Test("HEAD, 204 and 304 have no body")
    func bodiless() async throws {
        for (method, status) in [(HTTPRequest.Method.head, 200), (.get, 204), (.get, 304)] {
            let transport = transport(.status(status, json: "12").header("Content-Length", "2"))
            let response = try await transport.send(request(method), body: .empty, timeouts: Timeouts())
            #expect(try await response.body.collect(upTo: 9) == [])
        }
    }

    @Test("An early answer leaves the rest of the upload unread")
    func earlyAnswer() async throws {
        let transport = transport(.status(401).readingRequest(upTo: 3))
        let response = try await transport.send(request(), body: .bytes(Array("abcdef".utf8)), timeouts: Timeouts())
        #expect(response.head.status.code == 401)
        #expect(transport.calls[0].bodyText == "abc")
    }

    @Test("A producer that throws, or writes too few or too many bytes, fails the exchange", arguments: [0, 2, 4])
    func badProducers(count: Int) async throws {
        struct Broken: Error {}
        let transport = transport(.json("1"))
        let error = await #expect(throws: TransportError.self) {
            _ = try await transport.send(
                request(),
                body: .stream(length: 3, replayable: true) { writer in
                    if count == 0 { throw Broken() }
                    for _ in 0..<count { try await writer.write([1]) }
                },
                timeouts: Timeouts()
            )
        }
        #expect(error?.kind == .requestBodyFailed)
    }

    @Test("A file that is missing or has shrunk fails the exchange")
    func badFiles() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Array("file".utf8), to: "body")
        let transport = transport(.json("1"), .json("1"))
        let shrunk = await #expect(throws: TransportError.self) {
            _ = try await transport.send(request(), body: .file(path: file, length: 5), timeouts: Timeouts())
        }
        #expect(shrunk?.kind == .requestBodyFailed)
        let missing = await #expect(throws: TransportError.self) {
            _ = try await transport.send(request(), body: .file(path: file + "-no", length: 5), timeouts: Timeouts())
        }
        #expect(missing?.kind == .invalidRequest)
        #expect(missing?.requestMayHaveReachedServer == false)
    }

    @Test("A closure transport hands the exchange on")
    func closureTransport() async throws {
        let inner = transport(.json("1"))
        let outer = ClosureTransport { request, body, timeouts in
            var request = request
            request.headerFields[.userAgent] = "layer"
            return try await inner.send(request, body: body, timeouts: timeouts)
        }
        _ = try await outer.send(request(), body: .empty, timeouts: Timeouts(idle: .seconds(1)))
        #expect(inner.calls[0].request.headerFields[.userAgent] == "layer")
        #expect(inner.calls[0].timeouts.idle == .seconds(1))
    }
}
