import ArgumentParser
import InferenceKit

/// `infer models`: lists models of the Hub, one JSON object a line.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "Lists models of the Hub, one JSON object a line.",
        usage: "infer models [options]"
    )

    @Option(help: ArgumentHelp("The task.", valueName: "id"))
    var task: String?

    @Option(help: ArgumentHelp("The availability; the Hub knows warm.", valueName: "word"))
    var status: String?

    @Option(help: ArgumentHelp("The library, such as transformers, diffusers or timm.", valueName: "name"))
    var library: String?

    @Option(help: ArgumentHelp("A provider that serves the model, or all; may be repeated.", valueName: "name"))
    var provider: [String] = []

    @Option(help: ArgumentHelp("Whose models.", valueName: "name"))
    var author: String?

    @Option(help: ArgumentHelp("Words in the name.", valueName: "text"))
    var search: String?

    @Option(help: ArgumentHelp("A tag, such as license:mit; may be repeated.", valueName: "tag"))
    var tag: [String] = []

    @Option(help: ArgumentHelp("The fewest parameters.", valueName: "n"))
    var minParameters: Int?

    @Option(help: ArgumentHelp("The most parameters.", valueName: "n"))
    var maxParameters: Int?

    @Option(
        help: ArgumentHelp(
            "The order: trendingScore, downloads, likes, createdAt, lastModified and others. (default: trendingScore)",
            valueName: "key"
        )
    )
    var sort: String?

    @Option(help: ArgumentHelp("The most models. (default: 20)", valueName: "n"))
    var limit: Int?

    @Option(help: ArgumentHelp("The Hub, in place of HF_ENDPOINT or the public one.", valueName: "url"))
    var hub: String?

    @OptionGroup(title: "Call")
    var call: CallFlags

    func run() async throws {
        var configuration = InferenceClient.Configuration()
        try call.apply(to: &configuration)
        if let hub { configuration.hub = try TargetOptions.base(hub, of: "--hub") }
        let limit = limit ?? 20
        guard limit >= 1 else { throw UsageError("--limit", "expected an integer ≥ 1") }
        let query = ModelQuery(
            task: task.map { TaskID(rawValue: $0) },
            library: library.map { ModelLibrary(rawValue: $0) },
            availability: status.map { ModelAvailability(rawValue: $0) },
            providers: provider.map { ProviderID(rawValue: $0) },
            author: author,
            search: search,
            minParameters: minParameters,
            maxParameters: maxParameters,
            tags: tag,
            sort: sort.map { ModelSort(rawValue: $0) } ?? .trending,
            pageSize: min(limit, 500)
        )
        for try await model in InferenceClient(configuration).models(query).prefix(limit) {
            try StandardOutput.write(ModelLine(model).json)
        }
    }
}
