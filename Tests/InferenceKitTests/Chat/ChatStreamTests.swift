import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("Chat, streamed")
struct ChatStreamTests {
    private func stream(
        _ answer: MockTransport.Answer,
        _ options: CallOptions = CallOptions()
    ) async throws -> InferenceStream<ChatCompletion> {
        try await testClient(MockTransport(answer)).chatCompletionStream("Hi", model: "a/b", options: options)
    }

    private static func delta(_ delta: String, finish: String = "null", index: Int = 0) -> String {
        #"{"id":"c1","model":"m","choices":[{"index":\#(index),"delta":\#(delta),"finish_reason":\#(finish)}]}"#
    }

    private static func bytes(_ text: String, _ type: String = "text/event-stream") -> MockTransport.Answer {
        .bytes(Array(text.utf8), mediaType: type)
    }

    /// Streams of every server, in the form they really have; each says "The Volga" and stops.
    static let dialects: [(name: String, text: String)] = [
        (
            "OpenAI, with usage in a chunk of its own",
            """
            data: \(delta(#"{"role":"assistant","content":""}"#))\n
            data: \(delta(#"{"content":"The "}"#))\n
            data: \(delta(#"{"content":"Volga"}"#))\n
            data: \(delta("{}", finish: #""stop""#))\n
            data: {"id":"c1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}\n
            data: [DONE]\n

            """
        ),
        (
            "text-generation-inference: a role in every chunk, no space after the colon, comments",
            """
            : ping\n
            data:\(delta(#"{"role":"assistant","content":"The "}"#))\n
            data:\(delta(#"{"role":"assistant","content":"Volga"}"#, finish: #""stop""#))\n
            data:{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}\n
            data:[DONE]\n

            """
        ),
        (
            "transformers serve: usage in the last chunk, no [DONE], no blank line at the end",
            """
            data: \(delta(#"{"role":"assistant"}"#))\n
            data: \(delta(#"{"content":"The "}"#))\n
            data: \(delta(#"{"content":"Volga"}"#))\n
            data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}
            """
        ),
        (
            "vLLM: usage in every chunk, null elsewhere",
            """
            data: {"choices":[{"index":0,"delta":{"content":"The "}}],"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10},"error":null}\r\n\r
            data: {"choices":[{"index":0,"delta":{"content":"Volga"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}\r\n\r
            data: [DONE]\r\n\r

            """
        ),
        (
            "a BOM, data over two lines, bare CR",
            "\u{FEFF}data: {\"choices\":[{\"index\":0,\rdata: \"delta\":{\"content\":\"The Volga\"},\"finish_reason\":\"stop\"}],"
                + "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11}}\r\r"
        ),
    ]

    @Test("Every dialect gives the same answer", arguments: dialects.map(\.name))
    func dialect(name: String) async throws {
        let text = try #require(Self.dialects.first { $0.name == name }).text
        let answer = try await stream(Self.bytes(text)).collect()
        #expect(answer.text == "The Volga")
        #expect(answer.finishReason == .stop)
        #expect(answer.usage?.totalTokens == 11)
    }

    @Test("Streams cut at every byte, and fed byte by byte, give the same chunks")
    func everyCut() async throws {
        let emoji = Self.delta(#"{"content":"你好 👋🏽 \u00e9"}"#)
        var cuts = 0
        for (_, text) in Self.dialects {
            // A byte order mark counts at the very beginning only.
            let hasMark = text.unicodeScalars.first == "\u{FEFF}"
            let whole = Array((hasMark ? text : "data: \(emoji)\n\n\(text)").utf8)
            let expected = try await chunks(of: [whole])
            #expect(hasMark || expected.contains { $0.text == "你好 👋🏽 é" })
            #expect(try await chunks(of: whole.map { [$0] }) == expected)
            for cut in 1..<whole.count {
                let parts = [Array(whole[..<cut]), Array(whole[cut...])]
                #expect(try await chunks(of: parts) == expected)
                cuts += 1
            }
        }
        print("Chat streams: \(Self.dialects.count) streams cut at \(cuts) places.")
    }

    private func chunks(of parts: [[UInt8]]) async throws -> [ChatChunk] {
        var chunks: [ChatChunk] = []
        for try await chunk in try await stream(.chunks(parts, mediaType: "text/event-stream")) { chunks.append(chunk) }
        return chunks
    }

    @Test("The request asks for a stream, and nothing that was not set")
    func request() async throws {
        let transport = MockTransport(.events([Self.delta(#"{"content":"x"}"#, finish: #""stop""#), "[DONE]"]))
        _ = try await testClient(transport).chatCompletionStream("Hi", model: "a/b").collect()
        #expect(
            transport.calls[0].bodyText
                == #"{"model":"a/b","messages":[{"role":"user","content":"Hi"}],"stream":true}"#
        )
        #expect(transport.calls[0].request.headerFields[.accept] == "text/event-stream")
    }

    @Test("Thoughts and text are told apart, under either name")
    func reasoning() async throws {
        let reply = try await stream(
            .events([
                Self.delta(#"{"reasoning":"hm","content":""}"#), Self.delta(#"{"reasoning_content":"m"}"#),
                Self.delta(#"{"reasoning":""}"#), Self.delta(#"{"content":"4"}"#, finish: #""stop""#), "[DONE]",
            ])
        )
        var thoughts = ""
        for try await chunk in reply { thoughts += chunk.reasoning }
        #expect(thoughts == "hmm")
        #expect(reply.partial.text == "4")
        #expect(reply.partial.message?.reasoning == "hmm")
    }

    /// The pieces of tool calls of one server, and the calls that they are.
    static let toolCallRows: [(name: String, deltas: [String], calls: [ToolCall])] = [
        (
            "pieces of two calls in turn",
            [
                #"[{"index":0,"id":"A","function":{"name":"f","arguments":"{"}}]"#,
                #"[{"index":1,"id":"B","function":{"name":"g","arguments":"{}"}}]"#,
                #"[{"index":0,"function":{"arguments":"\"x\":1}"}}]"#,
            ],
            [ToolCall(id: "A", name: "f", arguments: #"{"x":1}"#), ToolCall(id: "B", name: "g", arguments: "{}")]
        ),
        (
            "ids and names that are repeated",
            [
                #"[{"index":0,"id":"0","type":"function","function":{"name":"f","arguments":"{"}}]"#,
                #"[{"index":0,"id":"0","type":"function","function":{"name":null,"arguments":"\"x\":1}"}}]"#,
            ],
            [ToolCall(id: "0", name: "f", arguments: #"{"x":1}"#)]
        ),
        (
            "names that are repeated in full",
            [
                #"[{"index":0,"id":"0","function":{"name":"f","arguments":"{"}}]"#,
                #"[{"index":0,"id":"0","function":{"name":"f","arguments":"}"}}]"#,
            ],
            [ToolCall(id: "0", name: "f", arguments: "{}")]
        ),
        (
            "whole calls, all of index 0",
            [
                #"[{"index":0,"id":"A","function":{"name":"f","arguments":"{\"x\":1}"}}]"#,
                #"[{"index":0,"id":"B","function":{"name":"g","arguments":"{\"y\":2}"}}]"#,
            ],
            [
                ToolCall(id: "A", name: "f", arguments: #"{"x":1}"#),
                ToolCall(id: "B", name: "g", arguments: #"{"y":2}"#),
            ]
        ),
        (
            "no index, and arguments as an object",
            [#"[{"id":"A","function":{"name":"f","arguments":{"x":1}}},{"id":"B","function":{"name":"g"}}]"#],
            [ToolCall(id: "A", name: "f", arguments: #"{"x":1}"#), ToolCall(id: "B", name: "g", arguments: "{}")]
        ),
        (
            "no id at all",
            [#"[{"index":0,"function":{"name":"f","arguments":""}}]"#],
            [ToolCall(id: "call_0", name: "f", arguments: "{}")]
        ),
    ]

    @Test("Tool calls are put together in every dialect", arguments: toolCallRows.map(\.name))
    func toolCalls(name: String) async throws {
        let row = try #require(Self.toolCallRows.first { $0.name == name })
        let events = row.deltas.map { Self.delta(#"{"tool_calls":\#($0)}"#) }
        let answer = try await stream(.events(events + [Self.delta("{}", finish: #""tool_calls""#), "[DONE]"]))
            .collect()
        #expect(answer.toolCalls == row.calls)
        #expect(answer.finishReason == .toolCalls)
    }

    @Test("Several answers whose pieces come in turn")
    func severalAnswers() async throws {
        let answer = try await stream(
            .events([
                Self.delta(#"{"content":"b"}"#, index: 1), Self.delta(#"{"content":"a"}"#),
                Self.delta(#"{"content":"B"}"#, finish: #""stop""#, index: 1),
                Self.delta(#"{"content":"A"}"#, finish: #""length""#), "[DONE]", "never read",
            ])
        ).collect()
        #expect(answer.choices.map(\.message.text) == ["aA", "bB"])
        #expect(answer.choices.map(\.finishReason) == [.length, .stop])
    }

    @Test("A server that ignores the wish for a stream answers in one chunk")
    func wholeAnswer() async throws {
        let reply = try await stream(.json(#"{"choices":[{"message":{"content":"all"},"finish_reason":"stop"}]}"#))
        var chunks: [String] = []
        for try await chunk in reply { chunks.append(chunk.text) }
        #expect(chunks == ["all"])
    }

    /// A way in which a stream fails, and the error that it must be.
    static let failures: [(name: String, answer: MockTransport.Answer, code: InferenceError.Code, partial: String)] = {
        let said = "data: \(delta(#"{"content":"The"}"#))\n\n"
        return [
            (
                "a native error of text-generation-inference",
                bytes(said + #"data: {"error":"Input validation error: x","error_type":"validation"}"# + "\n\n"),
                .rejected, "The"
            ),
            (
                "an error of its chat route",
                bytes(said + #"data: {"error":{"message":"x","http_status_code":422}}"# + "\n\ndata: [DONE]\n\n"),
                .rejected, "The"
            ),
            (
                "an error in OpenAI's form",
                bytes(
                    said + #"data: {"error":{"message":"x","type":"server_error","param":null,"code":500}}"# + "\n\n"
                ), .serverFailure, "The"
            ),
            (
                "an error of SGLang",
                bytes(
                    said
                        + #"data: {"error":{"object":"error","message":"x","type":"BadRequest","param":null,"code":400}}"#
                        + "\n\n"
                ), .rejected, "The"
            ),
            (
                "an error in the old form of vLLM",
                bytes(said + #"data: {"object":"error","message":"x","code":500}"# + "\n\n"), .serverFailure, "The"
            ),
            (
                "an error line of old llama.cpp",
                bytes(said + #"error: {"code":500,"message":"boom","type":"server_error"}"# + "\n\n"), .serverFailure,
                "The"
            ),
            (
                "an error that is no JSON, as transformers serve writes it",
                bytes(said + #"data: {"error": "can't "x" it"}"# + "\n\n"), .serverFailure, "The"
            ),
            (
                "an overload", bytes(#"data: {"error":"queue full","error_type":"overloaded"}"# + "\n\n"), .overloaded,
                ""
            ),
            (
                "no quota", bytes(#"data: {"error":{"message":"no","type":"insufficient_quota"}}"# + "\n\n"),
                .quotaExhausted, ""
            ),
            ("no finish reason and no [DONE]", bytes(said), .cutShort, "The"),
            ("no event at all", bytes(": waking up\n\n"), .cutShort, ""),
            ("nothing at all", bytes(""), .cutShort, ""),
            ("[DONE] alone", bytes("data: [DONE]\n\n"), .cutShort, ""),
            ("a JSON tail that is broken off", bytes(said + #"data: {"choices":[{"ind"#), .undecodable, "The"),
            ("an event that is no JSON", bytes(said + "data: hello\n\n"), .undecodable, "The"),
            ("a connection that is cut", bytes(said + said).cut(after: said.utf8.count), .cutShort, "The"),
            ("an error as JSON under 200", .json(#"{"error":{"message":"x","code":500}}"#), .serverFailure, ""),
            ("JSON that is no completion", .json("{}"), .undecodable, ""),
        ]
    }()

    @Test("Each way to fail has its cause, and carries what had arrived", arguments: failures.map(\.name))
    func failure(name: String) async throws {
        let row = try #require(Self.failures.first { $0.name == name })
        var seen = ""
        do {
            for try await chunk in try await stream(row.answer) { seen += chunk.text }
            Issue.record("no error")
        } catch let error as InferenceError {
            #expect(error.code == row.code, "\(error)")
            #expect(error.partial(of: ChatCompletion.self)?.text == row.partial)
            #expect(!"\(error)".contains("The\""))
        }
        #expect(seen == row.partial)
    }

    @Test("A stream is tried again before its first byte, and never after")
    func retries() async throws {
        let good = MockTransport.Answer.events([Self.delta(#"{"content":"x"}"#, finish: #""stop""#), "[DONE]"])
        let transport = MockTransport(.status(503), good)
        #expect(try await testClient(transport).chatCompletionStream("Hi", model: "a/b").collect().text == "x")
        let broken = MockTransport(Self.bytes("data: \(Self.delta(#"{"content":"x"}"#))\n\n").cut(after: 9), good)
        await #expect(throws: InferenceError.self) {
            try await testClient(broken).chatCompletionStream("Hi", model: "a/b").collect()
        }
        #expect(broken.calls.count == 1)
    }

    @Test("Leaving the loop ends the exchange, though the stream is still there")
    func leaving() async throws {
        let event = Self.delta(#"{"content":"x"}"#)
        let transport = MockTransport(.events(Array(repeating: event, count: 10)))
        let reply = try await testClient(transport).chatCompletionStream("Hi", model: "a/b")
        for try await _ in reply { break }
        #expect(transport.calls[0].progress == .cancelled)
        #expect(reply.partial.text == "x")
    }

    @Test("Errors in a stream repeat nothing of the prompt")
    func redaction() async throws {
        let answer = Self.bytes(#"data: {"error":"cannot parse 'the secret prompt of mine'"}"# + "\n\n")
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(MockTransport(answer)).chatCompletionStream("the secret prompt of mine", model: "a/b")
                .collect()
        }
        var shown = ""
        dump(error, to: &shown)
        #expect(!shown.contains("secret prompt"))
    }
}
