import HTTPTypes
import InferenceKit
import Synchronization
import TestSupport
import Testing

@Suite("Waiting for a model")
struct WaitUntilWarmTests {
    private static func info(
        _ word: String?,
        task: String = "text-classification",
        _ more: String = ""
    ) -> MockTransport.Answer {
        let word = word.map { #""inference":"\#($0)","# } ?? ""
        return .json(#"{"id":"acme/m",\#(word)"pipeline_tag":"\#(task)"\#(more)}"#)
    }

    private static func loading(_ seconds: Double) -> MockTransport.Answer {
        .status(503, json: #"{"error":"Model acme/m is currently loading","estimated_time":\#(seconds)}"#)
    }

    private static let answer = MockTransport.Answer.json("[]")

    /// Every request with a word for the Hub's, as it was made.
    private func words(_ transport: MockTransport) -> [String] {
        transport.calls.map { "\($0.request.method) \($0.request.path?.prefix { $0 != "?" } ?? "")" }
    }

    private static let question = "GET /api/models/acme/m"
    private static let call = "POST /hf-inference/models/acme/m"

    @Test("A warm model is not called")
    func warm() async throws {
        let transport = MockTransport(Self.info("warm"))
        let log = EventLog()
        let status = try await testClient(transport).waitUntilWarm(
            "acme/m",
            options: CallOptions(observer: log.observer)
        )
        #expect(status.isWarm && status.source == .hubInference)
        #expect(words(transport) == [Self.question])
        #expect(log.words == ["finished"])
    }

    @Test("Cold, loading, warm: called once, and again after each estimate")
    func cold() async throws {
        let clock = VirtualClock()
        let log = EventLog()
        let transport = MockTransport(
            Self.info("cold"),
            Self.loading(4),
            Self.loading(2.5),
            Self.answer,
            Self.info("warm")
        )
        let client = testClient(transport, clock: clock)
        let status = try await client.waitUntilWarm("acme/m", options: CallOptions(observer: log.observer))
        #expect(status.isWarm && status.source == .call && status.task == "text-classification")
        #expect(words(transport) == [Self.question, Self.call, Self.call, Self.call])
        #expect(clock.sleeps == [.seconds(4), .milliseconds(2_500)])
        #expect(
            log.words == [
                "job cold", "job loading", "waiting loading 4.0 seconds", "waiting loading 2.5 seconds", "finished",
            ]
        )
        let call = transport.calls[1]
        #expect(call.bodyText == #"{"inputs":"Hello."}"#)
        #expect(call.request.headerFields[.authorization] == "Bearer hf_test")
        #expect(call.request.headerFields[HTTPField.Name("X-Use-Cache")!] == "false")
        // The kept status said "cold"; it is not believed any more.
        #expect(try await client.modelStatus("acme/m").isWarm)
        #expect(transport.calls.count == 5)
    }

    @Test("The events tell the estimate and the time that has passed")
    func estimates() async throws {
        let clock = VirtualClock()
        let seen = Mutex<[(estimate: Duration?, elapsed: Duration)]>([])
        let transport = MockTransport(Self.info("cold"), Self.loading(120), Self.loading(90), Self.answer)
        let options = CallOptions { event in
            guard case .waiting(_, let estimate) = event.kind else { return }
            seen.withLock { $0.append((estimate, event.elapsed)) }
            #expect(event.model == "acme/m")
        }
        _ = try await testClient(transport, clock: clock).waitUntilWarm("acme/m", options: options)
        // One pause is half a minute at most, whatever the estimate.
        #expect(clock.sleeps == [.seconds(30), .seconds(30)])
        #expect(seen.withLock { $0.map(\.estimate) } == [.seconds(120), .seconds(90)])
        #expect(seen.withLock { $0.map(\.elapsed) } == [.zero, .seconds(30)])
    }

    @Test("20 seconds for ever end with the timeout, in an error that tells the last estimate")
    func forever() async throws {
        let clock = VirtualClock()
        let log = EventLog()
        let transport = MockTransport(Self.info("cold"))
        transport.answer(.method(.post), with: Self.loading(20), times: nil)
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport, clock: clock).waitUntilWarm(
                "acme/m",
                timeout: .seconds(90),
                options: CallOptions(observer: log.observer)
            )
        }
        #expect(error?.code == .timedOut)
        #expect(error?.model == "acme/m")
        #expect(error?.status == 503)
        #expect(error?.retryAfter == .seconds(20))
        #expect(error?.message.contains("still loading") == true)
        #expect(clock.sleeps == [.seconds(20), .seconds(20), .seconds(20), .seconds(20), .milliseconds(9_500)])
        #expect(log.words.last == "failed timedOut")
        #expect(transport.calls.count == 7)
    }

    @Test("A model that is frozen is not waited for", arguments: ["frozen", nil] as [String?])
    func frozen(_ word: String?) async throws {
        let transport = MockTransport(Self.info(word, #","inferenceProviderMapping":{}"#))
        let clock = VirtualClock()
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport, clock: clock).waitUntilWarm("acme/m")
        }
        #expect(error?.code == .unsupportedTask)
        #expect(error?.message.contains("frozen") == true)
        #expect(error?.model == "acme/m")
        #expect(clock.sleeps.isEmpty && transport.calls.count == 1)
    }

    @Test("A gated model whose conditions were not accepted")
    func gated() async throws {
        let transport = MockTransport(
            Self.info("cold", #","gated":"auto""#),
            .status(403, json: #"{"error":"Access to model acme/m is restricted."}"#).header(
                "X-Error-Code",
                "GatedRepo"
            )
        )
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport).waitUntilWarm("acme/m")
        }
        #expect(error?.code == .gated)
        #expect(transport.calls.count == 2)
    }

    @Test("A model that is not there")
    func unknown() async throws {
        let transport = MockTransport(.status(404).header("X-Error-Code", "RepoNotFound"))
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport).waitUntilWarm("acme/m")
        }
        #expect(error?.code == .notFound)
        #expect(error?.model == "acme/m")
    }

    @Test("A renamed model is called by its new name")
    func renamed() async throws {
        let transport = MockTransport()
        transport.answer(.get("/api/models/old"), with: .status(307).header("Location", "/api/models/acme/m"))
        transport.answer(.get("/api/models/acme/m"), with: Self.info("cold"))
        transport.answer(.post("/hf-inference/models/acme/m"), with: Self.answer)
        let status = try await testClient(transport).waitUntilWarm("old")
        #expect(status.id == "acme/m" && status.asked == "old")
        try transport.verify()
    }

    @Test("Failures that may pass are waited out, others are not")
    func failures() async throws {
        let clock = VirtualClock()
        let transport = MockTransport(
            .status(500),
            Self.info("cold"),
            .status(503, json: #"{"error":"overloaded"}"#),
            .status(429, json: #"{"error":"slow down"}"#).header("Retry-After", "40"),
            Self.answer
        )
        _ = try await testClient(transport, clock: clock).waitUntilWarm("acme/m")
        #expect(clock.sleeps == [.seconds(1), .seconds(2), .seconds(40)])

        let quota = MockTransport(Self.info("cold"), .status(402))
        let error = await #expect(throws: InferenceError.self) { try await testClient(quota).waitUntilWarm("acme/m") }
        #expect(error?.code == .quotaExhausted)

        let patience = MockTransport(Self.info("cold"), .status(429).header("Retry-After", "3600"))
        let late = await #expect(throws: InferenceError.self) {
            try await testClient(patience).waitUntilWarm("acme/m", timeout: .seconds(60))
        }
        #expect(late?.code == .timedOut)
        #expect((late?.underlyingError as? InferenceError)?.code == .rateLimited)
    }

    @Test("Without prewarming, and for tasks that nothing is sent for, the Hub is asked again with growing pauses")
    func asking() async throws {
        for prewarming in [Prewarming.never, .automatic] {
            let clock = VirtualClock()
            let transport = MockTransport()
            for _ in 0..<5 { transport.answer(.method(.get), with: Self.info("cold", task: "text-to-image")) }
            transport.answer(.method(.get), with: Self.info("warm", task: "text-to-image"))
            let client = testClient(transport, clock: clock)
            let status = try await client.waitUntilWarm("acme/m", prewarming: prewarming)
            #expect(status.isWarm)
            #expect(clock.sleeps == [1, 2, 4, 8, 8].map { .seconds($0) })
            #expect(transport.calls.allSatisfy { $0.request.method == .get })
        }
    }

    @Test(
        "What is sent, by the task",
        arguments: [
            ("text-generation", #"{"inputs":"Hello","parameters":{"max_new_tokens":1}}"#),
            ("feature-extraction", #"{"inputs":"Hello."}"#),
            ("fill-mask", #"{"inputs":"Hello <m>."}"#),
            (
                "zero-shot-classification",
                #"{"inputs":"Hello.","parameters":{"candidate_labels":["greeting","farewell"]}}"#
            ),
            ("question-answering", #"{"inputs":{"question":"Who?","context":"It is me."}}"#),
            ("sentence-similarity", #"{"inputs":{"source_sentence":"Hello.","sentences":["Hi."]}}"#),
            ("table-question-answering", #"{"inputs":{"query":"How many?","table":{"number":["1"]}}}"#),
        ]
    )
    func bodies(_ task: String, _ body: String) async throws {
        let transport = MockTransport(Self.info("cold", task: task, #","mask_token":"<m>""#), Self.answer)
        _ = try await testClient(transport).waitUntilWarm("acme/m")
        #expect(transport.calls[1].bodyText == body)
    }

    @Test("A call of one's own")
    func ownCall() async throws {
        let transport = MockTransport(Self.info("cold", task: "text-to-image"), Self.answer)
        let prewarming = Prewarming.call(.json(["inputs": "a dot"]), as: "text-to-image")
        _ = try await testClient(transport).waitUntilWarm("acme/m", prewarming: prewarming)
        #expect(transport.calls[1].bodyText == #"{"inputs":"a dot"}"#)
    }

    @Test("A fallback's answer would say nothing about the model, and is not asked for")
    func noFallback() async throws {
        let transport = MockTransport(Self.info("cold"), Self.loading(3), Self.answer)
        let options = CallOptions(fallbacks: ["acme/other"])
        _ = try await testClient(transport).waitUntilWarm("acme/m", options: options)
        #expect(words(transport) == [Self.question, Self.call, Self.call])
    }

    @Test("Other providers are not called, and a server is asked for its health")
    func elsewhere() async throws {
        let transport = MockTransport()
        let offer = #","inferenceProviderMapping":{"together":{"status":"STATUS","providerId":"t"}}"#
        for word in ["staging", "live"] {
            transport.answer(.method(.get), with: Self.info(nil, offer.replacing("STATUS", with: word)))
        }
        _ = try await testClient(transport).waitUntilWarm("acme/m", options: CallOptions(target: .together))
        #expect(words(transport) == [Self.question, Self.question])

        let clock = VirtualClock()
        let server = MockTransport(
            .status(503, json: #"{"error":{"message":"Loading model","code":503}}"#),
            .status(200),
            .status(404)
        )
        let options = CallOptions(target: .url("http://127.0.0.1:1/v1"))
        let status = try await testClient(server, clock: clock).waitUntilWarm("m", options: options)
        #expect(status.source == .serverHealth)
        #expect(words(server) == ["GET /health", "GET /health", "GET /info"])
        #expect(clock.sleeps == [.seconds(1)])

        let paused = MockTransport(.status(400, json: #"{"error":"Bad Request: Invalid state"}"#))
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(paused).waitUntilWarm("m", options: options)
        }
        #expect(error?.code == .endpointPaused)
    }

    @Test("Several at once; the first that cannot be had ends it")
    func several() async throws {
        let transport = MockTransport()
        for name in ["a", "b", "c"] {
            let info = #"{"id":"acme/\#(name)","inference":"cold","pipeline_tag":"summarization"}"#
            transport.answer(.get("/api/models/acme/\(name)"), with: .json(info))
            transport.answer(.post("/hf-inference/models/acme/\(name)"), with: Self.loading(1))
            transport.answer(.post("/hf-inference/models/acme/\(name)"), with: Self.answer)
        }
        let statuses = try await testClient(transport).waitUntilWarm(["acme/a", "acme/b", "acme/c"])
        #expect(statuses.map(\.id) == ["acme/a", "acme/b", "acme/c"])
        #expect(statuses.allSatisfy { $0.isWarm })
        try transport.verify()
        #expect(try await testClient(MockTransport()).waitUntilWarm([ModelID]()).isEmpty)

        let mixed = MockTransport()
        mixed.answer(.get("/api/models/acme/a"), with: .json(#"{"id":"acme/a","inference":"frozen"}"#))
        mixed.answer(.get("/api/models/acme/b"), with: .silence)
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(mixed).waitUntilWarm(["acme/b", "acme/a"])
        }
        #expect(error?.model == "acme/a")
    }

    @Test("Cancelling ends the wait, and is told")
    func cancellation() async throws {
        let log = EventLog()
        let transport = MockTransport(Self.info("cold"))
        transport.answer(.method(.post), with: Self.loading(20), times: nil)
        var configuration = testConfiguration(transport)
        let (signal, continuation) = AsyncStream<Void>.makeStream()
        configuration.clock.sleep = { duration in
            continuation.yield()
            try await Task.sleep(for: .seconds(3_600))
        }
        let client = InferenceClient(configuration)
        let task = Task { try await client.waitUntilWarm("acme/m", options: CallOptions(observer: log.observer)) }
        for await _ in signal { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(log.words.last == "cancelled")
        #expect(transport.calls.count == 2)
    }

    @Test("A timeout that is none")
    func badTimeout() async throws {
        let transport = MockTransport()
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport).waitUntilWarm("acme/m", timeout: .zero)
        }
        #expect(error?.field == "timeout")
        #expect(transport.calls.isEmpty)
    }
}
