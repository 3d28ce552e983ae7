import InferenceKit
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// `INFERENCEKIT_FUZZ_ROUNDS` sets the mutated replies for each task, `INFERENCEKIT_FUZZ_SEED` where they begin.
@Suite("Mutated replies are an error or a value, never a trap")
struct FuzzTests {
    private static func setting(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    private static let rounds = setting("INFERENCEKIT_FUZZ_ROUNDS").map { Int(clamping: $0) } ?? 2_000

    /// The seed of a task: the same in every run, another for each task.
    private static func seed(_ id: TaskID) -> UInt64 {
        id.rawValue.utf8.reduce(setting("INFERENCEKIT_FUZZ_SEED") ?? 20_260_801) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
    }

    private struct Count {
        var values = 0
        var errors = 0
    }

    @Test("A task", .timeLimit(.minutes(5)), arguments: everyTask.map { $0.id.rawValue })
    func task(_ id: String) throws {
        let type = try #require(everyTask.first { $0.id.rawValue == id })
        let sample = try #require(TaskSample.of(type.id), "no sample in TaskSample.swift")
        func run<Operation: CatalogTask>(_ type: Operation.Type) throws -> Count { try fuzz(type, sample) }
        let count = try run(type)
        print(
            "Fuzz \(id): seed \(Self.seed(type.id)), \(count.values + count.errors) replies,",
            "\(count.values) values, \(count.errors) errors."
        )
        #expect(count.values > 0, "not one reply was understood")
        #expect(count.errors > 0, "every reply was understood")
    }

    private func fuzz<Operation: CatalogTask>(_ type: Operation.Type, _ sample: TaskSample) throws -> Count {
        let task = try type.init(sample: sample)
        var mutator = ReplyMutator(seed: Self.seed(type.id))
        var count = Count()
        let replies = (sample.reply.map { [$0] } ?? []) + sample.variants + sample.rejections
        for reply in replies {
            let bytes = Array(reply.utf8)
            for length in bytes.indices { read(task, Array(bytes[..<length]), &count) }
            let json = try JSONValue(jsonString: reply)
            for round in 0..<max(1, Self.rounds / replies.count) {
                let mutated = mutator.mutate(bytes, json)
                read(task, mutated, &count, isChecked: round % 8 == 0)
                // Some are read as other kinds of bytes, and as parts of answers to several inputs.
                if round % 16 == 1 { read(task, mutated, &count, mediaType: "application/octet-stream") }
                if round % 16 == 2, let task = task as? any BatchableTask { readBatch(task, mutated, &count) }
            }
        }
        return count
    }

    private func read(
        _ task: some CatalogTask,
        _ bytes: [UInt8],
        _ count: inout Count,
        mediaType: String = "application/json",
        isChecked: Bool = false
    ) {
        do {
            let value = try task.response(from: .json(bytes, mediaType: mediaType))
            count.values += 1
            let written = value.json.jsonBytes()
            if isChecked {
                #expect(throws: Never.self, "what is written is no JSON") { try JSONValue(jsonBytes: written) }
            }
        } catch {
            count.errors += 1
            if isChecked { #expect("\(error)".utf8.count < 1_000, "an error quotes the reply") }
        }
        if isChecked, let json = try? JSONValue(jsonBytes: bytes) { _ = task.response(fromRejection: json) }
    }

    private func readBatch<Member: BatchableTask>(_ task: Member, _ bytes: [UInt8], _ count: inout Count) {
        for size in 1...3 {
            do {
                let answers = try Batch(Array(repeating: task, count: size)).response(from: .json(bytes))
                #expect(answers.count == size)
                count.values += 1
            } catch {
                count.errors += 1
            }
        }
    }
}
