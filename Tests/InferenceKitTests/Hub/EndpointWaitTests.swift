import HTTPTypes
import InferenceKit
import Synchronization
import TestSupport
import Testing

@testable import InferenceKit

@Suite("Waiting for an endpoint")
struct EndpointWaitTests {
    private let path = "/v2/endpoint/ada/my-bert"
    private var look: MockTransport.Rule { .get(path) }

    private func script(
        _ looks: [MockTransport.Answer],
        health: [MockTransport.Answer] = [.status(200)]
    ) -> MockTransport {
        let transport = MockTransport()
        for answer in looks { transport.answer(look, with: answer) }
        for answer in health { transport.answer(.get("/health"), with: answer) }
        return transport
    }

    @Test("Pending, initializing, running without a URL, unhealthy, healthy")
    func whole() async throws {
        let transport = script(
            [
                EndpointSample.state("pending", url: nil), EndpointSample.state("initializing"),
                EndpointSample.state("running", url: nil), EndpointSample.state("running"),
                EndpointSample.state("running"), EndpointSample.state("running"),
            ],
            health: [.status(400), .status(503), .status(200)]
        )
        let clock = VirtualClock()
        let log = EventLog()
        let seen = Mutex<[(String, Duration)]>([])
        let endpoint = try await testClient(transport, clock: clock).endpoints.waitUntilRunning(
            "my-bert",
            namespace: "ada",
            options: CallOptions(observer: log.observer)
        ) { endpoint, elapsed in
            seen.withLock { $0.append((endpoint.status.state.rawValue, elapsed)) }
        }
        #expect(endpoint.status.url == EndpointSample.url)
        #expect(endpoint.namespace == "ada")
        try transport.verify()
        #expect(clock.sleeps == Array(repeating: .seconds(5), count: 5))
        #expect(
            seen.withLock { $0.map(\.0) } == ["pending", "initializing", "running", "running", "running", "running"]
        )
        #expect(seen.withLock { $0.map(\.1) } == [0, 5, 10, 15, 20, 25].map { .seconds($0) })
        let wait = "waiting polling 5.0 seconds"
        #expect(
            log.words == [
                "endpoint pending", wait, "endpoint initializing", wait, "endpoint running", wait, wait, wait,
                "finished",
            ]
        )
        let health = try #require(transport.calls.last)
        #expect(health.request.authority == "abc.us-east-1.aws.endpoints.huggingface.cloud")
        #expect(health.path == "/health")
        #expect(health.request.headerFields[.authorization] == "Bearer hf_test")
    }

    @Test(
        "States that waiting does not change fail at once",
        arguments: [
            ("failed", InferenceError.Code.endpointFailed, "no space left"),
            ("updateFailed", .endpointFailed, "state updateFailed"),
            ("paused", .endpointPaused, "resumed"),
            ("scaledToZero", .endpointScaledToZero, "a call wakes it"),
        ]
    )
    func ends(state: String, code: InferenceError.Code, words: String) async throws {
        let transport = script(
            [EndpointSample.state("initializing"), EndpointSample.state(state, message: "no space left")],
            health: []
        )
        let log = EventLog()
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport).endpoints.waitUntilRunning(
                "my-bert",
                namespace: "ada",
                options: CallOptions(observer: log.observer)
            )
        }
        #expect(error?.code == code)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(log.words.suffix(2) == ["endpoint \(state)", "failed \(code)"])
        try transport.verify()
    }

    @Test("The timeout ends with the last state, at its moment")
    func timeout() async throws {
        let transport = MockTransport()
        transport.answer(look, with: EndpointSample.state("initializing"), times: nil)
        let clock = VirtualClock()
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport, clock: clock).endpoints
                .waitUntilRunning("my-bert", namespace: "ada", timeout: .seconds(12))
        }
        #expect(error?.code == .timedOut)
        #expect(error?.message.contains("initializing") == true)
        #expect(clock.sleeps == [.seconds(5), .seconds(5), .seconds(2)])
    }

    @Test("A server that never gets healthy, a new state, and failures that pass")
    func patience() async throws {
        let unhealthy = MockTransport()
        unhealthy.answer(look, with: EndpointSample.state("running"), times: nil)
        unhealthy.answer(.get("/health"), with: .status(502), times: nil)
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(unhealthy).endpoints
                .waitUntilRunning("my-bert", namespace: "ada", timeout: .seconds(30))
        }
        #expect(error?.code == .timedOut)
        #expect(error?.message.contains("not healthy") == true)

        let shaky = script([
            EndpointSample.state("hibernating"), .status(500), .status(500), .status(500),
            .failure(TransportError(.connectFailed, "Refused.", requestMayHaveReachedServer: false)),
            EndpointSample.state("running"),
        ])
        let endpoint = try await testClient(shaky).endpoints.waitUntilRunning("my-bert", namespace: "ada")
        #expect(endpoint.status.state == .running)
        try shaky.verify()
    }

    @Test("A server that does not admit the token, and an API that does not, end the wait", arguments: [401, 403])
    func refused(status: Int) async throws {
        let atServer = script([EndpointSample.state("running")], health: [.status(status)])
        let atAPI = script([.status(status)], health: [])
        for transport in [atServer, atAPI] {
            let error = await #expect(throws: InferenceError.self) {
                try await testClient(transport).endpoints.waitUntilRunning("my-bert", namespace: "ada")
            }
            #expect(error?.status == status)
        }
    }

    @Test("A token that lay around does not go to a foreign host")
    func ambientToken() async throws {
        let transport = MockTransport()
        transport.answer(look, with: EndpointSample.state("running", url: "https://models.example.com/bert/"))
        transport.answer(.get("/bert/health"), with: .status(200))
        var configuration = testConfiguration(transport)
        configuration.token = .environment({ $0 == "HF_TOKEN" ? "hf_ambient" : nil }, files: { _ in nil })
        let endpoints = InferenceClient(configuration).endpoints
        _ = try await endpoints.waitUntilRunning("my-bert", namespace: "ada")
        #expect(transport.calls[0].request.headerFields[.authorization] == "Bearer hf_ambient")
        #expect(transport.calls[1].request.headerFields[.authorization] == nil)
    }

    @Test("Cancellation ends the wait")
    func cancellation() async throws {
        let transport = MockTransport()
        transport.answer(look, with: EndpointSample.state("initializing"), times: nil)
        var configuration = testConfiguration(transport)
        configuration.clock = .continuous
        let endpoints = InferenceClient(configuration).endpoints
        let task = Task { try await endpoints.waitUntilRunning("my-bert", namespace: "ada", interval: .seconds(300)) }
        try await transport.waitForCalls(1)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
