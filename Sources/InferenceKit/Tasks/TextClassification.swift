/// Sorts a text into the labels that its model was trained on.
///
/// Source: `text-classification` in the Hugging Face task specifications.
public struct TextClassification: BatchableTask {
    /// `text-classification`.
    public static let id: TaskID = "text-classification"
    /// One text.
    public static let input = TaskInputKind.text
    /// Labels with scores.
    public static let output = "labels"

    /// The text to classify; models cut it at their own window, often 512 tokens.
    public var text: String
    /// The most labels to return, at least 1; `nil` for the server's choice (the router answers five, a dedicated
    /// endpoint one).
    public var topK: Int?
    /// How the model's outputs become scores; `nil` for the model's own way.
    public var functionToApply: ClassificationFunction?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(text: String, topK: Int? = nil, functionToApply: ClassificationFunction? = nil) {
        self.text = text
        self.topK = topK
        self.functionToApply = functionToApply
    }

    /// Makes the task of one text.
    public init(input: TaskInput) throws {
        self.init(text: try input.text())
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        TaskParameter("function_to_apply", \.functionToApply, ClassificationFunction.expectation),
        .integer("top_k", \.topK, in: 1...Int.max),
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

    /// A flat list, or a list in a list; best first.
    public func response(from reply: Reply) throws -> [ClassificationLabel] {
        try ClassificationLabel.list(from: reply)
    }

    /// A flat list, or a list in a list; best first.
    public func response(json: JSONValue) throws -> [ClassificationLabel] {
        try ClassificationLabel.list(from: json)
    }
}

extension InferenceClient {
    /// Sorts `text` into labels, best first; see ``TextClassification`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func textClassification(
        _ text: String,
        model: ModelID? = nil,
        topK: Int? = nil,
        functionToApply: ClassificationFunction? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [ClassificationLabel] {
        let task = TextClassification(text: text, topK: topK, functionToApply: functionToApply)
        return try await run(task, model: model, options: options)
    }

    /// Sorts each of `texts` into labels, in one call; the answers are in the order of the texts.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func textClassification(
        _ texts: [String],
        model: ModelID? = nil,
        topK: Int? = nil,
        functionToApply: ClassificationFunction? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [[ClassificationLabel]] {
        let members = texts.map { TextClassification(text: $0, topK: topK, functionToApply: functionToApply) }
        return try await run(Batch(members), model: model, options: options)
    }
}
