import InferenceKit
import Synchronization

extension Workload {
    private static let question = "What flows under the old bridges of the town?"

    /// Reads chat streams to typed chunks, until as many chunks have come as were asked for.
    ///
    /// The percentiles are those of the time to the first chunk of each stream; of paced streams, of the time from a
    /// chunk's stamp to the typed chunk.
    func chatStreams() async throws -> Measurement {
        let (count, concurrency, place) = (count, concurrency, place)
        let isPaced = options.pace > 0
        let transport = CountingTransport(transport)
        // A stream for each worker; a server that was given may say less in each, and is asked again.
        let clients = (0..<concurrency).map { worker in
            let chunks = Self.share(of: worker, in: count, among: concurrency)
            return client(place.chat(chunks: chunks), over: transport)
        }
        try await Self.workers(concurrency) { worker in
            let warmUp = place.isOwn ? client(place.url("?chunks=2"), over: transport) : clients[worker]
            for try await _ in try await warmUp.chatCompletionStream(Self.question) {}
            return []
        }
        let bytes = transport.bytes
        let stopwatch = Stopwatch()
        let latencies = try await Self.workers(concurrency) { worker in
            var left = Self.share(of: worker, in: count, among: concurrency)
            var latencies: [UInt64] = []
            while left > 0 {
                let start = System.now
                var isFirst = true
                for try await chunk in try await clients[worker].chatCompletionStream(Self.question) {
                    left -= 1
                    if isPaced {
                        latencies.append(System.now - (chunk.json["created"]?.intValue.map(UInt64.init) ?? 0))
                    } else if isFirst {
                        latencies.append(System.now - start)
                    }
                    isFirst = false
                    if left == 0, !place.isOwn { break }
                }
                guard !isFirst else { throw Failure(description: "A stream ended without a chunk.") }
            }
            guard left == 0 else { throw Failure(description: "The server sent \(-left) chunks too many.") }
            return latencies
        }
        return stopwatch.measurement(operations: count, bytes: transport.bytes - bytes, latencies: latencies)
    }

    /// Opens streams, `concurrency` at a time, takes the first chunk of each, and leaves each waiting for the next.
    ///
    /// `bytes` are those of resident memory that each stream added, its connection and its task included; the
    /// percentiles are those of the time to the first chunk.
    func idleStreams() async throws -> Measurement {
        let (count, concurrency) = (count, concurrency)
        let client = client(place.idleChat, over: transport)
        @Sendable func openOne() async throws -> (InferenceStream<ChatCompletion>.Iterator, UInt64) {
            let start = System.now
            var iterator = try await client.chatCompletionStream(Self.question).makeAsyncIterator()
            guard try await iterator.next() != nil else { throw Failure(description: "A stream ended at once.") }
            return (iterator, System.now - start)
        }
        _ = try await openOne()

        let resident = System.residentBytes
        let stopwatch = Stopwatch()
        let (opened, open) = AsyncThrowingStream<UInt64, any Error>.makeStream()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            var waiting = opened.makeAsyncIterator()
            var latencies: [UInt64] = []
            for number in 0..<count {
                if number >= concurrency, let latency = try await waiting.next() { latencies.append(latency) }
                group.addTask {
                    do {
                        var (iterator, latency) = try await openOne()
                        open.yield(latency)
                        // Nothing comes until the group is cancelled.
                        _ = try await iterator.next()
                    } catch {
                        open.finish(throwing: error)
                    }
                }
            }
            while latencies.count < count, let latency = try await waiting.next() { latencies.append(latency) }
            let each = (System.residentBytes - resident) / count
            return stopwatch.measurement(operations: count, bytes: each, latencies: latencies)
        }
    }
}
