import Foundation
import InferenceKit
import TestSupport
import Testing

/// A built program, run as a process in a folder of its own.
///
/// The suites that use it are serialized: a hundred processes at once would only wait for each other.
/// Each run has a token in `HF_TOKEN` that occurs nowhere else, and whatever the program prints is searched for it.
struct InferProgram {
    var name = "infer"
    /// The current folder of the process.
    let folder: TemporaryFolder
    /// The token, or `nil` for none.
    var token: String? = Self.secret
    var environment: [String: String] = [:]
    var input: [UInt8] = []
    /// A terminal in place of the file that standard error goes to, and what was written on it.
    var terminal: (end: FileHandle, text: @Sendable () -> String)?

    static let secret = "hf_local\(UInt64.random(in: (1 << 60)...UInt64.max))"

    init(_ name: String = "infer") throws {
        self.name = name
        folder = try TemporaryFolder()
        scratch = try TemporaryFolder()
    }

    /// What a run left behind.
    struct Outcome {
        var status: Int32
        var output: String
        var errors: String

        /// The document on standard output.
        var json: JSONValue? { try? JSONValue(jsonString: output) }
        /// The last line on standard error as JSON.
        var lastErrorLine: JSONValue? {
            errors.split(separator: "\n").last.flatMap { try? JSONValue(jsonString: String($0)) }
        }
        /// The error that was printed.
        var error: JSONObject? { lastErrorLine?["error"]?.objectValue }
        var message: String { error?["message"]?.stringValue ?? "" }
        var code: String { error?["code"]?.stringValue ?? "" }
    }

    /// Runs the program to its end; `interruption` is called once it runs and returns when to interrupt it.
    func run(
        _ arguments: [String],
        interruption: (@Sendable () async throws -> Void)? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Outcome {
        let process = Process()
        process.executableURL = Self.products.appendingPathComponent(name)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.environment = environment.merging(
            ["HOME": scratch.path, "PATH": "/usr/bin:/bin"].merging(token.map { ["HF_TOKEN": $0] } ?? [:]) { $1 }
        ) { given, _ in given }
        // Files, since a pipe that nobody empties would stop the program.
        process.standardInput = try FileHandle(forReadingFrom: url(try scratch.write(input, to: "input")))
        process.standardOutput = try FileHandle(forWritingTo: url(try scratch.write([], to: "output")))
        let errors = try FileHandle(forWritingTo: url(try scratch.write([], to: "errors")))
        process.standardError = terminal?.end ?? errors

        let ended = AsyncStream<Int32> { continuation in
            process.terminationHandler = { process in
                // 128 and the signal, as shells have it.
                let isSignal = process.terminationReason == .uncaughtSignal
                continuation.yield(process.terminationStatus + (isSignal ? 128 : 0))
                continuation.finish()
            }
        }
        try process.run()
        if let interruption {
            try await interruption()
            process.interrupt()
        }
        var status: Int32 = -1
        for await value in ended { status = value }
        if Task.isCancelled, process.isRunning { process.terminate() }

        let outcome = Outcome(
            status: status,
            output: String(decoding: try scratch.read("output"), as: UTF8.self),
            errors: try terminal?.text() ?? String(decoding: scratch.read("errors"), as: UTF8.self)
        )
        if let token = token?.split(whereSeparator: \.isWhitespace).first {
            #expect(!outcome.output.contains(token), "the token is on standard output", sourceLocation: sourceLocation)
            #expect(!outcome.errors.contains(token), "the token is on standard error", sourceLocation: sourceLocation)
        }
        return outcome
    }

    /// The names of the files that the program left in its folder.
    func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    /// Its home, and what goes in and out; apart from its current folder, which tests look into.
    private let scratch: TemporaryFolder

    private func url(_ path: String) -> URL { URL(fileURLWithPath: path) }

    /// Where the build puts programs: beside the tests' own.
    private static let products: URL = {
        #if canImport(Darwin)
        for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") {
            return bundle.bundleURL.deletingLastPathComponent()
        }
        #endif
        return URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    }()
}

extension ByteServer {
    /// The URL of a path at this server.
    func url(_ path: String = "") -> String { "http://\(authority)\(path)" }

    /// A server that gives every request the same answer.
    static func always(
        _ status: String = "200 OK",
        _ fields: [(String, String)] = [("Content-Type", "application/json")],
        body: String
    ) throws -> ByteServer {
        try .answering { _ in .response(status, fields: fields, body: Array(body.utf8)) }
    }
}
