/// Finds names, places and whatever else its model was trained to mark in a text.
///
/// Source: `token-classification` in the Hugging Face task specifications.
public struct TokenClassification: BatchableTask {
    /// `token-classification`.
    public static let id: TaskID = "token-classification"
    /// One text.
    public static let input = TaskInputKind.text
    /// Parts of the text, with labels.
    public static let output = "entities"

    /// The text to look through.
    public var text: String
    /// Labels that are not returned; `nil` for the server's choice, which is `O`, the label of everything else.
    public var ignoreLabels: [String]?
    /// By how many tokens the parts of a long text overlap, at least 0; `nil` not to cut the text into parts.
    public var stride: Int?
    /// How tokens become entities; `nil` for the server's choice.
    ///
    /// The router takes ``AggregationStrategy/simple``, a dedicated endpoint ``AggregationStrategy/none``.
    public var aggregationStrategy: AggregationStrategy?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(text: String, aggregationStrategy: AggregationStrategy? = nil) {
        self.text = text
        self.aggregationStrategy = aggregationStrategy
    }

    /// Makes the task of one text.
    public init(input: TaskInput) throws {
        self.init(text: try input.text())
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        TaskParameter("ignore_labels", \.ignoreLabels, "a list of texts"),
        .integer("stride", \.stride, in: 0...Int.max),
        TaskParameter(
            "aggregation_strategy",
            \.aggregationStrategy,
            "a text: \"none\", \"simple\", \"first\", \"average\" or \"max\""
        ) { [.none, .simple, .first, .average, .max].contains($0) },
    ]

    /// What was found, in the text's order as far as the server keeps it.
    public typealias Response = [TokenEntity]

    /// `{"inputs": "…", "parameters": {…}}`.
    public func payload() throws -> Payload {
        .inputs(try batchInput(), parameters: try parametersObject())
    }

    /// The text.
    public func batchInput() throws -> JSONValue {
        try InferenceError.require(!text.isEmpty, "text", "a text that is not empty")
        return .string(text)
    }

    /// A flat list, or a list in a list.
    public func response(from reply: Reply) throws -> [TokenEntity] {
        try response(json: reply.json())
    }

    /// A flat list, or a list in a list.
    public func response(json: JSONValue) throws -> [TokenEntity] {
        var json = json
        while case .array(let outer) = json, outer.count == 1, case .array = outer[0] { json = outer[0] }
        guard case .array(let values) = json else { return [try TokenEntity(json: json)] }
        return try values.map { try TokenEntity(json: $0) }
    }

    /// One list for each text.
    public static func parts(of answer: JSONValue, count: Int) throws -> [JSONValue] {
        var lists = answer
        while case .array(let outer) = lists, outer.count == 1, case .array(let inner) = outer[0],
            inner.count == count, count > 1
        {
            lists = outer[0]
        }
        if count == 1 { return [answer] }
        // A text has any number of entities, so a flat list cannot be cut, not even one of the right length.
        guard case .array(let parts) = lists, parts.count == count, parts.allSatisfy({ $0.arrayValue != nil }) else {
            throw JSONMismatch(expected: "\(count) lists, one for each text", found: answer)
        }
        return parts
    }
}

/// How tokens become entities.
public struct AggregationStrategy: RawRepresentable, Hashable, Sendable, JSONConvertible {
    /// The wire's word.
    public var rawValue: String
    /// Makes a strategy of the wire's word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Each token stays alone.
    public static var none: Self { Self(rawValue: "none") }
    /// Neighbours of one label are one entity.
    public static var simple: Self { Self(rawValue: "simple") }
    /// As ``simple``, but words are kept whole, with the label of their first token.
    public static var first: Self { Self(rawValue: "first") }
    /// As ``simple``, but words are kept whole, with the label that is best on average.
    public static var average: Self { Self(rawValue: "average") }
    /// As ``simple``, but words are kept whole, with the label of their most certain token.
    public static var max: Self { Self(rawValue: "max") }
}

extension InferenceClient {
    /// Finds what the model marks in `text`; see ``TokenClassification`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func tokenClassification(
        _ text: String,
        model: ModelID? = nil,
        aggregationStrategy: AggregationStrategy? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [TokenEntity] {
        let task = TokenClassification(text: text, aggregationStrategy: aggregationStrategy)
        return try await run(task, model: model, options: options)
    }

    /// Finds what the model marks in each of `texts`, in one call; the answers are in the order of the texts.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func tokenClassification(
        _ texts: [String],
        model: ModelID? = nil,
        aggregationStrategy: AggregationStrategy? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [[TokenEntity]] {
        let members = texts.map { TokenClassification(text: $0, aggregationStrategy: aggregationStrategy) }
        return try await run(Batch(members), model: model, options: options)
    }
}
