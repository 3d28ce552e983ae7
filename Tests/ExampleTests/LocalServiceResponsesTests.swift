import Foundation
import InferenceKit
import LocalService
import Testing

@Suite("Local service: the Responses API")
struct LocalServiceResponsesTests {
    private static let model: ModelID = "HuggingFaceTB/SmolLM3-3B"

    /// Runs `body` with the library's client of a local service.
    private func with(_ body: (InferenceClient) async throws -> Void) async throws {
        try await LocalServiceProbe.with { probe in
            var configuration = InferenceClient.Configuration(token: .fixed("hf_local"), model: Self.model)
            configuration.router = probe.service.url
            try await body(InferenceClient(configuration))
        }
    }

    @Test("A whole response, and the same in a stream, as the library reads them")
    func wholeAndStreamed() async throws {
        try await with { client in
            let whole = try await client.response("Name a river") { $0.instructions = "Be short" }
            #expect(whole.text == "The Loire.")
            #expect(whole.status == .completed)
            #expect(whole.usage?.totalTokens == (whole.usage?.promptTokens ?? 0) + (whole.usage?.completionTokens ?? 0))
            let reply = try await client.responseStream("Name a river") { $0.instructions = "Be short" }
            var text = ""
            for try await event in reply { text += event.text }
            #expect(text == whole.text)
            #expect(reply.partial.output == whole.output)
            #expect(reply.partial.usage == whole.usage)
        }
    }

    @Test("Thoughts, a schema, a limit, and a call with its result")
    func options() async throws {
        struct Place: Decodable { var city: String }
        try await with { client in
            let thought = try await client.responseStream("ping") { $0.reasoningEffort = "low" }.collect()
            #expect(thought.text == "pong")
            #expect(thought.reasoning.hasPrefix("The last message has"))
            let cut = try await client.responseStream("why is the sky blue?") { $0.maxOutputTokens = 3 }.collect()
            #expect(cut.text == "Because air scatters")
            #expect(cut.status == .incomplete)
            #expect(cut.incompleteReason == "max_output_tokens")
            let schema = try JSONSchema.of(Place.self)
            let structured = try await client.response("Where is Graz") { $0.responseFormat = .jsonSchema(schema) }
            #expect(structured.text == #"{"city":"Graz"}"#)
            let tool = ToolDefinition(name: "get_weather", description: "The weather of a city", parameters: schema)
            var items = ResponseInput.text("What is the weather in Lisbon?").items
            for isStreamed in [false, true] {
                let configure = { (task: inout ResponseCreation) in task.tools = [.function(tool)] }
                let asked =
                    isStreamed
                    ? try await client.responseStream(.items(items), configure: configure).collect()
                    : try await client.response(.items(items), configure: configure)
                #expect(asked.toolCalls.first?.name == "get_weather")
                #expect(asked.toolCalls.first?.arguments == #"{"city":"Lisbon"}"#)
                guard isStreamed, let call = asked.toolCalls.first else { continue }
                items += asked.history + [.output("sunny", for: call)]
                #expect(try await client.response(.items(items), configure: configure).text == "The tool says: sunny")
            }
        }
    }

    @Test("Streams that fail carry what had arrived")
    func broken() async throws {
        try await with { client in
            for (model, code) in [
                ("local-service/fails-mid-stream", InferenceError.Code.serverFailure),
                ("local-service/cut-mid-stream", .cutShort),
            ] {
                let error = await #expect(throws: InferenceError.self) {
                    try await client.responseStream("hello", model: ModelID(model)).collect()
                }
                #expect(error?.code == code)
                #expect(error?.partial(of: ResponseCreation.self)?.text.hasPrefix("Hello") == true)
            }
        }
    }

    @Test("The bytes: data alone, numbered events, no [DONE]; refusals in the router's form")
    func bytes() async throws {
        try await LocalServiceProbe.with { probe in
            let start = #""model":"\#(Self.model)","input":"#
            let streamed = try await probe.post("/v1/responses", json: "{\(start)\"ping\",\"stream\":true}")
            #expect(streamed.headers["content-type"] == "text/event-stream")
            #expect(!streamed.text.contains("event:") && !streamed.text.contains("[DONE]"))
            #expect(streamed.eventObjects.map { $0["sequence_number"] as? Int } == Array(0..<streamed.events.count))
            #expect(streamed.eventObjects.last?["type"] as? String == "response.completed")
            for body in ["{\(start)7}", "{\(start)[{\"type\":\"reasoning\"}]}", "[", #"{"model":"x"}"#] {
                let refused = try await probe.post("/v1/responses", json: body)
                #expect(refused.status == 400)
                #expect(refused.object["success"] as? Bool == false)
            }
        }
    }

    @Test("Speech by OpenAI's route, as the library calls it")
    func speech() async throws {
        try await LocalServiceProbe.with { probe in
            let client = InferenceClient(.init(token: .none))
            let options = CallOptions(target: .url(probe.service.url + "/v1"))
            let wave = try await client.textToSpeech("hello", voice: "any", speed: 1, options: options)
            #expect(wave.mediaType == .wav)
            #expect(wave.samplingRate == 16_000)
            let samples = try await client.textToSpeech("hello", mediaType: "audio/pcm", options: options)
            #expect(try samples.bytes() == Array(wave.bytes().dropFirst(44)))
            let error = await #expect(throws: InferenceError.self) {
                try await client.textToSpeech("hello", mediaType: .flac, options: options)
            }
            #expect(error?.code == .rejected)
        }
    }
}
