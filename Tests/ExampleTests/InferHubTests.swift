import InferenceKit
import LocalService
import TestSupport
import Testing

/// `infer status` and `infer models` against the local service.
@Suite("infer: models and their states", .serialized, .timeLimit(.minutes(3)))
struct InferHubTests {
    private func withService(
        _ configuration: LocalService.Configuration = LocalService.Configuration(),
        _ body: (LocalService) async throws -> Void
    ) async throws {
        let service = try await LocalService.start(configuration)
        let result = await Result { try await body(service) }
        await service.stop()
        try result.get()
    }

    private func run(_ service: LocalService, _ arguments: String...) async throws -> InferProgram.Outcome {
        try await InferProgram().run(arguments + ["--hub", service.url])
    }

    private func lines(_ outcome: InferProgram.Outcome) throws -> [JSONObject] {
        try outcome.output.split(separator: "\n").map { line in
            try #require(try JSONValue(jsonString: String(line)).objectValue)
        }
    }

    @Test("One line a model, in order: warm, cold, frozen, gated, renamed")
    func states() async throws {
        try await withService { service in
            let outcome = try await run(
                service,
                "status",
                "HuggingFaceTB/SmolLM3-3B",
                "local-service/cold-classifier",
                "local-service/frozen",
                "local-service/gated",
                "bert-base-uncased"
            )
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.isEmpty)
            let lines = try lines(outcome)
            #expect(lines.map { $0["availability"] } == ["warm", "cold", "frozen", "warm", "warm"])
            #expect(
                lines[0].keys == ["model", "availability", "task", "library", "gated", "providers", "decidedBy"]
            )
            #expect(lines[0]["model"] == "HuggingFaceTB/SmolLM3-3B")
            #expect(lines[0]["task"] == "text-generation" && lines[0]["library"] == "transformers")
            #expect(lines[0]["gated"] == false)
            #expect(
                lines[0]["providers"]?[0]
                    == [
                        "provider": "hf-inference", "providerID": "HuggingFaceTB/SmolLM3-3B", "status": "live",
                        "task": "conversational",
                    ]
            )
            #expect(lines[1]["recommended"] == nil)
            // Another model of the task, for one that cannot be used.
            let recommended = try #require(lines[2]["recommended"]?.stringValue)
            #expect(recommended != "local-service/frozen")
            let again = try self.lines(try await run(service, "status", recommended))
            #expect(again[0]["availability"] == "warm" && again[0]["task"] == lines[2]["task"])
            #expect(lines[3]["gated"] == "auto")
            #expect(lines[4]["model"] == "bert-base-uncased")
            #expect(lines[4]["renamedTo"] == "google-bert/bert-base-uncased")
        }
    }

    @Test("An unknown model is an error, after the lines of the others")
    func unknown() async throws {
        try await withService { service in
            let outcome = try await run(service, "status", "nobody/x", "local-service/frozen", "nobody/y")
            #expect(outcome.status == 3)
            #expect(try lines(outcome).map { $0["model"] } == ["local-service/frozen"])
            #expect(outcome.errors.split(separator: "\n").count == 2)
            #expect(outcome.code == "notFound")
            var anonymous = try InferProgram()
            anonymous.token = nil
            let hidden = try await anonymous.run(["status", "nobody/x", "--hub", service.url])
            #expect(hidden.status == 4)
            #expect(hidden.code == "authenticationFailed")
        }
    }

    @Test("Cold, loading, warm: --wait calls the model until it answers")
    func wait() async throws {
        try await withService(.init(coldSeconds: 1)) { service in
            let arguments = [
                "status", "local-service/cold-classifier", "--router", service.url, "--hub", service.url,
            ]
            let outcome = try await InferProgram().run(arguments + ["--wait", "--timeout", "120"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            // Nobody watches: no progress.
            #expect(outcome.errors.isEmpty)
            let line = try lines(outcome)[0]
            #expect(line["availability"] == "warm" && line["decidedBy"] == "call")
            let calls = service.requests.filter { $0.method == "POST" }
            #expect(calls.count >= 2)
            #expect(calls.allSatisfy { $0.path == "/hf-inference/models/local-service/cold-classifier" })
            let again = try lines(try await InferProgram().run(arguments))
            #expect(again[0]["availability"] == "warm" && again[0]["decidedBy"] == "hubInference")
        }
    }

    #if os(Linux)
    @Test("A terminal shows a bar while the model loads, and nothing of it in the end")
    func progressBar() async throws {
        try await withService(.init(coldSeconds: 2)) { service in
            var program = try InferProgram()
            let terminal = try Terminal()
            program.terminal = (terminal.programEnd, { terminal.text })
            let outcome = try await program.run([
                "status", "local-service/cold-classifier", "--wait", "--timeout", "120", "--router", service.url,
                "--hub", service.url,
            ])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try lines(outcome)[0]["availability"] == "warm")
            #expect(outcome.errors.contains("The model is loading ["), "\(outcome.errors)")
            #expect(outcome.errors.contains("#"))
            #expect(outcome.errors.hasSuffix("\r\u{1B}[K"))
        }
    }
    #endif

    @Test(
        "--wait ends for a model that is frozen, gated or not there, and one that loads for ever ends with the time",
        arguments: [
            ("local-service/frozen", 3, "unsupportedTask"), ("nobody/x", 3, "notFound"),
            ("local-service/loading-forever", 7, "timedOut"),
        ] as [(String, Int32, String)]
    )
    func waitInVain(_ model: String, _ status: Int32, _ code: String) async throws {
        try await withService { service in
            let outcome = try await run(
                service,
                "status",
                model,
                "--wait",
                "--timeout",
                "2",
                "--router",
                service.url
            )
            #expect(outcome.status == status, "\(outcome.errors)")
            #expect(outcome.code == code)
            #expect(outcome.output.isEmpty)
        }
    }

    @Test("The states that the library sees against the service: cold, loading, warm")
    func events() async throws {
        try await withService(.init(coldSeconds: 0.6)) { service in
            var configuration = InferenceClient.Configuration(token: .fixed("hf_local"))
            configuration.hub = service.url
            configuration.router = service.url
            let log = EventLog()
            let models: [ModelID] = ["local-service/cold-classifier", "local-service/cold-embedder"]
            let client = InferenceClient(configuration)
            for model in models {
                let options = CallOptions(observer: log.observer)
                let status = try await client.waitUntilWarm(model, timeout: .seconds(120), options: options)
                #expect(status.isWarm)
            }
            let words = log.words.filter { !$0.hasPrefix("waiting") }
            let one = ["job cold", "job loading", "finished"]
            #expect(words == one + one)
            #expect(log.words.contains { $0.hasPrefix("waiting loading") })
        }
    }

    @Test("A server by its URL")
    func server() async throws {
        try await withService { service in
            let outcome = try await run(service, "status", "any", "--url", service.url)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try lines(outcome)[0]["availability"] == "warm")
            #expect(try lines(outcome)[0]["decidedBy"] == "serverHealth")
            #expect(try lines(outcome)[0]["serves"] == "HuggingFaceTB/SmolLM3-3B")
        }
    }

    @Test("A list: filters, order, and no more than the limit")
    func models() async throws {
        try await withService { service in
            let outcome = try await run(
                service,
                "models",
                "--task",
                "text-classification",
                "--status",
                "warm",
                "--limit",
                "3"
            )
            #expect(outcome.status == 0, "\(outcome.errors)")
            let lines = try lines(outcome)
            #expect(lines.count == 3)
            #expect(lines.allSatisfy { $0["task"] == "text-classification" && $0["availability"] == "warm" })
            let scores = lines.compactMap { $0["trendingScore"]?.intValue }
            #expect(scores.count == 3 && scores == scores.sorted(by: >))
            #expect(lines[0]["lastModified"]?.stringValue?.hasSuffix("Z") == true)
            for (flags, key, value) in [
                (["--library", "timm"], "library", "timm"),
                (["--library", "adapter-transformers"], "library", "adapter-transformers"),
                (["--library", "diffusers"], "library", "diffusers"),
                (["--library", "sentence-transformers"], "library", "sentence-transformers"),
            ] as [([String], String, JSONValue)] {
                let found = try self.lines(
                    try await InferProgram().run(["models"] + flags + ["--hub", service.url])
                )
                #expect(!found.isEmpty && found.allSatisfy { $0[key] == value }, "\(flags)")
            }
            let own = try self.lines(
                try await run(service, "models", "--author", "local-service", "--search", "cold")
            )
            #expect(!own.isEmpty)
            #expect(own.allSatisfy { $0["model"]?.stringValue?.hasPrefix("local-service/cold") == true })
            let provided = try self.lines(try await run(service, "models", "--provider", "novita"))
            #expect(!provided.isEmpty)
        }
    }

    @Test("Wrong flags are named")
    func usage() async throws {
        let program = try InferProgram()
        for (arguments, flag) in [
            (["models", "--limit", "0"], "--limit"), (["models", "--task", ""], "--task"),
            (["models", "--status", ""], "--status"), (["models", "--provider", "a,b"], "--provider"),
            (["models", "--min-parameters", "2", "--max-parameters", "1"], "--max-parameters"),
            (["models", "--hub", "nowhere"], "--hub"), (["status"], "<model>"), (["status", "a b"], "--model"),
        ] {
            let outcome = try await program.run(arguments)
            #expect(outcome.status == 2, "\(arguments) \(outcome.errors)")
            #expect(outcome.message.hasPrefix(flag), "\(outcome.message)")
        }
        try await withService { service in
            let outcome = try await run(service, "models", "--sort", "colour")
            #expect(outcome.status == 3)
            #expect(outcome.message.contains("colour"))
        }
    }
}

extension Result where Failure == any Error {
    /// The outcome of an asynchronous call.
    fileprivate init(_ work: () async throws -> Success) async {
        do { self = .success(try await work()) } catch { self = .failure(error) }
    }
}
