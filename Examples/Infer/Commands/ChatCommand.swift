import ArgumentParser
import InferenceKit

/// `infer chat`: one turn of a conversation.
struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Continues a conversation, or answers one message.",
        usage: "infer chat [<message>] [options]"
    )

    @Argument(help: "What to say; with --messages it comes last.")
    var message: String?

    @Option(help: ArgumentHelp("Instructions for the whole conversation.", valueName: "text"))
    var system: String?

    @Option(help: ArgumentHelp("An image that goes with the message.", valueName: "path|url"))
    var image: [String] = []

    @Option(help: ArgumentHelp("The conversation so far, as a list of messages.", valueName: "json"))
    var messages: String?

    @Option(help: ArgumentHelp("Tools that the model may call, as a list.", valueName: "json"))
    var tools: String?

    @Option(help: ArgumentHelp("The JSON schema that the answer must follow.", valueName: "json"))
    var responseSchema: String?

    @Option(help: ArgumentHelp("Parameters, such as '{\"max_tokens\": 100}'.", valueName: "json"))
    var parameters: String?

    @OptionGroup(title: "Target")
    var target: TargetOptions

    @OptionGroup(title: "Call")
    var call: CallFlags

    @OptionGroup(title: "Output")
    var output: OutputOptions

    func run() async throws {
        let runner = try Runner(target: target, call: call, output: output)
        try runner.check(ChatCompletion.self)
        try await runner.run(operation())
    }

    private func operation() throws -> ChatCompletion {
        var operation = ChatCompletion(messages: try conversation())
        if let tools {
            let values: JSONObject = ["tools": try Runner.json(tools, of: "--tools")]
            do {
                _ = try operation.setParameters(values)
            } catch {
                throw UsageError("--tools", "expected a list of tools with a name and parameters")
            }
        }
        if let responseSchema {
            operation.responseFormat = .jsonSchema(try Runner.json(responseSchema, of: "--response-schema"))
        }
        guard let parameters else { return operation }
        guard let values = try Runner.json(parameters, of: "--parameters").objectValue else {
            throw UsageError("--parameters", "expected a JSON object")
        }
        for name in try operation.setParameters(values) {
            output.warn("chat does not know the parameter \"\(name)\"; it is sent as it is.")
        }
        return operation
    }

    private func conversation() throws -> [ChatMessage] {
        var conversation: [ChatMessage] = system.map { [.system($0)] } ?? []
        if let messages {
            do {
                conversation += try [ChatMessage](json: Runner.json(messages, of: "--messages"))
            } catch let error as UsageError {
                throw error
            } catch {
                throw UsageError("--messages", "expected a list of messages with a role and content")
            }
        }
        var parts = try image.map { ChatContent.Part.image(try Self.image($0)) }
        if let message {
            guard !message.isEmpty else { throw UsageError("<message>", "expected a text that is not empty") }
            if parts.isEmpty {
                conversation.append(.user(message))
            } else {
                parts.insert(.text(message), at: 0)
            }
        }
        if !parts.isEmpty { conversation.append(.user(parts)) }
        guard !conversation.isEmpty else { throw UsageError("<message>", "expected a message, or --messages") }
        return conversation
    }

    private static func image(_ place: String) throws -> Media {
        if place.hasPrefix("http://") || place.hasPrefix("https://") { return .url(place) }
        return try InputFiles.media([place])[0]
    }
}
