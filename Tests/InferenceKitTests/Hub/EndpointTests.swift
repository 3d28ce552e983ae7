import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@testable import InferenceKit

/// Answers of the Inference Endpoints API.
enum EndpointSample {
    static let full = #"""
        {"name":"my-bert","type":"authenticated","accountId":null,"healthRoute":"/health","tags":["demo"],"novel":{"a":1},
         "provider":{"vendor":"aws","region":"us-east-1"},
         "compute":{"accelerator":"gpu","instanceType":"nvidia-l4","instanceSize":"x1",
          "scaling":{"minReplica":0,"maxReplica":2,"scaleToZeroTimeout":15,"measure":{"pendingRequests":1.5}}},
         "model":{"repository":"google-bert/bert-base-uncased","revision":"86b5","task":"fill-mask","framework":"pytorch",
          "image":{"huggingface":{}},"env":{"A":"b"},"secrets":{"C":"d"}},
         "status":{"state":"running","message":"Endpoint is ready","createdAt":"2026-01-02T03:04:05.123456789Z",
          "updatedAt":"2026-01-02T03:09:05.1Z","createdBy":{"id":"5f","name":"ada"},"updatedBy":{"id":"5f","name":"ada"},
          "private":null,"url":"https://abc.us-east-1.aws.endpoints.huggingface.cloud","readyReplica":1,"targetReplica":1}}
        """#

    static let url = "https://abc.us-east-1.aws.endpoints.huggingface.cloud"

    static func json(_ state: String, url: String? = url, message: String? = nil) -> String {
        let url = url.map { #","url":"\#($0)""# } ?? ""
        let message = message.map { #","message":"\#($0)""# } ?? ""
        return #"{"name":"my-bert","healthRoute":"/health","status":{"state":"\#(state)"\#(message)\#(url)}}"#
    }

    static func state(_ state: String, url: String? = url, message: String? = nil) -> MockTransport.Answer {
        .json(json(state, url: url, message: message))
    }

    static func value(_ state: String, url: String? = url) throws -> InferenceEndpoint {
        try InferenceEndpoint(json: JSONValue(jsonString: json(state, url: url))).placed(in: "ada")
    }
}

@Suite("Inference Endpoints: values")
struct EndpointValueTests {
    @Test("The documented answer, every member")
    func documented() throws {
        let sent = try JSONValue(jsonString: EndpointSample.full)
        let endpoint = try InferenceEndpoint(json: sent)
        #expect(endpoint.name == "my-bert")
        #expect(endpoint.namespace == nil)
        #expect(endpoint.access == .authenticated)
        #expect(endpoint.healthRoute == "/health")
        #expect(endpoint.tags == ["demo"])
        #expect(endpoint.location?.vendor == "aws")
        #expect(endpoint.location?.region == "us-east-1")
        #expect(endpoint.compute?.accelerator == "gpu")
        #expect(endpoint.compute?.instanceType == "nvidia-l4")
        #expect(endpoint.compute?.instanceSize == "x1")
        #expect(endpoint.compute?.scaling?.minReplica == 0)
        #expect(endpoint.compute?.scaling?.maxReplica == 2)
        #expect(endpoint.compute?.scaling?.scaleToZeroMinutes == 15)
        #expect(endpoint.compute?.scaling?.measure == .pendingRequests(1.5))
        #expect(endpoint.model?.repository == "google-bert/bert-base-uncased")
        #expect(endpoint.model?.revision == "86b5")
        #expect(endpoint.model?.task == "fill-mask")
        #expect(endpoint.model?.framework == "pytorch")
        #expect(endpoint.model?.image == ["huggingface": [:]])
        #expect(endpoint.model?.environment == ["A": "b"])
        #expect(endpoint.model?.secretNames == ["C"])
        #expect(endpoint.status.state == .running)
        #expect(endpoint.status.message == "Endpoint is ready")
        #expect(endpoint.status.created == .seconds(1_767_323_045) + .nanoseconds(123_456_789))
        #expect(endpoint.status.updated == .seconds(1_767_323_345) + .milliseconds(100))
        #expect(endpoint.status.creator == "ada")
        #expect(endpoint.status.url == EndpointSample.url)
        #expect(endpoint.status.readyReplicas == 1)
        #expect(endpoint.status.targetReplicas == 1)
        #expect(endpoint.additional["novel"] == ["a": 1])
        #expect(endpoint.json["novel"] == ["a": 1])
        #expect(endpoint.json["status"] == sent["status"])
        #expect(endpoint.json["compute"] == sent["compute"])
        #expect(endpoint.json["model"]?["secrets"] == ["C": nil])
        #expect(try InferenceEndpoint(json: endpoint.json) == endpoint)
    }

    @Test(
        "Whatever else comes is read, unknown words survive",
        arguments: [
            #"{"name":"x","status":{"state":"pending"}}"#,
            #"{"name":"x","status":{"state":"hibernating","url":null,"readyReplica":null}}"#,
            #"{"name":"x","type":"novel","provider":null,"compute":null,"model":null,"tags":null,"healthRoute":null,"status":{"state":"failed","message":null}}"#,
            #"{"name":"x","compute":{"scaling":{"measure":{"novel":{"a":1}}}},"model":{"image":{"vLLM":{"tensorParallelSize":2}},"revision":null},"status":{"state":"updating"}}"#,
        ]
    )
    func otherAnswers(text: String) throws {
        let sent = try JSONValue(jsonString: text)
        let endpoint = try InferenceEndpoint(json: sent)
        #expect(endpoint.status.state.rawValue == sent["status"]?["state"]?.stringValue)
        #expect(endpoint.json["model"]?["image"] == sent["model"]?["image"])
        #expect(endpoint.json["compute"]?["scaling"]?["measure"] == sent["compute"]?["scaling"]?["measure"])
        #expect(try InferenceEndpoint(json: endpoint.json) == endpoint)
    }

    @Test("Descriptions show neither variables nor secrets")
    func descriptions() throws {
        var endpoint = try InferenceEndpoint(json: JSONValue(jsonString: EndpointSample.full))
        endpoint.model?.environment = ["A": "hush"]
        var settings = EndpointSettings(repository: "a/b")
        settings.secrets = ["C": "hush"]
        var dumped = ""
        dump(endpoint, to: &dumped)
        dump(settings, to: &dumped)
        for text in ["\(endpoint)", "\(settings)", dumped] { #expect(!text.contains("hush")) }
    }
}

@Suite("Inference Endpoints: requests")
struct EndpointRequestTests {
    private var settings: EndpointSettings {
        EndpointSettings(
            repository: "google-bert/bert-base-uncased",
            accelerator: "gpu",
            instanceType: "nvidia-l4",
            instanceSize: "x1",
            vendor: "aws",
            region: "us-east-1"
        )
    }

    /// Makes one call and returns the one request.
    private func call(
        _ answer: MockTransport.Answer = .json(EndpointSample.full),
        _ work: (InferenceEndpoints) async throws -> Void
    ) async throws -> MockTransport.Call {
        let transport = MockTransport(answer)
        try await work(testClient(transport).endpoints)
        try transport.verify()
        return try #require(transport.calls.first)
    }

    @Test("Each verb: method, path, credentials, body")
    func verbs() async throws {
        let base = "/v2/endpoint/acme"
        var calls: [(MockTransport.Call, String)] = []
        calls.append((try await call { _ = try await $0.find("my-bert", namespace: "acme") }, "GET \(base)/my-bert"))
        calls.append(
            (try await call { _ = try await $0.pause("my-bert", namespace: "acme") }, "POST \(base)/my-bert/pause")
        )
        calls.append(
            (try await call { _ = try await $0.resume("my-bert", namespace: "acme") }, "POST \(base)/my-bert/resume")
        )
        calls.append(
            (
                try await call { _ = try await $0.scaleToZero("my-bert", namespace: "acme") },
                "POST \(base)/my-bert/scale-to-zero"
            )
        )
        calls.append(
            (
                try await call(.json("{}")) { try await $0.delete("my-bert", namespace: "acme") },
                "DELETE \(base)/my-bert"
            )
        )
        calls.append(
            (
                try await call(.status(204)) { try await $0.delete("my-bert", namespace: "acme") },
                "DELETE \(base)/my-bert"
            )
        )
        calls.append(
            (try await call(.json(#"{"items":[]}"#)) { _ = try await $0.list(namespace: "acme") }, "GET \(base)")
        )
        calls.append(
            (
                try await call(.json(#"{"vendors":[]}"#)) { _ = try await $0.hardware(namespace: "acme") },
                "GET /v2/provider/acme"
            )
        )
        for (call, expected) in calls {
            #expect(call.description == expected)
            #expect(call.request.authority == "api.endpoints.huggingface.cloud")
            #expect(call.request.scheme == "https")
            #expect(call.request.headerFields[.authorization] == "Bearer hf_test")
            #expect(call.bodyText.isEmpty)
        }
    }

    @Test("A new endpoint: only what is set is sent")
    func creation() async throws {
        let least = try await call { _ = try await $0.create("my-bert", settings, namespace: "acme") }
        #expect(least.description == "POST /v2/endpoint/acme")
        #expect(
            try JSONValue(jsonString: least.bodyText) == [
                "name": "my-bert", "type": "authenticated", "provider": ["vendor": "aws", "region": "us-east-1"],
                "compute": ["accelerator": "gpu", "instanceType": "nvidia-l4", "instanceSize": "x1"],
                "model": ["repository": "google-bert/bert-base-uncased"],
            ]
        )
        var most = settings
        most.revision = "main"
        most.task = "fill-mask"
        most.framework = "pytorch"
        most.minReplica = 0
        most.maxReplica = 2
        most.scaleToZeroMinutes = 15
        most.measure = .pendingRequests(1.5)
        most.access = .everyone
        most.image = ["url": "registry.example.com/x", "port": 80]
        most.environment = ["A": "b"]
        most.secrets = ["C": "d"]
        most.command = ["x"]
        most.arguments = ["y"]
        most.domain = "models.example.com"
        most.path = "/bert"
        most.cachesResponses = false
        most.tags = ["demo"]
        most.additional = ["accountId": nil, "model": ["novel": 1]]
        let full = try await call { _ = try await $0.create("my-bert", most, namespace: "acme") }
        #expect(
            try JSONValue(jsonString: full.bodyText) == [
                "name": "my-bert", "type": "public", "accountId": nil,
                "provider": ["vendor": "aws", "region": "us-east-1"],
                "compute": [
                    "accelerator": "gpu", "instanceType": "nvidia-l4", "instanceSize": "x1",
                    "scaling": [
                        "minReplica": 0, "maxReplica": 2, "scaleToZeroTimeout": 15, "measure": ["pendingRequests": 1.5],
                    ],
                ],
                "model": [
                    "repository": "google-bert/bert-base-uncased", "framework": "pytorch", "revision": "main",
                    "task": "fill-mask", "image": ["custom": ["url": "registry.example.com/x", "port": 80]],
                    "env": ["A": "b"], "secrets": ["C": "d"], "command": ["x"], "args": ["y"], "novel": 1,
                ],
                "route": ["domain": "models.example.com", "path": "/bert"], "cacheHttpResponses": false,
                "tags": ["demo"],
            ]
        )
    }

    @Test("A change: only what is set is sent, an empty environment too")
    func change() async throws {
        var change = EndpointSettings()
        change.maxReplica = 3
        change.environment = [:]
        let call = try await call { _ = try await $0.update("my-bert", change, namespace: "acme") }
        #expect(call.description == "PUT /v2/endpoint/acme/my-bert")
        #expect(call.bodyText == #"{"compute":{"scaling":{"maxReplica":3}},"model":{"env":{}}}"#)
    }

    @Test("What is wrong is named, and nothing is sent")
    func validation() async throws {
        let transport = MockTransport()
        let endpoints = testClient(transport).endpoints
        func field(_ name: String = "x", _ change: (inout EndpointSettings) -> Void) async -> String? {
            var settings = settings
            change(&settings)
            let error = await #expect(throws: InferenceError.self) {
                try await endpoints.create(name, settings, namespace: "acme")
            }
            #expect(error?.code == .invalidInput)
            return error?.field
        }
        #expect(await field("") { _ in } == "name")
        #expect(await field("with space") { _ in } == "name")
        #expect(await field(String(repeating: "a", count: 33)) { _ in } == "name")
        #expect(await field { $0.repository = nil } == "repository")
        #expect(await field { $0.repository = "../x" } == "repository")
        #expect(await field { $0.accelerator = nil } == "accelerator")
        #expect(await field { $0.instanceType = "" } == "instanceType")
        #expect(await field { $0.instanceSize = nil } == "instanceSize")
        #expect(await field { $0.vendor = nil } == "vendor")
        #expect(await field { $0.region = nil } == "region")
        #expect(await field { $0.minReplica = -1 } == "minReplica")
        #expect(await field { $0.maxReplica = 0 } == "maxReplica")
        #expect(
            await field {
                $0.minReplica = 3
                $0.maxReplica = 2
            } == "maxReplica"
        )
        #expect(
            await field {
                $0.minReplica = 1
                $0.scaleToZeroMinutes = 15
            } == "scaleToZeroMinutes"
        )
        #expect(await field { $0.measure = .hardwareUsage(.nan) } == "measure")
        #expect(await field { $0.image = ["tgi": [:], "tei": [:]] } == "image")
        #expect(await field { $0.image = "tgi" } == "image")
        #expect(await field { $0.secrets = ["": "x"] } == "secrets")
        #expect(await field { $0.environment = ["A=B": "x"] } == "environment")
        #expect(await field { $0.additional = ["model": ["task": nil]] } == "additional")
        for (name, namespace, field) in [("..", "acme", "name"), ("x", "", "namespace"), ("x", "*", "namespace")] {
            let error = await #expect(throws: InferenceError.self) {
                try await endpoints.find(name, namespace: namespace)
            }
            #expect(error?.field == field)
        }
        #expect(transport.calls.isEmpty)
    }

    @Test("Names are escaped in paths")
    func escaping() async throws {
        let call = try await call { _ = try await $0.find("a/b?c", namespace: "x y") }
        #expect(call.path == "/v2/endpoint/x%20y/a%2Fb%3Fc")
    }

    @Test("Making one is never tried again once it may have been done; the rest is")
    func retries() async throws {
        let lost = MockTransport.Answer.failure(
            TransportError(.connectionLost, "Reset.", requestMayHaveReachedServer: true)
        )
        let transport = MockTransport(lost, .json(EndpointSample.full))
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport).endpoints.create("x", settings, namespace: "acme")
        }
        #expect(error?.code == .connectionLost)
        #expect(transport.calls.count == 1)
        for answer in [lost, .status(503), .status(500)] {
            let transport = MockTransport(answer, .json(EndpointSample.full))
            _ = try await testClient(transport).endpoints.pause("x", namespace: "acme")
            #expect(transport.calls.count == 2)
        }
        for status in [500, 502, 503] {
            let transport = MockTransport(.status(status), .json(EndpointSample.full))
            _ = await #expect(throws: InferenceError.self) {
                try await testClient(transport).endpoints.create("x", settings, namespace: "acme")
            }
            #expect(transport.calls.count == 1)
        }
        // The first attempt deleted it, and its answer was lost.
        let deleting = MockTransport(lost, .status(404, json: #"{"error":"not found"}"#))
        try await testClient(deleting).endpoints.delete("x", namespace: "acme")
        _ = await #expect(throws: InferenceError.self) {
            try await testClient(MockTransport(.status(404))).endpoints.delete("x", namespace: "acme")
        }
    }

    @Test("The namespace is the token's user, who is asked for once")
    func defaultNamespace() async throws {
        let transport = MockTransport()
        transport.answer(.get("/api/whoami-v2"), with: .json(WhoamiSample.user))
        transport.answer(.pathPrefix("/v2/endpoint/ada/"), with: .json(EndpointSample.full), times: 2)
        let client = testClient(transport)
        #expect(try await client.endpoints.find("my-bert").namespace == "ada")
        #expect(try await client.endpoints.pause("my-bert").namespace == "ada")
        try transport.verify()
    }

    @Test("An organisation's token must name the namespace", arguments: ["org", "app"])
    func organizationToken(type: String) async throws {
        let transport = MockTransport(.json(WhoamiSample.token(#"{"role":"write"}"#, type: type)))
        let error = await #expect(throws: InferenceError.self) { try await testClient(transport).endpoints.list() }
        #expect(error?.field == "namespace")
        #expect(error?.message.contains("belongs to no user (\(type))") == true)
    }

    @Test("* lists the user and then each organisation, without those that are closed to the token")
    func everyNamespace() async throws {
        let organizations = #"[{"name":"acme"},{"name":"closed"},{"name":"zeta"}]"#
        let transport = MockTransport()
        transport.answer(.get("/api/whoami-v2"), with: .json(WhoamiSample.token("{}", orgs: organizations)))
        for name in ["ada", "acme", "zeta"] {
            let items = #"{"items":[{"name":"of-\#(name)","status":{"state":"running"}}]}"#
            transport.answer(.get("/v2/endpoint/\(name)"), with: .json(items))
        }
        transport.answer(.get("/v2/endpoint/closed"), with: .status(401, json: #"{"error":"no"}"#))
        let list = try await testClient(transport).endpoints.list(namespace: "*")
        #expect(list.map(\.name) == ["of-ada", "of-acme", "of-zeta"])
        #expect(list.map(\.namespace) == ["ada", "acme", "zeta"])
        #expect(
            transport.calls.map(\.path) == [
                "/api/whoami-v2", "/v2/endpoint/ada", "/v2/endpoint/acme", "/v2/endpoint/closed", "/v2/endpoint/zeta",
            ]
        )
        let refused = MockTransport()
        refused.answer(.get("/api/whoami-v2"), with: .json(WhoamiSample.token("{}")))
        refused.answer(.get("/v2/endpoint/ada"), with: .status(403, json: #"{"error":"no"}"#))
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(refused).endpoints.list(namespace: "*")
        }
        #expect(error?.code == .permissionDenied)
    }

    @Test("Resuming what runs is fine, any other 400 is not")
    func alreadyRunning() async throws {
        let transport = MockTransport(
            .status(400, json: #"{"error":"Endpoint my-bert is already running"}"#),
            .json(EndpointSample.full)
        )
        let endpoint = try await testClient(transport).endpoints.resume("my-bert", namespace: "acme")
        #expect(endpoint.status.state == .running)
        #expect(transport.calls.map(\.description).last == "GET /v2/endpoint/acme/my-bert")
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(MockTransport(.status(400, json: #"{"error":"no quota"}"#))).endpoints
                .resume("my-bert", namespace: "acme")
        }
        #expect(error?.code == .rejected)
    }

    @Test("Hardware, with what is missing and what is new")
    func hardware() async throws {
        let answer = #"""
            {"vendors":[{"name":"aws","regions":[{"name":"us-east-1","computes":[
              {"id":"aws-1","accelerator":"gpu","instanceType":"nvidia-l4","instanceSize":"x1","architecture":"x86_64",
               "numAccelerators":1,"numCpus":7.5,"memoryGb":30,"gpuMemoryGb":24,"pricePerHour":0.8,
               "status":"low_availability","quota":{"maxAccelerators":4,"usedAccelerators":1},"novel":true},
              {"id":"aws-2","accelerator":"cpu","gpuMemoryGb":null,"status":"novel"}]},
             {"name":"eu-west-1","computes":[]}]},
             {"name":"gcp","regions":null}]}
            """#
        let transport = MockTransport(.json(answer))
        let hardware = try await testClient(transport).endpoints.hardware(namespace: "acme")
        #expect(hardware.count == 2)
        let first = try #require(hardware.first)
        #expect(first.vendor == "aws")
        #expect(first.region == "us-east-1")
        #expect(first.id == "aws-1")
        #expect(first.accelerator == "gpu")
        #expect(first.instanceType == "nvidia-l4")
        #expect(first.instanceSize == "x1")
        #expect(first.architecture == "x86_64")
        #expect(first.acceleratorCount == 1)
        #expect(first.processorCount == 7.5)
        #expect(first.memoryGigabytes == 30)
        #expect(first.acceleratorMemoryGigabytes == 24)
        #expect(first.pricePerHour == 0.8)
        #expect(first.availability == .low)
        #expect(first.quota == 4)
        #expect(first.usedQuota == 1)
        #expect(first.additional == ["novel": true])
        #expect(hardware[1].availability?.rawValue == "novel")
        #expect(hardware[1].acceleratorMemoryGigabytes == nil)
    }

    @Test("The API elsewhere, with a slash at its end")
    func base() async throws {
        let transport = MockTransport(.json(#"{"items":[]}"#))
        var configuration = testConfiguration(transport)
        configuration.endpoints = "http://127.0.0.1:8080/v2/"
        _ = try await InferenceClient(configuration).endpoints.list(namespace: "acme")
        #expect(transport.calls[0].path == "/v2/endpoint/acme")
        #expect(transport.calls[0].request.authority == "127.0.0.1:8080")
    }
}
