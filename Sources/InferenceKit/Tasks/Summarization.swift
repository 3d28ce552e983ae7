/// Says what matters of a text in fewer words.
///
/// Source: `summarization` in the Hugging Face task specifications; the two lengths are what servers take besides.
public struct Summarization: BatchableTask {
    /// `summarization`.
    public static let id: TaskID = "summarization"
    /// One text.
    public static let input = TaskInputKind.text
    /// A summary.
    public static let output = "summary"

    /// The text; models cut it at their own window, often 1024 tokens.
    public var text: String
    /// The fewest tokens of the summary, at least 0 and at most ``maxLength``; `nil` for the model's own.
    public var minLength: Int?
    /// The most tokens of the summary, at least 1; `nil` for the model's own.
    public var maxLength: Int?
    /// Whether spaces that tokenizing has added are removed; `nil` for the model's own way.
    public var cleanUpTokenizationSpaces: Bool?
    /// How a text longer than the model's window is cut; `nil` for the server's choice.
    public var truncation: TruncationStrategy?
    /// Parameters of text generation by the model's own names, such as `num_beams`.
    public var generateParameters: JSONObject?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(text: String, minLength: Int? = nil, maxLength: Int? = nil) {
        self.text = text
        self.minLength = minLength
        self.maxLength = maxLength
    }

    /// Makes the task of one text.
    public init(input: TaskInput) throws {
        self.init(text: try input.text())
    }

    /// The schema's parameters, and the lengths.
    public static let parameters: [TaskParameter<Self>] = [
        .boolean("clean_up_tokenization_spaces", \.cleanUpTokenizationSpaces),
        TaskParameter("truncation", \.truncation, TruncationStrategy.expectation) {
            TruncationStrategy.all.contains($0)
        },
        TaskParameter("generate_parameters", \.generateParameters, "a JSON object"),
        .integer("min_length", \.minLength, in: 0...Int.max),
        .integer("max_length", \.maxLength, in: 1...Int.max),
    ]

    /// The summary.
    public typealias Response = Summary

    /// `{"inputs": "…", "parameters": {…}}`.
    public func payload() throws -> Payload {
        .inputs(try batchInput(), parameters: try parametersObject())
    }

    /// The text.
    public func batchInput() throws -> JSONValue {
        try InferenceError.require(!text.isEmpty, "text", "a text that is not empty")
        if let minLength, let maxLength {
            try InferenceError.require(
                minLength <= maxLength,
                "min_length",
                "at most max_length, which is \(maxLength)"
            )
        }
        return .string(text)
    }

    /// An object, or a list of one.
    public func response(from reply: Reply) throws -> Summary {
        try response(json: reply.json())
    }

    /// An object, or a list of one.
    public func response(json: JSONValue) throws -> Summary {
        try Summary(json: json.firstAnswer())
    }
}

/// A summary of a text.
public struct Summary: JSONConvertible, TaskOutput, Hashable, Sendable {
    /// The summary; some models put a space before it.
    public var text: String
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes a summary.
    public init(text: String, additional: JSONObject = [:]) {
        self.text = text
        self.additional = additional
    }

    /// Reads `{"summary_text": …}`, or `generated_text` as servers of text generation call it.
    public init(json: JSONValue) throws {
        let members = try json.members()
        let key = members.contains("summary_text") ? "summary_text" : "generated_text"
        guard let text = members[key]?.stringValue else {
            throw JSONMismatch(expected: "a text at \"summary_text\"", found: json)
        }
        self.init(text: text, additional: members.removing([key]))
    }

    /// `{"summary_text": …}`.
    public var json: JSONValue {
        let members: JSONObject = ["summary_text": .string(text)]
        return .object(members.merging(additional))
    }
}

extension InferenceClient {
    /// Says what matters of `text` in fewer words; see ``Summarization`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func summarization(
        _ text: String,
        model: ModelID? = nil,
        minLength: Int? = nil,
        maxLength: Int? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> Summary {
        let task = Summarization(text: text, minLength: minLength, maxLength: maxLength)
        return try await run(task, model: model, options: options)
    }

    /// Summarizes each of `texts`, in one call; the answers are in the order of the texts.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func summarization(
        _ texts: [String],
        model: ModelID? = nil,
        minLength: Int? = nil,
        maxLength: Int? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [Summary] {
        let members = texts.map { Summarization(text: $0, minLength: minLength, maxLength: maxLength) }
        return try await run(Batch(members), model: model, options: options)
    }
}
