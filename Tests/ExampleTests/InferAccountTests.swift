import InferenceKit
import LocalService
import TestSupport
import Testing

/// `infer whoami` and `infer endpoints`, as processes against the local service.
@Suite("infer: account and endpoints", .serialized, .timeLimit(.minutes(5)))
struct InferAccountTests {
    /// Runs the program against a service that stops with it.
    private func withService(
        coldSeconds: Double = 0.5,
        _ work: (LocalService, (_ token: String?, _ arguments: [String]) async throws -> InferProgram.Outcome)
            async throws -> Void
    ) async throws {
        let service = try await LocalService.start(.init(coldSeconds: coldSeconds))
        try await work(service) { token, arguments in
            var program = try InferProgram()
            program.token = token
            var arguments = arguments + ["--hub", service.url, "--attempts", "1"]
            if arguments[0] == "endpoints" { arguments += ["--endpoints", "\(service.url)/v2"] }
            return try await program.run(arguments)
        }
        await service.stop()
    }

    @Test("whoami prints the account and nothing of the token")
    func whoami() async throws {
        try await withService { _, run in
            let outcome = try await run(InferProgram.secret, ["whoami"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.isEmpty)
            #expect(outcome.json?["name"] == "ada")
            #expect(outcome.json?["isPro"] == false)
            #expect(outcome.json?["orgs"]?[0]?["roleInOrg"] == "admin")
            #expect(outcome.json?["auth"]?["accessToken"]?["role"] == "fineGrained")
            #expect(outcome.json?["auth"]?["accessToken"]?["createdAt"] == "2026-01-02T03:04:05.000Z")
            let pro = try await run("hf_local_pro", ["whoami"])
            #expect(pro.json?["isPro"] == true)
            let read = try await run("hf_local_read", ["whoami"])
            #expect(read.json?["auth"]?["accessToken"]?["role"] == "read")
        }
    }

    @Test("whoami without a token, with an unknown one, and too often")
    func whoamiRefused() async throws {
        try await withService { _, run in
            for token in [nil, "hf_nobody"] {
                let outcome = try await run(token, ["whoami"])
                #expect(outcome.status == 4)
                #expect(outcome.code == "authenticationFailed")
                #expect(outcome.output.isEmpty)
            }
        }
        let server = try ByteServer.always("429 Too Many Requests", body: #"{"error": "slow down"}"#)
        let outcome = try await InferProgram().run(["whoami", "--hub", server.url(), "--attempts", "1"])
        #expect(outcome.status == 5)
        #expect(outcome.message.contains("too often"))
    }

    @Test("endpoints: listed, looked at, paused, resumed, waited for, sent to sleep, deleted")
    func life() async throws {
        try await withService { _, run in
            let token = InferProgram.secret
            func state(_ outcome: InferProgram.Outcome) -> JSONValue? {
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.errors.isEmpty)
                return outcome.json?["status"]?["state"]
            }
            let list = try await run(token, ["endpoints", "list"])
            let lines = try list.output.split(separator: "\n").map { try JSONValue(jsonString: String($0)) }
            #expect(lines.map { $0["name"] } == ["my-classifier", "sleepy", "resting", "broken"])
            #expect(lines.allSatisfy { $0["namespace"] == "ada" })
            let all = try await run(token, ["endpoints", "list", "--namespace", "*"])
            #expect(all.output.split(separator: "\n").count == 8)
            #expect(state(try await run(token, ["endpoints", "get", "my-classifier"])) == "running")
            #expect(
                state(try await run(token, ["endpoints", "get", "sleepy", "--namespace", "acme"])) == "scaledToZero"
            )
            #expect(state(try await run(token, ["endpoints", "pause", "my-classifier"])) == "paused")
            #expect(state(try await run(token, ["endpoints", "resume", "my-classifier"])) != "paused")
            let waited = try await run(token, ["endpoints", "wait", "my-classifier", "--timeout", "60"])
            #expect(state(waited) == "running")
            #expect(waited.json?["status"]?["url"]?.stringValue?.hasSuffix("/endpoints/ada/my-classifier") == true)
            #expect(state(try await run(token, ["endpoints", "resume", "my-classifier"])) == "running")
            #expect(state(try await run(token, ["endpoints", "scale-to-zero", "my-classifier"])) == "scaledToZero")
            let deleted = try await run(token, ["endpoints", "delete", "my-classifier"])
            #expect(deleted.json == ["deleted": "my-classifier"])
            let gone = try await run(token, ["endpoints", "get", "my-classifier"])
            #expect(gone.status == 3)
            #expect(gone.code == "notFound")
        }
    }

    @Test("endpoints: what is refused has its exit status")
    func refusals() async throws {
        try await withService { service, run in
            let token = InferProgram.secret
            for (name, status, code) in [
                ("resting", Int32(3), "endpointPaused"), ("sleepy", 6, "endpointScaledToZero"),
                ("broken", 6, "endpointFailed"), ("nobody", 3, "notFound"),
            ] {
                let outcome = try await run(token, ["endpoints", "wait", name, "--timeout", "30"])
                #expect(outcome.status == status, "\(name): \(outcome.errors)")
                #expect(outcome.code == code)
            }
            #expect(try await run("hf_local_noscope", ["endpoints", "list"]).status == 4)
            #expect(try await run(nil, ["endpoints", "list", "--namespace", "ada"]).status == 4)
            let before = service.requests.count
            for arguments in [
                ["endpoints"], ["endpoints", "novel"], ["endpoints", "get"], ["endpoints", "list", "x"],
                ["endpoints", "get", "..", "--namespace", "ada"], ["endpoints", "wait", "x", "--timeout", "0"],
                ["endpoints", "get", "x", "--namespace", "*"],
            ] {
                let outcome = try await run(token, arguments)
                #expect(outcome.status == 2, "\(arguments): \(outcome.errors)")
                #expect(outcome.code == "invalidInput")
            }
            #expect(service.requests.count == before)
        }
    }
}

/// Calls to endpoints that sleep, over sockets.
@Suite("Endpoints over sockets", .serialized, .timeLimit(.minutes(5)))
struct EndpointSocketTests {
    private func states(_ log: EventLog) -> [String] {
        log.words.filter { $0.hasPrefix("endpoint ") }.map { String($0.dropFirst(9)) }
    }

    /// Pauses of a client that is hurried take a tenth of what they say.
    private func withClient(
        coldSeconds: Double,
        isHurried: Bool = false,
        _ work: (InferenceClient) async throws -> Void
    ) async throws {
        let service = try await LocalService.start(.init(coldSeconds: coldSeconds))
        var configuration = InferenceClient.Configuration(token: .fixed("hf_local"))
        configuration.hub = service.url
        configuration.router = service.url
        configuration.endpoints = "\(service.url)/v2"
        if isHurried { configuration.clock.sleep = { try await Task.sleep(for: $0 / 10) } }
        try await work(InferenceClient(configuration))
        await service.stop()
    }

    @Test("Asleep: typed errors by default")
    func typed() async throws {
        try await withClient(coldSeconds: 300) { client in
            let expected: [(String, InferenceError.Code)] = [
                // The call has woken the second, so it starts already when it is looked at.
                ("resting", .endpointPaused), ("sleepy", .endpointStarting), ("broken", .endpointFailed),
            ]
            for (name, code) in expected {
                let endpoint = try await client.endpoints.find(name)
                let error = await #expect(throws: InferenceError.self) {
                    try await client.textClassification("good", options: CallOptions(target: .endpoint(endpoint)))
                }
                #expect(error?.code == code, "\(name)")
            }
        }
    }

    @Test("Scaled to zero: one held call ends with the answer, each state was told")
    func hold() async throws {
        try await withClient(coldSeconds: 6) { client in
            let endpoint = try await client.endpoints.find("sleepy")
            let log = EventLog()
            let target = Target.endpoint(endpoint, whenAsleep: .hold(upTo: .seconds(120), perRequest: .seconds(1)))
            let options = CallOptions(target: target, observer: log.observer)
            let result = try await client.result(of: TextClassification(text: "good"), options: options)
            #expect(result.value.best?.label == "POSITIVE")
            #expect(states(log).first == "scaledToZero")
            #expect(states(log).contains("initializing"))
            #expect(states(log).last == "running")
            #expect(log.words.last == "finished")
        }
    }

    @Test("Paused: one call resumes it, waits, and ends with the answer", arguments: ["resting", "sleepy"])
    func resume(name: String) async throws {
        try await withClient(coldSeconds: 0.8, isHurried: true) { client in
            let endpoint = try await client.endpoints.find(name)
            let log = EventLog()
            let target = Target.endpoint(endpoint, whenAsleep: .resume)
            let options = CallOptions(target: target, observer: log.observer)
            let result = try await client.result(of: TextClassification(text: "good"), options: options)
            #expect(result.value.best?.label == "POSITIVE")
            #expect(states(log).first == endpoint.status.state.rawValue)
            #expect(states(log).count >= 3)
            #expect(states(log).last == "running")
        }
    }

    @Test("Made, waited for, called, deleted")
    func made() async throws {
        try await withClient(coldSeconds: 0.2) { client in
            let hardware = try await client.endpoints.hardware()
            let machine = try #require(hardware.first { $0.accelerator == "cpu" && $0.availability == .available })
            var settings = EndpointSettings(
                repository: "distilbert/distilbert-base-uncased-finetuned-sst-2-english",
                accelerator: machine.accelerator,
                instanceType: machine.instanceType,
                instanceSize: machine.instanceSize,
                vendor: machine.vendor,
                region: machine.region
            )
            settings.minReplica = 0
            _ = try await client.endpoints.create("mine", settings)
            let endpoint = try await client.endpoints.waitUntilRunning("mine", interval: .milliseconds(100))
            let labels = try await client.textClassification("bad", options: CallOptions(target: .endpoint(endpoint)))
            #expect(labels.best?.label == "NEGATIVE")
            try await client.endpoints.delete("mine")
            let error = await #expect(throws: InferenceError.self) { try await client.endpoints.find("mine") }
            #expect(error?.code == .notFound)
        }
    }

    @Test("Refusals of the service are explained")
    func explained() async throws {
        try await withClient(coldSeconds: 1) { client in
            func reason(_ token: String, _ model: ModelID) async throws -> RefusalExplanation {
                let options = CallOptions(token: .fixed(token))
                let error = await #expect(throws: InferenceError.self) {
                    try await client.textClassification("good", model: model, options: options)
                }
                return try await client.explanation(of: try #require(error), options: options)
            }
            let model: ModelID = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"
            #expect(try await reason("hf_nobody", model).reason == .unknownToken)
            let scope = try await reason("hf_local_noscope", model)
            #expect(scope.reason == .missingPermission)
            #expect(scope.permission == .callProviders)
            #expect(scope.account == "alan")
            #expect(try await reason("hf_local_exhausted", model).reason == .creditsUsedUp)
            let gated = try await reason("hf_local", "local-service/gated")
            #expect(gated.reason == .gated)
            #expect(gated.page == "\(client.configuration.hub)/local-service/gated")
            #expect(client.rateLimits.contains { $0.limit.bucket == "whoami" })
        }
    }
}
