import InferenceKit

extension Workload {
    /// How often the memory is looked at in a long run.
    private static let samples = 60

    /// Takes rows of a data set through typed calls, spread over `--duration`, and looks at the memory meanwhile.
    ///
    /// Of ten rows one is embedded with seven others, one asked about in a chat stream, and the rest classified; a server
    /// that was given sees classifications alone. Latencies are not kept: they would be the growth that is looked for.
    func longRun() async throws -> Measurement {
        let (count, concurrency, place) = (count, concurrency, place)
        let classifier = client(place.classification, over: transport)
        let embedder = client(place.url("/vectors?rows=8&columns=384"), over: transport)
        let chat = client(place.url("?chunks=5"), over: transport)
        let texts = (0..<8).map { "Row \($0)" }
        @Sendable func take(_ row: Int) async throws {
            switch place.isOwn ? row % 10 : 0 {
            case 4: _ = try await embedder.featureExtraction(texts)
            case 7: for try await _ in try await chat.chatCompletionStream("Row \(row)?") {}
            default: _ = try await classifier.textClassification("Row \(row)")
            }
        }
        for row in 0..<10 { try await take(row) }

        let nanoseconds = UInt64(options.duration) * 1_000_000_000
        let start = System.now
        let stopwatch = Stopwatch()
        var resident: [Int] = []
        resident.reserveCapacity(Self.samples)
        for sample in 0..<Self.samples {
            let (first, last) = (count * sample / Self.samples, count * (sample + 1) / Self.samples)
            try await Self.workers(concurrency) { worker in
                for row in stride(from: first + worker, to: last, by: concurrency) {
                    let due = start + UInt64(Double(nanoseconds) * Double(row) / Double(count))
                    let now = System.now
                    if due > now { try await Task.sleep(for: .nanoseconds(Int64(due - now))) }
                    try await take(row)
                }
                return []
            }
            resident.append(System.residentBytes)
        }
        var measurement = stopwatch.measurement(operations: count, bytes: 0, latencies: [])
        measurement.residentBytes = resident
        return measurement
    }
}
