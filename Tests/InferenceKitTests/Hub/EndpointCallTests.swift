import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@testable import InferenceKit

@Suite("Calls to an endpoint that is not there")
struct EndpointCallTests {
    private let path = "/v2/endpoint/ada/my-bert"
    private let labels = MockTransport.Answer.json(#"[{"label":"A","score":1}]"#)
    private let away = MockTransport.Answer.status(503, body: Array("503 Service Unavailable".utf8))
    private let paused = MockTransport.Answer.status(400, json: #"{"error":"Bad Request: Invalid state"}"#)

    private func look(_ state: String) -> MockTransport.Answer { EndpointSample.state(state) }

    /// Plays a script of looks and calls, each in its order.
    private func script(
        calls: [MockTransport.Answer],
        looks: [MockTransport.Answer] = [],
        resumes: [MockTransport.Answer] = [],
        health: [MockTransport.Answer] = []
    ) -> MockTransport {
        let transport = MockTransport()
        for answer in calls { transport.answer(.post("/"), with: answer) }
        for answer in looks { transport.answer(.get(path), with: answer) }
        for answer in resumes { transport.answer(.post("\(path)/resume"), with: answer) }
        for answer in health { transport.answer(.get("/health"), with: answer) }
        return transport
    }

    private func classify(
        _ transport: MockTransport,
        _ target: Target,
        clock: VirtualClock = VirtualClock(),
        log: EventLog = EventLog(),
        change: (inout CallOptions) -> Void = { _ in }
    ) async throws -> InferenceResult<[ClassificationLabel]> {
        var options = CallOptions(target: target, observer: log.observer)
        change(&options)
        return try await testClient(transport, clock: clock).result(of: TextClassification(text: "x"), options: options)
    }

    /// The states among what an observer was told.
    private func states(_ log: EventLog) -> [String] {
        log.words.filter { $0.hasPrefix("endpoint ") }.map { String($0.dropFirst(9)) }
    }

    // MARK: - The default

    @Test("An endpoint as a target: its URL, its token rule")
    func target() async throws {
        let transport = script(calls: [labels])
        _ = try await classify(transport, .endpoint(EndpointSample.value("running")))
        let call = transport.calls[0]
        #expect(call.request.authority == "abc.us-east-1.aws.endpoints.huggingface.cloud")
        #expect(call.bodyText == #"{"inputs":"x"}"#)
        #expect(call.request.headerFields[.authorization] == "Bearer hf_test")
        #expect(call.request.headerFields[.scaleUpTimeout] == nil)
        #expect(transport.calls.count == 1)
    }

    @Test("Without a URL, the call says so and sends nothing")
    func withoutURL() async throws {
        let transport = MockTransport()
        let error = await #expect(throws: InferenceError.self) {
            try await classify(transport, .endpoint(EndpointSample.value("pending", url: nil)))
        }
        #expect(error?.code == .endpointStarting)
        #expect(error?.message.contains("has no URL yet") == true)
        #expect(transport.calls.isEmpty)
    }

    @Test(
        "By default the call fails with the endpoint's state, after one look",
        arguments: [
            ("paused", InferenceError.Code.endpointPaused, false), ("scaledToZero", .endpointScaledToZero, true),
            ("pending", .endpointStarting, true), ("initializing", .endpointStarting, true),
            ("updating", .endpointStarting, true), ("failed", .endpointFailed, false),
        ]
    )
    func typedErrors(state: String, code: InferenceError.Code, isRetryable: Bool) async throws {
        for answer in [away, .status(503), .status(502), paused] {
            let transport = script(calls: [answer], looks: [look(state)])
            let log = EventLog()
            let error = await #expect(throws: InferenceError.self) {
                try await classify(transport, .endpoint(EndpointSample.value("running")), log: log)
            }
            #expect(error?.code == code)
            #expect(error?.isRetryable == isRetryable)
            #expect(error?.status != nil)
            #expect(error?.attempts == 1)
            #expect(error?.message.contains("my-bert") == true)
            #expect(states(log) == [state])
            try transport.verify()
        }
    }

    @Test("A server that runs and fails is retried as any other, and what it says is kept")
    func running() async throws {
        let transport = script(
            calls: [away, .status(503, json: #"{"error":"overload detected"}"#), labels],
            looks: [look("running"), look("updateFailed")]
        )
        let result = try await classify(transport, .endpoint(EndpointSample.value("running")))
        #expect(result.metadata.attempts == 3)
        try transport.verify()
    }

    @Test("Who may not look gets what the proxy said", arguments: [401, 403, 404, 500])
    func lookRefused(status: Int) async throws {
        let transport = MockTransport()
        transport.answer(.post("/"), with: paused)
        transport.answer(.get(path), with: .status(status), times: nil)
        let error = await #expect(throws: InferenceError.self) {
            try await classify(transport, .endpoint(EndpointSample.value("running")))
        }
        #expect(error?.code == .endpointPaused)
        #expect(error?.status == 400)
    }

    @Test("An endpoint of which only the URL is known is not looked up; a bare 503 of its proxy means no replica")
    func urlOnly() async throws {
        let transport = MockTransport()
        transport.answer(.any, with: away, times: nil)
        let error = await #expect(throws: InferenceError.self) {
            try await classify(transport, .url(EndpointSample.url))
        }
        #expect(error?.code == .endpointScaledToZero)
        #expect(error?.isRetryable == true)
        #expect(transport.calls.allSatisfy { $0.request.method == .post })
        // What the server itself says is its own matter.
        let busy = MockTransport()
        busy.answer(
            .any,
            with: .status(503, json: #"{"error":"Model is overloaded","error_type":"overloaded"}"#),
            times: nil
        )
        let other = await #expect(throws: InferenceError.self) { try await classify(busy, .url(EndpointSample.url)) }
        #expect(other?.code == .overloaded)
        // And elsewhere a bare 503 says nothing of endpoints.
        let elsewhere = MockTransport()
        elsewhere.answer(.any, with: away, times: nil)
        let third = await #expect(throws: InferenceError.self) {
            try await classify(elsewhere, .url("http://127.0.0.1/"))
        }
        #expect(third?.code == .overloaded)
    }

    @Test("A call that waits for models waits for an endpoint that wakes, too")
    func waitsForModel() async throws {
        let byURL = MockTransport(away, away, away, away, away, labels)
        _ = try await classify(byURL, .url(EndpointSample.url)) { $0.waitsForModel = true }
        try byURL.verify()
        let byName = script(calls: [away, away, labels], looks: [look("scaledToZero"), look("initializing")])
        let result = try await classify(byName, .endpoint(EndpointSample.value("running"))) { $0.waitsForModel = true }
        #expect(result.metadata.waits.map(\.reason) == [.loading, .loading])
        try byName.verify()
    }

    @Test(
        "An endpoint that is not there falls back to the next choice",
        arguments: ["initializing", "failed", "paused"]
    )
    func fallback(state: String) async throws {
        let transport = MockTransport()
        let host = MockTransport.Rule.authority("abc.us-east-1.aws.endpoints.huggingface.cloud")
        transport.answer(host, with: away)
        transport.answer(.get(path), with: look(state))
        transport.answer(.authority("127.0.0.1"), with: labels)
        let options = CallOptions(
            target: .endpoint(try EndpointSample.value("running")),
            fallbacks: [
                Fallback(target: .endpoint(try EndpointSample.value("pending", url: nil))),
                Fallback(target: .url("http://127.0.0.1/")),
            ]
        )
        let result = try await testClient(transport).result(of: TextClassification(text: "x"), options: options)
        #expect(result.value.count == 1)
        #expect(result.metadata.failedChoices.count == 2)
        #expect(result.metadata.failedChoices.last?.error.code == .endpointStarting)
        try transport.verify()
    }

    @Test("A fallback keeps the token from a foreign host, while it wakes the endpoint there, too")
    func fallbackToken() async throws {
        let transport = MockTransport()
        transport.answer(.post("/hf-inference/models/a/b"), with: .status(404))
        transport.answer(.get(path), with: EndpointSample.state("paused", url: "https://models.example.com"))
        transport.answer(
            .post("\(path)/resume"),
            with: EndpointSample.state("running", url: "https://models.example.com")
        )
        transport.answer(.authority("models.example.com").and(.get("/health")), with: .status(200))
        transport.answer(.authority("models.example.com").and(.post("/")), with: labels)
        let endpoint = try EndpointSample.value("paused", url: "https://models.example.com")
        let options = CallOptions(fallbacks: [Fallback(target: .endpoint(endpoint, whenAsleep: .resume))])
        _ = try await testClient(transport).textClassification("x", model: "a/b", options: options)
        try transport.verify()
        for call in transport.calls {
            let isForeign = call.request.authority == "models.example.com"
            #expect((call.request.headerFields[.authorization] == nil) == isForeign, "\(call)")
        }
    }

    // MARK: - Hold

    @Test("Hold: the proxy is asked to, what it refuses is sent again, and each state is told")
    func hold() async throws {
        let transport = script(
            calls: [away, away, labels],
            looks: [look("scaledToZero"), look("pending"), look("initializing")]
        )
        let clock = VirtualClock()
        let log = EventLog()
        let target = Target.endpoint(try EndpointSample.value("scaledToZero"), whenAsleep: .hold(upTo: .seconds(120)))
        let result = try await classify(transport, target, clock: clock, log: log)
        #expect(result.value.best?.label == "A")
        #expect(result.metadata.attempts == 3)
        try transport.verify()
        #expect(states(log) == ["scaledToZero", "pending", "initializing", "running"])
        let held = transport.calls.filter { $0.request.method == .post }
        #expect(held.map { $0.request.headerFields[.scaleUpTimeout] } == ["30", "30", "30"])
        #expect(result.metadata.waits.map(\.reason) == [.waking, .waking])
        #expect(log.words.last == "finished")
    }

    @Test("Hold: an endpoint that ran when it was listed is not looked at beforehand")
    func holdRunning() async throws {
        let transport = script(calls: [labels])
        let target = Target.endpoint(try EndpointSample.value("running"), whenAsleep: .hold())
        let log = EventLog()
        _ = try await classify(transport, target, log: log)
        #expect(transport.calls.count == 1)
        #expect(transport.calls[0].request.headerFields[.scaleUpTimeout] == "30")
        #expect(states(log).isEmpty)
    }

    @Test("Hold: the header stays below the clocks that would end the request")
    func holdClocks() async throws {
        func header(_ target: Target, _ timeouts: Timeouts) async throws -> String? {
            let transport = script(calls: [labels])
            _ = try await classify(transport, target) { $0.timeouts = timeouts }
            return transport.calls[0].request.headerFields[.scaleUpTimeout]
        }
        let endpoint = try EndpointSample.value("running")
        let long = Target.endpoint(endpoint, whenAsleep: .hold(upTo: .seconds(300), perRequest: .seconds(200)))
        #expect(try await header(long, Timeouts()) == "55")
        #expect(try await header(long, Timeouts(idle: .seconds(500))) == "200")
        #expect(try await header(long, Timeouts(firstByte: .seconds(20))) == "15")
        #expect(try await header(long, Timeouts(total: .seconds(9))) == "9")
        #expect(try await header(long, Timeouts(firstByte: .seconds(4))) == nil)
        let transport = script(calls: [labels])
        _ = try await classify(transport, long) { $0.fields[.scaleUpTimeout] = "7" }
        #expect(transport.calls[0].request.headerFields[.scaleUpTimeout] == "7")
    }

    @Test("Hold: it ends when its time does, and with the call's deadline")
    func holdEnds() async throws {
        func error(hold: Duration, total: Duration) async throws -> (InferenceError?, Duration) {
            let transport = MockTransport()
            transport.answer(.post("/"), with: away, times: nil)
            transport.answer(.get(path), with: look("initializing"), times: nil)
            let clock = VirtualClock()
            let target = Target.endpoint(try EndpointSample.value("initializing"), whenAsleep: .hold(upTo: hold))
            let error = await #expect(throws: InferenceError.self) {
                try await classify(transport, target, clock: clock) { $0.timeouts = Timeouts(total: total) }
            }
            return (error, clock.sleeps.reduce(.zero, +))
        }
        let (ended, held) = try await error(hold: .seconds(30), total: .seconds(600))
        #expect(ended?.code == .endpointStarting)
        #expect(held <= .seconds(30) && held > .seconds(20))
        let (late, waited) = try await error(hold: .seconds(600), total: .seconds(20))
        #expect(late?.code == .timedOut)
        #expect(late?.message.contains("initializing") == true)
        #expect(waited <= .seconds(20) && waited > .seconds(10))
    }

    @Test(
        "Hold: a paused endpoint fails, before anything is sent where that is known",
        arguments: ["paused", "running"]
    )
    func holdPaused(listed: String) async throws {
        let transport = script(calls: listed == "paused" ? [] : [paused], looks: [look("paused")])
        let target = Target.endpoint(try EndpointSample.value(listed), whenAsleep: .hold())
        let error = await #expect(throws: InferenceError.self) { try await classify(transport, target) }
        #expect(error?.code == .endpointPaused)
        try transport.verify()
    }

    @Test("Hold: without a look it still holds")
    func holdBlind() async throws {
        let transport = MockTransport()
        for answer in [away, .status(502), labels] { transport.answer(.post("/"), with: answer) }
        transport.answer(.get(path), with: .status(403), times: nil)
        let target = Target.endpoint(try EndpointSample.value("running"), whenAsleep: .hold())
        #expect(try await classify(transport, target).value.count == 1)
    }

    // MARK: - Resume

    @Test("Resume: paused, resumed, waited for, called", arguments: ["paused", "scaledToZero"])
    func resume(state: String) async throws {
        let transport = script(
            calls: [labels],
            looks: [look(state), look("pending"), look("initializing"), look("running"), look("running")],
            // The API's answer is a moment behind.
            resumes: [look(state)],
            health: [.status(503), .status(200)]
        )
        let clock = VirtualClock()
        let log = EventLog()
        let target = Target.endpoint(try EndpointSample.value(state), whenAsleep: .resume)
        let result = try await classify(transport, target, clock: clock, log: log)
        #expect(result.value.best?.label == "A")
        try transport.verify()
        #expect(states(log) == [state, "pending", "initializing", "running"])
        #expect(result.metadata.waits.allSatisfy { $0 == Wait(.seconds(5), .waking) })
        #expect(
            transport.calls.map(\.description) == [
                "GET \(path)", "POST \(path)/resume", "GET \(path)", "GET \(path)", "GET \(path)", "GET /health",
                "GET \(path)", "GET /health", "POST /",
            ]
        )
    }

    @Test("Resume: an endpoint that fell asleep after it was listed is found out by the call")
    func resumeLater() async throws {
        let transport = script(
            calls: [paused, labels],
            looks: [look("paused")],
            resumes: [look("running")],
            health: [.status(200)]
        )
        let log = EventLog()
        let target = Target.endpoint(try EndpointSample.value("running"), whenAsleep: .resume)
        let result = try await classify(transport, target, log: log)
        #expect(result.metadata.attempts == 2)
        #expect(states(log) == ["paused", "running"])
        try transport.verify()
    }

    @Test("Resume: one that starts already is only waited for")
    func resumeStarting() async throws {
        let transport = script(
            calls: [away, labels],
            looks: [look("initializing"), look("running")],
            health: [.status(200)]
        )
        let target = Target.endpoint(try EndpointSample.value("running"), whenAsleep: .resume)
        _ = try await classify(transport, target)
        try transport.verify()
    }

    @Test("Resume: the proxy may be a moment behind the API")
    func resumeEarly() async throws {
        let transport = script(
            calls: [away, away, labels],
            looks: [look("scaledToZero"), look("running")],
            resumes: [look("running")],
            health: [.status(200)]
        )
        let target = Target.endpoint(try EndpointSample.value("running"), whenAsleep: .resume)
        let result = try await classify(transport, target)
        #expect(result.metadata.waits == [Wait(.seconds(2), .waking)])
        try transport.verify()
    }

    @Test("Resume: failures end the call with their cause")
    func resumeFails() async throws {
        let target = Target.endpoint(try EndpointSample.value("paused"), whenAsleep: .resume)
        let broken = script(
            calls: [],
            looks: [look("paused"), look("failed")],
            resumes: [look("pending")]
        )
        let failed = await #expect(throws: InferenceError.self) { try await classify(broken, target) }
        #expect(failed?.code == .endpointFailed)
        let forbidden = script(calls: [], looks: [look("paused")], resumes: [.status(403, json: #"{"error":"no"}"#)])
        let denied = await #expect(throws: InferenceError.self) { try await classify(forbidden, target) }
        #expect(denied?.code == .permissionDenied)
        let stubborn = MockTransport()
        stubborn.answer(.get(path), with: look("paused"), times: nil)
        stubborn.answer(.post("\(path)/resume"), with: look("paused"), times: nil)
        let asleep = await #expect(throws: InferenceError.self) { try await classify(stubborn, target) }
        #expect(asleep?.code == .endpointPaused)
        let slow = MockTransport()
        slow.answer(.get(path), with: look("paused"))
        slow.answer(.post("\(path)/resume"), with: look("pending"))
        slow.answer(.get(path), with: look("initializing"), times: nil)
        let clock = VirtualClock()
        let late = await #expect(throws: InferenceError.self) {
            try await classify(slow, target, clock: clock) { $0.timeouts = Timeouts(total: .seconds(33)) }
        }
        #expect(late?.code == .timedOut)
        #expect(clock.sleeps.reduce(.zero, +) == .seconds(33))
    }

    @Test("Resume works for streams, too")
    func streams() async throws {
        let event = #"{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}"#
        let transport = MockTransport()
        transport.answer(.post("/v1/chat/completions"), with: away)
        transport.answer(.post("/v1/chat/completions"), with: .events([event, "[DONE]"]))
        transport.answer(.get(path), with: look("scaledToZero"))
        transport.answer(.post("\(path)/resume"), with: look("running"))
        transport.answer(.get("/health"), with: .status(200))
        let log = EventLog()
        let target = Target.endpoint(try EndpointSample.value("running"), whenAsleep: .resume)
        let stream = try await testClient(transport).chatCompletionStream(
            "Hi",
            options: CallOptions(target: target, observer: log.observer)
        )
        #expect(try await stream.collect().text == "Hi")
        #expect(states(log) == ["scaledToZero", "running"])
        try transport.verify()
    }

    @Test("A body that cannot be sent again is not")
    func notReplayable() async throws {
        let body = RequestBody.stream(length: 3, replayable: false) { try await $0.write([1, 2, 3]) }
        let payload = Payload(body: body, contentType: .octetStream)
        let transport = script(calls: [away], looks: [look("initializing")])
        let target = Target.endpoint(try EndpointSample.value("running"), whenAsleep: .resume)
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport).send(payload, as: "custom", options: CallOptions(target: target))
        }
        #expect(error?.code == .endpointStarting)
        try transport.verify()
    }
}
