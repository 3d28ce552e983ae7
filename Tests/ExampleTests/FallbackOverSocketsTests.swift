import InferenceKit
import LocalService
import Testing

@Suite("Fallbacks against the local service")
struct FallbackOverSocketsTests {
    @Test("A frozen and a limited model are passed over, and the third answers")
    func story() async throws {
        try await LocalServiceProbe.with { probe in
            var configuration = InferenceClient.Configuration(token: .none)
            configuration.router = probe.service.url
            configuration.hub = probe.service.url
            let client = InferenceClient(configuration)
            let result = try await client.result(
                of: TextClassification(text: "a good day"),
                model: "local-service/frozen",
                options: CallOptions(
                    fallbacks: ["local-service/limited", Fallback(model: ModelID(LocalServiceProbe.classifier))],
                    fallbackRules: FallbackRules(patience: .milliseconds(500))
                )
            )
            #expect(result.value.best?.label == "POSITIVE")
            #expect(result.metadata.model == ModelID(LocalServiceProbe.classifier))
            #expect(
                result.metadata.failedChoices.map { "\($0.model?.rawValue ?? "") \($0.error)" } == [
                    "local-service/frozen unsupportedTask (400): Model not supported by provider hf-inference",
                    "local-service/limited overloaded (429): Model is overloaded",
                ]
            )
        }
    }
}
