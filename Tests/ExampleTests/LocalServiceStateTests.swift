import Foundation
import LocalService
import Testing

@Suite("Local service: states, limits and refusals")
struct LocalServiceStateTests {
    private let classifier = LocalServiceProbe.classifier
    private let good = #"{"inputs":"a good day"}"#

    @Test("Every answer is marked, and has a request id and compute headers")
    func marks() async throws {
        try await LocalServiceProbe.with { probe in
            let answer = try await probe.infer(classifier, good)
            #expect(answer.status == 200)
            #expect(answer.headers["x-served-by"] == "local-service")
            #expect(answer.headers["x-request-id"]?.hasPrefix("Root=1-") == true)
            #expect(answer.headers["x-compute-type"] == "cpu")
            #expect(answer.headers["x-compute-time"].flatMap(Double.init) != nil)
            #expect(answer.headers["x-compute-characters"] == "10")
            let refused = try await probe.get("/nowhere", headers: ["X-Amzn-Trace-Id": "mine"])
            #expect(refused.status == 404)
            #expect(refused.headers["x-served-by"] == "local-service")
            #expect(refused.headers["x-request-id"] == "mine")
            let requests = probe.service.requests
            #expect(requests.map(\.method) == ["POST", "GET"])
            #expect(requests[0].path == "/hf-inference/models/\(classifier)")
            #expect(requests[0].bodySize == good.utf8.count)
            #expect(requests[0].headerNames.contains("content-type"))
        }
    }

    @Test("A cold model asks for patience, then answers")
    func cold() async throws {
        try await LocalServiceProbe.with(.init(coldSeconds: 0.3)) { probe in
            let model = "local-service/cold-classifier"
            let untouched = try await probe.infer(model, good, headers: ["x-load-model": "0"])
            #expect(untouched.status == 200)
            #expect(untouched.error == "not loaded yet")
            let first = try await probe.infer(model, good)
            #expect(first.status == 503)
            #expect(first.error == "Model \(model) is currently loading")
            let estimate = try #require(first.object["estimated_time"] as? Double)
            #expect(estimate > 0 && estimate <= 0.3)
            let held = try await probe.infer(model, #"{"inputs":"good","options":{"wait_for_model":true}}"#)
            #expect(held.status == 200)
            #expect(try await probe.infer(model, good).status == 200)
        }
    }

    @Test("A model that loads forever always says 20 seconds")
    func endless() async throws {
        try await LocalServiceProbe.with { probe in
            for _ in 0..<2 {
                let answer = try await probe.infer("local-service/loading-forever", good)
                #expect(answer.status == 503)
                #expect(answer.object["estimated_time"] as? Double == 20)
            }
        }
    }

    @Test(
        "Models that do not answer say so in the service's words",
        arguments: [
            ("local-service/frozen", 400, "Model not supported by provider hf-inference"),
            ("local-service/too-big", 403, "The model local-service/too-big is too large to be loaded automatically"),
            ("local-service/overloaded", 503, "Service temporarily unavailable, overload detected"),
            ("local-service/limited", 429, "Model is overloaded"),
            ("local-service/pro-only", 400, "Model requires a Pro subscription"),
            ("local-service/gone", 410, "Model local-service/gone has been removed"),
            ("local-service/gated", 401, "Access to model local-service/gated is restricted"),
            ("nobody/nothing", 404, "Model nobody/nothing does not exist"),
        ]
    )
    func refusals(model: String, status: Int, message: String) async throws {
        try await LocalServiceProbe.with { probe in
            let answer = try await probe.infer(model, good)
            #expect(answer.status == status)
            #expect(answer.error?.hasPrefix(message) == true, "\(answer.text)")
        }
    }

    @Test("A flaky model fails once")
    func flaky() async throws {
        try await LocalServiceProbe.with { probe in
            let first = try await probe.infer("local-service/flaky", good)
            let second = try await probe.infer("local-service/flaky", good)
            #expect(first.status == 500)
            #expect(second.status == 200)
        }
    }

    @Test("An old name answers for the new one")
    func renamed() async throws {
        try await LocalServiceProbe.with { probe in
            let answer = try await probe.infer("local-service/old-name", good)
            #expect(answer.status == 200)
        }
    }

    @Test("Tokens are known, unknown, without scope, or out of credits")
    func tokens() async throws {
        let own = LocalService.Account(name: "mine", acceptsGated: true)
        try await LocalServiceProbe.with(.init(tokens: ["hf_mine": own])) { probe in
            func status(_ token: String, _ model: String) async throws -> LocalServiceProbe.Answer {
                try await probe.infer(model, good, headers: ["Authorization": "Bearer \(token)"])
            }
            #expect(try await status("hf_local", classifier).status == 200)
            #expect(try await status("hf_local_anything", classifier).status == 200)
            let unknown = try await status("hf_wrong", classifier)
            #expect(unknown.status == 401)
            #expect(unknown.error == "Invalid credentials in Authorization header")
            #expect(try await status("hf_local_noscope", classifier).status == 403)
            #expect(try await status("hf_local_exhausted", classifier).status == 402)
            let gated = try await status("hf_local", "local-service/gated")
            #expect(gated.status == 403)
            #expect(gated.headers["x-error-code"] == "GatedRepo")
            #expect(try await status("hf_local_accepted", "local-service/gated").status == 200)
            #expect(try await status("hf_mine", "local-service/gated").status == 200)
            #expect(try await status("hf_local_pro", "local-service/pro-only").status == 200)
        }
        try await LocalServiceProbe.with(.init(requiresToken: true)) { probe in
            let anonymous = try await probe.infer(classifier, good)
            #expect(anonymous.status == 401)
            #expect(anonymous.error == "Invalid username or password.")
        }
    }

    @Test("A limit ends in 429 with the documented headers, for each account alone")
    func limits() async throws {
        try await LocalServiceProbe.with(.init(rateLimitPerHour: 2)) { probe in
            for _ in 0..<2 { #expect(try await probe.infer(classifier, good).status == 200) }
            let refused = try await probe.infer(classifier, good)
            #expect(refused.status == 429)
            #expect(refused.error?.hasPrefix("Rate limit reached. You reached free usage limit") == true)
            let wait = try #require(refused.headers["retry-after"].flatMap(Int.init))
            #expect((3_590...3_600).contains(wait))
            #expect(refused.headers["ratelimit"] == "\"inference\";r=0;t=\(wait)")
            #expect(refused.headers["ratelimit-policy"] == "\"fixed window\";\"inference\";q=2;w=3600")
            let other = try await probe.infer(classifier, good, headers: ["Authorization": "Bearer hf_local"])
            #expect(other.status == 200)
        }
    }

    @Test("Equal requests come from the cache, without a compute time, unless told otherwise")
    func cache() async throws {
        try await LocalServiceProbe.with { probe in
            #expect(try await probe.infer(classifier, good).headers["x-compute-time"] != nil)
            let hit = try await probe.infer(classifier, good)
            #expect(hit.status == 200)
            #expect(hit.headers["x-compute-time"] == nil)
            let fresh = try await probe.infer(classifier, good, headers: ["x-use-cache": "false"])
            #expect(fresh.headers["x-compute-time"] != nil)
            let option = #"{"inputs":"a good day","options":{"use_cache":false}}"#
            for _ in 0..<2 { #expect(try await probe.infer(classifier, option).headers["x-compute-time"] != nil) }
        }
    }

    @Test("Latency is taken for computed answers")
    func latency() async throws {
        try await LocalServiceProbe.with(.init(latency: .milliseconds(60))) { probe in
            let answer = try await probe.infer(classifier, good)
            let seconds = try #require(answer.headers["x-compute-time"].flatMap(Double.init))
            #expect(seconds >= 0.06)
        }
    }

    @Test("A port that is taken is an error at the start, and a stopped service answers no more")
    func startAndStop() async throws {
        let service = try await LocalService.start()
        let port = try #require(service.url.split(separator: ":").last.flatMap { UInt16($0) })
        await #expect(throws: LocalService.Failure.self) {
            _ = try await LocalService.start(LocalService.Configuration(port: port))
        }
        await service.stop()
        let again = try await LocalService.start(LocalService.Configuration(port: port))
        #expect(again.url == service.url)
        await again.stop()
        await #expect(throws: (any Error).self) {
            _ = try await LocalServiceProbe(service: again).get("/health")
        }
    }

    @Test(
        "Bad bodies get the toolkit's words",
        arguments: [
            (#"{"inputs":"x","parameters":{"top_k":"2"}}"#, "value is not a valid integer: received `top_k`"),
            (#"{"inputs":"x","parameters":{"top_k":0}}"#, "ensure this value is greater than or equal to 1"),
            (#"{"inputs":"x","parameters":{"colour":1}}"#, "unexpected keyword argument 'colour'"),
            (#"{"inputs":"x","parameters":3}"#, "value is not a valid dict: received `parameters`"),
            (#"{"text":"x"}"#, "Body needs to provide a inputs key, received: text"),
            (#"{"inputs":""}"#, "Error in `inputs`"),
            (#"{"inputs":7}"#, "Error in `inputs`: str type expected"),
            (#"{"inputs":"#, "unexpected end of data"),
        ]
    )
    func badBodies(body: String, message: String) async throws {
        try await LocalServiceProbe.with { probe in
            let answer = try await probe.infer(classifier, body)
            #expect(answer.status == 400)
            #expect(answer.error?.contains(message) == true, "\(answer.text)")
        }
    }

    @Test("Content types, accept types, base64 and length are looked at")
    func strictness() async throws {
        try await LocalServiceProbe.with { probe in
            let path = "/hf-inference/models/\(classifier)"
            let untyped = try await probe.send("POST", path, body: Data(good.utf8), headers: ["Content-Type": ""])
            #expect(untyped.status == 400)
            let plain = try await probe.post(path, json: good, headers: ["Content-Type": "text/plain"])
            #expect(plain.error?.hasPrefix(#"Content type "text/plain" not supported."#) == true)
            let accept = try await probe.infer(classifier, good, headers: ["Accept": "text/html"])
            #expect(accept.error?.hasPrefix(#"Accept type "text/html" not supported."#) == true)
            let charset = ["Content-Type": "application/json; charset=utf-8"]
            #expect(try await probe.infer(classifier, good, headers: charset).status == 200)
            let link = #"{"inputs":"https://example.com/cat.png","parameters":{}}"#
            let image = try await probe.infer("google/vit-base-patch16-224", link)
            #expect(image.error?.contains("must be the media content itself:") == true)
            let long = String(repeating: "word ", count: 600)
            let window = try await probe.infer(classifier, #"{"inputs":"\#(long)"}"#)
            #expect(window.status == 400)
            #expect(
                window.error
                    == "The size of tensor a (602) must match the size of tensor b (512) at non-singleton dimension 1"
            )
            let cut = #"{"inputs":"\#(long)","parameters":{"truncation":"only_first"}}"#
            #expect(try await probe.infer(classifier, cut).status == 200)
        }
    }

    @Test("Values at the ends of their range are refused or bounded, and the service lives on")
    func extremes() async throws {
        // A JPEG's head that claims 65,535 by 65,535 pixels.
        let vast = Data([0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0xFF, 0xFF, 0xFF, 0xFF, 1, 1, 0x11, 0, 0xFF, 0xD9])
        let calls = [
            ("openai-community/gpt2", #"{"inputs":"x","parameters":{"max_new_tokens":9223372036854775807}}"#, 422),
            ("scikit-learn/tabular-playground", #"{"inputs":{"data":{"a":["nan","1e400"]}}}"#, 200),
            ("microsoft/tapex-base-finetuned-wtq", #"{"inputs":{"query":"sum of a","table":{"a":["1e300"]}}}"#, 200),
            ("suno/bark", #"{"inputs":"\#(String(repeating: "a", count: 100_000))"}"#, 400),
            ("facebook/sam-vit-base", #"{"inputs":"\#(vast.base64EncodedString())"}"#, 400),
        ]
        try await LocalServiceProbe.with { probe in
            for (model, body, status) in calls {
                let answer = try await probe.infer(model, body)
                #expect(answer.status == status, "\(model): \(answer.text.prefix(200))")
            }
            let long = #""model":"HuggingFaceTB/SmolLM3-3B","max_tokens":9223372036854775807"#
            let messages = #""messages":[{"role":"user","content":"x"}]"#
            let chat = try await probe.post("/v1/chat/completions", json: "{\(long),\(messages)}")
            #expect(chat.status == 422)
        }
        try await LocalServiceProbe.with(.init(coldSeconds: .nan)) { probe in
            let answer = try await probe.infer("local-service/cold-classifier", good)
            #expect(answer.status == 503)
        }
    }
}
