import ArgumentParser
import InferenceKit

/// `infer status`: whether models can be called, one JSON object a line.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Tells whether models can be called, one JSON object a line.",
        usage: "infer status <model> ... [options]",
        discussion: """
            The Hub is asked whether anyone serves a model; with --provider whether that one does, with --url that \
            server itself. With --wait a cold model is called until it answers, up to --timeout.
            """
    )

    @Argument(help: "The models, such as org/name.")
    var models: [String] = []

    @OptionGroup(title: "Target")
    var target: TargetOptions

    @OptionGroup(title: "Call")
    var call: CallFlags

    @Flag(help: "No progress.")
    var quiet = false

    func run() async throws {
        var configuration = InferenceClient.Configuration()
        try target.apply(to: &configuration)
        try call.apply(to: &configuration)
        let models = ([target.model].compactMap { $0 } + models).map { ModelID($0) }
        guard !models.isEmpty else { throw UsageError("<model>", "expected a model") }
        let client = InferenceClient(configuration)
        let progress = ProgressBar(isShown: !quiet && StandardError.isTerminal)
        do {
            try await progress.during {
                try await printLines(of: models, client, progress)
            }
        } catch {
            throw call.explained(error, at: configuration.target)
        }
    }

    /// Asks about all at a time, and prints the lines in the order of the models, each as soon as it can be.
    private func printLines(of models: [ModelID], _ client: InferenceClient, _ progress: ProgressBar) async throws {
        let options = CallOptions(observer: progress.observerOfWaits)
        try await withThrowingTaskGroup(of: (Int, Result<JSONValue, any Error>).self) { group in
            var waiting = models.enumerated().makeIterator()
            func addNext() {
                guard let (index, model) = waiting.next() else { return }
                group.addTask { (index, await Self.outcome { try await line(of: model, client, options) }) }
            }
            for _ in 0..<8 { addNext() }
            var lines: [Int: Result<JSONValue, any Error>] = [:]
            var printed = 0
            var failure: (any Error)?
            while let (index, result) = try await group.next() {
                lines[index] = result
                addNext()
                while let result = lines.removeValue(forKey: printed) {
                    printed += 1
                    switch result {
                    case .success(let line):
                        progress.clear()
                        try StandardOutput.write(line)
                    case .failure(let error) where error is CancellationError: throw error
                    case .failure(let error):
                        // The first one ends the program when the others have been asked about.
                        if failure == nil { failure = error } else { Self.report(error) }
                    }
                }
            }
            if let failure { throw failure }
        }
    }

    private func line(of model: ModelID, _ client: InferenceClient, _ options: CallOptions) async throws -> JSONValue {
        let status: ModelStatus
        if call.wait {
            let timeout = client.configuration.timeouts.total ?? .seconds(600)
            status = try await client.waitUntilWarm(model, timeout: timeout, options: options)
        } else {
            status = try await client.modelStatus(model)
        }
        var line = ModelLine(status)
        if [.frozen, .unknown].contains(status.availability), status.task != nil {
            // What cannot be looked up is left out: the line is about another model.
            let others = try? await client.alternatives(to: status.id, limit: 1, options: CallOptions(target: nil))
            line.recommended = others?.first?.id
        }
        return line.json
    }

    private static func outcome(_ work: () async throws -> JSONValue) async -> Result<JSONValue, any Error> {
        do { return .success(try await work()) } catch { return .failure(error) }
    }

    private static func report(_ error: any Error) {
        if let error = error as? InferenceError { StandardError.write(ErrorLine(error).json) }
    }
}

extension ProgressBar {
    /// Takes the waits alone: what a model's state is called in between is not a stage of the bar.
    fileprivate var observerOfWaits: (@Sendable (InferenceEvent) -> Void)? {
        guard let observer else { return nil }
        return { event in
            if case .job = event.kind { return }
            observer(event)
        }
    }
}
