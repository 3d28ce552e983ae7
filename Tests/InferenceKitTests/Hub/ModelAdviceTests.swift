import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("What the Hub recommends")
struct ModelAdviceTests {
    private static let tasks = #"""
        {"fill-mask":{"id":"fill-mask","label":"Fill-Mask","libraries":["transformers"],"summary":"Words.",
           "models":[{"id":"org/b","description":"good"},{"id":"org/a"},{"id":""}],"widgetModels":["org/a"],"metrics":[]},
         "depth-estimation":{"label":"Depth","models":[{"id":"org/d","description":""}],"widgetModels":[""]},
         "other":{"widgetModels":[]}}
        """#

    @Test("The models of a task: an empty name is none, and each is named once")
    func recommended() async throws {
        let transport = MockTransport(.json(Self.tasks))
        let client = testClient(transport)
        #expect(try await client.recommendedModels(for: "fill-mask") == ["org/a", "org/b"])
        #expect(try await client.recommendedModels(for: "depth-estimation") == ["org/d"])
        #expect(try await client.recommendedModels(for: "other").isEmpty)
        #expect(try await client.recommendedModels(for: "robotics").isEmpty)
        #expect(transport.calls.map(\.request.path) == ["/api/tasks"])
        let pages = try await client.taskPages()
        #expect(pages.map(\.id) == ["fill-mask", "depth-estimation", "other"])
        #expect(pages[0].label == "Fill-Mask" && pages[0].summary == "Words." && pages[0].libraries == [.transformers])
        #expect(pages[0].models.map(\.description) == ["good", nil])
        #expect(pages[0].additional == ["metrics": []])
        #expect(try TaskPage(json: pages[0].json) == pages[0])
    }

    private func hub(_ info: String) -> MockTransport {
        let transport = MockTransport()
        transport.answer(.get("/api/models/acme/m"), with: .json(info), times: nil)
        return transport
    }

    @Test("The task of a model; conversations are chat")
    func task() async throws {
        let chat = hub(#"{"id":"acme/m","pipeline_tag":"text-generation","tags":["conversational"]}"#)
        #expect(try await testClient(chat).task(of: "acme/m") == "chat-completion")
        #expect(
            try await testClient(hub(#"{"id":"acme/m","pipeline_tag":"fill-mask"}"#)).task(of: "acme/m") == "fill-mask"
        )
        #expect(try await testClient(hub(#"{"id":"acme/m"}"#)).task(of: "acme/m") == nil)
    }

    @Test("What can stand in for a model: the same task, warm, the most talked about first, not itself")
    func alternatives() async throws {
        let transport = hub(#"{"id":"acme/new","pipeline_tag":"text-generation","tags":["conversational"]}"#)
        let list = #"[{"id":"a/1"},{"id":"acme/new"},{"id":"acme/m"},{"id":"a/2"},{"id":"a/3"}]"#
        transport.answer(.get("/api/models"), with: .json(list), times: nil)
        let client = testClient(transport)
        #expect(try await client.alternatives(to: "acme/m", limit: 2).map(\.id) == ["a/1", "a/2"])
        let path = try #require(transport.calls[1].request.path)
        #expect(
            path.hasPrefix(
                "/api/models?pipeline_tag=text-generation&filter=conversational&inference=warm&sort=trendingScore&limit=3&"
            )
        )
        _ = try await client.alternatives(to: "acme/m", at: "groq", limit: 2)
        #expect(transport.calls[2].request.path?.contains("&inference_provider=groq&sort") == true)
        #expect(transport.calls[2].request.path?.contains("inference=warm") == false)
        let error = await #expect(throws: InferenceError.self) { try await client.alternatives(to: "acme/m", limit: 0) }
        #expect(error?.field == "limit")
        #expect(try await testClient(hub(#"{"id":"acme/m"}"#)).alternatives(to: "acme/m").isEmpty)
    }

    private func failure(_ code: InferenceError.Code, at provider: ProviderID? = "hf-inference") -> InferenceError {
        var error = InferenceError(code, "No.")
        error.model = "acme/m"
        error.provider = provider
        return error
    }

    @Test("Advice on a model that is not served where it was asked for")
    func advice() async throws {
        let transport = hub(
            #"""
            {"id":"acme/new","pipeline_tag":"fill-mask","inferenceProviderMapping":{
             "novita":{"status":"live","providerId":"n"},"groq":{"status":"error","providerId":"g"}}}
            """#
        )
        transport.answer(.get("/api/models"), with: .json(#"[{"id":"a/1"}]"#))
        let advice = try #require(try await testClient(transport).advice(on: failure(.unsupportedTask)))
        #expect(advice.model == "acme/m")
        #expect(advice.status?.id == "acme/new")
        #expect(advice.providers == ["novita"])
        #expect(advice.alternatives == ["a/1"])
        #expect(
            advice.text == "acme/m is not served by whom it was asked of. It is called acme/new now."
                + " These providers offer it: novita. These models of its task are served: a/1."
        )
        // Whoever calls the own service is told of its models.
        #expect(transport.calls.last?.request.path?.contains("inference_provider=hf-inference") == true)
    }

    @Test("Advice on a model that is frozen, gone or not there")
    func adviceOnAbsence() async throws {
        let frozen = hub(
            #"{"id":"acme/m","pipeline_tag":"fill-mask","inference":"frozen","inferenceProviderMapping":{}}"#
        )
        frozen.answer(.get("/api/models"), with: .json("[]"), times: nil)
        let client = testClient(frozen)
        #expect(
            try await client.advice(on: failure(.unsupportedTask, at: nil))?.text
                == "acme/m is not served at the moment (frozen)."
        )
        #expect(try await client.advice(on: failure(.removed))?.text == "acme/m is not served any more.")
        let missing = MockTransport()
        missing.answer(.get("/api/models/acme/m"), with: .status(404))
        missing.answer(.get("/api/models"), with: .json(#"[{"id":"other/m"},{"id":"acme/m"}]"#))
        let advice = try #require(try await testClient(missing).advice(on: failure(.notFound)))
        #expect(advice.status == nil)
        #expect(advice.alternatives == ["other/m"])
        #expect(advice.text.contains("other/m"))
        #expect(missing.calls[1].request.path?.hasPrefix("/api/models?search=m&sort=trendingScore&limit=5") == true)
    }

    @Test("No advice on errors that are not about a model, and nothing is asked")
    func noAdvice() async throws {
        let transport = MockTransport()
        let client = testClient(transport)
        for code in [InferenceError.Code.rateLimited, .invalidInput, .authenticationFailed, .timedOut] {
            #expect(try await client.advice(on: failure(code)) == nil)
        }
        #expect(try await client.advice(on: InferenceError(.notFound, "No.")) == nil)
        var own = failure(.notFound)
        own.model = "my model"
        #expect(try await client.advice(on: own) == nil)
        #expect(transport.calls.isEmpty)
    }
}
