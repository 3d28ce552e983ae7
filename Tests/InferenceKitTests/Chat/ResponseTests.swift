import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("responses on the wire")
struct ResponseTests {
    private static let path = "/v1/responses"
    private static let start = #"{"model":"a/b","input":"Hi""#
    private static let end = #","stream":false}"#
    private static let task = ResponseCreation(input: "Hi")
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    private static func with(_ change: (inout ResponseCreation) -> Void) -> ResponseCreation {
        var task = task
        change(&task)
        return task
    }

    private static func sends(
        _ name: String,
        _ json: String,
        _ change: (inout ResponseCreation) -> Void
    ) -> WireRow {
        .sends(name, with(change), path: path, json: "\(start),\(json)\(end)")
    }

    private static func input(_ name: String, _ input: ResponseInput, _ json: String) -> WireRow {
        .sends(name, ResponseCreation(input: input), path: path, json: #"{"model":"a/b","input":\#(json)\#(end)"#)
    }

    private static func to(_ url: String, _ path: String, dialect: Dialect = .automatic) -> WireRow {
        .sends(
            "to \(url)",
            task,
            path: path,
            json: start + end,
            options: CallOptions(target: .url("http://127.0.0.1:8080\(url)", dialect: dialect))
        )
    }

    private static let answer =
        #"{"id":"resp_1","object":"response","created_at":178,"status":"completed","model":"m","output":[{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]},{"type":"novel_call","id":"n1","x":[1]},{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"The ","annotations":[]},{"type":"output_text","text":"Volga","annotations":[]},{"type":"novel"}]},{"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{\"x\":1}","status":"completed"}],"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":2},"output_tokens":4,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":13},"parallel_tool_calls":true}"#

    static let rows: [WireRow] = [
        .sends("a text, the model first", task, path: path, json: start + end),
        .sends(
            "a suffix that chooses among providers",
            task,
            path: path,
            json: #"{"model":"a/b:cheapest","input":"Hi","stream":false}"#,
            model: "a/b:cheapest"
        ),
        to("", path), to("/", path), to("/v1", path), to("/v1/", path), to("/x/responses", "/x/responses"),
        to("/a?x=1", "/a/v1/responses?x=1"), to("", path, dialect: .openAI),
        .sends(
            "to a URL without a model",
            task,
            path: path,
            json: #"{"model":"dummy","input":"Hi","stream":false}"#,
            options: CallOptions(target: .url("http://127.0.0.1:8080/v1")),
            model: nil
        ),
        sends("instructions", #""instructions":"Be kind""#) { $0.instructions = "Be kind" },
        sends("include", #""include":["reasoning.encrypted_content"]"#) {
            $0.include = ["reasoning.encrypted_content"]
        },
        sends("max_output_tokens", #""max_output_tokens":16"#) { $0.maxOutputTokens = 16 },
        sends("metadata", #""metadata":{"a":"1","b":"2"}"#) { $0.metadata = ["b": "2", "a": "1"] },
        sends("parallel_tool_calls", #""parallel_tool_calls":false"#) { $0.parallelToolCalls = false },
        sends("previous_response_id", #""previous_response_id":"resp_0""#) { $0.previousResponseID = "resp_0" },
        sends("store", #""store":false"#) { $0.store = false },
        sends("temperature", #""temperature":0.2"#) { $0.temperature = 0.2 },
        sends("top_p", #""top_p":0.9"#) { $0.topP = 0.9 },
        sends("truncation", #""truncation":"auto""#) { $0.truncation = "auto" },
        sends("tool_choice", #""tool_choice":"required""#) { $0.toolChoice = .required },
        sends("one function's tool_choice, flat", #""tool_choice":{"type":"function","name":"f"}"#) {
            $0.toolChoice = .function("f")
        },
        sends("reasoning", #""reasoning":{"effort":"low","summary":"auto"}"#) {
            $0.reasoningEffort = "low"
            $0.reasoningSummary = "auto"
        },
        sends("plain JSON", #""text":{"format":{"type":"json_object"}}"#) { $0.responseFormat = .jsonObject },
        sends(
            "a schema, flat, with how much is said",
            #""text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true},"verbosity":"low"}"#
        ) {
            $0.responseFormat = .jsonSchema(["type": "object"], name: "n")
            $0.verbosity = "low"
        },
        sends(
            "tools, flat",
            #""tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true},{"type":"function","name":"g","parameters":{"type":"object","properties":{}}},{"type":"mcp","server_label":"l","server_url":"https://example.com/mcp","allowed_tools":["t"],"require_approval":"never"},{"type":"web_search"}]"#
        ) {
            $0.tools = [
                .function(ToolDefinition(name: "f", description: "d", parameters: ["type": "object"], strict: true)),
                .function(ToolDefinition(name: "g")),
                .mcp("l", url: "https://example.com/mcp", allowedTools: ["t"], requiresApproval: false),
                .other(["type": "web_search"]),
            ]
        },
        .sends(
            "a field that is not known here",
            with { $0.extraParameters = ["background": true] },
            path: path,
            json: #"\#(start),"stream":false,"background":true}"#
        ),
        input(
            "messages in their short form",
            [.system("Be kind"), .user("Hi"), .assistant("Hello")],
            #"[{"role":"system","content":"Be kind"},{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]"#
        ),
        input(
            "an image in bytes and one by its URL",
            [.user([.text("What?"), .image(.bytes(png)), .image(.url("https://example.com/a.png"), detail: "low")])],
            #"[{"type":"message","role":"user","content":[{"type":"input_text","text":"What?"},{"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo="},{"type":"input_image","image_url":"https://example.com/a.png","detail":"low"}]}]"#
        ),
        input(
            "a call and its result",
            [
                .functionCall(ResponseFunctionCall(callID: "1", name: "f", arguments: "{}")),
                .output("12", for: ToolCall(id: "1", name: "f", arguments: "{}")),
            ],
            #"[{"type":"function_call","call_id":"1","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"1","output":"12"}]"#
        ),
        .reads("a response with everything", task, .json(answer)) { response in
            #expect(response.id == "resp_1")
            #expect(response.created == 178)
            #expect(response.status == .completed)
            #expect(response.text == "The Volga")
            #expect(response.reasoning == "hm")
            #expect(response.toolCalls == [ToolCall(id: "call_1", name: "f", arguments: #"{"x":1}"#)])
            #expect(response.usage?.promptTokens == 9)
            #expect(response.usage?.cachedTokens == 2)
            #expect(response.usage?.reasoningTokens == 1)
            #expect(response.output[1].json["x"]?[0] == 1)
            #expect(response.additional["parallel_tool_calls"] == true)
            #expect(response.history.map(\.id) == ["n1", "msg_1", "fc_1"])
        },
        .reads(
            "one that reached its limit",
            task,
            .json(
                #"{"object":"response","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"error":null,"output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"The"}]}]}"#
            )
        ) { response in
            #expect(response.status == .incomplete)
            #expect(response.incompleteReason == "max_output_tokens")
            #expect(response.text == "The")
        },
        .reads("one that waits", task, .json(#"{"object":"response","status":"queued"}"#)) {
            #expect($0.status == .queued)
            #expect($0.output.isEmpty)
        },
        .reads(
            "a refusal, and items that are not whole",
            task,
            .json(
                #"{"output":[{"type":"message","role":"assistant","content":[{"type":"refusal","refusal":"No."}]},{"type":"function_call"},{"type":"message"},{"type":"function_call","id":"c","name":"f"}]}"#
            )
        ) { response in
            guard case .message(let message) = response.output[0] else { return #expect(Bool(false)) }
            #expect(message.content == [.refusal("No.")])
            #expect(response.output[1] == .other(["type": "function_call"]))
            #expect(response.output[2] == .other(["type": "message"]))
            #expect(response.toolCalls == [ToolCall(id: "c", name: "f", arguments: "{}")])
        },
        .fails(
            "a failed response under 200",
            task,
            .json(
                #"{"object":"response","status":"failed","error":{"code":"server_error","message":"boom"},"output":[]}"#
            ),
            code: .serverFailure,
            message: "boom"
        ),
        .fails(
            "a failed response without words",
            task,
            .json(#"{"object":"response","status":"failed","output":[]}"#),
            code: .serverFailure
        ),
        .fails(
            "an invalid prompt",
            task,
            .json(#"{"object":"response","status":"failed","error":{"code":"invalid_prompt","message":"x"}}"#),
            code: .rejected
        ),
        .fails(
            "a missing key at the router",
            task,
            .status(401, json: #"{"success":false,"error":"Unauthorized"}"#),
            code: .authenticationFailed,
            message: "Unauthorized"
        ),
        .fails(
            "a schema error at the router",
            task,
            .status(400, json: #"{"success":false,"error":[{"message":"Invalid input"}]}"#),
            code: .rejected,
            message: "Invalid input"
        ),
        .fails("a completion of chat", task, .json(#"{"choices":[]}"#), code: .undecodable, message: "output"),
        .fails("a list", task, .json("[]"), code: .undecodable),
        .refuses("an empty text", ResponseCreation(input: ""), field: "input"),
        .refuses("no items", ResponseCreation(input: []), field: "input"),
        .refuses("a temperature beyond 2", with { $0.temperature = 2.5 }, field: "temperature"),
        .refuses("top_p of zero", with { $0.topP = 0 }, field: "top_p"),
        .refuses("no tokens", with { $0.maxOutputTokens = 0 }, field: "max_output_tokens"),
        .refuses(
            "a tool's name with a space",
            with { $0.tools = [.function(ToolDefinition(name: "a b"))] },
            field: "tools"
        ),
        .refuses(
            "a value of metadata that is too long",
            with { $0.metadata = ["a": String(repeating: "x", count: 513)] },
            field: "metadata"
        ),
        .refuses(
            "an image that is not there",
            ResponseCreation(input: [.user([.image(.file("/nonexistent/x.png"))])]),
            field: "input[0].content[0]"
        ),
        .refuses("no model at the router", task, field: "model", model: nil),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("A failed response is an error that carries it, is not tried again, and repeats nothing of the input")
    func failed() async throws {
        let body =
            #"{"object":"response","status":"failed","error":{"code":"server_error","message":"cannot read 'the secret prompt of mine'"},"output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"The"}]}]}"#
        let transport = MockTransport(.json(body), .json(Self.answer))
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport).response("the secret prompt of mine", model: "a/b")
        }
        #expect(error?.partial(of: ResponseCreation.self)?.text == "The")
        #expect(error?.status == 200)
        #expect(transport.calls.count == 1)
        var shown = ""
        dump(error, to: &shown)
        #expect(!shown.contains("secret prompt"))
    }

    @Test("Providers that have no such route refuse before anything is sent")
    func unsupported() async throws {
        for target in [Target.hfInference, .url("http://127.0.0.1:1", dialect: .tgi), .together] {
            let transport = MockTransport()
            let client = testClient(transport)
            let whole = await #expect(throws: InferenceError.self) {
                try await client.response("Hi", model: "a/b", options: CallOptions(target: target))
            }
            #expect(whole?.code == .unsupportedTask)
            let streamed = await #expect(throws: InferenceError.self) {
                try await client.responseStream("Hi", model: "a/b", options: CallOptions(target: target))
            }
            #expect(streamed?.code == .unsupportedTask)
            #expect(transport.calls.isEmpty)
        }
    }

    @Test("A response survives a round trip, and its items are the input of the next turn")
    func roundTrip() async throws {
        let response = try ModelResponse(json: JSONValue(jsonString: Self.answer))
        #expect(response.json == (try JSONValue(jsonString: Self.answer)))
        let input = ResponseInput.items(ResponseInput.text("Hi").items + response.history)
        #expect(try ResponseInput(json: input.json) == input)
        #expect(input.json[2]?["content"]?[0]?["type"] == "output_text")
    }
}
