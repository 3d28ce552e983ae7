import InferenceKit
import TestSupport
import Testing

/// What `infer` ends with, by what a server on a real socket does.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct InferExitStatusTests {
    /// An answer, the exit status that it leads to, and the code that is printed.
    struct Row: Sendable, CustomTestStringConvertible {
        var status: String
        var fields: [(String, String)] = [("Content-Type", "application/json")]
        var body: String
        var exit: Int32
        var code: String

        init(_ status: String, _ body: String, _ exit: Int32, _ code: String, fields: [(String, String)] = []) {
            self.status = status
            self.fields += fields
            self.body = body
            self.exit = exit
            self.code = code
        }

        var testDescription: String { "\(status) \(body.prefix(40))" }
    }

    static let refusals: [Row] = [
        Row("400 Bad Request", #"{"error": "no good"}"#, 3, "rejected"),
        Row("400 Bad Request", #"{"error": "Bad Request: Invalid state"}"#, 3, "endpointPaused"),
        Row("404 Not Found", #"{"error": "Model a/b does not exist"}"#, 3, "notFound"),
        Row("410 Gone", #"{"error": "gone"}"#, 3, "removed"),
        Row("413 Payload Too Large", #"{"error": "too large"}"#, 3, "tooLarge"),
        Row("422 Unprocessable Entity", #"{"detail": [{"loc": ["body"], "msg": "field required"}]}"#, 3, "rejected"),
        Row("401 Unauthorized", #"{"error": "Invalid username or password."}"#, 4, "authenticationFailed"),
        Row("403 Forbidden", #"{"error": "no permission"}"#, 4, "permissionDenied"),
        Row("403 Forbidden", #"{"error": "restricted"}"#, 4, "gated", fields: [("X-Error-Code", "GatedRepo")]),
        Row("402 Payment Required", #"{"error": "no credits"}"#, 5, "quotaExhausted"),
        Row("429 Too Many Requests", #"{"error": "slow down"}"#, 5, "rateLimited"),
        Row("424 Failed Dependency", #"{"error": "backend failed"}"#, 6, "serverFailure"),
        Row("500 Internal Server Error", "", 6, "serverFailure"),
        Row("503 Service Unavailable", #"{"error": "Model is loading", "estimated_time": 20.0}"#, 6, "modelLoading"),
        Row("503 Service Unavailable", #"{"error": "overload detected"}"#, 6, "overloaded"),
        Row("200 OK", #"{"unexpected": true}"#, 8, "undecodable"),
        Row("200 OK", #"[{"label": "A", "sco"#, 8, "undecodable"),
    ]

    @Test("Each refusal has its exit status and its line of JSON", arguments: refusals)
    func refusal(_ row: Row) async throws {
        let server = try ByteServer.always(row.status, row.fields, body: row.body)
        let outcome = try await InferProgram().run(
            ["text-classification", "hello", "--url", server.url("/model"), "--attempts", "1"]
        )
        #expect(outcome.status == row.exit)
        #expect(outcome.code == row.code)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.split(separator: "\n").count == 1)
        let status = Int(row.status.prefix(3))
        #expect(outcome.error?["status"]?.intValue == status)
        #expect(outcome.error?["attempts"] == 1)
        #expect(outcome.error?["retryable"]?.boolValue == [424, 429, 500, 503].contains(status))
    }

    @Test("The facts of a failure are printed, those that are absent left out")
    func facts() async throws {
        let server = try ByteServer.always(
            "429 Too Many Requests",
            [("Retry-After", "30"), ("x-request-id", "abc-123")],
            body: #"{"error": "slow down"}"#
        )
        let program = try InferProgram()
        let arguments = ["text-classification", "hello", "--url", server.url(), "--attempts", "1"]
        let outcome = try await program.run(arguments)
        #expect(
            outcome.lastErrorLine == [
                "error": [
                    "code": "rateLimited", "message": "slow down", "status": 429, "requestID": "abc-123",
                    "attempts": 1, "retryAfter": 30, "retryable": true,
                ]
            ]
        )
    }

    @Test("A connection that is refused, broken or cut short, and a clock that runs out, end with 7")
    func network() async throws {
        let program = try InferProgram()
        func outcome(at url: String, _ more: [String] = []) async throws -> InferProgram.Outcome {
            try await program.run(["text-classification", "hello", "--url", url, "--attempts", "1"] + more)
        }
        // Nobody listens on the first port.
        let refused = try await outcome(at: "http://127.0.0.1:1")
        #expect(refused.status == 7)
        #expect(refused.code == "connectionFailed")
        #expect(refused.error?["status"] == nil)

        let broken = try ByteServer { try _ = $0.readRequest() }
        #expect(try await outcome(at: broken.url()).status == 7)

        let short = try ByteServer { connection in
            _ = try connection.readRequest()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{\"label\"")
        }
        let cut = try await outcome(at: short.url())
        #expect(cut.status == 7)
        #expect(cut.code == "cutShort")

        let silent = try ByteServer { try $0.wait(.seconds(30)) }
        let late = try await outcome(at: silent.url(), ["--timeout", "0.3"])
        #expect(late.status == 7)
        #expect(late.code == "timedOut")
    }

    @Test("A task that the server's dialect lacks ends with 3, and nothing is sent")
    func unsupportedTask() async throws {
        let server = try ByteServer.always(body: "{}")
        var program = try InferProgram()
        program.input = InferOutputTests.png
        let outcome = try await program.run(["image-classification", "--file", "-", "--url", server.url("/v1")])
        #expect(outcome.status == 3)
        #expect(outcome.code == "unsupportedTask")
        #expect(server.connectionCount == 0)
    }

    @Test("An interrupt closes the connection and ends with 130")
    func interrupt() async throws {
        let asked = Signal()
        let closed = Signal()
        let server = try ByteServer { connection in
            _ = try connection.readRequest()
            asked.raise()
            _ = connection.waitForClose(within: .seconds(20))
            closed.raise()
        }
        let outcome = try await InferProgram().run(["text-classification", "hello", "--url", server.url()]) {
            #expect(await asked.wait())
        }
        #expect(outcome.status == 130)
        #expect(outcome.code == "interrupted")
        await closed.wait()
        #expect(server.closedByPeer == 1)
    }
}
