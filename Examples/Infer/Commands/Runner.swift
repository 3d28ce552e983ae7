import InferenceKit

/// Runs one task by the options of a command line, and prints what comes back.
struct Runner {
    private let configuration: InferenceClient.Configuration
    private let call: CallFlags
    private let output: OutputOptions

    /// Reads the options; whatever is wrong with them is an error here.
    init(target: TargetOptions, call: CallFlags, output: OutputOptions) throws {
        var configuration = InferenceClient.Configuration()
        try target.apply(to: &configuration)
        try call.apply(to: &configuration)
        self.configuration = configuration
        self.call = call
        self.output = output
    }

    /// Refuses output options that do not go with the task.
    func check<Operation: CatalogTask>(_ type: Operation.Type) throws {
        guard !output.stream || type.canStream else {
            throw UsageError("--stream", "\(type.id) answers in one piece")
        }
        guard
            output.output == nil || Operation.Response.self == Media.self
                || Operation.Response.self == [AudioTrack].self
        else {
            throw UsageError("--output", "\(type.id) answers \(type.output), which goes to standard output")
        }
    }

    /// Runs the task and prints its answer, or its pieces as they arrive.
    func run<Operation: CatalogTask>(_ operation: Operation) async throws {
        if output.stream, let streaming = operation as? any StreamingTask {
            return try await stream(streaming)
        }
        let mediaFile =
            Operation.Response.self == Media.self ? try MediaFile(for: Operation.id, output: output.output) : nil
        do {
            try await printed(outputPath: mediaFile?.path) { client, options in
                let result = try await client.result(of: operation, options: options)
                if let mediaFile, let medium = result.value as? Media {
                    return (try mediaFile.finish(medium), result.metadata)
                }
                if let tracks = result.value as? [AudioTrack] {
                    return (try MediaFile.write(tracks, of: Operation.id, output: output.output), result.metadata)
                }
                return (result.value.json, result.metadata)
            }
        } catch {
            mediaFile?.discard()
            throw error
        }
    }

    /// Makes a call with progress, and prints its answer and its metadata.
    func printed(
        outputPath: String? = nil,
        _ work: @Sendable (InferenceClient, CallOptions) async throws -> (JSONValue, CallMetadata)
    ) async throws {
        let progress = output.progress()
        let options = CallOptions(outputPath: outputPath, observer: progress.observer)
        let client = InferenceClient(configuration)
        let answer: (json: JSONValue, metadata: CallMetadata)
        do {
            answer = try await progress.during { try await work(client, options) }
        } catch {
            throw call.explained(error, at: configuration.target)
        }
        try StandardOutput.write(answer.json)
        if output.metadata { StandardError.write(MetadataLine(answer.metadata).json) }
    }

    /// Prints each piece the moment it arrives.
    private func stream<Operation: StreamingTask>(_ operation: Operation) async throws {
        let progress = output.progress()
        let client = InferenceClient(configuration)
        do {
            let stream = try await progress.during {
                try await client.stream(operation, options: CallOptions(observer: progress.observer))
            }
            for try await chunk in stream {
                if let chunk = chunk as? any TaskOutput { try StandardOutput.write(chunk.json) }
            }
            if output.metadata { StandardError.write(MetadataLine(stream.metadata).json) }
        } catch {
            throw call.explained(error, at: configuration.target)
        }
    }

    /// The JSON of a flag.
    static func json(_ text: String, of flag: String) throws -> JSONValue {
        do {
            return try JSONValue(jsonString: text)
        } catch {
            throw UsageError(flag, "expected JSON; at byte \(error.offset) there should be \(error.expected)")
        }
    }
}
