import ArgumentParser
import InferenceKit

/// Where a call goes.
struct TargetOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The model, such as org/name.", valueName: "id"))
    var model: String?

    @Option(
        help: ArgumentHelp("The provider behind the router. (default: hf-inference, auto for chat)", valueName: "name")
    )
    var provider: String?

    @Option(help: ArgumentHelp("A dedicated endpoint or a server of your own.", valueName: "url"))
    var url: String?

    @Option(
        help: ArgumentHelp(
            "How that server wants it: auto, huggingface, openai, tgi, tei. (default: auto)",
            valueName: "name"
        )
    )
    var dialect: String?

    @Option(help: ArgumentHelp("The router, in place of the public one.", valueName: "url"))
    var router: String?

    @Option(help: ArgumentHelp("The Hub, in place of HF_ENDPOINT or the public one.", valueName: "url"))
    var hub: String?

    /// The target; nothing is looked up or sent.
    func target() throws -> Target? {
        guard let url else {
            guard dialect == nil else { throw UsageError("--dialect", "is for a server that --url names") }
            return try provider.map { Target(try Self.provider(named: $0)) }
        }
        guard provider == nil else { throw UsageError("--provider", "cannot be used together with --url") }
        return .url(url, dialect: dialect.map { Dialect(rawValue: $0) } ?? .automatic)
    }

    /// Puts the addresses into a configuration.
    func apply(to configuration: inout InferenceClient.Configuration) throws {
        configuration.target = try target()
        configuration.model = model.map { ModelID($0) }
        if let router { configuration.router = try Self.base(router, of: "--router") }
        if let hub { configuration.hub = try Self.base(hub, of: "--hub") }
    }

    private static func provider(named name: String) throws -> any InferenceProvider {
        guard let found = everyProvider.first(where: { $0.id.rawValue == name }) else {
            let known = everyProvider.map(\.id.rawValue).sorted().joined(separator: ", ")
            throw UsageError("--provider", "unknown; there are: \(known)")
        }
        return found
    }

    /// An absolute URL, checked here so that the message has the flag.
    static func base(_ text: String, of flag: String, schemes: [String] = ["http", "https"]) throws -> String {
        let isPlain = text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F }
        let rest = schemes.lazy.filter { text.lowercased().hasPrefix("\($0)://") }.map { text.dropFirst($0.count + 3) }
        guard isPlain, let authority = rest.first, let first = authority.first, first != "/", first != "?" else {
            throw UsageError(flag, "expected an absolute URL (\(schemes.map { "\($0)://…" }.joined(separator: ", ")))")
        }
        return text
    }
}
