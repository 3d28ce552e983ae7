import ArgumentParser
import InferenceKit

/// Where the services are that tell of the account and of its endpoints.
struct ServiceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The Hub, in place of HF_ENDPOINT or the public one.", valueName: "url"))
    var hub: String?

    @Flag(help: "No progress.")
    var quiet = false

    /// Makes a client of these options and those of the call.
    func client(_ call: CallFlags, endpoints: String? = nil) throws -> InferenceClient {
        var configuration = InferenceClient.Configuration()
        try call.apply(to: &configuration)
        if let hub { configuration.hub = try TargetOptions.base(hub, of: "--hub") }
        if let endpoints { configuration.endpoints = try TargetOptions.base(endpoints, of: "--endpoints") }
        return InferenceClient(configuration)
    }

    /// The progress of a call, shown to people only.
    func progress() -> ProgressBar { ProgressBar(isShown: !quiet && StandardError.isTerminal) }
}
