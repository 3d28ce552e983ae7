import ArgumentParser
import InferenceKit

/// `infer whoami`: whom the token belongs to, and what it allows.
struct WhoamiCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami",
        abstract: "Tells whom the token belongs to and what it allows, as one JSON object."
    )

    @OptionGroup(title: "Service")
    var service: ServiceOptions

    @OptionGroup(title: "Call")
    var call: CallFlags

    func run() async throws {
        let client = try service.client(call)
        let progress = service.progress()
        let account = try await progress.during {
            try await client.whoami(options: CallOptions(observer: progress.observer))
        }
        try StandardOutput.write(account.json)
    }
}
