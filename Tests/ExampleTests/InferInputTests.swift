import InferenceKit
import TestSupport
import Testing

/// Bad input: an error that names what is wrong, exit 2, and not one connection.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct InferInputTests {
    /// Arguments without the place of the server, and the flag or field that the error must begin with.
    struct Row: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var named: String
        var token: String? = InferProgram.secret

        init(_ arguments: [String], _ named: String, token: String? = InferProgram.secret) {
            self.arguments = arguments
            self.named = named
            self.token = token
        }

        var testDescription: String { arguments.joined(separator: " ") }
    }

    /// What goes to the router, whose place is taken by the server that counts.
    static let routedRows: [Row] = [
        Row(["no-such-task", "hello"], "<task>"),
        Row(["chat", "hello"], "--model"),
        Row(["chat"], "<message>"),
        Row(["chat", ""], "<message>"),
        Row(["chat", "hello", "--messages", "[1]", "--model", "a/b"], "--messages"),
        Row(["chat", "hello", "--tools", "{}", "--model", "a/b"], "--tools"),
        Row(["chat", "hello", "--response-schema", "{", "--model", "a/b"], "--response-schema"),
        Row(["chat", "hello", "--parameters", "{\"temperature\": 9}", "--model", "a/b"], "temperature"),
        Row(["chat", "hello", "--image", "/nonexistent.png", "--model", "a/b"], "--file"),
        Row(["text-classification", "", "--model", "a/b"], "text"),
        Row(["text-classification", "--model", "a/b"], "inputs"),
        Row(["text-to-image", "one", "two", "--model", "a/b"], "inputs"),
        Row(["text-classification", "one", "two", "--model", "a/b", "--stream"], "--stream"),
        Row(["feature-extraction", "one", "", "--model", "a/b"], "texts[1]"),
        Row(["text-classification", "hello"], "--model"),
        Row(["text-classification", "hello", "--model", "../secrets"], "--model"),
        Row(["text-classification", "hello", "--model", "a/b/c"], "--model"),
        Row(["text-classification", "hello", "--model", "a model"], "--model"),
        Row(["text-classification", "hello", "--model", "a/b\r\nX-Evil: 1"], "--model"),
        Row(["text-classification", "hello", "--model", ""], "--model"),
        Row(["text-classification", "hello", "--model", "a/b", "--header", "X-A: b\r\nX-Evil: 1"], "--header"),
        Row(["text-classification", "hello", "--model", "a/b", "--header", "X-A\r\n: b"], "--header"),
        Row(["text-classification", "hello", "--model", "a/b", "--header", "no colon"], "--header"),
        Row(["text-classification", "hello", "--model", "a/b", "--header", "Content-Length: 3"], "--header"),
        Row(["text-classification", "hello", "--model", "a/b", "--bill-to", "org\r\nX-Evil: 1"], "--bill-to"),
        Row(["text-classification", "hello", "--model", "a/b"], "token", token: "hf_two\nlines"),
        Row(["text-classification", "hello", "--model", "a/b", "--token-env", "NO_SUCH_VARIABLE"], "--token-env"),
        Row(["text-classification", "hello", "--model", "a/b", "--parameters", #"{"top_k": "three"}"#], "top_k"),
        Row(["text-classification", "hello", "--model", "a/b", "--parameters", #"{"top_k": 0}"#], "top_k"),
        Row(["text-classification", "hello", "--model", "a/b", "--parameters", "{"], "--parameters"),
        Row(["text-classification", "hello", "--model", "a/b", "--parameters", "[1]"], "--parameters"),
        Row(["text-classification", "--model", "a/b", "--inputs", "{"], "--inputs"),
        Row(["text-classification", "--model", "a/b", "--inputs", #"{"a": 1}"#], "inputs"),
        Row(["feature-extraction", "--model", "a/b", "--inputs", "[1]"], "inputs[0]"),
        Row(["image-classification", "--model", "a/b", "--file", "missing.png"], "--file"),
        Row(["image-classification", "--model", "a/b", "--file", "."], "image"),
        Row(["image-classification", "--model", "a/b", "--file", "-"], "image"),
        Row(["image-classification", "--model", "a/b", "--file", "-", "--file", "-"], "--file"),
        Row(["image-classification", "a text", "--model", "a/b"], "<text>"),
        Row(["image-classification", "--model", "a/b"], "inputs"),
        Row(["text-classification", "hello", "--model", "a/b", "--file", "-"], "--file"),
        Row(["text-classification", "hello", "--model", "a/b", "--provider", "nobody"], "--provider"),
        Row(["text-classification", "hello", "--model", "a/b", "--dialect", "tei"], "--dialect"),
        Row(["text-classification", "hello", "--model", "a/b", "--attempts", "0"], "--attempts"),
        Row(["text-classification", "hello", "--model", "a/b", "--timeout", "0"], "--timeout"),
        Row(["text-classification", "hello", "--model", "a/b", "--connect-timeout", "nan"], "--connect-timeout"),
        Row(["text-classification", "hello", "--model", "a/b", "--first-byte-timeout", "inf"], "--first-byte-timeout"),
        Row(["text-classification", "hello", "--model", "a/b", "--idle-timeout", "1e300"], "--idle-timeout"),
        Row(["text-classification", "hello", "--model", "a/b", "--stream"], "--stream"),
        Row(["text-classification", "hello", "--model", "a/b", "--output", "labels.json"], "--output"),
        Row(["text-to-image", "a cat", "--model", "a/b", "--output", "no-folder/cat.png"], "--output"),
        Row(["text-to-image", "a cat", "--model", "a/b", "--output", "."], "--output"),
        Row(["text-to-image", "a cat", "--model", "a/b", "--parameters", #"{"width": 1.5}"#], "width"),
        Row(["text-classification", "hello", "--model", "a/b", "--transport", "pigeon"], "--transport"),
        Row(["text-classification", "hello", "--model", "a/b", "--transport", "asynchttpclient"], "--transport"),
        Row(["text-classification", "hello", "--model", "a/b", "--ca-file", "missing.pem"], "--ca-file"),
        Row(["text-classification", "hello", "--model", "a/b", "--proxy", "nowhere"], "--proxy"),
        Row(["text-classification", "hello", "--model", "a/b", "--http", "3"], "--http"),
        Row(["text-classification", "hello", "--model", "a/b", "--hub", "hub.example"], "--hub"),
    ]

    @Test("Bad input is named, ends with 2, and nothing is sent", arguments: routedRows)
    func badInput(_ row: Row) async throws {
        let server = try ByteServer.always(body: "[]")
        var program = try InferProgram()
        program.token = row.token
        let outcome = try await program.run(row.arguments + ["--router", server.url()])
        #expect(outcome.status == 2, "\(outcome.errors)")
        #expect(outcome.code == "invalidInput")
        #expect(outcome.message.hasPrefix("\(row.named): "), "\(outcome.message)")
        #expect(outcome.lastErrorLine?["error"]?.objectValue?.keys == ["code", "message"])
        #expect(outcome.errors.split(separator: "\n").count == 1)
        #expect(outcome.output.isEmpty)
        #expect(server.connectionCount == 0)
        #expect(try program.files().isEmpty)
    }

    @Test(
        "An address that is none is named",
        arguments: [
            Row(["--url", "localhost:80/model"], "--url"),
            Row(["--url", "ftp://localhost/model"], "--url"),
            Row(["--url", "http://local host/"], "--url"),
            Row(["--url", ""], "--url"),
            Row(["--url", "http://localhost/", "--dialect", "klingon"], "--dialect"),
            Row(["--url", "http://localhost/", "--provider", "hf-inference"], "--provider"),
            Row(["--router", "localhost:80", "--model", "a/b"], "--router"),
        ]
    )
    func address(_ row: Row) async throws {
        let outcome = try await InferProgram().run(["text-classification", "hello"] + row.arguments)
        #expect(outcome.status == 2, "\(outcome.errors)")
        #expect(outcome.message.hasPrefix("\(row.named): "), "\(outcome.message)")
    }

    @Test(
        "What the parser of arguments refuses has the same shape",
        arguments: [
            Row([], "<task>"), Row(["text-classification", "hello", "--no-such-flag"], "--no-such-flag"),
            Row(["text-classification", "hello", "--timeout", "soon"], "--timeout"),
            Row(["text-classification", "hello", "--model"], "--model"), Row(["tasks", "more"], "more"),
        ]
    )
    func usage(_ row: Row) async throws {
        let outcome = try await InferProgram().run(row.arguments)
        #expect(outcome.status == 2)
        #expect(outcome.code == "invalidInput")
        #expect(outcome.message.contains(row.named), "\(outcome.message)")
        #expect(outcome.output.isEmpty)
    }
}
