import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("chat-completion on the wire")
struct ChatCompletionTests {
    private static let task = ChatCompletion(messages: [.user("Hi")])
    private static let path = "/v1/chat/completions"
    private static let start = #"{"model":"a/b","messages":[{"role":"user","content":"Hi"}]"#
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    private static func parameter(
        _ name: String,
        _ json: String,
        _ change: (inout ChatCompletion) -> Void
    ) -> WireRow {
        var task = task
        change(&task)
        return .sends(name, task, path: path, json: #"\#(start),"\#(name)":\#(json)}"#)
    }

    private static func messages(_ name: String, _ messages: [ChatMessage], _ json: String) -> WireRow {
        .sends(name, ChatCompletion(messages: messages), path: path, json: #"{"model":"a/b","messages":\#(json)}"#)
    }

    private static func with(_ change: (inout ChatCompletion) -> Void) -> ChatCompletion {
        var task = task
        change(&task)
        return task
    }

    private static let schema: JSONValue = ["type": "object"]

    static let rows: [WireRow] = [
        .sends("the model first", task, path: path, json: "\(start)}"),
        .sends(
            "a suffix that chooses among providers",
            task,
            path: path,
            json: #"{"model":"a/b:cheapest","messages":[{"role":"user","content":"Hi"}]}"#,
            model: "a/b:cheapest"
        ),
        .sends(
            "to hf-inference below the model",
            task,
            path: "/hf-inference/models/a/b/v1/chat/completions",
            json: "\(start)}",
            options: CallOptions(target: .hfInference)
        ),
        parameter("frequency_penalty", "0.5") { $0.frequencyPenalty = 0.5 },
        parameter("logit_bias", #"{"5":-1}"#) { $0.logitBias = ["5": -1] },
        parameter("logprobs", "true") { $0.logprobs = true },
        parameter("max_tokens", "16") { $0.maxTokens = 16 },
        parameter("n", "2") { $0.n = 2 },
        parameter("presence_penalty", "-0.5") { $0.presencePenalty = -0.5 },
        parameter("reasoning_effort", #""low""#) { $0.reasoningEffort = "low" },
        parameter("seed", "7") { $0.seed = 7 },
        parameter("stop", #"["END"]"#) { $0.stop = ["END"] },
        parameter("temperature", "0.2") { $0.temperature = 0.2 },
        parameter("tool_choice", #""required""#) { $0.toolChoice = .required },
        parameter("tool_choice", #"{"type":"function","function":{"name":"f"}}"#) { $0.toolChoice = .function("f") },
        parameter("tool_prompt", #""Tools:""#) { $0.toolPrompt = "Tools:" },
        parameter("parallel_tool_calls", "false") { $0.parallelToolCalls = false },
        parameter("top_logprobs", "3") { $0.topLogprobs = 3 },
        parameter("top_p", "0.9") { $0.topP = 0.9 },
        parameter(
            "tools",
            #"[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}]"#
        ) { $0.tools = [ToolDefinition(name: "f", description: "d", parameters: schema)] },
        parameter("response_format", #"{"type":"json_object"}"#) { $0.responseFormat = .jsonObject },
        parameter(
            "response_format",
            #"{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}}"#
        ) { $0.responseFormat = .jsonSchema(schema, name: "n") },
        .sends(
            "a schema in the dialect of text-generation-inference",
            with { $0.responseFormat = .jsonSchema(schema) },
            path: "/hf-inference/models/a/b/v1/chat/completions",
            json: #"\#(start),"response_format":{"type":"json_object","value":{"type":"object"}}}"#,
            options: CallOptions(target: .hfInference)
        ),
        .sends(
            "a field that is not known here",
            with { $0.extraParameters = ["top_k": 4] },
            path: path,
            json: #"\#(start),"top_k":4}"#
        ),
        .sends(
            "to a URL that ends in /v1",
            task,
            path: path,
            json: "\(start)}",
            options: CallOptions(target: .url("http://127.0.0.1:8080/v1"))
        ),
        .sends(
            "to a URL without a path",
            task,
            path: path,
            json: "\(start)}",
            options: CallOptions(target: .url("http://127.0.0.1:8080"))
        ),
        .sends(
            "to a complete route",
            task,
            path: "/x/chat/completions",
            json: "\(start)}",
            options: CallOptions(target: .url("http://127.0.0.1:8080/x/chat/completions"))
        ),
        .sends(
            "to any other URL, its query kept",
            task,
            path: "/a/v1/chat/completions?x=1",
            json: "\(start)}",
            options: CallOptions(target: .url("http://127.0.0.1:8080/a?x=1"))
        ),
        .sends(
            "to a URL without a model",
            task,
            path: path,
            json: #"{"model":"dummy","messages":[{"role":"user","content":"Hi"}]}"#,
            options: CallOptions(target: .url("http://127.0.0.1:8080/v1")),
            model: nil
        ),
        .sends(
            "to text-generation-inference without a model",
            task,
            path: path,
            json: #"{"model":"tgi","messages":[{"role":"user","content":"Hi"}]}"#,
            options: CallOptions(target: .url("http://127.0.0.1:8080", dialect: .tgi)),
            model: nil
        ),
        messages("a system message", [.system("Be kind")], #"[{"role":"system","content":"Be kind"}]"#),
        messages(
            "an image in bytes and one by its URL",
            [.user([.text("What?"), .image(.bytes(png)), .image(.url("https://example.com/a.png"), detail: "low")])],
            #"[{"role":"user","content":[{"type":"text","text":"What?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}},{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}}]}]"#
        ),
        messages(
            "a recording",
            [.user([.audio(.bytes(Array("RIFF\u{4}\0\0\0WAVE".utf8)))])],
            #"[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"UklGRgQAAABXQVZF","format":"wav"}}]}]"#
        ),
        messages(
            "a video by its URL",
            [.user([.video(.url("https://example.com/a.mp4"))])],
            #"[{"role":"user","content":[{"type":"video_url","video_url":{"url":"https://example.com/a.mp4"}}]}]"#
        ),
        messages(
            "a message that only calls tools has no content",
            [ChatMessage(role: .assistant, content: "", toolCalls: [ToolCall(id: "1", name: "f", arguments: "{}")])],
            #"[{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]}]"#
        ),
        messages(
            "a tool's result",
            [.tool("12", for: ToolCall(id: "1", name: "f", arguments: "{}"))],
            #"[{"role":"tool","content":"12","name":"f","tool_call_id":"1"}]"#
        ),
        .reads(
            "an answer with everything",
            task,
            .json(
                #"{"id":"c9","object":"chat.completion","created":178,"model":"m","choices":[{"index":0,"finish_reason":"stop","logprobs":{"content":[{"token":"The","logprob":-0.1,"bytes":[84,104,101],"top_logprobs":[]}]},"message":{"role":"assistant","content":"The Volga.","reasoning":null,"refusal":null,"tool_calls":[]}}],"system_fingerprint":"fp","usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":2},"completion_tokens_details":{"reasoning_tokens":1}},"timings":{"x":1}}"#
            )
        ) { answer in
            #expect(answer.text == "The Volga.")
            #expect(answer.id == "c9")
            #expect(answer.created == 178)
            #expect(answer.finishReason == .stop)
            #expect(answer.choices.first?.logprobs?.content.first?.bytes == Array("The".utf8))
            #expect(answer.usage?.totalTokens == 13)
            #expect(answer.usage?.cachedTokens == 2)
            #expect(answer.usage?.reasoningTokens == 1)
            #expect(answer.systemFingerprint == "fp")
            #expect(answer.additional["timings"] != nil)
            #expect(answer.toolCalls.isEmpty)
        },
        .reads(
            "thoughts under their older name",
            task,
            .json(#"{"choices":[{"message":{"content":"4","reasoning_content":"2+2"}}]}"#)
        ) { #expect($0.message?.reasoning == "2+2") },
        .reads(
            "tool calls whose arguments are an object, without an id",
            task,
            .json(
                #"{"choices":[{"message":{"content":null,"tool_calls":[{"function":{"name":"f","arguments":{"x":1}}},{"id":"","function":{"name":"g","arguments":""}}]},"finish_reason":"stop"}]}"#
            )
        ) { answer in
            #expect(
                answer.toolCalls == [
                    ToolCall(id: "call_0", name: "f", arguments: #"{"x":1}"#),
                    ToolCall(id: "call_1", name: "g", arguments: "{}"),
                ]
            )
            #expect(answer.message?.content == nil)
        },
        .reads(
            "answers out of order",
            task,
            .json(#"{"choices":[{"index":1,"message":{"content":"b"}},{"index":0,"message":{"content":"a"}}]}"#)
        ) { #expect($0.choices.map(\.message.text) == ["a", "b"]) },
        .reads(
            "content in parts",
            task,
            .json(#"{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"novel"}]}}]}"#)
        ) {
            #expect($0.text == "a")
        },
        .fails("an empty object under 200", task, .json("{}"), code: .undecodable, message: "choices"),
        .fails(
            "a model without a chat template",
            task,
            .status(422, json: #"{"error":"Template error: template not found","error_type":"template_error"}"#),
            code: .rejected
        ),
        .fails(
            "a context that is too long",
            task,
            .status(
                400,
                json: #"{"error":{"code":400,"message":"too long","type":"exceed_context_size_error","n_ctx":4096}}"#
            ),
            code: .rejected
        ),
        .fails(
            "an unknown model at the router",
            task,
            .status(
                400,
                json:
                    #"{"error":{"message":"no","type":"invalid_request_error","param":"model","code":"model_not_supported"}}"#
            ),
            code: .unsupportedTask
        ),
        .refuses("no messages", ChatCompletion(messages: []), field: "messages"),
        .refuses("a temperature beyond 2", with { $0.temperature = 2.5 }, field: "temperature"),
        .refuses("top_p of zero", with { $0.topP = 0 }, field: "top_p"),
        .refuses("no tokens", with { $0.maxTokens = 0 }, field: "max_tokens"),
        .refuses("a stop text of nothing", with { $0.stop = [""] }, field: "stop"),
        .refuses("a seed below zero", with { $0.seed = -1 }, field: "seed"),
        .refuses("a tool's name with a space", with { $0.tools = [ToolDefinition(name: "a b")] }, field: "tools"),
        .refuses(
            "an image that is not there",
            ChatCompletion(messages: [.user([.image(.file("/nonexistent/x.png"))])]),
            field: "messages[0].content[0]"
        ),
        .refuses("a suffix with a space", task, field: "model", model: "a/b:fast est"),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The router takes no provider's own key")
    func ownKey() async throws {
        let transport = MockTransport()
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport).chatCompletion(
                "Hi",
                model: "a/b",
                options: CallOptions(token: .fixed("k_x"))
            )
        }
        #expect(error?.field == "token")
        #expect(transport.calls.isEmpty)
    }

    @Test("Messages survive a round trip")
    func roundTrip() throws {
        let text =
            #"[{"role":"user","content":[{"type":"text","text":"a"},{"type":"novel","x":[1]}]},{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"r","name":"f","tool_call_id":"1"}]"#
        let messages = try [ChatMessage](json: JSONValue(jsonBytes: Array(text.utf8)))
        #expect(messages.json.jsonString() == text)
    }
}
