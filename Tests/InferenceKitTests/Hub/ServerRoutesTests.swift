import HTTPTypes
import TestSupport
import Testing

@testable import InferenceKit

@Suite("What servers tell about themselves")
struct ServerRoutesTests {
    private static let url = "http://127.0.0.1:8080"

    @Test(
        "The route stands in place of the one that was given",
        arguments: [
            ("http://h.example", "/health"), ("http://h.example/", "/health"), ("http://h.example/v1", "/health"),
            ("http://h.example/v1/chat/completions", "/health"), ("http://h.example/embed", "/health"),
            ("http://h.example/base/generate?k=1", "/base/health?k=1"),
            ("http://h.example/base/v1/models", "/base/health"),
            ("http://h.example/health", "/health"), ("http://h.example/org/models", "/org/models/health"),
        ]
    )
    func routes(_ url: String, _ path: String) async throws {
        let transport = MockTransport(.status(200))
        #expect(try await testClient(transport).health(of: url).isReady)
        #expect(transport.calls[0].request.path == path)
    }

    @Test("Healthy in every form")
    func healthy() async throws {
        let rows: [(MockTransport.Answer, String?)] = [
            (.status(200), nil), (.status(200, body: Array("Ok".utf8), mediaType: "text/plain"), "Ok"),
            (.json(#"{"ok":"ok"}"#), nil), (.json(#"{"status":"ok"}"#), "ok"),
        ]
        for (answer, message) in rows {
            let health = try await testClient(MockTransport(answer)).health(of: Self.url)
            #expect(health.state == .ready)
            #expect(health.message == message)
        }
    }

    @Test("Loading and unhealthy are answers, asked for once")
    func unhealthy() async throws {
        let rows: [(MockTransport.Answer, ServerHealth.State)] = [
            (.status(503, json: #"{"error":"unhealthy","error_type":"healthcheck"}"#), .unhealthy),
            (
                .status(503, json: #"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#),
                .loading
            ),
            (.json(#"{"status":"loading model"}"#), .loading), (.status(500), .unhealthy), (.status(502), .unhealthy),
        ]
        for (answer, state) in rows {
            let transport = MockTransport(answer)
            let health = try await testClient(transport).health(of: Self.url)
            #expect(health.state == state && !health.isReady)
            #expect(transport.calls.count == 1)
        }
    }

    @Test("A server without that route, one that wants a token, and none at all")
    func failures() async throws {
        let refusal = TransportError(.connectFailed, "Refused.", requestMayHaveReachedServer: false)
        for (answer, code) in [
            (MockTransport.Answer.status(404), InferenceError.Code.notFound), (.status(401), .authenticationFailed),
            (.failure(refusal), .connectionFailed),
            (.status(400, json: #"{"error":"Bad Request: Invalid state"}"#), .endpointPaused),
            (.status(503, json: #"{"error":"scaled to zero"}"#), .endpointScaledToZero),
        ] {
            let error = await #expect(throws: InferenceError.self) {
                try await testClient(MockTransport(answer)).health(of: Self.url)
            }
            #expect(error?.code == code)
        }
        let bad = await #expect(throws: InferenceError.self) {
            try await testClient(MockTransport()).health(of: "not a url")
        }
        #expect(bad?.code == .invalidInput && bad?.field == "url")
    }

    @Test("TGI's information")
    func tgi() async throws {
        let transport = MockTransport(
            .json(
                #"""
                {"model_id":"acme/m","model_sha":"abc","model_pipeline_tag":"text-generation","max_concurrent_requests":128,
                 "max_best_of":2,"max_stop_sequences":4,"max_input_tokens":4095,"max_total_tokens":4096,
                 "validation_workers":2,"max_client_batch_size":4,"router":"text-generation-router","version":"3.3",
                 "sha":null,"docker_label":"sha-1"}
                """#
            )
        )
        let info = try #require(try await testClient(transport).serverInfo(of: Self.url + "/generate"))
        #expect(transport.calls[0].request.path == "/info")
        #expect(info.modelID == "acme/m" && info.modelSHA == "abc" && info.task == "text-generation")
        #expect(info.maxConcurrentRequests == 128 && info.maxInputTokens == 4_095 && info.maxTotalTokens == 4_096)
        #expect(info.maxBestOf == 2 && info.maxStopSequences == 4 && info.maxClientBatchSize == 4)
        #expect(info.router == "text-generation-router" && info.version == "3.3" && info.sha == nil)
        #expect(info.dockerLabel == "sha-1" && info.framework == "text-generation-inference")
        #expect(info.additional == ["validation_workers": 2])
        #expect(info.json["max_best_of"] == 2)
    }

    @Test("TEI's information, for each of its kinds of model")
    func tei() async throws {
        for kind in [
            #"{"embedding":{"pooling":"mean"}}"#, #"{"classifier":{"id2label":{"0":"a"}}}"#, #"{"reranker":{}}"#,
        ] {
            let transport = MockTransport(
                .json(
                    #"""
                    {"model_id":"acme/e","model_sha":null,"model_dtype":"float16","served_model_name":"e","model_type":\#(kind),
                     "max_concurrent_requests":512,"max_input_length":512,"max_batch_tokens":16384,"max_batch_requests":null,
                     "max_client_batch_size":32,"auto_truncate":true,"tokenization_workers":8,"version":"1.7"}
                    """#
                )
            )
            let info = try #require(try await testClient(transport).serverInfo(of: Self.url))
            #expect(info.framework == "text-embeddings-inference" && info.modelDType == "float16")
            #expect(kind.contains("\"\(info.modelKind ?? "-")\""))
            #expect(info.maxInputTokens == 512 && info.maxBatchTokens == 16_384 && info.maxBatchRequests == nil)
            #expect(info.truncatesAutomatically == true && info.servedModelName == "e")
        }
    }

    @Test("A server without information is neither of the two, not down")
    func noInfo() async throws {
        #expect(try await testClient(MockTransport(.status(404))).serverInfo(of: Self.url) == nil)
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(MockTransport(.json("[1]"))).serverInfo(of: Self.url)
        }
        #expect(error?.code == .undecodable)
    }

    @Test("The models of OpenAI-compatible servers")
    func served() async throws {
        let transport = MockTransport(
            .json(
                #"{"object":"list","data":[{"id":"m","object":"model","created":1700000000,"owned_by":"vllm","max_model_len":4096,"root":"m"}]}"#
            ),
            .json(#"[{"name":"n"}]"#),
            .status(404)
        )
        let client = testClient(transport)
        let models = try await client.servedModels(of: Self.url + "/v1")
        #expect(transport.calls[0].request.path == "/v1/models")
        #expect(models.map(\.id) == ["m"] && models[0].owner == "vllm" && models[0].maxModelTokens == 4_096)
        #expect(models[0].created == .seconds(1_700_000_000) && models[0].additional == ["root": "m"])
        #expect(try await client.servedModels(of: Self.url).map(\.id) == ["n"])
        let error = await #expect(throws: InferenceError.self) { try await client.servedModels(of: Self.url) }
        #expect(error?.code == .notFound)
    }

    @Test("Metrics: labels, escapes, numbers that are none, and lines that cannot be read")
    func metrics() async throws {
        let text = """
            # HELP tgi_request_count All requests.
            # TYPE tgi_request_count counter
            tgi_request_count{method="batch"} 3
            tgi_request_count{method="single", path="a\\"b\\\\c\\n",} 4.5e2 1700000000000
            # just a comment

            tgi_queue_size 0\r
            h_bucket{le="+Inf"} +Inf
            broken{x=1} 2
            nan_value NaN # {trace_id="x"} 1
            1st 3
            """
        let transport = MockTransport(.bytes(Array(text.utf8), mediaType: "text/plain; version=0.0.4"))
        let metrics = try await testClient(transport).metrics(of: Self.url)
        #expect(transport.calls[0].request.path == "/metrics")
        #expect(
            metrics.samples.map(\.name) == [
                "tgi_request_count", "tgi_request_count", "tgi_queue_size", "h_bucket", "nan_value",
            ]
        )
        #expect(metrics["tgi_request_count"] == 3 && metrics["tgi_queue_size"] == 0 && metrics["nothing"] == nil)
        #expect(metrics.samples[1].labels == ["method": "single", "path": "a\"b\\c\n"])
        #expect(metrics.samples(named: "tgi_request_count", labels: ["method": "single"]).map(\.value) == [450])
        #expect(metrics["h_bucket"] == .infinity && metrics["nan_value"]?.isNaN == true)
        #expect(metrics.help["tgi_request_count"] == "All requests." && metrics.types["tgi_request_count"] == "counter")
        let page = MockTransport(.bytes(Array("<html>hello</html>".utf8), mediaType: "text/html"))
        let error = await #expect(throws: InferenceError.self) { try await testClient(page).metrics(of: Self.url) }
        #expect(error?.code == .undecodable)
        #expect(try await testClient(MockTransport(.status(200))).metrics(of: Self.url).samples.isEmpty)
    }

    @Test("A token that was given goes along; one of another kind too, since the server is one's own")
    func credentials() async throws {
        for token in ["hf_test", "key"] {
            let transport = MockTransport(.status(200))
            _ = try await testClient(transport).health(
                of: "https://h.example",
                options: CallOptions(token: .fixed(token))
            )
            #expect(transport.calls[0].request.headerFields[.authorization] == "Bearer \(token)")
        }
    }
    @Test("A token that lay around goes to Hugging Face's hosts and loopback only")
    func ambientToken() async throws {
        let transport = MockTransport()
        transport.answer(.any, with: .status(200), times: nil)
        var configuration = testConfiguration(transport)
        configuration.token = .environment({ $0 == "HF_TOKEN" ? "hf_ambient" : nil }, files: { _ in nil })
        let client = InferenceClient(configuration)
        for (url, goes) in [
            ("https://x.us-east-1.aws.endpoints.huggingface.cloud/", true), ("http://127.0.0.1:8080/v1", true),
            ("https://models.example.com/v1", false), ("https://huggingface.co.example.com/", false),
        ] {
            _ = try await client.health(of: url)
            #expect(transport.calls.last?.request.headerFields[.authorization] == (goes ? "Bearer hf_ambient" : nil))
        }
    }
}
