import InferenceKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What a run measured.
struct Measurement: Sendable {
    /// Calls, chunks or streams.
    var operations: Int
    /// Of the bodies that were moved; of idle streams, the memory of each.
    var bytes: Int
    /// From the first to the last, the warm-up left out.
    var nanoseconds: UInt64
    /// The processor time of the process meanwhile, all threads.
    var cpuNanoseconds: UInt64
    /// How long operations took, in nanoseconds; of streams see the workload.
    var latencies: [UInt64]
    /// The resident memory in the course of a long run; empty for other workloads.
    var residentBytes: [Int] = []

    /// One JSON object on one line.
    func report(workload: String, transport: String, options: BenchOptions) -> String {
        let sorted = latencies.sorted()
        let seconds = Double(nanoseconds) / 1e9
        var members: JSONObject = [
            "workload": .string(workload),
            "transport": .string(transport),
            "concurrency": number(options.concurrency),
            "operations": number(operations),
            "bytes": number(bytes),
            "seconds": number(seconds),
            "opsPerSecond": number(seconds > 0 ? Double(operations) / seconds : 0),
            "megabytesPerSecond": number(seconds > 0 ? Double(bytes) / seconds / 1e6 : 0),
            "p50Microseconds": number(percentile(sorted, 0.50)),
            "p99Microseconds": number(percentile(sorted, 0.99)),
            "cpuSeconds": number(Double(cpuNanoseconds) / 1e9),
            "peakResidentBytes": number(System.peakResidentBytes),
        ]
        if !residentBytes.isEmpty { members["residentBytes"] = .array(residentBytes.map { number($0) }) }
        return JSONValue.object(members).jsonString()
    }

    private func number(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }
    private func number(_ value: Double) -> JSONValue { JSONNumber(value).map { .number($0) } ?? .null }

    /// In microseconds, by the nearest rank.
    private func percentile(_ sorted: [UInt64], _ share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return Double(sorted[min(max(rank, 1), sorted.count) - 1]) / 1e3
    }
}

/// What the system says about time and this process.
enum System {
    /// The monotonic clock; the own server stamps paced chunks with the same.
    static var now: UInt64 { nanoseconds(of: CLOCK_MONOTONIC) }

    /// The processor time that the process has used.
    static var cpu: UInt64 { nanoseconds(of: CLOCK_PROCESS_CPUTIME_ID) }

    private static func nanoseconds(of clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    #if os(Linux)
    /// The resident memory.
    static var residentBytes: Int {
        let pages = text("/proc/self/statm").split(separator: " ").dropFirst().first
        return (pages.flatMap { Int($0) } ?? 0) * Int(getpagesize())
    }

    /// The most resident memory so far; `getrusage` would count the process that started this one.
    static var peakResidentBytes: Int {
        let line = text("/proc/self/status").split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let number = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
        return (number.flatMap { Int($0) } ?? 0) << 10
    }

    private static func text(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
    #else
    /// The most resident memory so far, which is all that this platform tells without its private headers.
    static var residentBytes: Int { peakResidentBytes }

    /// The most resident memory so far.
    static var peakResidentBytes: Int {
        var usage = rusage()
        getrusage(RUSAGE_SELF, &usage)
        return usage.ru_maxrss
    }
    #endif
}
