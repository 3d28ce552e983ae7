import Foundation

/// What each peer is asked: `small|stream|embeddings URL CONCURRENCY COUNT`, where the count is that of requests.
public struct PeerWork: Sendable {
    /// The kind of work.
    public enum Kind: String, Sendable {
        /// Small requests, whose answers are collected and not read.
        case small
        /// Chat streams, decoded by `JSONDecoder`.
        case stream
        /// Embeddings, decoded by `JSONDecoder` to `[[Double]]`.
        case embeddings
    }

    /// The kind of work.
    public var kind: Kind
    /// Where requests go.
    public var url: String
    /// The requests in flight.
    public var concurrency: Int
    /// The requests in all.
    public var count: Int

    /// Reads the arguments of the program; ends it when they are none.
    public static func fromArguments() -> PeerWork {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let kind = Kind(rawValue: arguments[1]), let concurrency = Int(arguments[3]),
            let count = Int(arguments[4]), concurrency > 0, count > 0
        else {
            FileHandle.standardError.write(Data("small|stream|embeddings URL CONCURRENCY COUNT\n".utf8))
            exit(64)
        }
        return PeerWork(kind: kind, url: arguments[2], concurrency: min(concurrency, count), count: count)
    }

    /// The body of a request.
    public var body: [UInt8] {
        Array(
            (kind == .stream
                ? #"{"model":"org/model","messages":[{"role":"user","content":"What flows under the old bridges of the town?"}],"stream":true}"#
                : #"{"inputs":"I like you. I love you, and the hotel was lovely."}"#).utf8
        )
    }

    /// What one request brought.
    public struct Outcome: Sendable {
        /// Chunks of a stream; one of anything else.
        public var operations: Int
        /// Bytes of the answer.
        public var bytes: Int
        /// What its percentiles are made of, in nanoseconds.
        public var latencies: [UInt64]

        /// Makes an outcome.
        public init(operations: Int, bytes: Int, latencies: [UInt64]) {
            self.operations = operations
            self.bytes = bytes
            self.latencies = latencies
        }
    }

    /// Makes the requests and prints one JSON object with the members that inference-bench prints.
    public func run(_ name: String, _ request: @escaping @Sendable () async throws -> Outcome) async throws {
        if kind == .small { _ = try await repeated(concurrency, request) }
        let start = PeerClock.now
        let cpu = PeerClock.cpu
        let total = try await repeated(count, request)
        let seconds = Double(PeerClock.now - start) / 1e9
        let cpuSeconds = Double(PeerClock.cpu - cpu) / 1e9
        let sorted = total.latencies.sorted()
        func percentile(_ share: Double) -> Double {
            sorted.isEmpty ? 0 : Double(sorted[Int(Double(sorted.count - 1) * share)]) / 1e3
        }
        print(
            """
            {"workload":"\(kind.rawValue)","transport":"\(name)","concurrency":\(concurrency),\
            "operations":\(total.operations),"bytes":\(total.bytes),"seconds":\(seconds),\
            "opsPerSecond":\(Double(total.operations) / seconds),"megabytesPerSecond":\(Double(total.bytes) / seconds / 1e6),\
            "p50Microseconds":\(percentile(0.5)),"p99Microseconds":\(percentile(0.99)),"cpuSeconds":\(cpuSeconds),\
            "peakResidentBytes":\(PeerClock.peakResidentBytes)}
            """
        )
    }

    private func repeated(
        _ count: Int,
        _ request: @escaping @Sendable () async throws -> Outcome
    ) async throws -> Outcome {
        let workers = min(concurrency, count)
        return try await withThrowingTaskGroup(of: Outcome.self) { group in
            for worker in 0..<workers {
                let share = count / workers + (worker < count % workers ? 1 : 0)
                group.addTask {
                    var total = Outcome(operations: 0, bytes: 0, latencies: [])
                    for _ in 0..<share {
                        let outcome = try await request()
                        total.operations += outcome.operations
                        total.bytes += outcome.bytes
                        total.latencies += outcome.latencies
                    }
                    return total
                }
            }
            return try await group.reduce(into: Outcome(operations: 0, bytes: 0, latencies: [])) { total, outcome in
                total.operations += outcome.operations
                total.bytes += outcome.bytes
                total.latencies += outcome.latencies
            }
        }
    }
}

/// Time, processor time and memory.
public enum PeerClock {
    /// The monotonic clock, by which the server stamps paced chunks.
    public static var now: UInt64 { nanoseconds(CLOCK_MONOTONIC) }
    /// The processor time of the process.
    public static var cpu: UInt64 { nanoseconds(CLOCK_PROCESS_CPUTIME_ID) }

    private static func nanoseconds(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    static var peakResidentBytes: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }
}

/// A chunk as a user of `JSONDecoder` would declare it.
public struct PeerChunk: Decodable {
    struct Choice: Decodable {
        struct Delta: Decodable {
            var role: String?
            var content: String?
        }
        var index: Int
        var delta: Delta
        var finish_reason: String?
    }
    var id: String
    var object: String
    var created: UInt64
    var model: String
    var system_fingerprint: String?
    var choices: [Choice]
}

/// Splits a stream into lines and decodes those that carry data: a fair, rather good user of these clients.
public struct PeerEvents {
    private var rest: [UInt8] = []
    private let decoder = JSONDecoder()
    private let isPaced: Bool
    private let start: UInt64
    /// What has come so far.
    public private(set) var outcome = PeerWork.Outcome(operations: 0, bytes: 0, latencies: [])

    /// Makes a splitter; of paced streams each chunk is timed, of others the first, from `start`.
    public init(isPaced: Bool, start: UInt64) {
        self.isPaced = isPaced
        self.start = start
    }

    /// Takes the bytes that came.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        outcome.bytes += bytes.count
        rest.append(contentsOf: bytes)
        var used = 0
        try rest.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            while let end = memchr(base + used, 10, buffer.count - used) {
                let length = UnsafeRawPointer(end) - UnsafeRawPointer(base + used)
                let line = UnsafeBufferPointer(start: base + used, count: length)
                used += length + 1
                guard length > 6, line[0] == UInt8(ascii: "d"), line[6] != UInt8(ascii: "[") else { continue }
                let data = Data(
                    bytesNoCopy: UnsafeMutableRawPointer(mutating: base + used - length - 1 + 6),
                    count: length - 6,
                    deallocator: .none
                )
                let chunk = try decoder.decode(PeerChunk.self, from: data)
                outcome.operations += 1
                if isPaced {
                    outcome.latencies.append(PeerClock.now - chunk.created)
                } else if outcome.operations == 1 {
                    outcome.latencies.append(PeerClock.now - start)
                }
            }
        }
        rest.removeFirst(used)
    }
}
