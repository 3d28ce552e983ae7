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
