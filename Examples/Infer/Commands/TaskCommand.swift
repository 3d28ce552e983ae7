import ArgumentParser
import InferenceKit

/// `infer <task>`: any task of the catalog.
struct TaskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs one task of the catalog.",
        usage: "infer <task> [<text> ...] [options]",
        shouldDisplay: false
    )

    @Argument(help: "The task's id; \"infer tasks\" lists them.")
    var task: String

    @Argument(help: "The text; several make a batch where the task takes one.")
    var text: [String] = []

    @Option(help: ArgumentHelp("The input in the form of the task's schema.", valueName: "json"))
    var inputs: String?

    @Option(help: ArgumentHelp("An image, a sound or a video; - is standard input.", valueName: "path"))
    var file: [String] = []

    @Option(help: ArgumentHelp("Parameters by the names of the schema, such as '{\"top_k\": 3}'.", valueName: "json"))
    var parameters: String?

    @OptionGroup(title: "Target")
    var target: TargetOptions

    @OptionGroup(title: "Call")
    var call: CallFlags

    @OptionGroup(title: "Output")
    var output: OutputOptions

    func run() async throws {
        guard let type = everyTask.first(where: { $0.id.rawValue == task }) else {
            throw UsageError("<task>", "there is no task \"\(task)\"; \"infer tasks\" lists those there are")
        }
        try await run(type)
    }

    /// Everything that can be wrong with the command line is found before the call.
    private func run<Operation: CatalogTask>(_ type: Operation.Type) async throws {
        var configuration = InferenceClient.Configuration()
        try target.apply(to: &configuration)
        try call.apply(to: &configuration)
        guard !output.stream || type.canStream else {
            throw UsageError("--stream", "\(type.id) answers in one piece")
        }
        let mediaFile = try mediaFile(for: type)
        let operation = try operation(type)

        let progress = output.progress()
        let client = InferenceClient(configuration)
        let options = CallOptions(outputPath: mediaFile?.path, observer: progress.observer)
        let result: InferenceResult<Operation.Response>
        do {
            result = try await progress.during { try await client.result(of: operation, options: options) }
        } catch {
            mediaFile?.discard()
            throw call.explained(error, at: configuration.target)
        }

        if let mediaFile, let medium = result.value as? Media {
            try StandardOutput.write(mediaFile.finish(medium))
        } else {
            try StandardOutput.write(result.value.json)
        }
        if output.metadata { StandardError.write(MetadataLine(result.metadata).json) }
    }

    private func mediaFile<Operation: CatalogTask>(for type: Operation.Type) throws -> MediaFile? {
        if Operation.Response.self == Media.self { return try MediaFile(for: type.id, output: output.output) }
        guard output.output == nil else {
            throw UsageError("--output", "\(type.id) answers \(type.output), which goes to standard output")
        }
        return nil
    }

    /// The task with its input and its parameters.
    private func operation<Operation: CatalogTask>(_ type: Operation.Type) throws -> Operation {
        if !text.isEmpty, [.image, .audio, .video].contains(type.input) {
            throw UsageError("<text>", "\(type.id) takes \(type.input.rawValue): use --file")
        }
        if !file.isEmpty, [.text, .texts].contains(type.input) {
            throw UsageError("--file", "\(type.id) takes text")
        }
        let input = TaskInput(
            json: try inputs.map { try Self.json($0, of: "--inputs") },
            texts: text,
            media: try InputFiles.media(file)
        )
        var operation = try type.init(input: input)
        guard let parameters else { return operation }
        guard let values = try Self.json(parameters, of: "--parameters").objectValue else {
            throw UsageError("--parameters", "expected a JSON object")
        }
        for name in try operation.setParameters(values) {
            output.warn("\(type.id) does not know the parameter \"\(name)\"; it is sent as it is.")
        }
        return operation
    }

    private static func json(_ text: String, of flag: String) throws -> JSONValue {
        do {
            return try JSONValue(jsonString: text)
        } catch {
            throw UsageError(flag, "expected JSON; at byte \(error.offset) there should be \(error.expected)")
        }
    }
}
