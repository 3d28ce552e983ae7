import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("The status of a model")
struct ModelStatusTests {
    static let path =
        "/api/models/acme/m?"
        + [
            "inference", "inferenceProviderMapping", "pipeline_tag", "library_name", "gated", "tags", "private",
            "disabled", "mask_token",
        ].map { "expand%5B%5D=\($0)" }.joined(separator: "&")

    private func status(_ json: String, at target: Target? = nil) async throws -> ModelStatus {
        let transport = MockTransport()
        transport.answer(.get("/api/models/acme/m"), with: .json(json))
        return try await testClient(transport).modelStatus("acme/m", options: CallOptions(target: target))
    }

    @Test("One question to the Hub, with the client's token")
    func request() async throws {
        let transport = MockTransport(
            .json(
                #"""
                {"_id":"1","id":"acme/m","inference":"warm","pipeline_tag":"text-generation","library_name":"transformers",
                 "gated":"manual","private":false,"disabled":false,"tags":["transformers","conversational"],
                 "inferenceProviderMapping":{
                   "novita":{"status":"live","providerId":"acme/m-fp8","task":"conversational","isModelAuthor":false},
                   "hf-inference":{"status":"staging","providerId":"acme/m","task":"conversational"}}}
                """#
            )
        )
        let status = try await testClient(transport).modelStatus("acme/m")
        #expect(transport.calls.count == 1)
        #expect(transport.calls[0].request.method == .get)
        #expect(transport.calls[0].request.authority == "huggingface.co")
        #expect(transport.calls[0].request.path == Self.path)
        #expect(transport.calls[0].request.headerFields[.authorization] == "Bearer hf_test")
        #expect(status.id == "acme/m" && !status.isRenamed)
        #expect(status.availability == .warm && status.isWarm)
        #expect(status.source == .hubInference)
        #expect(status.age == .zero)
        #expect(status.task == "text-generation")
        #expect(status.allowedTasks == ["text-generation", "chat-completion"])
        #expect(status.library == .transformers)
        #expect(status.gated == .manual)
        #expect(status.isPrivate == false && status.isDisabled == false)
        #expect(status.providers.map(\.provider) == ["novita", "hf-inference"])
        #expect(status.providers.map(\.status) == [.live, .staging])
        #expect(status.providers[0].providerID == "acme/m-fp8")
    }

    @Test("Another provider's key does not go to the Hub")
    func foreignKey() async throws {
        let transport = MockTransport(.json(#"{"id":"acme/m"}"#))
        _ = try await testClient(transport).modelStatus("acme/m", options: CallOptions(token: .fixed("key")))
        #expect(transport.calls[0].request.headerFields[.authorization] == nil)
    }

    /// What the Hub says, and what that means.
    struct Row: Sendable, CustomTestStringConvertible {
        var json: String
        var availability: ModelAvailability
        var source: ModelStatus.Source
        var target: Target?
        init(_ json: String, _ availability: ModelAvailability, _ source: ModelStatus.Source, at target: Target? = nil)
        {
            self.json = json
            self.availability = availability
            self.source = source
            self.target = target
        }
        var testDescription: String { json + (target.map { " at \($0)" } ?? "") }
    }

    private static let hfLive = #""hf-inference":{"status":"live","providerId":"acme/m","task":"fill-mask"}"#
    private static let other = #""novita":{"status":"live","providerId":"n","task":"fill-mask"}"#
    private static let failing = #""novita":{"status":"error","providerId":"n","task":"fill-mask"}"#

    private static let rows = [
        Row(#"{"id":"acme/m","inference":"warm"}"#, .warm, .hubInference),
        Row(#"{"id":"acme/m","inference":"cold"}"#, .cold, .hubInference),
        Row(#"{"id":"acme/m","inference":"frozen"}"#, .frozen, .hubInference),
        Row(#"{"id":"acme/m","inference":"thawing"}"#, ModelAvailability(rawValue: "thawing"), .hubInference),
        Row(#"{"id":"acme/m","inferenceProviderMapping":{\#(hfLive)}}"#, .warm, .hfInferenceMapping),
        Row(#"{"id":"acme/m","inferenceProviderMapping":{\#(failing),\#(hfLive)}}"#, .warm, .hfInferenceMapping),
        Row(#"{"id":"acme/m","inferenceProviderMapping":{\#(other)}}"#, .warm, .providerMapping),
        Row(
            #"{"id":"acme/m","inferenceProviderMapping":[{"provider":"novita","providerId":"n"}]}"#,
            .warm,
            .providerMapping
        ),
        Row(#"{"id":"acme/m","inferenceProviderMapping":{\#(failing)}}"#, .unknown, .providerMapping),
        Row(#"{"id":"acme/m","inferenceProviderMapping":{}}"#, .frozen, .providerMapping),
        Row(#"{"id":"acme/m","inferenceProviderMapping":[]}"#, .frozen, .providerMapping),
        Row(#"{"id":"acme/m","inference":null,"gated":false}"#, .unknown, .nothing),
        // The older words spoke of Hugging Face's own service alone.
        Row(#"{"id":"acme/m","inference":"cold","inferenceProviderMapping":{\#(hfLive)}}"#, .cold, .hubInference),
        Row(#"{"id":"acme/m","inference":"frozen","inferenceProviderMapping":{\#(other)}}"#, .warm, .providerMapping),
        // Asked about one provider.
        Row(
            #"{"id":"acme/m","inference":"warm","inferenceProviderMapping":{\#(hfLive)}}"#,
            .warm,
            .hfInferenceMapping,
            at: .hfInference
        ),
        Row(
            #"{"id":"acme/m","inference":"cold","inferenceProviderMapping":{\#(hfLive)}}"#,
            .cold,
            .hubInference,
            at: .hfInference
        ),
        Row(
            #"{"id":"acme/m","inference":"warm","inferenceProviderMapping":{\#(other)}}"#,
            .frozen,
            .hfInferenceMapping,
            at: .hfInference
        ),
        Row(
            #"{"id":"acme/m","inference":"warm","inferenceProviderMapping":{\#(other)}}"#,
            .frozen,
            .providerMapping,
            at: .together
        ),
        Row(#"{"id":"acme/m","inference":"warm"}"#, .unknown, .nothing, at: .together),
    ]

    @Test("What the Hub says, and what that means", arguments: rows)
    func verdict(_ row: Row) async throws {
        let status = try await status(row.json, at: row.target)
        #expect(status.availability == row.availability)
        #expect(status.source == row.source)
    }

    @Test(
        "Gating is false or a word",
        arguments: [
            (#"false"#, ModelGating.open), (#""auto""#, .automatic), (#""manual""#, .manual),
            ("true", ModelGating(rawValue: "true")),
        ]
    )
    func gating(_ json: String, _ expected: ModelGating) async throws {
        let status = try await status(#"{"id":"acme/m","gated":\#(json)}"#)
        #expect(status.gated == expected)
        #expect(status.gated?.json.jsonString() == json)
    }

    @Test("A renamed model is followed on the same host, with the token")
    func renamed() async throws {
        let transport = MockTransport()
        let location = "/api/models/google-bert/bert?expand=x"
        transport.answer(.get("/api/models/bert"), with: .status(307).header("Location", location))
        transport.answer(
            .get("/api/models/google-bert/bert"),
            with: .json(#"{"id":"google-bert/bert","inference":"warm"}"#)
        )
        let status = try await testClient(transport).modelStatus("bert")
        #expect(status.id == "google-bert/bert")
        #expect(status.asked == "bert")
        #expect(status.isRenamed)
        #expect(transport.calls[1].request.path == location)
        #expect(transport.calls[1].request.headerFields[.authorization] == "Bearer hf_test")
    }

    @Test("A redirect to another host is refused")
    func foreignRedirect() async throws {
        let transport = MockTransport(.status(307).header("Location", "https://evil.example/api/models/m"))
        let error = await #expect(throws: InferenceError.self) { try await testClient(transport).modelStatus("acme/m") }
        #expect(error?.code == .refusedRedirect)
        #expect(transport.calls.count == 1)
    }

    @Test("A model that is not there, with and without a token")
    func missing() async throws {
        let gone = MockTransport(
            .status(404, json: #"{"error":"Repository not found"}"#).header("X-Error-Code", "RepoNotFound")
        )
        let error = await #expect(throws: InferenceError.self) { try await testClient(gone).modelStatus("acme/m") }
        #expect(error?.code == .notFound)
        #expect(error?.model == "acme/m")
        let hidden = MockTransport(
            .status(401, json: #"{"error":"Invalid username or password."}"#).header("X-Error-Code", "RepoNotFound")
        )
        let refusal = await #expect(throws: InferenceError.self) {
            try await testClient(hidden).modelStatus("acme/m", options: CallOptions(token: TokenSource.none))
        }
        #expect(refusal?.code == .authenticationFailed)
    }

    @Test("An answer that is no model", arguments: ["[]", #"{"inference":"warm"}"#, "warm"])
    func undecodable(_ json: String) async throws {
        let error = await #expect(throws: InferenceError.self) { try await status(json) }
        #expect(error?.code == .undecodable)
        #expect(error?.model == "acme/m")
    }

    @Test(
        "A name that cannot be one is refused before anything is sent",
        arguments: ["", "a/b/c", "../x", "a b", "a/b\r\n"]
    )
    func badName(_ name: String) async throws {
        let transport = MockTransport()
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport).modelStatus(ModelID(name))
        }
        #expect(error?.code == .invalidInput)
        #expect(error?.field == "model")
        #expect(transport.calls.isEmpty)
    }

    // MARK: - Kept answers

    @Test("A hundred that ask at a time make one lookup; an expired answer is refreshed once, by its mark")
    func singleFlight() async throws {
        let clock = VirtualClock()
        let transport = MockTransport()
        transport.answer(
            .get("/api/models/acme/m"),
            with: .json(#"{"id":"acme/m","inference":"warm"}"#).header("ETag", #"W/"1""#).delayed(.milliseconds(20))
        )
        transport.answer(.get("/api/models/acme/m"), with: .status(304), times: nil)
        let client = testClient(transport, clock: clock)
        for round in 1...3 {
            try await withThrowingTaskGroup(of: ModelStatus.self) { group in
                for _ in 0..<100 { group.addTask { try await client.modelStatus("acme/m") } }
                for try await status in group { #expect(status.isWarm) }
            }
            #expect(transport.calls.count == round)
            clock.advance(by: .seconds(61))
        }
        #expect(transport.calls[0].request.headerFields[.ifNoneMatch] == nil)
        #expect(transport.calls[1].request.headerFields[.ifNoneMatch] == #"W/"1""#)
        #expect(transport.calls[2].request.headerFields[.ifNoneMatch] == #"W/"1""#)
    }

    @Test("The age is told; zero asks in any case, and another token is another question")
    func age() async throws {
        let clock = VirtualClock()
        let transport = MockTransport()
        transport.answer(.any, with: .json(#"{"id":"acme/m","inference":"warm"}"#), times: nil)
        let client = testClient(transport, clock: clock)
        #expect(try await client.modelStatus("acme/m").age == .zero)
        clock.advance(by: .seconds(40))
        #expect(try await client.modelStatus("acme/m").age == .seconds(40))
        #expect(transport.calls.count == 1)
        #expect(try await client.modelStatus("acme/m", maxAge: .seconds(30)).age == .zero)
        #expect(transport.calls.count == 2)
        #expect(try await client.modelStatus("acme/m", maxAge: .zero).age == .zero)
        #expect(transport.calls.count == 3)
        _ = try await client.modelStatus("acme/m", options: CallOptions(token: .fixed("hf_other")))
        #expect(transport.calls.count == 4)
        _ = try await client.modelStatus("acme/m:fastest")
        #expect(transport.calls.count == 4)
    }

    @Test("A failure is not kept as an answer")
    func failure() async throws {
        let transport = MockTransport(
            .status(404),
            .json(#"{"id":"acme/m","inference":"warm"}"#)
        )
        let client = testClient(transport)
        await #expect(throws: InferenceError.self) { try await client.modelStatus("acme/m") }
        #expect(try await client.modelStatus("acme/m").isWarm)
        #expect(transport.calls.count == 2)
    }

    @Test("A failure that may pass is tried again")
    func retried() async throws {
        let transport = MockTransport(.status(503), .json(#"{"id":"acme/m","inference":"warm"}"#))
        #expect(try await testClient(transport).modelStatus("acme/m").isWarm)
    }

    // MARK: - Other sources

    @Test("At the router its own list decides")
    func router() async throws {
        let transport = MockTransport()
        transport.answer(
            .get("/api/models/acme/m"),
            with: .json(#"{"id":"acme/m","pipeline_tag":"text-generation","inferenceProviderMapping":{}}"#),
            times: nil
        )
        let entry = #"{"id":"acme/m","providers":[{"provider":"novita","status":"STATUS"}]}"#
        for word in ["live", "error"] {
            transport.answer(
                .get("/v1/models/acme/m"),
                with: .json(entry.replacing("STATUS", with: word))
            )
        }
        transport.answer(.get("/v1/models/acme/m"), with: .status(404))
        let client = testClient(transport)
        for expected in [ModelAvailability.warm, .unknown, .frozen] {
            let status = try await client.modelStatus("acme/m", maxAge: .zero, options: CallOptions(target: .router))
            #expect(status.availability == expected)
            #expect(status.source == .routerCatalog)
            #expect(status.task == "text-generation")
        }
        #expect(transport.calls[1].request.authority == "router.huggingface.co")
        #expect(transport.calls[1].request.headerFields[.authorization] == "Bearer hf_test")
    }

    @Test("A server is asked for its health and what it serves")
    func server() async throws {
        let transport = MockTransport()
        transport.answer(.get("/health"), with: .status(200))
        transport.answer(
            .get("/info"),
            with: .json(#"{"model_id":"acme/m","model_pipeline_tag":"text-generation","max_total_tokens":4096}"#)
        )
        let target = Target.url("http://127.0.0.1:8080/v1")
        let status = try await testClient(transport).modelStatus("tgi", options: CallOptions(target: target))
        #expect(status.availability == .warm)
        #expect(status.source == .serverHealth)
        #expect(status.id == "acme/m")
        #expect(status.task == "text-generation")
        #expect(status.framework == "text-generation-inference")
        // Another name at a server is no renaming.
        #expect(!status.isRenamed)
        #expect(transport.calls.map(\.path) == ["/health", "/info"])
    }

    @Test("A server that loads, an endpoint that is paused or asleep, and one without a health")
    func serverStates() async throws {
        let endpoint = "https://x.us-east-1.aws.endpoints.huggingface.cloud"
        let rows: [(url: String, answer: MockTransport.Answer, ModelAvailability, ModelStatus.Source)] = [
            (
                "http://127.0.0.1:1", .status(503, json: #"{"error":{"message":"Loading model","code":503}}"#),
                .loading, .serverHealth
            ),
            (
                "http://127.0.0.1:1", .status(503, json: #"{"error":"unhealthy","error_type":"healthcheck"}"#),
                .unknown, .serverHealth
            ),
            (endpoint, .status(400, json: #"{"error":"Bad Request: Invalid state"}"#), .paused, .endpoint),
            (endpoint, .status(503, json: #"{"error":"The endpoint is scaled to zero"}"#), .cold, .endpoint),
        ]
        for (url, answer, availability, source) in rows {
            let transport = MockTransport(answer)
            let status = try await testClient(transport).modelStatus("m", options: CallOptions(target: .url(url)))
            #expect(status.availability == availability)
            #expect(status.source == source)
        }
        let bare = MockTransport()
        bare.answer(.get("/health"), with: .status(404))
        bare.answer(.get("/v1/models"), with: .json(#"{"object":"list","data":[{"id":"m"}]}"#))
        bare.answer(.get("/info"), with: .status(404))
        let options = CallOptions(target: .url("http://127.0.0.1:1"))
        #expect(try await testClient(bare).modelStatus("m", options: options).availability == .warm)
    }

    // MARK: - Before the router

    @Test(
        "The states of before the router",
        arguments: [
            ("Loaded", ModelAvailability.warm), ("Loadable", .cold), ("TooBig", .frozen), ("error", .frozen),
            ("Error", .frozen), ("Melting", ModelAvailability(rawValue: "melting")),
        ]
    )
    func legacy(_ word: String, _ availability: ModelAvailability) async throws {
        let transport = MockTransport(
            .json(
                #"""
                {"loaded":true,"state":"\#(word)","compute_type":{"gpu":{"gpu":"a100","count":2}},"framework":"text-generation-inference"}
                """#
            )
        )
        let status = try await testClient(transport).legacyStatus(of: "acme/m", at: "http://127.0.0.1:9/")
        #expect(transport.calls[0].request.path == "/status/acme/m")
        #expect(status.availability == availability)
        #expect(status.source == .legacyStatus)
        #expect(status.computeType == "gpu")
        #expect(status.framework == "text-generation-inference")
    }

    @Test("A compute type as a text, a state left out, an unknown model")
    func legacyShapes() async throws {
        let transport = MockTransport(
            .json(#"{"loaded":true,"compute_type":"cpu"}"#),
            .status(404, json: #"{"error":"Model unknown"}"#),
            .json("{}")
        )
        let client = testClient(transport)
        let status = try await client.legacyStatus(of: "gpt2", at: "http://127.0.0.1:9")
        #expect(status.availability == .warm && status.computeType == "cpu" && status.framework == nil)
        let unknown = await #expect(throws: InferenceError.self) {
            try await client.legacyStatus(of: "nobody", at: "http://127.0.0.1:9")
        }
        #expect(unknown?.code == .notFound && unknown?.model == "nobody")
        let empty = await #expect(throws: InferenceError.self) {
            try await client.legacyStatus(of: "gpt2", at: "http://127.0.0.1:9")
        }
        #expect(empty?.code == .undecodable)
    }

    @Test("The models that a framework has loaded")
    func deployed() async throws {
        let transport = MockTransport(.json(#"[{"model_id":"gpt2","task":"text-generation","x":1},{"model_id":"b"}]"#))
        let models = try await testClient(transport).deployedModels(
            framework: .sentenceTransformers,
            at: "http://127.0.0.1:9"
        )
        #expect(transport.calls[0].request.path == "/framework/sentence-transformers")
        #expect(models.map(\.model) == ["gpt2", "b"])
        #expect(models[0].task == "text-generation" && models[1].task == nil)
        #expect(models[0].additional == ["x": 1])
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(MockTransport()).deployedModels(framework: "", at: "http://127.0.0.1:9")
        }
        #expect(error?.field == "framework")
        let bad = await #expect(throws: InferenceError.self) {
            try await testClient(MockTransport()).deployedModels(framework: .timm, at: "nowhere")
        }
        #expect(bad?.field == "url")
    }
}
