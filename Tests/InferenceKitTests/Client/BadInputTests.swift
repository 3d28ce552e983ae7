import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("Bad input is a clear error, and nothing is sent")
struct BadInputTests {
    private func expect(
        _ field: String,
        _ call: (InferenceClient) async throws -> Void,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let transport = MockTransport()
        do {
            try await call(testClient(transport))
            Issue.record("no error", sourceLocation: sourceLocation)
        } catch let error as InferenceError {
            #expect(error.code == .invalidInput, sourceLocation: sourceLocation)
            #expect(error.field == field, "\(error)", sourceLocation: sourceLocation)
            #expect(error.message.contains("expected"), sourceLocation: sourceLocation)
            #expect(error.attempts == 0, sourceLocation: sourceLocation)
        } catch {
            Issue.record(error, sourceLocation: sourceLocation)
        }
        #expect(transport.calls.isEmpty, sourceLocation: sourceLocation)
    }

    @Test(
        "Model ids that would be another path, or a header",
        arguments: [
            "..", "../x", "a/..", "a/../b", "a b", "a/b c", "a/b\r\nX: y", "a/b/c", "", "/", "a/", "/b", "a/b?x=1",
            "a/b#c", "a%2Fb", "ä/b", ".a/b", "a/b.", "https://example.com/x",
        ]
    )
    func model(_ id: String) async {
        await expect("model") { _ = try await $0.textClassification("x", model: ModelID(id)) }
    }

    @Test("Model ids that are fine", arguments: ["gpt2", "a/b", "org-1/model_2.5", "A.B/c-d"])
    func goodModel(_ id: String) async throws {
        let transport = MockTransport(.json("[]"))
        _ = try await testClient(transport).textClassification("x", model: ModelID(id))
        #expect(transport.calls[0].path == "/hf-inference/models/\(id)")
    }

    @Test("Names of models at a server of one's own", arguments: ["a b", "a\nb", "", "../x"])
    func serverModel(_ id: String) async {
        let options = CallOptions(target: .url("http://127.0.0.1:1/v1"))
        await expect("model") { _ = try await $0.featureExtraction("x", model: ModelID(id), options: options) }
    }

    @Test(
        "URLs that are none",
        arguments: [
            "example.com/x", "localhost:8080", "ftp://example.com", "http://", "http://a b/", "http://a/\r\nX: y", "",
            "http://user:pass@host/",
        ]
    )
    func url(_ url: String) async {
        await expect("url") {
            _ = try await $0.textClassification("x", model: "a/b", options: CallOptions(target: .url(url)))
        }
    }

    @Test("A dialect that is none")
    func dialect() async {
        let target = Target.url("http://127.0.0.1:1", dialect: Dialect(rawValue: "esperanto"))
        await expect("dialect") {
            _ = try await $0.textClassification("x", model: "a/b", options: CallOptions(target: target))
        }
    }

    @Test("Tokens with line ends inside", arguments: ["hf_a\nb", "hf_a b", "hf_a\r\nX: y", "hf_\u{0}"])
    func token(_ token: String) async {
        await expect("token") {
            _ = try await $0.textClassification("x", model: "a/b", options: CallOptions(token: .fixed(token)))
        }
    }

    @Test("A token's outer white space is dropped, and an empty one is none")
    func tokenTrimming() async throws {
        let transport = MockTransport(.json("[]"), .json("[]"))
        let client = testClient(transport)
        _ = try await client.textClassification("x", model: "a/b", options: CallOptions(token: .fixed(" hf_a\r\n")))
        _ = try await client.textClassification("x", model: "a/b", options: CallOptions(token: .fixed(" \n")))
        #expect(transport.calls[0].request.headerFields[.authorization] == "Bearer hf_a")
        #expect(transport.calls[1].request.headerFields[.authorization] == nil)
    }

    @Test("Organisations with line ends")
    func billTo() async {
        await expect("billTo") {
            _ = try await $0.textClassification("x", model: "a/b", options: CallOptions(billTo: "acme\r\nX: y"))
        }
    }

    @Test("Clocks and attempts that cannot be")
    func numbers() async {
        await expect("timeouts.total") {
            let options = CallOptions(timeouts: Timeouts(total: .zero))
            _ = try await $0.textClassification("x", model: "a/b", options: options)
        }
        await expect("retry.maxAttempts") {
            let options = CallOptions(retry: RetryPolicy(maxAttempts: 0))
            _ = try await $0.textClassification("x", model: "a/b", options: options)
        }
    }

    @Test("A provider's key where only Hugging Face's own works is still the router's")
    func ownKey() async throws {
        let transport = MockTransport(.json("[]"))
        let options = CallOptions(token: .fixed("key_of_mine"))
        _ = try await testClient(transport).textClassification("x", model: "a/b", options: options)
        #expect(transport.calls[0].request.authority == "router.huggingface.co")
    }

    @Test("A task that the server's dialect has no route for")
    func unsupported() async throws {
        let transport = MockTransport()
        let options = CallOptions(target: .url("http://127.0.0.1:1/v1"))
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport).imageClassification(.bytes([1]), model: "a/b", options: options)
        }
        #expect(error?.code == .unsupportedTask)
        #expect(transport.calls.isEmpty)
    }
}
