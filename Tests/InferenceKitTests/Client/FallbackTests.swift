import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("Fallbacks")
struct FallbackTests {
    private let labels = MockTransport.Answer.json(#"[{"label": "POSITIVE", "score": 0.9}]"#)
    private let frozen = MockTransport.Answer.status(
        400,
        json: #"{"error": "Model not supported by provider hf-inference"}"#
    )
    private let limited = MockTransport.Answer.status(429, json: #"{"error": "Rate limit reached."}"#)
        .header("Retry-After", "30")

    @Test("The first model is frozen, the second limited, the third answers, and the metadata tell it")
    func story() async throws {
        let transport = MockTransport(frozen, limited, labels)
        let log = EventLog()
        let clock = VirtualClock()
        var configuration = testConfiguration(transport)
        configuration.clock = clock.clock
        let result = try await InferenceClient(configuration).result(
            of: TextClassification(text: "x"),
            model: "a/first",
            options: CallOptions(fallbacks: ["a/second", "a/third"], observer: log.observer)
        )
        #expect(result.value.best?.label == "POSITIVE")
        #expect(result.metadata.model == "a/third")
        #expect(result.metadata.attempts == 1)
        #expect(result.metadata.failedChoices.map(\.model) == ["a/first", "a/second"])
        #expect(result.metadata.failedChoices.map(\.error.code) == [.unsupportedTask, .rateLimited])
        #expect(result.metadata.failedChoices.map(\.provider) == ["hf-inference", "hf-inference"])
        #expect(result.metadata.failedChoices[1].error.retryAfter == .seconds(30))
        let root = "/hf-inference/models/a/"
        #expect(transport.calls.map(\.path) == ["\(root)first", "\(root)second", "\(root)third"])
        #expect(
            log.words == [
                "attempt 1", "head 400", "fallingBack unsupportedTask", "attempt 1", "head 429",
                "fallingBack rateLimited",
                "attempt 1", "head 200", "finished",
            ]
        )
        // No time was spent on the wait that the second asked for.
        #expect(clock.sleeps.isEmpty)
    }

    struct Cause: Sendable, CustomTestStringConvertible {
        var status: Int
        var body: String
        var code: InferenceError.Code
        var testDescription: String { "\(status) \(code)" }

        init(_ status: Int, _ body: String, _ code: InferenceError.Code) {
            self.status = status
            self.body = body
            self.code = code
        }
    }

    @Test(
        "What lies with the caller ends the call at the first choice",
        arguments: [
            Cause(401, #"{"error": "Invalid username or password."}"#, .authenticationFailed),
            Cause(403, #"{"error": "This token may not do this."}"#, .permissionDenied),
            Cause(422, #"{"error": "top_k must be positive"}"#, .rejected),
            Cause(413, #"{"error": "Payload too large"}"#, .tooLarge),
        ]
    )
    func noFallback(_ cause: Cause) async throws {
        let transport = MockTransport(.status(cause.status, json: cause.body), labels)
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport).textClassification(
                "x",
                model: "a/first",
                options: CallOptions(fallbacks: ["a/second"])
            )
        }
        #expect(error?.code == cause.code)
        #expect(error?.failedChoices.isEmpty == true)
        #expect(transport.calls.count == 1)
    }

    @Test("Bad input is refused before anything is sent, wherever it stands")
    func badInput() async throws {
        let transport = MockTransport(frozen, labels)
        let client = testClient(transport)
        func field(_ input: TextClassification, _ fallbacks: [Fallback], patience: Duration? = nil) async -> String? {
            let error = await #expect(throws: InferenceError.self) {
                var options = CallOptions(fallbacks: fallbacks)
                options.fallbackRules.patience = patience
                return try await client.run(input, model: "a/first", options: options)
            }
            #expect(error?.code == .invalidInput)
            return error?.field
        }
        #expect(await field(TextClassification(text: "x", topK: 0), ["a/second"]) == "top_k")
        #expect(await field(TextClassification(text: "x"), ["a/second", Fallback()]) == "fallbacks[1]")
        #expect(
            await field(TextClassification(text: "x"), [Fallback(target: .url("no url"))]) == "fallbacks[0].target"
        )
        #expect(
            await field(TextClassification(text: "x"), ["a/b"], patience: .seconds(-1)) == "fallbackRules.patience"
        )
        #expect(transport.calls.isEmpty)
        // A model's name is checked by the place it goes to, so this one is found out when its turn comes.
        #expect(await field(TextClassification(text: "x"), ["../second", "a/third"]) == "fallbacks[0].model")
        #expect(transport.calls.count == 1)
    }

    @Test("When none answers, the error is the last one and carries those before")
    func noneAnswers() async throws {
        let transport = MockTransport(
            .status(404, json: #"{"error": "Not Found"}"#),
            .status(410, json: #"{"error": "gone"}"#),
            frozen
        )
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport).textClassification(
                "x",
                model: "a/1",
                options: CallOptions(fallbacks: ["a/2", "a/3"])
            )
        }
        #expect(error?.code == .unsupportedTask)
        #expect(error?.model == "a/3")
        #expect(error?.failedChoices.map(\.error.code) == [.notFound, .removed])
    }

    @Test("Which causes lead on is the caller's to say")
    func rules() async throws {
        let refused = MockTransport.Answer.status(422, json: #"{"error": "too long for this model"}"#)
        let options = CallOptions(fallbacks: ["a/2"], fallbackRules: FallbackRules(causes: [.rejected]))
        let transport = MockTransport(refused, labels)
        let result = try await testClient(transport).result(
            of: TextClassification(text: "x"),
            model: "a/1",
            options: options
        )
        #expect(result.metadata.failedChoices.map(\.error.code) == [.rejected])
        let other = MockTransport(frozen, labels)
        await #expect(throws: InferenceError.self) {
            try await testClient(other).textClassification("x", model: "a/1", options: options)
        }
        #expect(other.calls.count == 1)
    }

    @Test("A choice is kept through short waits, the last one through all that the policy allows")
    func patience() async throws {
        let soon = MockTransport.Answer.status(429, json: "{}").header("Retry-After", "1")
        let later = MockTransport.Answer.status(429, json: "{}").header("Retry-After", "5")
        let clock = VirtualClock()
        let transport = MockTransport(soon, later, later, labels)
        var configuration = testConfiguration(transport)
        configuration.clock = clock.clock
        let result = try await InferenceClient(configuration).result(
            of: TextClassification(text: "x"),
            model: "a/1",
            options: CallOptions(fallbacks: ["a/2"])
        )
        #expect(transport.calls.map { $0.path.suffix(3) } == ["a/1", "a/1", "a/2", "a/2"])
        #expect(clock.sleeps == [.seconds(1), .seconds(5)])
        #expect(result.metadata.failedChoices.map(\.error.attempts) == [2])
    }

    @Test("All choices share the call's time")
    func deadline() async throws {
        let clock = VirtualClock()
        let transport = MockTransport()
        transport.answer(times: nil) { _ in
            clock.advance(by: .seconds(6))
            return .status(504, json: "{}")
        }
        var configuration = testConfiguration(transport)
        configuration.clock = clock.clock
        configuration.timeouts.total = .seconds(10)
        configuration.retry.maxAttempts = 1
        let error = await #expect(throws: InferenceError.self) {
            try await InferenceClient(configuration).textClassification(
                "x",
                model: "a/1",
                options: CallOptions(fallbacks: ["a/2", "a/3"])
            )
        }
        #expect(transport.calls.count == 2)
        #expect(transport.calls[1].timeouts.total == .seconds(4))
        #expect(error?.failedChoices.count == 1)
    }

    @Test("A fallback elsewhere gets no token and no header field that was given for the first place")
    func credentials() async throws {
        func calls(_ fallback: Fallback, token: String) async throws -> [MockTransport.Call] {
            let transport = MockTransport(frozen, labels)
            var configuration = testConfiguration(transport)
            configuration.token = .fixed(token)
            let options = CallOptions(fields: [.cookie: "a=b"], fallbacks: [fallback])
            _ = try await InferenceClient(configuration).textClassification("x", model: "a/1", options: options)
            return transport.calls
        }
        let elsewhere = try await calls(Fallback(target: .url("https://example.com/x")), token: "hf_test")
        #expect(elsewhere[0].request.headerFields[.authorization] == "Bearer hf_test")
        #expect(elsewhere[0].request.headerFields[.cookie] == "a=b")
        #expect(elsewhere[1].request.authority == "example.com")
        #expect(elsewhere[1].request.headerFields[.authorization] == nil)
        #expect(elsewhere[1].request.headerFields[.cookie] == nil)
        let own = Fallback(target: .url("https://example.com/x"), token: .fixed("own"))
        #expect(try await calls(own, token: "hf_test")[1].request.headerFields[.authorization] == "Bearer own")
        let home = Fallback(target: .url("https://x.endpoints.huggingface.cloud"))
        #expect(try await calls(home, token: "hf_test")[1].request.headerFields[.authorization] == "Bearer hf_test")
        // Another provider's key stays away from Hugging Face.
        #expect(try await calls(home, token: "key-of-another")[1].request.headerFields[.authorization] == nil)
        let sameHost = try await calls("a/2", token: "hf_test")
        #expect(sameHost[1].request.headerFields[.authorization] == "Bearer hf_test")
        #expect(sameHost[1].request.headerFields[.cookie] == "a=b")
    }

    @Test("A stream falls back until it has begun")
    func streams() async throws {
        let chunk = #"{"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]}"#
        let transport = MockTransport(limited, .events([chunk, "[DONE]"]))
        let stream = try await testClient(transport).chatCompletionStream(
            "x",
            model: "a/1",
            options: CallOptions(fallbacks: ["a/2"])
        )
        #expect(try await stream.collect().text == "hi")
        #expect(stream.metadata.model == "a/2")
        #expect(stream.metadata.failedChoices.map(\.error.code) == [.rateLimited])
    }
}
