import ArgumentParser
import InferenceKit

/// `infer`: calls models from a shell.
///
/// Each subcommand is one file in `Commands`, named in the list below; whatever is none of them is the id of a task.
@main
struct Infer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "infer",
        abstract: "Calls models for the tasks of Hugging Face's catalog.",
        usage: """
            infer <task> [<text> ...] [options]
            infer <subcommand> [options]
            """,
        discussion: """
            infer text-classification "I liked it" --model org/model
            infer feature-extraction "one" "two" --url http://127.0.0.1:8080/embed
            infer chat "Why is the sky blue?" --model org/model --stream
            infer image-classification --file cat.png --parameters '{"top_k": 2}' …

            "infer tasks" lists the tasks and their parameters, "infer <task> --help" \
            all options. Standard output is one JSON document. The token is read from \
            HF_TOKEN, or from the variable that --token-env names.
            """,
        version: InferenceClient.libraryVersion,
        subcommands: [
            TaskCommand.self, TasksCommand.self, ChatCommand.self, StatusCommand.self, ModelsCommand.self,
            WhoamiCommand.self, EndpointsCommand.self,
        ],
        defaultSubcommand: TaskCommand.self
    )

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let status = await Interrupt.cancelling { await run(arguments) }
        status.end()
    }

    /// Runs one command line to its end and says what became of it.
    private static func run(_ arguments: [String]) async -> ExitStatus {
        do {
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return .success
        } catch {
            return report(error)
        }
    }

    /// Prints what went wrong as one line of JSON; requests for help come as errors, too, and go to standard output.
    private static func report(_ error: any Error) -> ExitStatus {
        switch error {
        case is CancellationError:
            StandardError.write(ErrorLine(code: "interrupted", message: "Interrupted; the connection was closed.").json)
            return .interrupted
        case let error as InferenceError:
            StandardError.write(ErrorLine(error).json)
            return ExitStatus(error)
        case let error as UsageError:
            StandardError.write(ErrorLine(usage: error.description).json)
            return .usage
        case let error as OutputFailure:
            StandardError.write(ErrorLine(code: "outputFailed", message: error.description).json)
            return .outputFailed
        default:
            guard exitCode(for: error) != .success else {
                try? StandardOutput.write(Array((fullMessage(for: error) + "\n").utf8))
                return .success
            }
            StandardError.write(ErrorLine(usage: message(for: error)).json)
            return .usage
        }
    }
}
