/// Sorts a text into labels that the caller chooses.
///
/// Source: `zero-shot-classification` in the Hugging Face task specifications.
public struct ZeroShotClassification: BatchableTask {
    /// `zero-shot-classification`.
    public static let id: TaskID = "zero-shot-classification"
    /// One text.
    public static let input = TaskInputKind.text
    /// Labels with scores.
    public static let output = "labels"

    /// The text to classify.
    public var text: String
    /// The labels to choose from, at least one; none is empty.
    public var candidateLabels: [String]
    /// The sentence in which `{}` stands for each label; `nil` for the server's own.
    public var hypothesisTemplate: String?
    /// Whether labels are judged each by itself, so that several can be true; `nil` for no, scores then add up to 1.
    public var multiLabel: Bool?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(
        text: String,
        candidateLabels: [String],
        hypothesisTemplate: String? = nil,
        multiLabel: Bool? = nil
    ) {
        self.text = text
        self.candidateLabels = candidateLabels
        self.hypothesisTemplate = hypothesisTemplate
        self.multiLabel = multiLabel
    }

    /// Makes the task of one text; the labels are a parameter.
    public init(input: TaskInput) throws {
        self.init(text: try input.text(), candidateLabels: [])
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        TaskParameter(
            required: "candidate_labels",
            \.candidateLabels,
            "a list of at least one label, none of them empty"
        ) { !$0.isEmpty && !$0.contains("") },
        TaskParameter("hypothesis_template", \.hypothesisTemplate, "a text with {} in it") { $0.contains("{}") },
        .boolean("multi_label", \.multiLabel),
    ]

    /// Labels, best first.
    public typealias Response = [ClassificationLabel]

    /// `{"inputs": "…", "parameters": {…}}`.
    public func payload() throws -> Payload {
        .inputs(try batchInput(), parameters: try parametersObject())
    }

    /// The text.
    public func batchInput() throws -> JSONValue {
        try InferenceError.require(!text.isEmpty, "text", "a text that is not empty")
        return .string(text)
    }

    /// A list of labels, an object with `labels` and `scores`, or a list of one such object; best first.
    public func response(from reply: Reply) throws -> [ClassificationLabel] {
        try response(json: reply.json())
    }

    /// A list of labels, an object with `labels` and `scores`, or a list of one such object; best first.
    public func response(json: JSONValue) throws -> [ClassificationLabel] {
        var json = json
        while case .array(let outer) = json, outer.count == 1,
            outer[0].arrayValue != nil || outer[0]["labels"] != nil
        {
            json = outer[0]
        }
        guard let labels = json["labels"] else { return try ClassificationLabel.list(from: json) }
        let names = try labels.elements()
        let scores = try json["scores"]?.elements() ?? []
        guard scores.isEmpty || scores.count == names.count else {
            throw JSONMismatch(expected: "as many \"scores\" as \"labels\"", found: json)
        }
        return try names.enumerated().map { index, name in
            let member: JSONObject = ["label": name]
            let score = scores.isEmpty ? nil : scores[index].doubleValue
            return ClassificationLabel(label: try member.label("label"), score: score)
        }.bestFirst()
    }
}

extension InferenceClient {
    /// Sorts `text` into `labels`, best first; see ``ZeroShotClassification`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func zeroShotClassification(
        _ text: String,
        labels: [String],
        model: ModelID? = nil,
        hypothesisTemplate: String? = nil,
        multiLabel: Bool? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [ClassificationLabel] {
        let task = ZeroShotClassification(
            text: text,
            candidateLabels: labels,
            hypothesisTemplate: hypothesisTemplate,
            multiLabel: multiLabel
        )
        return try await run(task, model: model, options: options)
    }

    /// Sorts each of `texts` into `labels`, in one call; the answers are in the order of the texts.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func zeroShotClassification(
        _ texts: [String],
        labels: [String],
        model: ModelID? = nil,
        hypothesisTemplate: String? = nil,
        multiLabel: Bool? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [[ClassificationLabel]] {
        let members = texts.map {
            ZeroShotClassification(
                text: $0,
                candidateLabels: labels,
                hypothesisTemplate: hypothesisTemplate,
                multiLabel: multiLabel
            )
        }
        return try await run(Batch(members), model: model, options: options)
    }
}
