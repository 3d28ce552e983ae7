import Foundation
import LocalService
import Testing

@Suite("Local service: the Hub, status queries and endpoints")
struct LocalServiceHubTests {
    private let token = ["Authorization": "Bearer hf_local"]

    private func object(_ json: Any?) -> [String: Any] { json as? [String: Any] ?? [:] }

    @Test("A model: all fields, or those of expand; the mapping is an object")
    func model() async throws {
        try await LocalServiceProbe.with { probe in
            let whole = try await probe.get("/api/models/google-bert/bert-base-uncased").object
            #expect(whole["pipeline_tag"] as? String == "fill-mask")
            #expect(whole["mask_token"] as? String == "[MASK]")
            #expect(whole["inference"] as? String == "warm")
            #expect(whole["gated"] as? Bool == false)
            #expect((whole["lastModified"] as? String)?.hasSuffix(".000Z") == true)
            let path = "/api/models/HuggingFaceTB/SmolLM3-3B?expand[]=inferenceProviderMapping&expand=inference"
            let expanded = try await probe.get(path.replacingOccurrences(of: "[]", with: "%5B%5D"))
            #expect(Set(expanded.object.keys) == ["_id", "id", "inference", "inferenceProviderMapping"])
            let mapping = object(expanded.object["inferenceProviderMapping"])
            #expect(Set(mapping.keys) == ["hf-inference", "together", "novita"])
            #expect(object(mapping["novita"])["task"] as? String == "conversational")
            let gated = try await probe.get("/api/models/local-service/gated?expand=gated")
            #expect(gated.object["gated"] as? String == "auto")
            #expect(try await probe.get("/api/models/gpt2/x?expand=nonsense").status == 401)
            #expect(try await probe.get("/api/models/local-service/gated?expand=nonsense").status == 400)
        }
    }

    @Test("A renamed, an unknown and a gated repository")
    func oddModels() async throws {
        try await LocalServiceProbe.with { probe in
            let renamed = try await probe.get("/api/models/bert-base-uncased?expand=inference")
            #expect(renamed.status == 307)
            #expect(renamed.headers["location"] == "/api/models/google-bert/bert-base-uncased?expand=inference")
            let hidden = try await probe.get("/api/models/nobody/x")
            #expect(hidden.status == 401)
            #expect(hidden.headers["x-error-code"] == "RepoNotFound")
            #expect(try await probe.get("/api/models/nobody/x", headers: token).status == 404)
            let file = "/local-service/gated/resolve/main/config.json"
            #expect(try await probe.get(file).status == 401)
            let denied = try await probe.get(file, headers: token)
            #expect(denied.status == 403)
            #expect(denied.headers["x-error-code"] == "GatedRepo")
        }
    }

    @Test("An unchanged model is a 304 by its ETag, and a changed state is not")
    func revalidation() async throws {
        try await LocalServiceProbe.with(.init(coldSeconds: 0)) { probe in
            let path = "/api/models/local-service/cold-classifier?expand=inference"
            let first = try await probe.get(path)
            #expect(first.object["inference"] as? String == "cold")
            let tag = ["If-None-Match": try #require(first.headers["etag"])]
            let second = try await probe.get(path, headers: tag)
            #expect(second.status == 304 && second.body.isEmpty)
            _ = try await probe.infer("local-service/cold-classifier", #"{"inputs":"good"}"#)
            let third = try await probe.get(path, headers: tag)
            #expect(third.object["inference"] as? String == "warm")
        }
    }

    @Test("The list filters, sorts and expands; its mapping is an array")
    func list() async throws {
        try await LocalServiceProbe.with { probe in
            func ids(_ query: String) async throws -> [String] {
                try await probe.get("/api/models?" + query).objects.compactMap { $0["id"] as? String }
            }
            #expect(Set(try await ids("filter=timm")) == ["timm/resnet50.a1_in1k", "timm/resnet18.a1_in1k"])
            #expect(try await ids("search=smollm3") == ["HuggingFaceTB/SmolLM3-3B"])
            #expect(try await ids("author=suno&pipeline_tag=text-to-speech") == ["suno/bark"])
            #expect(Set(try await ids("inference=frozen")).contains("local-service/frozen"))
            #expect(try await ids("gated=true&library=diffusers") == ["black-forest-labs/FLUX.1-dev"])
            #expect(Set(try await ids("inference_provider=novita")).contains("zai-org/GLM-4.5V"))
            let sorted = try await ids("sort=id&limit=5")
            #expect(sorted == sorted.sorted() && sorted.count == 5)
            let listed = try await probe.get("/api/models?search=smollm3&expand=inferenceProviderMapping").objects
            let mapping = listed.first?["inferenceProviderMapping"] as? [[String: Any]]
            #expect(mapping?.compactMap { $0["provider"] as? String } == ["hf-inference", "together", "novita"])
            #expect(try await probe.get("/api/models?inference_provider=nobody").status == 400)
            #expect(try await probe.get("/api/models?sort=nothing").status == 400)
            for library in ["transformers", "sentence-transformers", "adapter-transformers", "diffusers", "timm"] {
                #expect(try await ids("filter=\(library)").isEmpty == false)
            }
        }
    }

    @Test("Pages follow Link to the end, without gap or repetition")
    func pages() async throws {
        try await LocalServiceProbe.with(.init(syntheticModels: 1_200)) { probe in
            var path: String? = "/api/models?limit=500&pipeline_tag=text-classification&search=model-"
            var seen: Set<String> = []
            var count = 0
            var requests = 0
            while let next = path {
                let page = try await probe.get(next)
                let ids = page.objects.compactMap { $0["id"] as? String }
                count += ids.count
                seen.formUnion(ids)
                requests += 1
                let link = page.headers["link"]
                path = link?.split(separator: ">").first.map { String($0.dropFirst(1 + probe.service.url.count)) }
            }
            #expect(count == 1_200 && seen.count == 1_200 && requests == 3)
            #expect(try await probe.get("/api/models/synthetic/model-7").status == 200)
        }
    }

    @Test("Every task has a page but those that have none; recommendations can be empty strings")
    func tasks() async throws {
        try await LocalServiceProbe.with { probe in
            let tasks = try await probe.get("/api/tasks").object
            #expect(object(tasks["fill-mask"])["widgetModels"] as? [String] == ["google-bert/bert-base-uncased"])
            #expect(object(tasks["depth-estimation"])["widgetModels"] as? [String] == [""])
            #expect(tasks["text-to-audio"] == nil)
            #expect(tasks.count > 30)
        }
    }

    @Test("Who a token belongs to, and that nobody asks too often")
    func whoami() async throws {
        try await LocalServiceProbe.with { probe in
            let anonymous = try await probe.get("/api/whoami-v2")
            #expect(anonymous.status == 401 && anonymous.error == "Invalid username or password.")
            let me = try await probe.get("/api/whoami-v2", headers: token)
            #expect(me.object["name"] as? String == "ada")
            #expect(me.object["isPro"] as? Bool == false)
            #expect(me.headers["ratelimit"]?.hasPrefix("\"whoami\";r=99;t=") == true)
            let access = object(object(me.object["auth"])["accessToken"])
            #expect(access["role"] as? String == "fineGrained")
            let scoped = (object(access["fineGrained"])["scoped"] as? [[String: Any]])?.first
            #expect((scoped?["permissions"] as? [String])?.contains("inference.serverless.write") == true)
            let pro = try await probe.get("/api/whoami-v2", headers: ["Authorization": "Bearer hf_local_pro"])
            #expect(pro.object["isPro"] as? Bool == true)
            var last = me
            for _ in 0..<100 { last = try await probe.get("/api/whoami-v2", headers: token) }
            #expect(last.status == 429)
            #expect(last.headers["retry-after"] != nil)
        }
    }

    @Test("The states that the older service told")
    func legacyStatus() async throws {
        try await LocalServiceProbe.with { probe in
            func state(_ id: String) async throws -> String? {
                try await probe.get("/status/" + id).object["state"] as? String
            }
            #expect(try await state(LocalServiceProbe.classifier) == "Loaded")
            #expect(try await state("local-service/cold-classifier") == "Loadable")
            #expect(try await state("local-service/too-big") == "TooBig")
            let generator = try await probe.get("/status/HuggingFaceTB/SmolLM3-3B").object
            #expect(generator["framework"] as? String == "text-generation-inference")
            #expect(generator["compute_type"] as? [String: [String: AnyHashable]] != nil)
            let models = try await probe.get("/framework/diffusers").objects
            #expect(models.contains { $0["task"] as? String == "text-to-image" })
            #expect(try await probe.get("/status/nobody/x").status == 404)
        }
    }

    @Test("What servers tell of themselves, and the router's chat models")
    func facts() async throws {
        try await LocalServiceProbe.with { probe in
            #expect(try await probe.get("/health").text == "Ok")
            #expect(try await probe.get("/info").object["max_client_batch_size"] as? Int == 32)
            #expect(try await probe.get("/metrics").text.contains("tgi_request_count"))
            let list = try await probe.get("/v1/models").object["data"] as? [[String: Any]]
            #expect(list?.isEmpty == false)
            let one = try await probe.get("/v1/models/HuggingFaceTB/SmolLM3-3B").object
            let providers = try #require(one["providers"] as? [[String: Any]])
            #expect(providers.count == 3)
            #expect(object(providers[0]["pricing"])["output"] as? Double == 0.4)
            #expect(providers[1]["pricing"] == nil)
            let partner = try await probe.get("/api/partners/together/models?status=live").object
            #expect(object(partner["conversational"])["HuggingFaceTB/SmolLM3-3B"] != nil)
        }
    }

    @Test("An endpoint's life: made, started, called, paused, resumed, deleted")
    func endpointLife() async throws {
        try await LocalServiceProbe.with(.init(coldSeconds: 0.3)) { probe in
            func state(_ answer: LocalServiceProbe.Answer) -> String? {
                object(answer.object["status"])["state"] as? String
            }
            #expect(try await probe.get("/v2/endpoint/ada").status == 401)
            #expect(try await probe.get("/v2/endpoint/other", headers: token).status == 401)
            let listed = try await probe.get("/v2/endpoint/ada", headers: token).object["items"] as? [[String: Any]]
            #expect(listed?.count == 4)
            let payload = #"""
                {"name":"mine","type":"authenticated","model":{"repository":"\#(LocalServiceProbe.classifier)",
                "task":"text-classification","framework":"pytorch","image":{"huggingface":{}}}}
                """#
            let made = try await probe.post("/v2/endpoint/ada", json: payload, headers: token)
            #expect(state(made) == "pending")
            #expect(object(made.object["status"])["url"] == nil)
            #expect(try await probe.post("/v2/endpoint/ada", json: payload, headers: token).status == 409)
            let held = token.merging(["X-Scale-Up-Timeout": "5"]) { mine, _ in mine }
            let call = try await probe.post("/endpoints/ada/mine", json: #"{"inputs":"good"}"#, headers: held)
            #expect(call.status == 200)
            let running = try await probe.get("/v2/endpoint/ada/mine", headers: token)
            #expect(state(running) == "running")
            #expect(object(running.object["status"])["url"] as? String == probe.service.url + "/endpoints/ada/mine")
            let again = try await probe.post("/v2/endpoint/ada/mine/resume", json: "{}", headers: token)
            #expect(again.status == 400 && again.error?.contains("already running") == true)
            #expect(state(try await probe.post("/v2/endpoint/ada/mine/pause", json: "{}", headers: token)) == "paused")
            let paused = try await probe.post("/endpoints/ada/mine", json: #"{"inputs":"good"}"#, headers: token)
            #expect(paused.status == 400 && paused.error == "Bad Request: Invalid state")
            let update = try await probe.send(
                "PUT",
                "/v2/endpoint/ada/mine",
                body: Data(#"{"model":{"task":"text-ranking"}}"#.utf8),
                headers: token.merging(["Content-Type": "application/json"]) { mine, _ in mine }
            )
            #expect(object(update.object["model"])["task"] as? String == "text-ranking")
            #expect(try await probe.send("DELETE", "/v2/endpoint/ada/mine", headers: token).status == 200)
            #expect(try await probe.get("/v2/endpoint/ada/mine", headers: token).status == 404)
        }
    }

    @Test("An endpoint at zero wakes by a call, not by a look at its health")
    func endpointWakes() async throws {
        try await LocalServiceProbe.with(.init(coldSeconds: 0.3)) { probe in
            let path = "/endpoints/ada/sleepy"
            #expect(try await probe.get(path + "/health", headers: token).status == 503)
            let asleep = try await probe.get("/v2/endpoint/ada/sleepy", headers: token)
            #expect(object(asleep.object["status"])["state"] as? String == "scaledToZero")
            #expect(try await probe.post(path, json: #"{"inputs":"good"}"#).status == 401)
            #expect(try await probe.post(path, json: #"{"inputs":"good"}"#, headers: token).status == 503)
            let held = token.merging(["X-Scale-Up-Timeout": "5"]) { mine, _ in mine }
            #expect(try await probe.post(path, json: #"{"inputs":"good"}"#, headers: held).status == 200)
            #expect(try await probe.get(path + "/health", headers: token).text == "Ok")
        }
    }
}
