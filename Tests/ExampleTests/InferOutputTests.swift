import InferenceKit
import LocalService
import Synchronization
import TestSupport
import Testing

/// What `infer` prints, and what it sends for it.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct InferOutputTests {
    @Test("The tasks are listed one a line")
    func tasks() async throws {
        let outcome = try await InferProgram().run(["tasks"])
        #expect(outcome.status == 0)
        let lines = try outcome.output.split(separator: "\n").map { try JSONValue(jsonString: String($0)) }
        let ids = lines.compactMap { $0["id"]?.stringValue }
        #expect(ids.count == lines.count && ids == ids.sorted())
        let classification = try #require(lines.first { $0["id"] == "text-classification" })
        #expect(classification.objectValue?.keys == ["id", "input", "output", "streaming", "parameters"])
        #expect(classification["input"] == "text")
        #expect(classification["output"] == "labels")
        #expect(classification["streaming"] == false)
        #expect(classification["parameters"]?[1] == ["name": "top_k", "type": "an integer ≥ 1"])
    }

    @Test(
        "Help goes to standard output",
        arguments: [["--help"], ["text-classification", "--help"], ["help", "tasks"]]
    )
    func help(_ arguments: [String]) async throws {
        let outcome = try await InferProgram().run(arguments)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("USAGE: infer"))
        #expect(outcome.errors.isEmpty)
    }

    @Test("The request is the task's, and the answer its output schema")
    func classification() async throws {
        let received = RequestBox()
        let server = try ByteServer.answering { request in
            received.put(request)
            return .response(
                fields: [("Content-Type", "application/json")],
                body: Array(#"[[{"label": "B", "score": 0.10}, {"label": "A", "score": 0.9, "rank": 1}]]"#.utf8)
            )
        }
        let outcome = try await InferProgram().run(
            [
                "text-classification", "hello", "--model", "org/model", "--router", server.url(), "--bill-to", "acme",
                "--no-cache", "--header", "X-Note: a: b", "--parameters", #"{"top_k": 2, "novelty": [1]}"#,
            ]
        )
        #expect(outcome.status == 0)
        #expect(
            outcome.json == [["label": "A", "score": 0.9, "rank": 1], ["label": "B", "score": 0.1]],
            "\(outcome.output)"
        )
        #expect(outcome.errors.hasPrefix("warning: ") && outcome.errors.contains("novelty"))
        let request = try #require(received.request)
        #expect(request.method == "POST")
        #expect(request.target == "/hf-inference/models/org/model")
        #expect(request["authorization"] == "Bearer \(InferProgram.secret)")
        #expect(request["x-hf-bill-to"] == "acme")
        #expect(request["x-use-cache"] == "false")
        #expect(request["x-note"] == "a: b")
        #expect(request.bodyText == #"{"inputs":"hello","parameters":{"top_k":2,"novelty":[1]}}"#)
    }

    @Test("A token comes from the variable that is named, or not at all")
    func token() async throws {
        let received = RequestBox()
        let server = try ByteServer.answering { request in
            received.put(request)
            return .response(fields: [("Content-Type", "application/json")], body: Array("[]".utf8))
        }
        var program = try InferProgram()
        program.environment["OTHER"] = "hf_of-another-variable\n"
        let arguments = ["text-classification", "hello", "--url", server.url()]
        #expect(try await program.run(arguments + ["--token-env", "OTHER"]).status == 0)
        #expect(received.request?["authorization"] == "Bearer hf_of-another-variable")

        program.token = nil
        #expect(try await program.run(arguments).status == 0)
        #expect(received.request?["authorization"] == nil)

        try program.folder.write(Array("hf_in-a-file\n".utf8), to: "token")
        program.environment["HF_TOKEN_PATH"] = program.folder.file("token")
        #expect(try await program.run(arguments).status == 0)
        #expect(received.request?["authorization"] == "Bearer hf_in-a-file")
    }

    @Test("A server that repeats the token does not get it onto the screen", arguments: ["200 OK", "403 Forbidden"])
    func repeatedToken(_ status: String) async throws {
        let server = try ByteServer.answering { request in
            let token = request["authorization"] ?? "none"
            return .response(
                status,
                fields: [("Content-Type", "application/json"), ("x-request-id", token), ("x-compute-type", token)],
                body: Array((status.hasPrefix("200") ? "[]" : #"{"error": "not with \#(token)"}"#).utf8)
            )
        }
        // The search is the program's own, in each run.
        let outcome = try await InferProgram().run(
            ["text-classification", "hello", "--url", server.url(), "--metadata"]
        )
        #expect(outcome.errors.contains("Bearer") || outcome.errors.contains("redacted"), "\(outcome.errors)")
    }

    @Test("A redirect to another host is refused, and the token stays")
    func redirect() async throws {
        let other = try ByteServer.always(body: "[]")
        let server = try ByteServer.always("307 Temporary Redirect", [("Location", other.url("/x"))], body: "")
        let outcome = try await InferProgram().run(["text-classification", "hello", "--url", server.url()])
        #expect(outcome.status == 3)
        #expect(outcome.code == "refusedRedirect")
        #expect(other.connectionCount == 0)
    }

    @Test("Metadata are one line on standard error")
    func metadata() async throws {
        let count = RequestBox()
        let server = try ByteServer.answering { request in
            count.put(request)
            guard count.count > 2 else {
                return .response("503 Service Unavailable", fields: [("Retry-After", "0")], body: [])
            }
            return .response(
                fields: [
                    ("Content-Type", "application/json"), ("x-request-id", "r-1"), ("x-compute-type", "cpu"),
                    ("x-compute-time", "0.25"), ("x-compute-characters", "5"), ("x-cache", "HIT"),
                    ("RateLimit", #""api";r=7;t=60"#), ("RateLimit-Policy", #""fixed window";"api";q=10;w=300"#),
                ],
                body: Array(#"[{"label": "A", "score": 1}]"#.utf8)
            )
        }
        let outcome = try await InferProgram().run(
            ["text-classification", "hello", "--model", "org/model", "--router", server.url(), "--metadata"]
        )
        #expect(outcome.status == 0)
        #expect(outcome.errors.split(separator: "\n").count == 1)
        let line = try #require(outcome.lastErrorLine?.objectValue)
        #expect(
            line.keys == [
                "model", "provider", "url", "status", "requestID", "attempts", "waits", "durations", "computeType",
                "computeSeconds", "cached", "usage", "rateLimit",
            ]
        )
        #expect(line["model"] == "org/model")
        #expect(line["provider"] == "hf-inference")
        #expect(line["url"] == .string(server.url("/hf-inference/models/org/model")))
        #expect(line["status"] == 200)
        #expect(line["requestID"] == "r-1")
        #expect(line["attempts"] == 3)
        #expect(line["waits"] == [0, 0])
        #expect(line["computeType"] == "cpu")
        #expect(line["computeSeconds"] == 0.25)
        #expect(line["cached"] == true)
        #expect(line["usage"] == ["characters": 5])
        #expect(line["rateLimit"]?["remaining"] == 7)
        #expect(line["rateLimit"]?["reset"] == 60)
        let total = try #require(line["durations"]?["total"]?.doubleValue)
        let firstByte = try #require(line["durations"]?["firstByte"]?.doubleValue)
        #expect(firstByte > 0 && total >= firstByte && total < 60, "\(firstByte) \(total)")
    }

    @Test("Quiet is quiet, but for failures")
    func quiet() async throws {
        let server = try ByteServer.always(body: "[]")
        let arguments = ["text-classification", "hello", "--parameters", #"{"novelty": 1}"#, "--quiet", "--url"]
        let outcome = try await InferProgram().run(arguments + [server.url()])
        #expect(outcome.status == 0)
        #expect(outcome.errors.isEmpty)
        let failure = try await InferProgram().run(arguments + ["nowhere"])
        #expect(failure.status == 2)
        #expect(failure.error != nil)
    }

    static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + Array("the rest".utf8)

    @Test("A medium goes to a file named after the task, or to the one that was chosen")
    func mediumToFile() async throws {
        let server = try ByteServer.answering { _ in
            .response(fields: [("Content-Type", "image/png")], body: Self.png)
        }
        let program = try InferProgram()
        let arguments = ["text-to-image", "a cat", "--url", server.url()]
        let named = try await program.run(arguments)
        #expect(named.status == 0)
        #expect(named.json == ["file": "text-to-image.png", "bytes": 16, "mediaType": "image/png"])
        #expect(try program.folder.read("text-to-image.png") == Self.png)

        let path = program.folder.file("cat.image")
        let chosen = try await program.run(arguments + ["--output", path])
        #expect(chosen.json == ["file": .string(path), "bytes": 16, "mediaType": "image/png"])
        #expect(try program.folder.read("cat.image") == Self.png)
        #expect(try program.files() == ["cat.image", "text-to-image.png"])
    }

    @Test("A medium that the server does not name is known by its bytes")
    func unnamedMedium() async throws {
        let server = try ByteServer.answering { _ in
            .response(fields: [("Content-Type", "application/octet-stream")], body: Self.png)
        }
        let outcome = try await InferProgram().run(["text-to-image", "a cat", "--url", server.url()])
        #expect(outcome.json?["file"] == "text-to-image.png")
    }

    @Test("A medium in JSON goes to a file as well")
    func mediumInJSON() async throws {
        let server = try ByteServer.always(body: #"{"data": [{"b64_json": "iVBORw0KGgp0aGUgcmVzdA=="}]}"#)
        let program = try InferProgram()
        let outcome = try await program.run(["text-to-image", "a cat", "--url", server.url("/v1")])
        #expect(outcome.json == ["file": "text-to-image.png", "bytes": 16, "mediaType": "image/png"])
        #expect(try program.folder.read("text-to-image.png") == Self.png)
        #expect(try program.files() == ["text-to-image.png"])
    }

    @Test("A medium that is cut short, or an error in its place, leaves no file")
    func mediumCutShort() async throws {
        let short = try ByteServer { connection in
            _ = try connection.readRequest()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 999\r\n\r\nhalf")
        }
        let error = try ByteServer.always(body: #"{"error": "the painter is ill"}"#)
        let program = try InferProgram()
        let page = try ByteServer.always("200 OK", [("Content-Type", "text/html")], body: "<html>Sign in</html>")
        for (server, status) in [(short, Int32(7)), (error, 6), (page, 8)] {
            let outcome = try await program.run(["text-to-image", "a cat", "--url", server.url(), "--attempts", "1"])
            #expect(outcome.status == status, "\(outcome.errors)")
            #expect(try program.files().isEmpty)
        }
    }

    @Test("A medium is read from a file or from standard input", arguments: ["picture.png", "-"])
    func mediumFromFile(_ path: String) async throws {
        let received = RequestBox()
        let server = try ByteServer.answering { request in
            received.put(request)
            return .response(
                fields: [("Content-Type", "application/json")],
                body: Array(#"[{"label": "cat", "score": 0.5}]"#.utf8)
            )
        }
        var program = try InferProgram()
        try program.folder.write(Self.png, to: "picture.png")
        program.input = path == "-" ? Self.png : []
        let outcome = try await program.run(["image-classification", "--file", path, "--url", server.url()])
        #expect(outcome.status == 0)
        #expect(outcome.json == [["label": "cat", "score": 0.5]])
        #expect(received.request?.body == Self.png)
        #expect(received.request?["content-type"] == "image/png")
    }

    @Test("A model that loads is waited for on request")
    func coldModel() async throws {
        let service = try await LocalService.start(LocalService.Configuration(coldSeconds: 0.5))
        let arguments = [
            "text-classification", "a lovely day", "--model", "local-service/cold-classifier", "--router", service.url,
            "--attempts", "1",
        ]
        let cold = try await InferProgram().run(arguments)
        #expect(cold.status == 6)
        #expect(cold.code == "modelLoading")
        #expect((cold.error?["retryAfter"]?.doubleValue ?? 0) > 0)
        let warm = try await InferProgram().run(arguments + ["--wait"])
        #expect(warm.status == 0, "\(warm.errors)")
        #expect(warm.json?[0]?["label"] == "POSITIVE")
        await service.stop()
    }
}

/// The requests that a server has seen.
private final class RequestBox: Sendable {
    /// Guards the list; connections have threads of their own.
    private let requests = Mutex<[ReceivedRequest]>([])
    func put(_ request: ReceivedRequest) { requests.withLock { $0.append(request) } }
    var request: ReceivedRequest? { requests.withLock { $0.last } }
    var count: Int { requests.withLock { $0.count } }
}
