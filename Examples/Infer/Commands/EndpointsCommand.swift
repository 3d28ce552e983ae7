import ArgumentParser
import InferenceKit

/// `infer endpoints`: the dedicated endpoints of an account.
struct EndpointsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "endpoints",
        abstract: "Lists, waits for, pauses, resumes and deletes dedicated endpoints.",
        usage: "infer endpoints \(Verb.allCases.map(\.rawValue).joined(separator: "|")) [<name>] [options]",
        discussion: """
            "list" prints one JSON object a line, the others the endpoint; "wait" returns once it runs and is healthy, \
            at the latest after --timeout. The token must be allowed to manage endpoints.
            """
    )

    /// What is done.
    enum Verb: String, CaseIterable, ExpressibleByArgument {
        case list, get, wait, pause, resume
        case scaleToZero = "scale-to-zero"
        case delete
    }

    @Argument(help: "What to do.")
    var verb: Verb

    @Argument(help: "The endpoint's name; all but \"list\" need it.")
    var name: String?

    @Option(
        help: ArgumentHelp("A user or an organisation; \"*\" lists all. (default: the token's user)", valueName: "ns")
    )
    var namespace: String?

    @Option(help: ArgumentHelp("The API that manages endpoints, in place of the public one.", valueName: "url"))
    var endpoints: String?

    @OptionGroup(title: "Service")
    var service: ServiceOptions

    @OptionGroup(title: "Call")
    var call: CallFlags

    func run() async throws {
        let client = try service.client(call, endpoints: endpoints)
        let progress = service.progress()
        let options = CallOptions(observer: progress.observer)
        if verb == .list {
            guard name == nil else { throw UsageError("<name>", "\"list\" takes none") }
            let list = try await progress.during {
                try await client.endpoints.list(namespace: namespace, options: options)
            }
            for endpoint in list { try StandardOutput.write(Self.line(endpoint)) }
            return
        }
        guard let name else { throw UsageError("<name>", "\"\(verb.rawValue)\" needs the name of an endpoint") }
        let line = try await progress.during { try await perform(name, client, options) }
        try StandardOutput.write(line)
    }

    private func perform(_ name: String, _ client: InferenceClient, _ options: CallOptions) async throws -> JSONValue {
        let endpoints = client.endpoints
        switch verb {
        case .list, .get:
            return Self.line(try await endpoints.find(name, namespace: namespace, options: options))
        case .wait:
            let timeout = client.configuration.timeouts.total ?? .seconds(600)
            return Self.line(
                try await endpoints.waitUntilRunning(
                    name,
                    namespace: namespace,
                    timeout: timeout,
                    interval: .seconds(2),
                    options: options
                )
            )
        case .pause: return Self.line(try await endpoints.pause(name, namespace: namespace, options: options))
        case .resume: return Self.line(try await endpoints.resume(name, namespace: namespace, options: options))
        case .scaleToZero:
            return Self.line(try await endpoints.scaleToZero(name, namespace: namespace, options: options))
        case .delete:
            try await endpoints.delete(name, namespace: namespace, options: options)
            return ["deleted": .string(name)]
        }
    }

    /// The endpoint in the API's form, with the namespace, which the API leaves out.
    private static func line(_ endpoint: InferenceEndpoint) -> JSONValue {
        var members: JSONObject = [:]
        members["namespace"] = endpoint.namespace.map { .string($0) }
        return .object(members.merging(endpoint.json.objectValue ?? [:]))
    }
}
