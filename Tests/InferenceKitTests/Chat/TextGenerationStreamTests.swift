import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("Text generation, streamed")
struct TextGenerationStreamTests {
    private func token(
        _ text: String,
        special: Bool = false,
        rest: String = #""generated_text":null,"details":null"#
    ) -> String {
        #"{"index":1,"token":{"id":91,"text":\#(JSONValue.string(text).jsonString()),"logprob":-0.2,"special":\#(special)},\#(rest)}"#
    }

    private func bytes(_ events: [String], space: Bool = true) -> MockTransport.Answer {
        let text = events.map { "data:\(space ? " " : "")\($0)\n\n" }.joined()
        return .bytes(Array(text.utf8), mediaType: "text/event-stream")
    }

    @Test(
        "Tokens, special ones left out, and the server's own whole text; no [DONE] is needed",
        arguments: [true, false]
    )
    func tokens(space: Bool) async throws {
        let last = token(
            "</s>",
            special: true,
            rest:
                #""generated_text":" sky blue","details":{"finish_reason":"eos_token","generated_tokens":3,"seed":7,"input_length":4}"#
        )
        let transport = MockTransport(bytes([token(" sky"), token(" bl\u{FFFD}"), token("ue"), last], space: space))
        let reply = try await testClient(transport).textGenerationStream("The", model: "a/b") { $0.details = true }
        var text = ""
        for try await chunk in reply { text += chunk.text }
        #expect(text == " sky bl\u{FFFD}ue")
        #expect(reply.partial.text == " sky blue")
        #expect(reply.partial.details?.finishReason == .init(rawValue: "eos_token"))
        #expect(reply.partial.details?.tokens.count == 4)
        #expect(transport.calls[0].path == "/hf-inference/models/a/b")
        #expect(transport.calls[0].bodyText == #"{"inputs":"The","parameters":{"details":true},"stream":true}"#)
    }

    @Test("At text-generation-inference the stream has a route of its own")
    func route() async throws {
        let last = token("x", rest: #""generated_text":"x","details":null"#)
        let transport = MockTransport(bytes([last]), bytes([last]))
        let client = testClient(transport)
        let base = CallOptions(target: .url("http://127.0.0.1:1", dialect: .tgi))
        let complete = CallOptions(target: .url("http://127.0.0.1:1/generate_stream"))
        #expect(try await client.textGenerationStream("The", options: base).collect().text == "x")
        #expect(try await client.textGenerationStream("The", options: complete).collect().text == "x")
        #expect(transport.calls.map(\.path) == ["/generate_stream", "/generate_stream"])
    }

    @Test("OpenAI's text completions")
    func completions() async throws {
        let transport = MockTransport(
            bytes([
                #"{"choices":[{"index":0,"text":" sky","finish_reason":""}]}"#,
                #"{"choices":[{"index":0,"text":" blue","finish_reason":"length"}],"usage":{"completion_tokens":2}}"#,
                "[DONE]",
            ])
        )
        let options = CallOptions(target: .url("http://127.0.0.1:1/v1"))
        let whole = try await testClient(transport).textGenerationStream("The", model: "m", options: options) {
            $0.maxNewTokens = 2
        }.collect()
        #expect(whole.text == " sky blue")
        #expect(whole.details?.generatedTokens == 2)
        #expect(transport.calls[0].path == "/v1/completions")
        #expect(transport.calls[0].bodyText == #"{"model":"m","prompt":"The","max_tokens":2,"stream":true}"#)
    }

    @Test("An error under 200, and an end without the last piece")
    func failures() async throws {
        let failing = MockTransport(bytes([token("a"), #"{"error":"too long","error_type":"validation"}"#]))
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(failing).textGenerationStream("The", model: "a/b").collect()
        }
        #expect(error?.code == .rejected)
        #expect(error?.partial(of: TextGeneration.self)?.text == "a")
        for event in [#"{"error": "can't "x" it"}"#, #"{"error":{"message":"x","http_status_code":500}}"#] {
            let broken = MockTransport(bytes([token("a"), event]))
            let error = await #expect(throws: InferenceError.self) {
                try await testClient(broken).textGenerationStream("The", model: "a/b").collect()
            }
            #expect(error?.code == .serverFailure)
            #expect(error?.partial(of: TextGeneration.self)?.text == "a")
        }
        let cut = MockTransport(bytes([token("a")]))
        let ending = await #expect(throws: InferenceError.self) {
            try await testClient(cut).textGenerationStream("The", model: "a/b").collect()
        }
        #expect(ending?.code == .cutShort)
    }

    @Test("What servers refuse in a stream is refused before")
    func refused() async throws {
        let transport = MockTransport()
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport).textGenerationStream("The", model: "a/b") { $0.bestOf = 2 }
        }
        #expect(error?.field == "best_of")
        #expect(transport.calls.isEmpty)
    }
}
