#if os(Linux)
import InferenceKit
import TestSupport
import Testing

/// The instrument measures every workload with its own server and prints what it should; how fast is not asked here.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct InferenceBenchTests {
    static let members = [
        "workload", "transport", "concurrency", "operations", "bytes", "seconds", "opsPerSecond", "megabytesPerSecond",
        "p50Microseconds", "p99Microseconds", "cpuSeconds", "peakResidentBytes",
    ]

    @Test(
        "One JSON object with the members that are promised, and as many operations as were asked for",
        arguments: [
            ("transport-small --concurrency 4", 50, 103 * 50),
            ("typed-small --concurrency 4", 50, 103 * 50),
            ("sse --concurrency 4", 201, nil),
            ("sse --concurrency 2 --pace 500", 20, nil),
            ("embeddings --rows 4", 3, nil),
            ("embeddings-base64 --rows 4 --concurrency 2", 5, nil),
            ("parse-embeddings --rows 2", 3, nil),
            ("parse-embeddings-base64 --rows 2", 3, nil),
            ("download --size 3000000 --concurrency 2", 2, 6_000_000),
            ("upload --size 3000000", 2, 6_000_000),
            ("idle-streams --concurrency 4", 10, nil),
            ("long-run --concurrency 3", 200, nil),
        ] as [(String, Int, Int?)]
    )
    func report(arguments: String, count: Int, bytes: Int?) async throws {
        let program = try InferProgram("inference-bench")
        let words = arguments.split(separator: " ").map(String.init)
        let outcome = try await program.run(words + ["--count", "\(count)"])
        try #require(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.isEmpty)
        let report = try #require(outcome.json?.objectValue)
        let samples = report["residentBytes"]?.arrayValue?.compactMap(\.intValue)
        #expect(samples == nil || samples?.count == 60 && samples?.allSatisfy { $0 > 0 } == true)
        #expect((samples != nil) == (words.first == "long-run"))
        #expect(report.keys.filter { $0 != "residentBytes" } == Self.members)
        #expect(report["workload"]?.stringValue == words.first)
        #expect(report["transport"]?.stringValue == "curl")
        #expect(report["operations"]?.intValue == count)
        #expect((report["seconds"]?.doubleValue ?? 0) > 0)
        #expect((report["cpuSeconds"]?.doubleValue ?? 0) > 0)
        #expect((report["peakResidentBytes"]?.intValue ?? 0) > 0)
        #expect((report["p99Microseconds"]?.doubleValue ?? -1) >= (report["p50Microseconds"]?.doubleValue ?? 0))
        if let bytes { #expect(report["bytes"]?.intValue == bytes) }
        #expect(try program.files().isEmpty)
    }

    @Test("A server that is given takes the place of the own one")
    func url() async throws {
        let server = try ByteServer.always(body: #"[[{"label": "POSITIVE", "score": 0.9}]]"#)
        let outcome = try await InferProgram("inference-bench").run(
            ["typed-small", "--count", "3", "--url", server.url("/model")]
        )
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.json?["bytes"]?.intValue == 3 * 39)
    }

    @Test(
        "What cannot be measured is a usage error that names the option",
        arguments: [
            (["typed-small", "--count", "0"], "--count"),
            (["typed-small", "--transport", "asynchttpclient"], "--transport"),
            (["typed-small", "--transport", "pigeon"], "--transport"), (["upload", "--size", "-1"], "--size"),
            (["sse", "--pace", "10", "--url", "http://127.0.0.1:9"], "--pace"), (["nonsense"], "workload"),
        ]
    )
    func usage(arguments: [String], option: String) async throws {
        let outcome = try await InferProgram("inference-bench").run(arguments)
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains(option), "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
    }

    @Test("A server that fails ends the run")
    func failure() async throws {
        let server = try ByteServer.always("500 Internal Server Error", body: #"{"error": "out of order"}"#)
        let outcome = try await InferProgram("inference-bench").run(
            ["typed-small", "--count", "3", "--url", server.url("/model")]
        )
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("serverFailure"), "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
    }
}
#endif
