import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("The router's catalog, and what providers offer")
struct RoutedModelTests {
    private static let list = #"""
        {"object":"list","data":[
         {"id":"acme/chat","object":"model","created":1780000000,"owned_by":"acme","extra":1,
          "architecture":{"input_modalities":["text","image"],"output_modalities":["text"]},
          "providers":[
           {"provider":"novita","status":"live","context_length":131072,"pricing":{"input":0.1,"output":0.4},
            "supports_tools":true,"supports_structured_output":false,"first_token_latency_ms":410.5,"throughput":88.2,
            "is_model_author":false},
           {"provider":"featherless-ai","status":"live","is_model_author":true},
           {"provider":"groq","status":"error","pricing":{"input":0,"output":0.01},"throughput":900}]},
         {"id":"acme/free","providers":[{"provider":"together","status":"live","is_free":true,"pricing":{"input":3,"output":5},"throughput":12}]},
         {"id":"acme/empty"}]}
        """#

    private func models() async throws -> ([RoutedModel], MockTransport) {
        let transport = MockTransport(.json(Self.list))
        return (try await testClient(transport).routedModels(), transport)
    }

    @Test("Every fact, and none where the router tells none")
    func decoding() async throws {
        let (models, transport) = try await models()
        #expect(transport.calls[0].request.authority == "router.huggingface.co")
        #expect(transport.calls[0].request.path == "/v1/models")
        #expect(transport.calls[0].request.headerFields[.authorization] == "Bearer hf_test")
        #expect(models.map(\.id) == ["acme/chat", "acme/free", "acme/empty"])
        let chat = models[0]
        #expect(chat.owner == "acme" && chat.created == .seconds(1_780_000_000) && chat.additional == ["extra": 1])
        #expect(chat.inputModalities == ["text", "image"] && chat.outputModalities == ["text"])
        let novita = chat.offers[0]
        #expect(novita.provider == "novita" && novita.status == .live && novita.contextLength == 131_072)
        #expect(novita.inputPrice == 0.1 && novita.outputPrice == 0.4 && novita.isFree == nil)
        #expect(novita.supportsTools == true && novita.supportsStructuredOutput == false)
        #expect(novita.firstTokenLatency == .microseconds(410_500) && novita.throughput == 88.2)
        #expect(novita.isModelAuthor == false)
        let bare = chat.offers[1]
        #expect(bare.contextLength == nil && bare.inputPrice == nil && bare.supportsTools == nil)
        #expect(bare.throughput == nil && bare.firstTokenLatency == nil && bare.isModelAuthor == true)
        #expect(models[2].offers.isEmpty)
        #expect(try RoutedModel(json: chat.json) == chat)
    }

    @Test("Filters and orders; an offer of which the fact is not known comes last")
    func choices() async throws {
        let (models, _) = try await models()
        func names(_ choices: [RoutedChoice]) -> [String] { choices.map(\.routedName.rawValue) }
        #expect(names(models.choices()) == ["acme/chat:novita", "acme/chat:featherless-ai", "acme/free:together"])
        #expect(
            names(models.choices(by: .outputPrice))
                == ["acme/free:together", "acme/chat:novita", "acme/chat:featherless-ai"]
        )
        #expect(
            names(models.choices(by: .throughput))
                == ["acme/chat:novita", "acme/free:together", "acme/chat:featherless-ai"]
        )
        #expect(names(models.choices(by: .throughput) { _ in true }).first == "acme/chat:groq")
        #expect(names(models.choices { $0.offer.supportsTools == true }) == ["acme/chat:novita"])
        let last = ["acme/chat:featherless-ai", "acme/free:together"]
        for order in [RoutedChoice.Order.inputPrice, .cost(inputTokens: 10, outputTokens: 1)] {
            #expect(names(models.choices(by: order)).last == last[0])
        }
        // Known of one alone; those of which it is not known keep the router's order.
        for order in [RoutedChoice.Order.firstTokenLatency, .contextLength] {
            #expect(names(models.choices(by: order)) == ["acme/chat:novita"] + last)
        }
        let own = RoutedChoice.Order { $0.model == "acme/free" ? 0 : nil }
        #expect(names(models.choices(by: own)).first == "acme/free:together")
    }

    @Test("The cost before a call, and after it")
    func cost() async throws {
        let (models, _) = try await models()
        let novita = models[0].offers[0]
        let cost = try #require(novita.cost(inputTokens: 1_000_000, outputTokens: 500_000))
        #expect(abs(cost - 0.3) < 1e-12)
        #expect(models[0].offers[1].cost(inputTokens: 1, outputTokens: 1) == nil)
        #expect(models[1].offers[0].cost(inputTokens: 1_000, outputTokens: 1_000) == 0)
        let usage = try TokenUsage(json: ["prompt_tokens": 2_000_000, "completion_tokens": 0])
        #expect(abs(try #require(novita.cost(of: usage)) - 0.2) < 1e-12)
        #expect(novita.cost(of: try TokenUsage(json: [:])) == nil)
    }

    @Test("One model; kept for a while, not found as an error")
    func one() async throws {
        let transport = MockTransport(
            .json(#"{"id":"acme/chat","providers":[{"provider":"groq"},{"nonsense":1}]}"#),
            .status(404, json: #"{"error":{"message":"The model does not exist","code":"model_not_found"}}"#)
        )
        let client = testClient(transport)
        let model = try await client.routedModel("acme/chat:groq")
        #expect(model.offers.map(\.provider) == ["groq"] && model.offers[0].status == .live)
        _ = try await client.routedModel("acme/chat")
        #expect(transport.calls.map(\.request.path) == ["/v1/models/acme/chat"])
        let error = await #expect(throws: InferenceError.self) { try await client.routedModel("acme/none") }
        #expect(error?.code == .notFound && error?.model == "acme/none")
        let bad = await #expect(throws: InferenceError.self) { try await client.routedModel("a b") }
        #expect(bad?.field == "model")
    }

    @Test("Everything that a provider offers, by task, filters included")
    func partner() async throws {
        let transport = MockTransport(
            .json(
                #"""
                {"conversational":{"acme/m":{"providerId":"m-fp8","status":"live","x":1}},
                 "text-to-image":{"tag-filter=base_model:adapter:a/b,lora":{"providerId":"lora","status":"staging",
                  "adapterType":"lora","tags":["base_model:adapter:a/b","lora"]},
                  "tag-filter=x,y":{"status":"live"}}}
                """#
            ),
            .json("{}")
        )
        let client = testClient(transport)
        let offers = try await client.providerOffers(of: "novita")
        #expect(transport.calls[0].request.path == "/api/partners/novita/models?status=live")
        #expect(offers.map(\.task) == ["conversational", "text-to-image", "text-to-image"])
        #expect(offers[0].model == "acme/m" && offers[0].providerID == "m-fp8" && offers[0].additional == ["x": 1])
        #expect(offers[1].model == nil && offers[1].adapterType == "lora" && offers[1].status == .staging)
        #expect(offers[1].tags == ["base_model:adapter:a/b", "lora"])
        #expect(offers[2].tags == ["x", "y"])
        #expect(try await client.providerOffers(of: "a/b", status: nil).isEmpty)
        #expect(transport.calls[1].request.path == "/api/partners/a%2Fb/models")
        let error = await #expect(throws: InferenceError.self) { try await client.providerOffers(of: "") }
        #expect(error?.field == "provider")
    }
}
