import HTTPTypes
import InferenceKit

/// One kind of work, ready to run.
struct Workload {
    var name: WorkloadName
    var options: BenchOptions
    var place: Place
    var transport: any HTTPTransport

    var count: Int { options.count(of: name) }
    var concurrency: Int { min(options.concurrency, count) }

    private static let text = "I like you. I love you, and the hotel was lovely."

    /// Runs it, after a warm-up that opens the connections and is not measured.
    func run() async throws -> Measurement {
        switch name {
        case .transportSmall: try await transportSmall()
        case .typedSmall:
            try await calls(to: place.classification) { client in
                _ = try await client.textClassification(Self.text)
            }
        case .sse: try await chatStreams()
        case .embeddings: try await embeddings(.huggingFace)
        case .embeddingsBase64: try await embeddings(.openAI)
        case .parseEmbeddings: try await embeddings(.huggingFace, parsesOnly: true)
        case .parseEmbeddingsBase64: try await embeddings(.openAI, parsesOnly: true)
        case .download: try await download()
        case .upload: try await upload()
        case .idleStreams: try await idleStreams()
        case .longRun: try await longRun()
        }
    }

    /// A client of the URL; nothing is tried twice, for a failure must show.
    func client(
        _ url: String,
        _ dialect: Dialect = .huggingFace,
        over transport: any HTTPTransport
    ) -> InferenceClient {
        var configuration = InferenceClient.Configuration(
            token: place.isOwn ? .none : .environment,
            model: "org/model",
            target: .url(url, dialect: dialect),
            transport: transport
        )
        configuration.retry = .never
        return InferenceClient(configuration)
    }

    // MARK: - Calls

    private func transportSmall() async throws -> Measurement {
        let request = try Self.post(to: place.classification)
        let body = Array(#"{"inputs":"\#(Self.text)"}"#.utf8)
        let timeouts = Timeouts(connect: .seconds(10), idle: .seconds(60), total: .seconds(600))
        let transport = transport
        @Sendable func call() async throws -> Int {
            let response = try await transport.send(request, body: .bytes(body), timeouts: timeouts)
            let reply = try await response.body.collect(upTo: 1 << 20)
            guard response.head.status.code == 200 else {
                throw Failure(description: "The server answered \(response.head.status.code).")
            }
            return reply.count
        }
        let bytes = try await call()
        return try await repeated(bytes: bytes) { _ = try await call() }
    }

    private static func post(to url: String) throws -> HTTPRequest {
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0].hasSuffix(":") else {
            throw Failure(description: "--url: expected an absolute URL.")
        }
        return HTTPRequest(
            method: .post,
            scheme: String(parts[0].dropLast()),
            authority: String(parts[2]),
            path: "/" + (parts.count > 3 ? parts[3] : ""),
            headerFields: [.contentType: "application/json"]
        )
    }

    /// Typed calls to a URL; a first one tells how many bytes each answer has.
    private func calls(
        to url: String,
        _ dialect: Dialect = .huggingFace,
        call: @escaping @Sendable (InferenceClient) async throws -> Void
    ) async throws -> Measurement {
        let counting = CountingTransport(transport)
        try await call(client(url, dialect, over: counting))
        let client = client(url, dialect, over: transport)
        return try await repeated(bytes: counting.bytes) { try await call(client) }
    }

    private func embeddings(_ dialect: Dialect, parsesOnly: Bool = false) async throws -> Measurement {
        let isOpenAI = dialect == .openAI
        let url = isOpenAI ? place.base64Vectors : place.vectors
        let texts = (0..<options.rows).map { "Text \($0): \(Self.text)" }
        var workload = self
        if parsesOnly {
            // What the server answers once, the transport answers from then on.
            let recorder = Recorder(transport)
            _ = try await client(url, dialect, over: recorder).featureExtraction(texts)
            let (head, bytes) = await recorder.recorded
            workload.transport = ClosureTransport { _, _, _ in
                HTTPTransportResponse(head: head, body: ResponseBody(bytes))
            }
        }
        let rows = options.rows
        return try await workload.calls(to: url, dialect) { client in
            // A list is a list of rows in the answer, also one of a single text.
            let tensor = try await client.featureExtraction(texts)
            guard tensor.count == rows else { throw Failure(description: "\(tensor.count) rows came for \(rows).") }
        }
    }

    /// Keeps the last answer.
    private actor Recorder: HTTPTransport {
        private let transport: any HTTPTransport
        private(set) var recorded = (head: HTTPResponse(status: .ok), bytes: [UInt8]())

        init(_ transport: any HTTPTransport) { self.transport = transport }

        nonisolated func send(
            _ request: HTTPRequest,
            body: RequestBody,
            timeouts: Timeouts
        ) async throws -> HTTPTransportResponse {
            let response = try await transport.send(request, body: body, timeouts: timeouts)
            let bytes = try await response.body.collect(upTo: 1 << 30)
            await record(response.head, bytes)
            return HTTPTransportResponse(head: response.head, body: ResponseBody(bytes))
        }

        private func record(_ head: HTTPResponse, _ bytes: [UInt8]) { recorded = (head, bytes) }
    }

    // MARK: - Files

    private func download() async throws -> Measurement {
        let path = options.file ?? Scratch.path("download")
        let client = client(place.file, over: transport)
        let concurrency = concurrency
        let measurement = try await repeated(bytes: 0, warmsUp: false) { worker in
            let options = CallOptions(outputPath: concurrency == 1 ? path : "\(path).\(worker)")
            _ = try await client.textToImage("a lighthouse at dusk", options: options)
        }
        var total = measurement
        total.bytes = Scratch.size(of: concurrency == 1 ? path : "\(path).0") * count
        if options.file == nil {
            for worker in 0..<concurrency { Scratch.remove(concurrency == 1 ? path : "\(path).\(worker)") }
        }
        return total
    }

    private func upload() async throws -> Measurement {
        let path = options.file ?? Scratch.path("upload")
        if options.file == nil { try Scratch.fill(path, size: options.size) }
        defer { if options.file == nil { Scratch.remove(path) } }
        let client = client(place.sink, over: transport)
        return try await repeated(bytes: Scratch.size(of: path), warmsUp: false) {
            _ = try await client.audioClassification(.file(path, mediaType: "audio/wav"))
        }
    }

    // MARK: - The loop

    private func repeated(
        bytes: Int,
        warmsUp: Bool = true,
        _ call: @escaping @Sendable () async throws -> Void
    ) async throws -> Measurement {
        try await repeated(bytes: bytes, warmsUp: warmsUp) { _ in try await call() }
    }

    /// Makes the calls, so many at a time, and takes the time of each.
    private func repeated(
        bytes: Int,
        warmsUp: Bool = true,
        _ call: @escaping @Sendable (_ worker: Int) async throws -> Void
    ) async throws -> Measurement {
        let concurrency = concurrency
        if warmsUp {
            try await Self.workers(concurrency) { worker in
                try await call(worker)
                return []
            }
        }
        let count = count
        let stopwatch = Stopwatch()
        let latencies = try await Self.workers(concurrency) { worker in
            let share = Self.share(of: worker, in: count, among: concurrency)
            var latencies: [UInt64] = []
            latencies.reserveCapacity(share)
            var last = System.now
            for _ in 0..<share {
                try await call(worker)
                let time = System.now
                latencies.append(time - last)
                last = time
            }
            return latencies
        }
        return stopwatch.measurement(operations: count, bytes: bytes * count, latencies: latencies)
    }

    /// How many of `count` one of `workers` makes.
    static func share(of worker: Int, in count: Int, among workers: Int) -> Int {
        count / workers + (worker < count % workers ? 1 : 0)
    }

    /// Runs workers side by side and returns what they measured.
    @discardableResult
    static func workers(
        _ count: Int,
        _ work: @escaping @Sendable (_ worker: Int) async throws -> [UInt64]
    ) async throws -> [UInt64] {
        try await withThrowingTaskGroup(of: [UInt64].self) { group in
            for worker in 0..<count { group.addTask { try await work(worker) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}

/// Time and processor time since it was made.
struct Stopwatch {
    private let start = System.now
    private let cpu = System.cpu

    func measurement(operations: Int, bytes: Int, latencies: [UInt64]) -> Measurement {
        Measurement(
            operations: operations,
            bytes: bytes,
            nanoseconds: System.now - start,
            cpuNanoseconds: System.cpu - cpu,
            latencies: latencies
        )
    }
}
