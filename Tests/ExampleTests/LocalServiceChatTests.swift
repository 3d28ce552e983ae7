import Foundation
import LocalService
import Testing

@Suite("Local service: chat and the OpenAI forms")
struct LocalServiceChatTests {
    private static let model = "HuggingFaceTB/SmolLM3-3B"

    private func chat(_ fields: String, path: String = "/v1/chat/completions") async throws -> LocalServiceProbe.Answer
    {
        var result: LocalServiceProbe.Answer?
        try await LocalServiceProbe.with { probe in result = try await probe.post(path, json: "{\(fields)}") }
        return try #require(result)
    }

    private func ask(_ question: String) -> String {
        #""model":"\#(Self.model)","messages":[{"role":"user","content":"\#(question)"}]"#
    }

    private func choice(_ answer: LocalServiceProbe.Answer) -> [String: Any] {
        (answer.object["choices"] as? [[String: Any]])?.first ?? [:]
    }

    private func message(_ answer: LocalServiceProbe.Answer) -> [String: Any] {
        choice(answer)["message"] as? [String: Any] ?? [:]
    }

    private func deltas(_ answer: LocalServiceProbe.Answer) -> [[String: Any]] {
        answer.eventObjects.compactMap { event in
            (event["choices"] as? [[String: Any]])?.first.flatMap { $0["delta"] as? [String: Any] }
        }
    }

    @Test("A whole answer, by the router's path, the model's path, and with a suffix on the model")
    func whole() async throws {
        let paths = ["/v1/chat/completions", "/hf-inference/models/\(Self.model)/v1/chat/completions"]
        for path in paths {
            let answer = try await chat(ask("Name a river"), path: path)
            #expect(answer.status == 200)
            #expect(message(answer)["content"] as? String == "The Loire.")
            #expect(choice(answer)["finish_reason"] as? String == "stop")
            let usage = try #require(answer.object["usage"] as? [String: Int])
            #expect(usage["total_tokens"] == (usage["prompt_tokens"] ?? 0) + (usage["completion_tokens"] ?? 0))
        }
        let suffixed = ask("ping").replacingOccurrences(of: Self.model, with: Self.model + ":fastest")
        #expect(message(try await chat(suffixed))["content"] as? String == "pong")
        let named = ask("ping").replacingOccurrences(of: Self.model, with: Self.model.lowercased())
        #expect(try await chat(named, path: "/together/v1/chat/completions").status == 200)
        #expect(try await chat(named, path: "/cohere/v1/chat/completions").status == 400)
    }

    @Test("A stream: role, tokens, reason, usage, [DONE]; its text is the whole answer's")
    func stream() async throws {
        let answer = try await chat(
            ask("why is the sky blue?") + #","stream":true,"stream_options":{"include_usage":true}"#
        )
        #expect(answer.headers["content-type"] == "text/event-stream")
        #expect(answer.events.last == "[DONE]")
        let text = deltas(answer).compactMap { $0["content"] as? String }.joined()
        #expect(text == message(try await chat(ask("why is the sky blue?")))["content"] as? String)
        #expect(deltas(answer).first?["role"] as? String == "assistant")
        #expect(deltas(answer).count > 10)
        let last = try #require(answer.eventObjects.last)
        #expect((last["choices"] as? [Any])?.isEmpty == true)
        #expect((last["usage"] as? [String: Int])?["completion_tokens"] == text.split(separator: " ").count)
    }

    @Test("Tokens of a stream arrive one by one")
    func pace() async throws {
        try await LocalServiceProbe.with(.init(latency: .milliseconds(200))) { probe in
            let start = ContinuousClock.now
            let body = "{\(ask("Name a river")),\"stream\":true}"
            let answer = try await probe.post("/v1/chat/completions", json: body)
            // The first after the latency, four more and the end after a tenth of it each.
            #expect(answer.events.count == 5)
            #expect(start.duration(to: .now) >= .milliseconds(280))
        }
    }

    @Test("Limits and stop strings end an answer, logprobs and reasoning come on request")
    func options() async throws {
        let cut = try await chat(ask("why is the sky blue?") + #","max_tokens":3"#)
        #expect(message(cut)["content"] as? String == "Because air scatters")
        #expect(choice(cut)["finish_reason"] as? String == "length")
        let stopped = try await chat(ask("why is the sky blue?") + #","stop":[" scatters"]"#)
        #expect(message(stopped)["content"] as? String == "Because air")
        let logged = try await chat(ask("ping") + #","logprobs":true,"top_logprobs":2"#)
        let content = (choice(logged)["logprobs"] as? [String: Any])?["content"] as? [[String: Any]]
        #expect((content?.first?["top_logprobs"] as? [Any])?.count == 2)
        let reasoned = try await chat(ask("ping") + #","reasoning_effort":"low""#)
        #expect((message(reasoned)["reasoning"] as? String)?.isEmpty == false)
    }

    @Test("Tools are called, whole and in pieces, and their results repeated")
    func tools() async throws {
        let tool = """
            {"type":"function","function":{"name":"get_weather","description":"The weather of a city",\
            "parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}}}}}
            """
        let question = ask("What is the weather in Lisbon for 3 days?") + #","tools":[\#(tool)]"#
        let whole = try await chat(question)
        #expect(choice(whole)["finish_reason"] as? String == "tool_calls")
        let call = try #require((message(whole)["tool_calls"] as? [[String: Any]])?.first)
        let function = try #require(call["function"] as? [String: String])
        #expect(function == ["name": "get_weather", "arguments": #"{"city":"Lisbon","days":3}"#])
        let streamed = deltas(try await chat(question + #","stream":true"#)).compactMap { delta in
            (delta["tool_calls"] as? [[String: Any]])?.first?["function"] as? [String: String]
        }
        #expect(streamed.compactMap { $0["name"] } == ["get_weather"])
        #expect(streamed.compactMap { $0["arguments"] }.joined() == function["arguments"])
        let none = try await chat(question + #","tool_choice":"none""#)
        #expect(message(none)["tool_calls"] == nil)
        let result = #"{"role":"tool","tool_call_id":"x","content":"sunny"}"#
        let told = try await chat(#""model":"\#(Self.model)","messages":[\#(result)]"#)
        #expect(message(told)["content"] as? String == "The tool says: sunny")
    }

    @Test("Structured answers follow the schema, in each form it comes in")
    func schema() async throws {
        let schema = #"{"type":"object","properties":{"city":{"type":"string"},"big":{"type":"boolean"}}}"#
        for format in [
            #"{"type":"json_schema","json_schema":{"name":"n","schema":\#(schema)}}"#,
            #"{"type":"json_object","value":\#(schema)}"#,
        ] {
            let answer = try await chat(ask("Where is Graz") + #","response_format":\#(format)"#)
            #expect(message(answer)["content"] as? String == #"{"city":"Graz","big":true}"#)
        }
    }

    @Test("Pictures in messages are looked at")
    func pictures() async throws {
        let url = "data:image/png;base64,\(LocalServiceMedia.redPNGBase64)"
        let parts = #"[{"type":"text","text":"What is it?"},{"type":"image_url","image_url":{"url":"\#(url)"}}]"#
        let answer = try await chat(#""model":"zai-org/GLM-4.5V","messages":[{"role":"user","content":\#(parts)}]"#)
        #expect(message(answer)["content"] as? String == "A picture of 8 by 4 pixels, mostly red.")
    }

    @Test("Streams that fail: an error event, and a body without an end")
    func brokenStreams() async throws {
        func body(_ model: String) -> String {
            #"{"model":"local-service/\#(model)","messages":[{"role":"user","content":"hello"}],"stream":true}"#
        }
        try await LocalServiceProbe.with { probe in
            let failing = try await probe.post("/v1/chat/completions", json: body("fails-mid-stream"))
            #expect(failing.eventObjects.last?["error"] != nil)
            await #expect(throws: (any Error).self) {
                let cut = try await probe.post("/v1/chat/completions", json: body("cut-mid-stream"))
                // A client may hand over what came before the cut; then the end is what is missing.
                if !cut.events.contains("[DONE]") { throw URLError(.networkConnectionLost) }
            }
        }
    }

    @Test("Refusals: unknown model, no chat model, missing messages, bad values, too long")
    func refusals() async throws {
        let unknown = try await chat(#""model":"nobody/x","messages":[{"role":"user","content":"x"}]"#)
        #expect(unknown.status == 400)
        #expect((unknown.object["error"] as? [String: Any])?["code"] as? String == "model_not_found")
        let messages = #""messages":[{"role":"user","content":"x"}]"#
        let path = "/hf-inference/models/openai-community/gpt2/v1/chat/completions"
        let template = try await chat(messages, path: path)
        #expect(template.status == 422)
        #expect(template.object["error_type"] as? String == "template_error")
        let missing = try await chat(#""model":"\#(Self.model)""#)
        #expect(missing.status == 422)
        #expect(missing.headers["content-type"]?.hasPrefix("text/plain") == true)
        #expect(missing.text.contains("missing field `messages`"))
        let hot = try await chat(ask("x") + #","temperature":3"#)
        #expect(hot.status == 422)
        #expect(hot.error?.hasPrefix("Input validation error: `temperature`") == true)
        let typed = try await chat(ask("x") + #","max_tokens":"many""#)
        #expect(typed.text.contains("max_tokens: invalid type"))
        let long = try await chat(ask(String(repeating: "word ", count: 5_000)))
        #expect(long.object["error_type"] as? String == "validation")
    }

    @Test("A cold chat model loads first")
    func cold() async throws {
        try await LocalServiceProbe.with(.init(coldSeconds: 0.2)) { probe in
            let body = #"{"model":"local-service/cold-chat","messages":[{"role":"user","content":"ping"}]}"#
            let first = try await probe.post("/v1/chat/completions", json: body)
            #expect(first.status == 503)
            #expect(first.object["estimated_time"] as? Double != nil)
            let held = try await probe.post("/v1/chat/completions", json: body, headers: ["x-wait-for-model": "true"])
            #expect(held.status == 200)
        }
    }

    @Test("Completions, embeddings, speech, images and transcriptions in OpenAI's form")
    func others() async throws {
        let completion = try await chat(#""prompt":"The tide","max_tokens":3"#, path: "/v1/completions")
        #expect((choice(completion)["text"] as? String)?.split(separator: " ").count == 3)
        let embedded = try await chat(#""input":["a","b"],"encoding_format":"base64""#, path: "/v1/embeddings")
        let data = try #require(embedded.object["data"] as? [[String: Any]])
        let floats = (data.first?["embedding"] as? String).flatMap { Data(base64Encoded: $0) }
        #expect(floats?.count == 384 * 4)
        let plain = try await chat(#""input":"a","dimensions":8"#, path: "/v1/embeddings")
        #expect(((plain.object["data"] as? [[String: Any]])?.first?["embedding"] as? [Double])?.count == 8)
        let wrong = try await chat(#""input":7"#, path: "/v1/embeddings")
        #expect(wrong.status == 422 && wrong.object["type"] as? String == "Validation")
        let speech = try await chat(#""input":"hello","voice":"any""#, path: "/v1/audio/speech")
        #expect(speech.headers["content-type"] == "audio/wav")
        let image = try await chat(#""prompt":"sun","size":"16x8""#, path: "/v1/images/generations")
        let png = ((image.object["data"] as? [[String: String]])?.first?["b64_json"]).flatMap {
            Data(base64Encoded: $0)
        }
        #expect(png.flatMap(LocalServiceMedia.header)?.width == 16)
    }

    @Test("Transcriptions take a form with a file")
    func transcription() async throws {
        try await LocalServiceProbe.with { probe in
            for (format, isWhole) in [("json", false), ("verbose_json", true)] {
                var form = Data(
                    "--edge\r\nContent-Disposition: form-data; name=\"response_format\"\r\n\r\n\(format)\r\n".utf8
                )
                form += Data("--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n".utf8)
                form += Data("Content-Type: audio/wav\r\n\r\n".utf8) + LocalServiceMedia.wave
                form += Data("\r\n--edge--\r\n".utf8)
                let answer = try await probe.send(
                    "POST",
                    "/v1/audio/transcriptions",
                    body: form,
                    headers: ["Content-Type": "multipart/form-data; boundary=edge"]
                )
                #expect((answer.object["text"] as? String)?.split(separator: " ").count == 3)
                #expect((answer.object["words"] != nil) == isWhole)
            }
        }
    }

    @Test("TGI's and TEI's own routes")
    func serverRoutes() async throws {
        let generated = try await chat(#""inputs":"The tide","parameters":{"max_new_tokens":3}"#, path: "/generate")
        #expect((generated.object["generated_text"] as? String)?.split(separator: " ").count == 3)
        let refused = try await chat(#""inputs":"x","parameters":{"top_p":1}"#, path: "/generate_stream")
        #expect(refused.status == 200)
        #expect(refused.eventObjects.first?["error_type"] as? String == "validation")
        let embedded = try await chat(#""inputs":"a""#, path: "/embed")
        #expect((embedded.json as? [[Double]])?.map(\.count) == [384])
        let ranked = try await chat(#""query":"a cat","texts":["bus","kitten"],"return_text":true"#, path: "/rerank")
        #expect(ranked.objects.compactMap { $0["text"] as? String } == ["kitten", "bus"])
        let batch = #""inputs":["# + Array(repeating: #""a""#, count: 33).joined(separator: ",") + "]"
        let large = try await chat(batch, path: "/embed")
        #expect(large.status == 422)
        #expect(large.object["error_type"] as? String == "Validation")
        // Two texts are one pair, and a batch is a list of lists.
        let pair = try await chat(#""inputs":["a","b"]"#, path: "/predict")
        #expect(pair.objects.count == 2 && pair.objects.allSatisfy { $0["label"] is String })
        let predicted = try await chat(#""inputs":[["a"],["b"]]"#, path: "/predict")
        #expect((predicted.json as? [[[String: Any]]])?.map(\.count) == [2, 2])
        let three = try await chat(#""inputs":["a","b","c"]"#, path: "/predict")
        #expect(three.status == 422)
    }
}
