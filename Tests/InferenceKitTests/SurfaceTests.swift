import HTTPTypes
import InferenceKit
import Testing

// The code of the README and of the documentation, compiled from outside the module and run on a scripted transport.

@Suite("The code that readers copy")
struct SurfaceTests {
    private func client(_ answers: MockTransport.Answer...) -> InferenceClient {
        InferenceClient(.init(token: .none, transport: MockTransport(answers)))
    }

    @Test("README")
    func readme() async throws {
        let client = client(
            .json(#"[[{"label":"POSITIVE","score":0.9}]]"#),
            .bytes([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], mediaType: "image/png")
        )
        let model: ModelID = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"

        let labels = try await client.textClassification("I liked it!", model: model)
        #expect(labels.best?.label ?? "–" == "POSITIVE")
        #expect(labels.best?.score ?? 0 == 0.9)

        let image = try await client.textToImage("a lighthouse at dusk", model: "black-forest-labs/FLUX.1-dev")
        #expect(image.mediaType == .png)
    }

    @Test("Getting started")
    func gettingStarted() async throws {
        let client = client(.json("[[1,0],[0.9,0.1],[0,1]]"), .json("[]"))
        let vectors = try await client.featureExtraction(["a cat", "a kitten", "a bus"], model: "org/embedder")
        let best = vectors.nearest(to: vectors.row(0), count: 2)
        #expect(best.count == 2)

        let options = CallOptions(waitsForModel: true) { event in
            if case .waiting(let wait, let estimate) = event.kind {
                print("waiting \(wait.duration), of about \(estimate ?? .zero)")
            }
        }
        let result = try await client.result(of: TextClassification(text: "x"), model: "a/b", options: options)
        #expect(result.metadata.attempts == 1)
    }

    @Test("Streaming and chat")
    func streaming() async throws {
        let events = [#"{"choices":[{"index":0,"delta":{"content":"Blue."},"finish_reason":"stop"}]}"#, "[DONE]"]
        let river = #"{"choices":[{"message":{"content":"{\"name\":\"Volga\"}"},"finish_reason":"stop"}]}"#
        let client = client(.events(events), .events(Array(events.prefix(0))), .json(river), .json(river))

        let answer = try await client.chatCompletionStream("Why is the sky blue?", model: "org/model")
        var text = ""
        for try await chunk in answer { text += chunk.text }
        #expect(text == "Blue.")
        #expect(answer.partial.finishReason?.rawValue == "stop")

        let broken = try await client.chatCompletionStream("Why is the sky blue?", model: "org/model")
        do {
            _ = try await broken.collect()
            Issue.record("no error")
        } catch let error as InferenceError {
            #expect(error.partial(of: ChatCompletion.self)?.text == "")
            #expect(error.code == .cutShort)
        }

        struct River: Decodable { var name: String; var kilometres: Int? }
        let value = try await client.chatCompletion("Name a river.", returning: River.self, model: "org/model").value
        #expect(value.name == "Volga")

        struct Place: Decodable { var city: String }
        let weather = try Tool("get_weather", "The weather of a city") { (place: Place) in "Sunny in \(place.city)" }
        let outcome = try await client.chatCompletion(
            Conversation([.user("Weather in Paris?")]),
            tools: [weather],
            model: "org/model"
        )
        #expect(outcome.ending == .answered)
    }

    @Test("Streams that go on, and the Responses API")
    func otherStreams() async throws {
        let completed =
            #"{"type":"response.completed","response":{"object":"response","status":"completed","output":[]}}"#
        let client = client(
            .events([#"{"choices":[{"index":0,"delta":{"content":"Once"}}]}"#]),
            .events([#"{"choices":[{"index":0,"delta":{"content":" upon"},"finish_reason":"stop"}]}"#]),
            .events([#"{"type":"response.output_text.delta","item_id":"m","delta":"Blue."}"#, completed])
        )
        let server = CallOptions(target: .url("http://127.0.0.1:8000/v1"))

        let story = try await client.chatCompletionStream("Tell me a story.", model: "org/model", options: server) {
            $0.continuation = .continueFinalMessage(limit: 2)
        }
        #expect(try await story.collect().text == "Once upon")

        let reply = try await client.responseStream("Why is the sky blue?", model: "org/model") {
            $0.reasoningEffort = "low"
        }
        var text = ""
        for try await event in reply { text += event.text }
        #expect(text == "Blue.")
        #expect(reply.partial.status?.rawValue == "completed")
        #expect(reply.partial.reasoning.isEmpty)
    }

    @Test("Accounts and endpoints")
    func accountsAndEndpoints() async throws {
        let user = #"{"type":"user","name":"ada","isPro":false,"auth":{"accessToken":{"role":"read"}}}"#
        let url = "https://abc.us-east-1.aws.endpoints.huggingface.cloud"
        let endpoint = #"{"name":"my-bert","status":{"state":"running","url":"\#(url)"}}"#
        let transport = MockTransport()
        transport.answer(.get("/api/whoami-v2"), with: .json(user))
        transport.answer(.path("/v2/endpoint/ada/my-bert"), with: .json(endpoint), times: nil)
        transport.answer(.get("/health"), with: .status(200))
        transport.answer(.post("/"), with: .json(#"[{"label":"A","score":1}]"#))
        transport.answer(
            .post("/hf-inference/models/org/gated"),
            with: .status(403).header("X-Error-Code", "GatedRepo")
        )
        let client = InferenceClient(.init(token: .fixed("hf_x"), transport: transport))

        let account = try await client.whoami()
        #expect(account.isPro == false)
        #expect(account.can(.callProviders) == true)

        do {
            _ = try await client.textClassification("I liked it", model: "org/gated")
            Issue.record("no error")
        } catch let error as InferenceError {
            let explanation = try await client.explanation(of: error)
            #expect(explanation.reason == .gated)
            #expect(explanation.page?.hasSuffix("/org/gated") == true)
        }

        let bert = try await client.endpoints.waitUntilRunning("my-bert")
        let options = CallOptions(target: .endpoint(bert, whenAsleep: .hold(upTo: .seconds(300))))
        #expect(try await client.textClassification("I liked it", options: options).best?.label == "A")
        #expect(client.rateLimits.isEmpty)
    }

    @Test("Writing a transport: a middleware sees every attempt")
    func middleware() async throws {
        let base = MockTransport(.status(503), .json("[]"))
        let seen = MockTransport()
        let logging = ClosureTransport { request, body, timeouts in
            _ = try? await seen.send(request, body: .empty, timeouts: Timeouts())
            return try await base.send(request, body: body, timeouts: timeouts)
        }
        var configuration = InferenceClient.Configuration(token: .none, transport: logging)
        configuration.clock.sleep = { _ in }
        _ = try await InferenceClient(configuration).textClassification("x", model: "a/b")
        #expect(seen.calls.count == 2)
    }

    @Test("Finding models")
    func findingModels() async throws {
        let warm = MockTransport.Answer.json(#"{"id":"org/model","inference":"warm","pipeline_tag":"fill-mask"}"#)
        let client = client(
            warm,
            warm,
            .json(#"[{"id":"org/a"},{"id":"org/model"}]"#),
            .json(#"[{"id":"org/a"},{"id":"org/model"}]"#),
            .json(
                #"""
                {"data":[{"id":"org/chat","providers":[{"provider":"novita","status":"live","supports_tools":true,
                 "pricing":{"input":1,"output":2}}]}]}
                """#
            ),
            .json(
                #"""
                {"choices":[{"message":{"content":"Hi."},"finish_reason":"stop"}],
                 "usage":{"prompt_tokens":1000,"completion_tokens":500}}
                """#
            )
        )
        let status = try await client.modelStatus("org/model")
        print(status.availability, "by", status.source, "for", status.task?.rawValue ?? "an unknown task")
        let ready = try await client.waitUntilWarm("org/model", timeout: .seconds(300))
        #expect(ready.isWarm)

        let query = ModelQuery(task: "text-classification", availability: .warm, sort: .trending)
        for try await model in client.models(query).prefix(10) {
            print(model.id, model.likes ?? 0)
        }
        let others = try await client.alternatives(to: "org/model")
        #expect(others.map(\.id) == ["org/a"])

        let models = try await client.routedModels()
        let choices = models.choices(by: .outputPrice) { $0.offer.status == .live && $0.offer.supportsTools == true }
        let cheapest = try #require(choices.first)
        let most = cheapest.offer.cost(inputTokens: 1_000, outputTokens: 500)
        let answer = try await client.chatCompletion("Hello", model: cheapest.routedName)
        let spent = answer.usage.flatMap { cheapest.offer.cost(of: $0) }
        #expect(most == 0.002 && spent == 0.002)
    }

    @Test("Adding a provider")
    func ownProvider() async throws {
        struct Example: InferenceProvider {
            static let id: ProviderID = "example"
            let formats = WireFormats(otherTasks: .unsupported) { formats in
                formats[TextClassification.self] = .form { task, exchange in
                    .json(["model": .string(exchange.modelName ?? ""), "text": .string(task.text)])
                } decode: { _, reply in
                    [ClassificationLabel(label: try reply.json().members().label("title"), score: nil)]
                }
            }
            var mapsModels: Bool { false }
            func path(for task: TaskID, model: ModelID?) throws -> String { "/v2/classify" }
        }
        let transport = MockTransport(.json(#"{"title":"news"}"#))
        let client = InferenceClient(.init(token: .none, target: Target(Example()), transport: transport))
        #expect(try await client.textClassification("x", model: "a/b").best?.label == "news")
        #expect(transport.calls[0].path == "/example/v2/classify")
        #expect(transport.calls[0].bodyText == #"{"model":"a/b","text":"x"}"#)
    }
}
