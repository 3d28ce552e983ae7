/// The models there are.
struct Catalog: Sendable {
    /// Old names and the ones that replaced them.
    static let renames = [
        "bert-base-uncased": "google-bert/bert-base-uncased",
        "distilroberta-base": "distilbert/distilroberta-base",
        "gpt2": "openai-community/gpt2",
        "local-service/old-name": "local-service/new-name",
    ]

    /// Models for each state that the service can be in; the ids say which.
    private static let specials: [Model] = [
        Model(id: "local-service/cold-classifier", task: "text-classification", state: .cold, labels: sentiment),
        Model(
            id: "local-service/cold-embedder",
            task: "feature-extraction",
            library: "sentence-transformers",
            tags: ["sentence-similarity"],
            state: .cold
        ),
        Model(id: "local-service/cold-painter", task: "text-to-image", library: "diffusers", state: .cold),
        Model(
            id: "local-service/cold-chat",
            task: "text-generation",
            tags: ["conversational"],
            state: .cold,
            window: 4_096
        ),
        Model(id: "local-service/loading-forever", task: "text-classification", state: .endless, labels: sentiment),
        Model(id: "local-service/frozen", task: "text-classification", state: .frozen, labels: sentiment),
        Model(id: "local-service/too-big", task: "text-generation", state: .tooBig),
        Model(id: "local-service/overloaded", task: "text-classification", state: .overloaded, labels: sentiment),
        Model(id: "local-service/flaky", task: "text-classification", state: .flaky, labels: sentiment),
        Model(id: "local-service/limited", task: "text-classification", state: .limited, labels: sentiment),
        Model(id: "local-service/pro-only", task: "text-classification", state: .proOnly, labels: sentiment),
        Model(id: "local-service/gone", task: "text-classification", state: .gone, labels: sentiment),
        Model(id: "local-service/gated", task: "text-classification", gated: "auto", labels: sentiment),
        Model(id: "local-service/new-name", task: "text-classification", labels: sentiment),
        Model(
            id: "local-service/fails-mid-stream",
            task: "text-generation",
            tags: ["conversational"],
            state: .failsMidStream,
            window: 4_096
        ),
        Model(
            id: "local-service/cut-mid-stream",
            task: "text-generation",
            tags: ["conversational"],
            state: .cutMidStream,
            window: 4_096
        ),
    ]
    private static let sentiment = ["NEGATIVE", "POSITIVE"]

    private let models: [String: Model]
    /// Every model but the synthetic ones, the most popular task's first.
    let ordered: [Model]
    let syntheticCount: Int

    init(rules: [TaskRule], syntheticCount: Int) {
        ordered = rules.flatMap { rule in rule.models } + Self.specials
        models = Dictionary(ordered.map { ($0.id, $0) }) { first, _ in first }
        self.syntheticCount = syntheticCount
    }

    /// The model of an id; an old name is taken for the new one, as the inference service does.
    ///
    /// - Throws: 404 in the router's words.
    func model(_ id: String) throws(Refusal) -> Model {
        guard let model = find(id) else { throw Refusal(404, "Model \(id) does not exist") }
        return model
    }

    func find(_ id: String) -> Model? { models[Self.renames[id] ?? id] ?? synthetic(id) }

    /// A model of the long list, which exists by its name alone.
    private func synthetic(_ id: String) -> Model? {
        let parts = id.split(separator: "/")
        guard parts.count == 2, parts[0] == "synthetic", let number = Int(parts[1].dropFirst(6)),
            (0..<syntheticCount).contains(number), id == Self.syntheticID(number)
        else { return nil }
        return synthetic(number)
    }

    func synthetic(_ number: Int) -> Model {
        Model(id: Self.syntheticID(number), task: "text-classification", labels: Self.sentiment)
    }

    private static func syntheticID(_ number: Int) -> String { "synthetic/model-\(number)" }
}
