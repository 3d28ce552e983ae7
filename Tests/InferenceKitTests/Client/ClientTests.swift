import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@testable import InferenceKit

@Suite("The client")
struct ClientTests {
    private let labels = MockTransport.Answer.json("[]")

    @Test("A call's options override the client's configuration, field by field")
    func overriding() async throws {
        let transport = MockTransport(labels, labels)
        var configuration = testConfiguration(transport)
        configuration.model = "a/default"
        configuration.billTo = "acme"
        configuration.fields = [.acceptLanguage: "de"]
        configuration.usesCache = false
        configuration.timeouts = Timeouts(connect: .seconds(1), idle: .seconds(2), total: .seconds(30))
        let client = InferenceClient(configuration)
        _ = try await client.textClassification("x")
        let options = CallOptions(
            target: .url("http://127.0.0.1:8080/x"),
            timeouts: Timeouts(idle: .seconds(9)),
            fields: [.acceptLanguage: "fr"],
            usesCache: true,
            waitsForModel: true,
            billTo: "other",
            token: .fixed("hf_other")
        )
        _ = try await client.textClassification("x", model: "a/c", options: options)

        let first = transport.calls[0]
        #expect(first.path == "/hf-inference/models/a/default")
        #expect(first.request.headerFields[.billTo] == "acme")
        #expect(first.request.headerFields[.acceptLanguage] == "de")
        #expect(first.request.headerFields[.useCache] == "false")
        #expect(first.timeouts.idle == .seconds(2))
        #expect(first.timeouts.total == .seconds(30))

        let second = transport.calls[1]
        #expect(second.request.authority == "127.0.0.1:8080")
        #expect(second.request.headerFields[.billTo] == "other")
        #expect(second.request.headerFields[.acceptLanguage] == "fr")
        #expect(second.request.headerFields[.useCache] == nil)
        #expect(second.request.headerFields[.authorization] == "Bearer hf_other")
        #expect(second.timeouts.connect == .seconds(1))
        #expect(second.timeouts.idle == .seconds(9))
    }

    @Test("Metadata tells what the headers told")
    func metadata() async throws {
        let transport = MockTransport(
            labels.header("x-request-id", "Root=1-a;b").header("x-compute-type", "cpu+optimized")
                .header("x-compute-time", "0.25").header("x-compute-characters", "11")
                .header("RateLimit", #""api";r=489;t=189"#).header("x-cache", "HIT")
        )
        let result = try await testClient(transport).result(of: TextClassification(text: "x"), model: "a/b")
        let metadata = result.metadata
        #expect(metadata.task == "text-classification")
        #expect(metadata.model == "a/b")
        #expect(metadata.provider == "hf-inference")
        #expect(metadata.url == "https://router.huggingface.co/hf-inference/models/a/b")
        #expect(metadata.status == 200)
        #expect(metadata.requestID == "Root=1-a;b")
        #expect(metadata.attempts == 1)
        #expect(metadata.computeType == "cpu+optimized")
        #expect(metadata.computeTime == .milliseconds(250))
        #expect(metadata.isCached == true)
        #expect(metadata.usage == ["characters": 11])
        #expect(metadata.rateLimit?.remaining == 489)
    }

    @Test("An integer compute time is milliseconds, as text-embeddings-inference sends it")
    func computeTime() async throws {
        let transport = MockTransport(
            labels.header("x-compute-time", "33"),
            labels.header("x-compute-time", "nonsense")
        )
        let client = testClient(transport)
        let first = try await client.result(of: TextClassification(text: "x"), model: "a/b")
        let second = try await client.result(of: TextClassification(text: "x"), model: "a/b")
        #expect(first.metadata.computeTime == .milliseconds(33))
        #expect(second.metadata.computeTime == nil)
    }

    @Test("A renamed model is followed on the same host, with the token")
    func sameHostRedirect() async throws {
        let transport = MockTransport(.status(307).header("Location", "/hf-inference/models/org/b"), labels)
        _ = try await testClient(transport).textClassification("x", model: "b")
        #expect(transport.calls.map(\.path) == ["/hf-inference/models/b", "/hf-inference/models/org/b"])
        #expect(transport.calls[1].request.headerFields[.authorization] == "Bearer hf_test")
        #expect(transport.calls[1].bodyText == transport.calls[0].bodyText)
    }

    @Test(
        "A redirect to another host, scheme or port is refused",
        arguments: [
            "https://evil.example/x", "http://router.huggingface.co/x", "https://router.huggingface.co:444/x",
            "//evil.example/x",
        ]
    )
    func otherHostRedirect(location: String) async throws {
        let transport = MockTransport(.status(307).header("Location", location))
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport).textClassification("x", model: "a/b")
        }
        #expect(error?.code == .refusedRedirect)
        #expect(transport.calls.count == 1)
    }

    @Test("Redirects in a circle end")
    func circle() async throws {
        let transport = MockTransport()
        transport.answer(.any, with: .status(307).header("Location", "/x"), times: nil)
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport).textClassification("x", model: "a/b")
        }
        #expect(error?.code == .refusedRedirect)
        #expect(transport.calls.count < 10)
    }

    @Test("The token's order: variables, then files")
    func tokenOrder() async throws {
        func token(_ variables: [String: String], _ files: [String: String]) async throws -> String? {
            try await TokenSource.environment({ variables[$0] }, files: { files[$0] }).load()?.secret
        }
        let files = [
            "/h/token": "hf_home\n", "/p": "hf_path", "/c/huggingface/token": "hf_cache",
            "/u/.cache/huggingface/token": "hf_user",
        ]
        #expect(try await token(["HF_TOKEN": "hf_1", "HUGGING_FACE_HUB_TOKEN": "hf_2"], files) == "hf_1")
        #expect(try await token(["HF_TOKEN": " ", "HUGGING_FACE_HUB_TOKEN": "hf_2"], files) == "hf_2")
        #expect(try await token(["HF_TOKEN_PATH": "/p", "HF_HOME": "/h"], files) == "hf_path")
        #expect(try await token(["HF_HOME": "/h", "XDG_CACHE_HOME": "/c"], files) == "hf_home")
        #expect(try await token(["XDG_CACHE_HOME": "/c", "HOME": "/u"], files) == "hf_cache")
        #expect(try await token(["HOME": "/u"], files) == "hf_user")
        #expect(try await token([:], [:]) == nil)
        #expect(try await token(["HF_TOKEN": "hf_1", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"], files) == nil)
    }

    @Test("A token that lay around goes to Hugging Face's hosts and loopback only")
    func ambientToken() async throws {
        let source = TokenSource.environment({ $0 == "HF_TOKEN" ? "hf_ambient" : nil }, files: { _ in nil })
        let transport = MockTransport()
        transport.answer(.any, with: labels, times: nil)
        var configuration = testConfiguration(transport)
        configuration.token = source
        let client = InferenceClient(configuration)
        for (url, goes) in [
            ("https://x.us-east-1.aws.endpoints.huggingface.cloud/", true), ("http://127.0.0.1:8080/", true),
            ("http://localhost:8080/", true), ("https://models.example.com/", false),
            ("https://huggingface.co.example.com/", false), ("https://evilhuggingface.co/", false),
        ] {
            _ = try await client.textClassification("x", model: "a/b", options: CallOptions(target: .url(url)))
            #expect(transport.calls.last?.request.headerFields[.authorization] == (goes ? "Bearer hf_ambient" : nil))
        }
    }

    @Test("A token never shows itself")
    func tokenDescriptions() throws {
        let token = try #require(try AccessToken("hf_secret"))
        var dumped = ""
        dump(token, to: &dumped)
        for text in ["\(token)", String(reflecting: token), dumped, "\(TokenSource.fixed("hf_secret"))"] {
            #expect(!text.contains("hf_secret"))
        }
    }

    @Test("A raw call for what nobody has typed")
    func rawCall() async throws {
        let transport = MockTransport(.json(#"{"novel":1}"#))
        let payload = Payload.json(["anything": [1, 2]])
        let reply = try await testClient(transport).send(payload, as: "new-task", model: "a/b")
        #expect(try reply.json()["novel"]?.intValue == 1)
        #expect(transport.calls[0].bodyText == #"{"anything":[1,2]}"#)
    }

    @Test("A task of the user's own, in one file")
    func ownTask() async throws {
        struct Shout: InferenceTask {
            static let id: TaskID = "shout"
            var text: String
            func payload() throws -> Payload { .inputs(.string(text)) }
            func response(from reply: Reply) throws -> String { try reply.json().members().label("loud") }
        }
        let transport = MockTransport(.json(#"{"loud":"HI"}"#))
        #expect(try await testClient(transport).run(Shout(text: "hi"), model: "a/b") == "HI")
    }
}
