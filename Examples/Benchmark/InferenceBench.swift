import ArgumentParser
import InferenceKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Measures one kind of work of the library and prints what it measured as one JSON object; asserts nothing.
///
/// `compare`, beside this file, runs it side by side with other clients.
@main
struct InferenceBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inference-bench",
        abstract: "Measures one kind of work, and prints one JSON object.",
        discussion: """
            Without --url the server is a small one of its own, in a process of its own (Linux only).
            Workloads: \(WorkloadName.allCases.map(\.rawValue).joined(separator: ", ")).
            """
    )

    @Argument(help: "What to measure.")
    var workload: WorkloadName

    @OptionGroup
    var options: BenchOptions

    func validate() throws { try options.validate(for: workload) }

    func run() async throws {
        let transport = try options.makeTransport()
        let server = try options.url == nil ? OwnServer() : nil
        let place = Place(url: options.url ?? server?.url ?? "", isOwn: server != nil, options: options)
        let workload = Workload(name: workload, options: options, place: place, transport: transport.carrier)
        do {
            let measurement = try await withTaskExecutorPreference(try options.executor(of: transport.carrier)) {
                try await workload.run()
            }
            print(measurement.report(workload: self.workload.rawValue, transport: transport.name, options: options))
        } catch let error as InferenceError {
            throw Failure(description: "\(error)")
        }
        server?.stop()
    }
}

/// The kinds of work.
enum WorkloadName: String, ExpressibleByArgument, CaseIterable {
    /// Small JSON calls over the bare transport.
    case transportSmall = "transport-small"
    /// The same as typed calls.
    case typedSmall = "typed-small"
    /// Chat streams; an operation is a chunk.
    case sse
    /// Batches of embeddings as JSON numbers.
    case embeddings
    /// Batches of embeddings as Base64.
    case embeddingsBase64 = "embeddings-base64"
    /// The decoding of `embeddings` alone: one answer, kept in memory.
    case parseEmbeddings = "parse-embeddings"
    /// The decoding of `embeddings-base64` alone.
    case parseEmbeddingsBase64 = "parse-embeddings-base64"
    /// A file that comes back from a call.
    case download
    /// A file that a call sends.
    case upload
    /// Open streams that say nothing; `bytes` are those of memory for each.
    case idleStreams = "idle-streams"
    /// Rows of a data set, in all three kinds of calls; prints the resident memory, looked at sixty times.
    case longRun = "long-run"
}

/// How much of it, where, and by what.
struct BenchOptions: ParsableArguments {
    @Option(help: "A server to measure against, in place of the own one.")
    var url: String?

    @Option(help: ArgumentHelp("curl, urlsession or asynchttpclient, as far as they are built in.", valueName: "name"))
    var transport = BenchOptions.standardTransport

    @Option(help: "The calls or streams in flight.")
    var concurrency = 1

    @Option(help: "The calls in all; of sse the chunks, of idle-streams the streams. (default: by the workload)")
    var count: Int?

    @Option(help: ArgumentHelp("The size of a file that moves.", valueName: "bytes"))
    var size = 200_000_000

    @Option(help: ArgumentHelp("The file to send, or to write. (default: one that is removed)", valueName: "path"))
    var file: String?

    @Option(help: "The texts of a batch of embeddings.")
    var rows = 256

    @Option(help: ArgumentHelp("The time between chunks of the own server's streams.", valueName: "microseconds"))
    var pace = 0

    @Option(help: ArgumentHelp("The time over which a long run spreads its rows.", valueName: "seconds"))
    var duration = 0

    @Option(help: ArgumentHelp("A file of PEM certificates to trust in place of the system's.", valueName: "path"))
    var caFile: String?

    @Flag(help: "Make the calls on the transport's own thread; of curl alone, for calls in turn.")
    var ownThread = false

    func validate(for workload: WorkloadName) throws {
        for (name, value, range) in [
            ("--concurrency", concurrency, 1...65_536), ("--count", count ?? 1, 1...1_000_000_000),
            ("--size", size, 1...1 << 40), ("--rows", rows, 1...65_536), ("--pace", pace, 0...60_000_000),
            ("--duration", duration, 0...86_400),
        ] where !range.contains(value) {
            throw ValidationError("\(name) must be between \(range.lowerBound) and \(range.upperBound).")
        }
        guard pace == 0 || url == nil else { throw ValidationError("--pace is the own server's alone.") }
    }

    /// The number of operations of a run.
    func count(of workload: WorkloadName) -> Int {
        if let count { return count }
        return switch workload {
        case .transportSmall, .typedSmall: 20_000
        case .sse: 100_000
        case .embeddings, .parseEmbeddings: 30
        case .embeddingsBase64, .parseEmbeddingsBase64: 200
        case .download, .upload: 1
        case .idleStreams: 1_000
        case .longRun: 10_000
        }
    }

    #if canImport(Darwin)
    static let standardTransport = "urlsession"
    #else
    static let standardTransport = "curl"
    #endif

    /// The executor that `--own-thread` asks for.
    func executor(of transport: any HTTPTransport) throws -> (any TaskExecutor)? {
        guard ownThread else { return nil }
        #if !canImport(Darwin)
        if let transport = transport as? CurlTransport { return transport.taskExecutor }
        #endif
        throw ValidationError("--own-thread is curl's alone.")
    }

    /// The transport and its name.
    func makeTransport() throws -> (name: String, carrier: any HTTPTransport) {
        if caFile != nil, transport != "curl" { throw ValidationError("--ca-file is curl's alone.") }
        guard ["curl", "urlsession", "asynchttpclient"].contains(transport) else {
            throw ValidationError("--transport: expected curl, urlsession or asynchttpclient.")
        }
        switch transport {
        #if !canImport(Darwin)
        case "curl":
            var configuration = CurlTransport.Configuration()
            configuration.caFile = caFile
            return (transport, CurlTransport(configuration))
        #endif
        #if URLSession || canImport(Darwin)
        case "urlsession": return (transport, URLSessionTransport())
        #endif
        default: throw ValidationError("--transport: \(transport) is not built in.")
        }
    }
}

/// A run that could not be made.
struct Failure: Error, CustomStringConvertible {
    var description: String
}

/// Where the calls of each workload go.
struct Place {
    /// The server, or the complete URL of a call.
    var url: String
    /// Whether the server is the own one, whose paths and queries say what it answers.
    var isOwn: Bool
    var options: BenchOptions

    /// The URL of a call; one that was given is used as it stands.
    func url(_ path: String) -> String { isOwn ? url + path : url }

    var classification: String { url("/classification") }
    var vectors: String { url("/vectors?rows=\(options.rows)&columns=1024") }
    var base64Vectors: String { url("/v1/embeddings?rows=\(options.rows)&columns=1024") }
    var file: String { url("/file?size=\(options.size)") }
    var sink: String { url("/sink") }
    var idleChat: String { url("?idle=1") }

    /// The base of a chat, below which the task puts its route.
    func chat(chunks: Int) -> String {
        url("?chunks=\(chunks)" + (options.pace > 0 ? "&pace=\(options.pace)" : ""))
    }
}
