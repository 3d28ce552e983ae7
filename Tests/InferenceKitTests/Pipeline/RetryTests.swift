import InferenceKit
import TestSupport
import Testing

/// One row: what a scripted server answers, and what the client makes of it.
struct RetryRow: Sendable, CustomTestStringConvertible {
    var name: String
    var answers: [MockTransport.Answer]
    var options = CallOptions()
    var waits: [Duration]
    var attempts: Int
    /// The code of the error, or `nil` for a success.
    var failure: InferenceError.Code?
    var testDescription: String { name }
}

private let answer = MockTransport.Answer.json(#"[[{"label":"POSITIVE","score":0.9}]]"#)
private let loading = MockTransport.Answer.status(
    503,
    json: #"{"error":"Model a/b is currently loading","estimated_time":4.0}"#
)

private func transportFailure(_ kind: TransportError.Kind, reached: Bool) -> MockTransport.Answer {
    .failure(TransportError(kind, "It broke.", requestMayHaveReachedServer: reached))
}

@Suite("Retries: answers in, waits and attempts out")
struct RetryTests {
    /// With a draw of one half, full jitter waits half of each bound: 250 ms, then 500 ms.
    static let rows: [RetryRow] = [
        RetryRow(name: "a success is one attempt", answers: [answer], waits: [], attempts: 1),
        RetryRow(
            name: "500 backs off with full jitter",
            answers: [.status(500, json: "{}"), .status(502), answer],
            waits: [.milliseconds(250), .milliseconds(500)],
            attempts: 3
        ),
        RetryRow(
            name: "the attempts are capped",
            answers: [.status(504), .status(504), .status(504)],
            waits: [.milliseconds(250), .milliseconds(500)],
            attempts: 3,
            failure: .serverFailure
        ),
        RetryRow(
            name: "503 without a body is an overload",
            answers: [.status(503), answer],
            waits: [.milliseconds(250)],
            attempts: 2
        ),
        RetryRow(
            name: "408 is tried again",
            answers: [.status(408), answer],
            waits: [.milliseconds(250)],
            attempts: 2
        ),
        RetryRow(
            name: "Retry-After in seconds wins",
            answers: [.status(429, json: "{}").header("Retry-After", "7"), answer],
            waits: [.seconds(7)],
            attempts: 2
        ),
        RetryRow(
            name: "retry-after-ms wins over seconds",
            answers: [
                .status(429, json: "{}").header("retry-after-ms", "1500").header("Retry-After", "9"), answer,
            ],
            waits: [.milliseconds(1_500)],
            attempts: 2
        ),
        RetryRow(
            name: "Retry-After as a date",
            answers: [.status(503).header("Retry-After", "Thu, 28 May 2026 20:26:50 GMT"), answer],
            waits: [.seconds(10)],
            attempts: 2
        ),
        RetryRow(
            name: "a Retry-After beyond the cap fails now",
            answers: [.status(429, json: "{}").header("Retry-After", "3600")],
            waits: [],
            attempts: 1,
            failure: .rateLimited
        ),
        RetryRow(
            name: "RateLimit with nothing left waits for the reset and a second",
            answers: [.status(429, json: "{}").header("RateLimit", #""api";r=0;t=5"#), answer],
            waits: [.seconds(6)],
            attempts: 2
        ),
        RetryRow(
            name: "RateLimit with something left explains nothing",
            answers: [.status(429, json: "{}").header("RateLimit", #""api";r=12;t=5"#), answer],
            waits: [.milliseconds(250)],
            attempts: 2
        ),
        RetryRow(
            name: "a loading model waits by its estimate",
            answers: [loading, answer],
            waits: [.seconds(4)],
            attempts: 2
        ),
        RetryRow(
            name: "loading counts as an attempt unless told to wait",
            answers: [loading, loading, loading],
            waits: [.seconds(4), .seconds(4)],
            attempts: 3,
            failure: .modelLoading
        ),
        RetryRow(
            name: "told to wait, loading does not use up attempts",
            answers: [loading, loading, loading, loading, loading, answer],
            options: CallOptions(waitsForModel: true),
            waits: Array(repeating: .seconds(4), count: 5),
            attempts: 6
        ),
        RetryRow(
            name: "an estimate beyond the cap waits for the cap",
            answers: [
                .status(503, json: #"{"error":"Model a/b is currently loading","estimated_time":300}"#), answer,
            ],
            options: CallOptions(waitsForModel: true),
            waits: [.seconds(30)],
            attempts: 2
        ),
        RetryRow(
            name: "a model that loads for ever ends at the deadline",
            answers: Array(repeating: loading, count: 4),
            options: CallOptions(timeouts: Timeouts(total: .seconds(10)), waitsForModel: true),
            waits: [.seconds(4), .seconds(4), .milliseconds(1_500)],
            attempts: 4,
            failure: .modelLoading
        ),
        RetryRow(
            name: "a wait beyond the deadline is not begun",
            answers: [.status(429, json: "{}").header("Retry-After", "7")],
            options: CallOptions(timeouts: Timeouts(total: .seconds(5))),
            waits: [],
            attempts: 1,
            failure: .rateLimited
        ),
        RetryRow(
            name: "424 is tried once more and no more",
            answers: [.status(424, json: #"{"error":"x","error_type":"generation"}"#), .status(424)],
            waits: [.milliseconds(250)],
            attempts: 2,
            failure: .serverFailure
        ),
        RetryRow(
            name: "402 never",
            answers: [.status(402, json: #"{"error":"You have exceeded your monthly included credits"}"#)],
            waits: [],
            attempts: 1,
            failure: .quotaExhausted
        ),
        RetryRow(
            name: "insufficient_quota under 429 never",
            answers: [
                .status(429, json: #"{"error":{"message":"no more","type":"insufficient_quota","code":null}}"#)
                    .header("Retry-After", "1")
            ],
            waits: [],
            attempts: 1,
            failure: .quotaExhausted
        ),
        RetryRow(
            name: "400 never",
            answers: [.status(400, json: #"{"error":"no"}"#)],
            waits: [],
            attempts: 1,
            failure: .rejected
        ),
        RetryRow(name: "401 never", answers: [.status(401)], waits: [], attempts: 1, failure: .authenticationFailed),
        RetryRow(name: "404 never", answers: [.status(404)], waits: [], attempts: 1, failure: .notFound),
        RetryRow(name: "422 never", answers: [.status(422)], waits: [], attempts: 1, failure: .rejected),
        RetryRow(name: "501 never", answers: [.status(501)], waits: [], attempts: 1, failure: .serverFailure),
        RetryRow(
            name: "a connection that failed is tried again",
            answers: [transportFailure(.connectFailed, reached: false), answer],
            waits: [.milliseconds(250)],
            attempts: 2
        ),
        RetryRow(
            name: "a connection that was lost is tried again",
            answers: [transportFailure(.connectionLost, reached: true), answer],
            waits: [.milliseconds(250)],
            attempts: 2
        ),
        RetryRow(
            name: "a body cut short is tried again",
            answers: [answer.cut(after: 5), answer],
            waits: [.milliseconds(250)],
            attempts: 2
        ),
        RetryRow(
            name: "a certificate that is refused never",
            answers: [transportFailure(.tlsFailed, reached: false)],
            waits: [],
            attempts: 1,
            failure: .connectionFailed
        ),
        RetryRow(
            name: "retries can be switched off",
            answers: [.status(500)],
            options: CallOptions(retry: .never),
            waits: [],
            attempts: 1,
            failure: .serverFailure
        ),
        RetryRow(
            name: "an old loading answer under 200",
            answers: [.json(#"{"error":"not loaded yet"}"#), answer],
            waits: [.milliseconds(250)],
            attempts: 2
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: RetryRow) async throws {
        let clock = VirtualClock()
        let transport = MockTransport(row.answers)
        let client = testClient(transport, clock: clock)
        let task = TextClassification(text: "I liked it")
        do {
            let result = try await client.result(of: task, model: "a/b", options: row.options)
            #expect(row.failure == nil)
            #expect(result.metadata.attempts == row.attempts)
            #expect(result.metadata.waits.map(\.duration) == row.waits)
            #expect(result.value.first?.label == "POSITIVE")
        } catch let error as InferenceError {
            #expect(error.code == row.failure)
            #expect(error.attempts == row.attempts)
        }
        #expect(clock.sleeps == row.waits)
        #expect(transport.calls.count == row.attempts)
        try transport.verify()
    }

    @Test("Paid media are sent again only when no byte can have reached a server, or when the work was refused")
    func costlyCalls() async throws {
        let image = MockTransport.Answer.bytes(
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A],
            mediaType: "image/png"
        )
        let cases: [(MockTransport.Answer, again: Bool)] = [
            (transportFailure(.connectFailed, reached: false), true),
            (transportFailure(.connectionLost, reached: true), false),
            (image.cut(after: 3), false),
            (.status(500), false),
            (.status(502), false),
            (loading, true),
            (.status(429).header("Retry-After", "1"), true),
        ]
        for (first, again) in cases {
            let transport = MockTransport(again ? [first, image] : [first])
            let client = testClient(transport, clock: VirtualClock())
            let outcome = await Result { try await client.textToImage("a lighthouse", model: "a/b") }
            #expect((try? outcome.get()) != nil || !again)
            #expect(transport.calls.count == (again ? 2 : 1))
        }
    }

    @Test("A body that cannot be replayed is never resent")
    func unreplayableBody() async throws {
        let transport = MockTransport(.status(503), answer)
        let client = testClient(transport, clock: VirtualClock())
        let body = RequestBody.stream(length: nil, replayable: false) { try await $0.write(Array("{}".utf8)) }
        let payload = Payload(body: body, contentType: .json)
        await #expect(throws: InferenceError.self) {
            try await client.send(payload, as: "text-classification", model: "a/b")
        }
        #expect(transport.calls.count == 1)
    }

    @Test("A client that meets only failures runs out of retries, and earns them back by successes")
    func budget() async throws {
        let transport = MockTransport()
        transport.answer(.any, with: .status(500), times: nil)
        var configuration = testConfiguration(transport, clock: VirtualClock())
        configuration.retryBudget = 3
        let client = InferenceClient(configuration)
        for _ in 0..<4 {
            await #expect(throws: InferenceError.self) { try await client.textClassification("x", model: "a/b") }
        }
        // Two retries, then one, then none: 3 + 2 + 1 + 1 attempts.
        #expect(transport.calls.count == 7)
    }

    @Test("Waiting ends with the task")
    func cancelledWait() async throws {
        let transport = MockTransport(loading)
        var configuration = testConfiguration(transport, clock: VirtualClock())
        configuration.clock.sleep = { try await Task.sleep(for: .seconds(600) + $0) }
        let client = InferenceClient(configuration)
        let call = Task { try await client.textClassification("x", model: "a/b") }
        while transport.calls.isEmpty { await Task.yield() }
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
    }

    @Test("An observer sees each step")
    func observer() async throws {
        let transport = MockTransport(loading, .status(500), answer)
        let log = EventLog()
        let client = testClient(transport, clock: VirtualClock())
        let options = CallOptions(waitsForModel: true, observer: log.observer)
        _ = try await client.textClassification("x", model: "a/b", options: options)
        #expect(
            log.words == [
                "attempt 1", "head 503", "waiting loading 4.0 seconds",
                "attempt 2", "head 500", "waiting backoff 0.25 seconds",
                "attempt 3", "head 200", "finished",
            ]
        )
    }
}

/// A client on a scripted transport: half of every jitter, a token of nobody's, no environment.
func testClient(_ transport: any HTTPTransport, clock: VirtualClock = VirtualClock()) -> InferenceClient {
    InferenceClient(testConfiguration(transport, clock: clock))
}

func testConfiguration(
    _ transport: any HTTPTransport,
    clock: VirtualClock = VirtualClock()
) -> InferenceClient.Configuration {
    var configuration = InferenceClient.Configuration(token: .fixed("hf_test"), transport: transport)
    configuration.clock = clock.clock
    configuration.random = { 0.5 }
    return configuration
}

extension Result where Failure == any Error {
    /// The outcome of an asynchronous call.
    init(_ work: () async throws -> Success) async {
        do { self = .success(try await work()) } catch { self = .failure(error) }
    }
}
