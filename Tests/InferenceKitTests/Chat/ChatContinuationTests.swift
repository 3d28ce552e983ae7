import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("Chat streams that go on after a loss")
struct ChatContinuationTests {
    private static func event(_ delta: String, finish: String = "null") -> String {
        #"data: {"choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(finish)}]}"# + "\n\n"
    }

    private static func said(_ text: String) -> String { event(#"{"content":"\#(text)"}"#) }

    private static func answer(_ text: String) -> MockTransport.Answer {
        .bytes(Array(text.utf8), mediaType: "text/event-stream")
    }

    /// Bytes after which the connection is cut.
    private static func cut(_ text: String) -> MockTransport.Answer {
        answer(text + said("never seen")).cut(after: text.utf8.count)
    }

    private static let rest =
        said(" river") + event("{}", finish: #""stop""#)
        + #"data: {"choices":[],"usage":{"total_tokens":7}}"# + "\n\ndata: [DONE]\n\n"

    private func ask(
        _ transport: MockTransport,
        _ continuation: ChatContinuation? = .continueFinalMessage(),
        configure: (inout ChatCompletion) -> Void = { _ in }
    ) async throws -> InferenceStream<ChatCompletion> {
        try await testClient(transport).chatCompletionStream([.user("Hi")], model: "a/b") {
            $0.continuation = continuation
            configure(&$0)
        }
    }

    @Test("What had arrived is handed back as an unfinished message, and the stream looks like one")
    func joined() async throws {
        let transport = MockTransport(Self.cut(Self.said("The") + Self.said(" long")), Self.answer(Self.rest))
        let reply = try await ask(transport) { $0.extraParameters = ["top_k": 4] }
        var text = ""
        for try await chunk in reply { text += chunk.text }
        #expect(text == "The long river")
        #expect(reply.partial.text == text)
        #expect(reply.partial.finishReason == .stop)
        #expect(reply.partial.usage?.totalTokens == 7)
        #expect(
            transport.calls.map(\.bodyText) == [
                #"{"model":"a/b","messages":[{"role":"user","content":"Hi"}],"top_k":4,"stream":true}"#,
                #"{"model":"a/b","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"The long"}],"top_k":4,"add_generation_prompt":false,"continue_final_message":true,"stream":true}"#,
            ]
        )
        #expect(reply.metadata.attempts == 2)
    }

    @Test("Wherever the bytes end, in whichever way, the text is the same")
    func everyCut() async throws {
        let first = Self.said("你好") + Self.said(" 👋🏽")
        for count in 0...first.utf8.count {
            for isCut in [true, false] {
                let bytes = Array(first.utf8.prefix(count))
                // Cut by the transport, or ended without an error as HTTP/1.0 bodies end.
                let lost: MockTransport.Answer =
                    isCut
                    ? .bytes(bytes + [0], mediaType: "text/event-stream").cut(after: count)
                    : .bytes(bytes, mediaType: "text/event-stream")
                let transport = MockTransport()
                transport.answer(.any, with: lost)
                transport.answer(.any, with: Self.answer(Self.said("!") + Self.event("{}", finish: #""stop""#)))
                let reply = try await ask(transport)
                var (texts, text) = ([String](), "")
                for try await chunk in reply {
                    if !chunk.text.isEmpty { texts.append(chunk.text) }
                    text += chunk.text
                }
                #expect(texts.last == "!")
                #expect(text == reply.partial.text)
                // Nothing comes twice: what is sent back is what was handed out.
                let sent = try #require(transport.calls.last).bodyText
                let before = texts.dropLast().joined()
                #expect(sent.contains(#"{"role":"assistant","content":"\#(before)"}"#) == !before.isEmpty, "\(count)")
                #expect(sent.contains("continue_final_message") == !before.isEmpty)
            }
        }
    }

    @Test("Without being asked to, a stream ends at the loss")
    func offByDefault() async throws {
        let transport = MockTransport(Self.cut(Self.said("The")), Self.answer(Self.rest))
        let error = await #expect(throws: InferenceError.self) { try await ask(transport, nil).collect() }
        #expect(error?.code == .cutShort)
        #expect(transport.calls.count == 1)
    }

    @Test("At the limit the error carries all that had arrived")
    func limit() async throws {
        let transport = MockTransport(
            Self.cut(Self.said("a")),
            Self.cut(Self.said("b")),
            Self.cut(Self.said("c")),
            Self.answer(Self.rest)
        )
        let error = await #expect(throws: InferenceError.self) {
            try await ask(transport, .assistantPrefix(limit: 2)).collect()
        }
        #expect(error?.code == .cutShort)
        #expect(error?.partial(of: ChatCompletion.self)?.text == "abc")
        #expect(transport.calls.count == 3)
        #expect(transport.calls[2].bodyText.contains(#"{"role":"assistant","content":"ab"}"#))
        #expect(!transport.calls[2].bodyText.contains("continue_final_message"))
    }

    @Test("A server that refuses to go on says so, and nothing is lost")
    func refused() async throws {
        let refusal = MockTransport.Answer.status(422, json: #"{"detail":"Unexpected keys in the request"}"#)
        let transport = MockTransport(Self.cut(Self.said("a secret of six words")), refusal)
        let error = await #expect(throws: InferenceError.self) { try await ask(transport).collect() }
        #expect(error?.code == .rejected)
        #expect(error?.partial(of: ChatCompletion.self)?.text == "a secret of six words")
    }

    @Test("A server that cannot be reached is tried again as ever")
    func busy() async throws {
        let transport = MockTransport(Self.cut(Self.said("The")), .status(503), Self.answer(Self.rest))
        #expect(try await ask(transport).collect().text == "The river")
        #expect(transport.calls.count == 3)
    }

    /// Losses and errors after which there is no going on.
    static let endings: [(name: String, text: String, code: InferenceError.Code, partial: String)] = [
        ("an error of the server's", said("a") + #"data: {"error":"x"}"# + "\n\n", .serverFailure, "a"),
        (
            "half a tool call",
            said("a") + event(#"{"tool_calls":[{"index":0,"id":"1","function":{"name":"f","arguments":"{"}}]}"#),
            .cutShort, "a"
        ), ("thoughts alone", event(#"{"reasoning":"hm"}"#), .cutShort, ""),
        ("an event in the middle that is no JSON", said("a") + "data: hello\n\n" + said("b"), .undecodable, "a"),
    ]

    @Test("No going on", arguments: endings.map(\.name))
    func ending(name: String) async throws {
        let row = try #require(Self.endings.first { $0.name == name })
        let transport = MockTransport(Self.answer(row.text), Self.answer(Self.rest))
        let error = await #expect(throws: InferenceError.self) { try await ask(transport).collect() }
        #expect(error?.code == row.code)
        #expect(error?.partial(of: ChatCompletion.self)?.text == row.partial)
        #expect(transport.calls.count == 1)
    }

    @Test("Several answers at once do not go on")
    func several() async throws {
        let transport = MockTransport(Self.cut(Self.said("a")), Self.answer(Self.rest))
        await #expect(throws: InferenceError.self) { try await ask(transport) { $0.n = 2 }.collect() }
        #expect(transport.calls.count == 1)
    }

    @Test("Leaving the loop after going on ends the second exchange")
    func leaving() async throws {
        let transport = MockTransport(
            Self.cut(Self.said("a")),
            Self.answer(String(repeating: Self.said("b"), count: 9))
        )
        for try await chunk in try await ask(transport) where chunk.text == "b" { break }
        #expect(transport.calls.count == 2)
        #expect(transport.calls[1].progress == .cancelled)
    }
}
