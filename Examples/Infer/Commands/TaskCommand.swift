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
        let runner = try Runner(target: target, call: call, output: output)
        try runner.check(type)
        if text.count > 1, inputs == nil, let batchable = type as? any BatchableTask.Type {
            try await runBatch(batchable, runner)
        } else {
            try await runner.run(operation(type, texts: text))
        }
    }

    /// Several texts are one call where the task takes it, and one answer for each.
    private func runBatch<Member: BatchableTask>(_ type: Member.Type, _ runner: Runner) async throws {
        guard !output.stream else { throw UsageError("--stream", "several texts are answered in one piece") }
        let members = try text.map { try operation(type, texts: [$0]) }
        try await runner.printed { client, options in
            let result = try await client.result(of: Batch(members), options: options)
            return (.array(result.value.map(\.json)), result.metadata)
        }
    }

    /// The task with its input and its parameters.
    private func operation<Operation: CatalogTask>(_ type: Operation.Type, texts: [String]) throws -> Operation {
        if !text.isEmpty, [.image, .audio, .video].contains(type.input) {
            throw UsageError("<text>", "\(type.id) takes \(type.input.rawValue): use --file")
        }
        if !file.isEmpty, [.text, .texts].contains(type.input) {
            throw UsageError("--file", "\(type.id) takes text")
        }
        let input = TaskInput(
            json: try inputs.map { try Runner.json($0, of: "--inputs") },
            texts: texts,
            media: try InputFiles.media(file)
        )
        var operation = try type.init(input: input)
        guard let parameters else { return operation }
        guard let values = try Runner.json(parameters, of: "--parameters").objectValue else {
            throw UsageError("--parameters", "expected a JSON object")
        }
        for name in try operation.setParameters(values) {
            output.warn("\(type.id) does not know the parameter \"\(name)\"; it is sent as it is.")
        }
        return operation
    }
}
