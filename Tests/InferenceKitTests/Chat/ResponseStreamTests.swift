import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("Responses, streamed")
struct ResponseStreamTests {
    private func stream(
        _ answer: MockTransport.Answer,
        _ prompt: ResponseInput = "Hi"
    ) async throws -> InferenceStream<ResponseCreation> {
        try await testClient(MockTransport(answer)).responseStream(prompt, model: "a/b")
    }

    private static func bytes(_ text: String) -> MockTransport.Answer {
        .bytes(Array(text.utf8), mediaType: "text/event-stream")
    }

    private static func events(_ events: [String]) -> String {
        events.map { "data: \($0)\n\n" }.joined()
    }

    private static func event(_ type: String, _ members: String = "") -> String {
        #"{"type":"\#(type)"\#(members.isEmpty ? "" : ",\(members)")}"#
    }

    private static let created = event("response.created", #""response":{"id":"r1","object":"response","output":[]}"#)
    private static let message =
        #"{"id":"msg_1","type":"message","role":"assistant","status":"in_progress","content":[]}"#

    private static func said(_ text: String, item: String = "msg_1", index: Int = 0) -> String {
        event(
            "response.output_text.delta",
            #""item_id":"\#(item)","output_index":\#(index),"content_index":0,"delta":"\#(text)""#
        )
    }

    private static func ended(_ status: String, _ members: String) -> String {
        event("response.\(status)", #""response":{"id":"r1","object":"response","status":"\#(status)",\#(members)}"#)
    }

    private static let output =
        #""output":[{"id":"rs_1","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"hmm"}]},{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"The Volga 你好 👋🏽","annotations":[]}]},{"id":"fc_1","type":"function_call","call_id":"call_1","name":"f","arguments":"{\"x\":1}","status":"completed"}],"usage":{"input_tokens":9,"output_tokens":4,"total_tokens":13}"#

    /// A stream with thoughts, a text, a call and an event that nobody knows.
    ///
    /// The number of a message and of thoughts is always 0 when they begin, as in the router's open implementation.
    static let whole: [String] = [
        created,
        event("response.output_item.added", #""output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}"#),
        event("response.reasoning_text.delta", #""item_id":"rs_1","output_index":0,"content_index":0,"delta":"hm""#),
        event("response.reasoning_text.delta", #""item_id":"rs_1","output_index":0,"content_index":0,"delta":"m""#),
        event("response.output_item.added", #""output_index":0,"item":\#(message)"#),
        event("response.content_part.added", #""item_id":"msg_1","output_index":1,"content_index":0,"part":{}"#),
        said("The ", index: 1), said("Volga 你好 👋🏽", index: 1),
        event("response.novel_thing", #""error":"of one item","x":[1]"#),
        event(
            "response.output_item.added",
            #""output_index":2,"item":{"id":"fc_1","type":"function_call","call_id":"call_1","name":"f","arguments":""}"#
        ),
        event("response.function_call_arguments.delta", #""item_id":"fc_1","output_index":2,"delta":"{\"x\"""#),
        event("response.function_call_arguments.delta", #""item_id":"fc_1","output_index":2,"delta":":1}""#),
        ended("completed", output),
    ]

    @Test("Events are typed, unknown ones survive, and what is told so far is put together")
    func typed() async throws {
        let reply = try await stream(Self.bytes(Self.events(Self.whole)))
        var (text, reasoning, arguments, types) = ("", "", "", [String]())
        for try await event in reply {
            text += event.text
            reasoning += event.reasoning
            arguments += event.arguments
            types.append(event.type.rawValue)
            if event.type == .argumentsDelta {
                // The parts so far, whatever the last event will say.
                #expect(reply.partial.text == "The Volga 你好 👋🏽")
                #expect(reply.partial.reasoning == "hmm")
                #expect(reply.partial.toolCalls.first?.name == "f")
                #expect(reply.partial.output.count == 3)
            }
            if event.type.rawValue == "response.novel_thing" { #expect(event.json["x"]?[0] == 1) }
        }
        #expect(text == "The Volga 你好 👋🏽")
        #expect(reasoning == "hmm")
        #expect(arguments == #"{"x":1}"#)
        #expect(types.count == Self.whole.count)
        #expect(reply.partial.status == .completed)
        #expect(reply.partial.text == text)
        #expect(reply.partial.usage?.totalTokens == 13)
        #expect(reply.partial.toolCalls == [ToolCall(id: "call_1", name: "f", arguments: #"{"x":1}"#)])
    }

    @Test("The request asks for a stream")
    func request() async throws {
        let transport = MockTransport(Self.bytes(Self.events([Self.ended("completed", Self.output)])))
        _ = try await testClient(transport).responseStream("Hi", model: "a/b").collect()
        #expect(transport.calls[0].bodyText == #"{"model":"a/b","input":"Hi","stream":true}"#)
        #expect(transport.calls[0].path == "/v1/responses")
        #expect(transport.calls[0].request.headerFields[.accept] == "text/event-stream")
    }

    /// The same stream in the forms of several servers.
    static let forms: [(name: String, text: String)] = [
        ("data alone, and no end but the last event", events(whole)),
        (
            "types beside the data, a comment, and [DONE]",
            ": ping\n\n" + whole.map { "event: response.x\ndata: \($0)\n\n" }.joined() + "data: [DONE]\n\n"
        ), ("CRLF, no space", whole.map { "data:\($0)\r\n\r\n" }.joined()),
        (
            "types beside the data only",
            whole.map { event in
                let rest = event.dropFirst(#"{"type":""#.count)
                let type = rest.prefix { $0 != "\"" }
                let data = rest.dropFirst(type.count + 1)
                return "event: \(type)\ndata: {\(data.hasPrefix(",") ? data.dropFirst() : data)\n\n"
            }.joined()
        ), ("events after the last one, which nobody reads", events(whole) + "data: nonsense\n\n"),
    ]

    @Test("A stream cut at every byte, and every form fed byte by byte, give the same events and the same response")
    func everyCut() async throws {
        var cuts = 0
        var wholes: Set<ModelResponse> = []
        for (number, (_, text)) in Self.forms.enumerated() {
            let bytes = Array(text.utf8)
            let expected = try await read([bytes])
            #expect(expected.events.count == Self.whole.count)
            wholes.insert(expected.whole)
            #expect(try await read(bytes.map { [$0] }) == expected)
            // The forms differ between events only, which the first one's cuts reach as well.
            for cut in number == 0 ? 1..<bytes.count : 0..<0 {
                #expect(try await read([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected)
                cuts += 1
            }
        }
        #expect(wholes.count == 1)
        print("Response streams: \(Self.forms.count) streams fed byte by byte, one of them cut at \(cuts) places.")
    }

    private struct Seen: Equatable {
        var events: [ResponseEvent] = []
        var whole = ModelResponse()
    }

    private func read(_ parts: [[UInt8]]) async throws -> Seen {
        var seen = Seen()
        let reply = try await stream(.chunks(parts, mediaType: "text/event-stream"))
        for try await event in reply { seen.events.append(event) }
        seen.whole = reply.partial
        return seen
    }

    /// Pieces of a stream without its last event's output, and what they are put together to.
    static let assemblies: [(name: String, events: [String], items: [ResponseItem])] = [
        (
            "two parts of a message, one of them a refusal",
            [
                event("response.output_item.added", #""output_index":0,"item":\#(message)"#), said("a"),
                event("response.refusal.delta", #""item_id":"msg_1","content_index":1,"delta":"No""#),
                event("response.refusal.done", #""item_id":"msg_1","content_index":1,"refusal":"No.""#), said("b"),
            ],
            [
                .message(
                    with(ResponseMessage(role: .assistant, content: [.text("ab"), .refusal("No.")])) {
                        $0.id = "msg_1"
                        $0.status = .inProgress
                    }
                )
            ]
        ),
        (
            "items that were never announced",
            [
                said("a", item: "m"),
                event("response.function_call_arguments.done", #""item_id":"c","name":"f","arguments":"{}""#),
                event("response.reasoning_summary_text.delta", #""item_id":"r","summary_index":0,"delta":"s""#),
            ],
            [
                .message(with(ResponseMessage(role: .assistant, text: "a")) { $0.id = "m" }),
                .functionCall(with(ResponseFunctionCall(callID: "c", name: "f", arguments: "{}")) { $0.id = "c" }),
                .reasoning(ResponseReasoning(id: "r", summary: ["s"])),
            ]
        ),
        (
            "items without ids, by their numbers",
            [
                event("response.output_text.delta", #""output_index":0,"content_index":0,"delta":"a""#),
                event("response.output_text.delta", #""output_index":1,"content_index":0,"delta":"b""#),
                event("response.output_text.delta", #""output_index":0,"content_index":0,"delta":"A""#),
            ],
            [
                .message(ResponseMessage(role: .assistant, text: "aA")),
                .message(ResponseMessage(role: .assistant, text: "b")),
            ]
        ),
        (
            "an item that is complete replaces its pieces, and one that was never announced is added",
            [
                event("response.output_item.added", #""output_index":0,"item":\#(message)"#), said("x"),
                event(
                    "response.output_item.done",
                    #""output_index":0,"item":{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"output_text","text":"y"}]}"#
                ), event("response.output_item.done", #""output_index":1,"item":{"type":"novel","id":"n"}"#),
            ],
            [
                .message(with(ResponseMessage(role: .assistant, text: "y")) { $0.id = "msg_1" }),
                .other(["type": "novel", "id": "n"]),
            ]
        ),
    ]

    private static func with<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
        var value = value
        change(&value)
        return value
    }

    @Test("Items are put together from their pieces", arguments: assemblies.map(\.name))
    func assembly(name: String) async throws {
        let row = try #require(Self.assemblies.first { $0.name == name })
        let last = #"{"type":"response.completed","response":{"id":"r1","object":"response","status":"completed"}}"#
        let response = try await stream(Self.bytes(Self.events(row.events + [last]))).collect()
        #expect(response.output == row.items)
        #expect(response.id == "r1")
    }

    @Test("A limit that was reached is no error")
    func incomplete() async throws {
        let last = Self.ended(
            "incomplete",
            #""incomplete_details":{"reason":"max_output_tokens"},"output":[],"error":null"#
        )
        let response = try await stream(Self.bytes(Self.events([Self.created, Self.said("The"), last]))).collect()
        #expect(response.status == .incomplete)
        #expect(response.incompleteReason == "max_output_tokens")
        #expect(response.text == "The")
    }

    @Test("A server that ignores the wish for a stream answers in one event")
    func wholeAnswer() async throws {
        let reply = try await stream(.json(#"{"object":"response","status":"completed",\#(Self.output)}"#))
        var types: [ResponseEvent.Kind] = []
        for try await event in reply { types.append(event.type) }
        #expect(types == [.completed])
        #expect(reply.partial.text == "The Volga 你好 👋🏽")
    }

    /// A way in which a stream fails, and the error that it must be.
    static let failures: [(name: String, answer: MockTransport.Answer, code: InferenceError.Code, partial: String)] = {
        let start = events([created, said("The")])
        func failing(
            _ event: String,
            _ code: InferenceError.Code,
            partial: String = "The"
        ) -> (
            MockTransport.Answer, InferenceError.Code, String
        ) {
            (bytes(start + "data: \(event)\n\n"), code, partial)
        }
        let rows: [(String, (MockTransport.Answer, InferenceError.Code, String))] = [
            (
                "a failed response that repeats nothing",
                failing(ended("failed", #""error":{"code":"server_error","message":"x"},"output":[]"#), .serverFailure)
            ), ("a failed response without words", failing(ended("failed", #""output":[]"#), .serverFailure)),
            (
                "a failed response with its own output",
                failing(
                    ended(
                        "failed",
                        #""error":{"code":"rate_limit_exceeded","message":"x"},"output":[{"type":"message","role":"assistant","content":"The end"}]"#
                    ),
                    .rateLimited,
                    partial: "The end"
                )
            ), ("a failed event without a response", failing(event("response.failed"), .serverFailure)),
            (
                "an error event",
                failing(event("error", #""code":"server_error","message":"x","param":null"#), .serverFailure)
            ),
            (
                "an error event whose code is null",
                failing(event("error", #""code":null,"message":"x""#), .serverFailure)
            ),
            (
                "an error event of a refusal",
                failing(event("error", #""code":"invalid_prompt","message":"x""#), .rejected)
            ),
            (
                "an error event around an object",
                failing(event("error", #""error":{"type":"invalid_request_error","message":"x"}"#), .rejected)
            ), ("an error event without words", failing(event("error"), .serverFailure)),
            ("an error in OpenAI's form", failing(#"{"error":{"message":"x","code":429}}"#, .overloaded)),
            ("an error as a text", failing(#"{"error":"x"}"#, .serverFailure)),
            ("an error that is no JSON", failing(#"{"error": "can't "x" it"}"#, .serverFailure)),
            ("an error in an old form", failing(#"{"object":"error","message":"x","code":400}"#, .rejected)),
            ("an event that is no JSON", failing("hello", .undecodable)),
            ("an event that is no object", failing("[1]", .undecodable)),
            (
                "an error whose type stands beside the data",
                (bytes(start + "event: error\ndata: {\"message\":\"x\"}\n\n"), .serverFailure, "The")
            ), ("an error line", (bytes(start + "error: {\"code\":500,\"message\":\"x\"}\n\n"), .serverFailure, "The")),
            ("no last event", (bytes(start), .cutShort, "The")),
            ("[DONE] in place of the last event", failing("[DONE]", .cutShort)),
            ("a chunk of chat, and [DONE]", failing("{\"choices\":[]}\n\ndata: [DONE]", .cutShort)),
            ("no event at all", (bytes(": waking up\n\n"), .cutShort, "")),
            ("nothing at all", (bytes(""), .cutShort, "")),
            ("[DONE] alone", (bytes("data: [DONE]\n\n"), .cutShort, "")),
            ("a JSON tail that is broken off", (bytes(start + #"data: {"type":"resp"#), .undecodable, "The")),
            ("a connection that is cut", (bytes(start + start).cut(after: start.utf8.count), .cutShort, "The")),
            ("an error as JSON under 200", (.json(#"{"error":{"message":"x","code":500}}"#), .serverFailure, "")),
            (
                "a failed response as JSON under 200",
                (
                    .json(
                        #"{"object":"response","status":"failed","error":{"code":"server_error","message":"x"},"output":[{"type":"message","role":"assistant","content":"The"}]}"#
                    ), .serverFailure, "The"
                )
            ), ("JSON that is no response", (.json("{}"), .undecodable, "")),
        ]
        return rows.map { ($0.0, $0.1.0, $0.1.1, $0.1.2) }
    }()

    @Test("Each way to fail has its cause, and carries what had arrived", arguments: failures.map(\.name))
    func failure(name: String) async throws {
        let row = try #require(Self.failures.first { $0.name == name })
        do {
            for try await _ in try await stream(row.answer) {}
            Issue.record("no error")
        } catch let error as InferenceError {
            #expect(error.code == row.code, "\(error)")
            #expect(error.partial(of: ResponseCreation.self)?.text == row.partial)
        }
    }

    @Test("Errors in a stream repeat nothing of the input")
    func redaction() async throws {
        let events = Self.events([Self.event("error", #""message":"cannot parse 'the secret prompt of mine'""#)])
        let error = await #expect(throws: InferenceError.self) {
            try await stream(Self.bytes(events), "the secret prompt of mine").collect()
        }
        var shown = ""
        dump(error, to: &shown)
        #expect(!shown.contains("secret prompt"))
        #expect(shown.contains("cannot parse"))
    }
}
