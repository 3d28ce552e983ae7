/// Turns a text into another one, as models do that read all of it before they write.
///
/// The Hub has given the task up in favour of text generation; models and servers that know it are still there. The
/// answer never begins with the prompt.
///
/// Source: the request of `text-generation`, and the former schema of `text2text-generation`.
public struct Text2TextGeneration: BatchableTask {
    /// `text2text-generation`.
    public static let id: TaskID = "text2text-generation"
    /// One text.
    public static let input = TaskInputKind.text
    /// Text.
    public static let output = "text"

    /// The text, with whatever instruction the model was trained to find in it.
    public var text: String
    /// Whether spaces that tokenizing has added are removed; `nil` for the model's own way.
    public var cleanUpTokenizationSpaces: Bool?
    /// How a text longer than the model's window is cut; `nil` for the server's choice.
    public var truncation: TruncationStrategy?
    /// Parameters of text generation by the model's own names, in an object of their own.
    public var generateParameters: JSONObject?
    /// The most tokens to generate, at least 0; `nil` for the model's own limit.
    public var maxNewTokens: Int?
    /// The most tokens of the answer, at least 1; `nil` for the model's own limit.
    public var maxLength: Int?
    /// The fewest tokens of the answer, at least 0; `nil` for no limit.
    public var minLength: Int?
    /// Whether tokens are drawn by their probability, not just the likeliest; `nil` for no.
    public var doSample: Bool?
    /// How freely tokens are drawn, above 0; `nil` for the model's own.
    public var temperature: Double?
    /// From how many of the likeliest tokens is drawn, at least 1; `nil` for all.
    public var topK: Int?
    /// Tokens are drawn from the likeliest that together reach this probability, above 0 and at most 1; `nil` for all.
    public var topP: Double?
    /// By how much tokens that were used become less likely, above 0; 1 and `nil` are no penalty.
    public var repetitionPenalty: Double?
    /// The longest time in seconds, above 0; `nil` for no limit.
    public var maxTime: Double?
    /// How many texts are returned, at least 1; `nil` for one.
    ///
    /// All but the first are in ``GeneratedText/others``.
    public var numReturnSequences: Int?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(text: String, maxNewTokens: Int? = nil) {
        self.text = text
        self.maxNewTokens = maxNewTokens
    }

    /// Makes the task of one text.
    public init(input: TaskInput) throws {
        self.init(text: try input.text())
    }

    /// The former schema's parameters, and those that servers take beside them.
    public static let parameters: [TaskParameter<Self>] = [
        .boolean("clean_up_tokenization_spaces", \.cleanUpTokenizationSpaces),
        TaskParameter("truncation", \.truncation, TruncationStrategy.expectation) {
            TruncationStrategy.all.contains($0)
        },
        TaskParameter("generate_parameters", \.generateParameters, "a JSON object"),
        .integer("max_new_tokens", \.maxNewTokens, in: 0...Int.max),
        .integer("max_length", \.maxLength, in: 1...Int.max),
        .integer("min_length", \.minLength, in: 0...Int.max),
        .boolean("do_sample", \.doSample),
        .number("temperature", \.temperature, "above 0") { $0 > 0 },
        .integer("top_k", \.topK, in: 1...Int.max),
        .number("top_p", \.topP, "above 0, at most 1") { $0 > 0 && $0 <= 1 },
        .number("repetition_penalty", \.repetitionPenalty, "above 0") { $0 > 0 },
        .number("max_time", \.maxTime, "of seconds, above 0") { $0 > 0 },
        .integer("num_return_sequences", \.numReturnSequences, in: 1...Int.max),
    ]

    /// The other text.
    public typealias Response = GeneratedText

    /// `{"inputs": "…", "parameters": {…}}`.
    public func payload() throws -> Payload {
        .inputs(try batchInput(), parameters: try parametersObject())
    }

    /// The text.
    public func batchInput() throws -> JSONValue {
        try InferenceError.require(!text.isEmpty, "text", "a text that is not empty")
        return .string(text)
    }

    /// An object, a list of one, or a list in a list.
    public func response(from reply: Reply) throws -> GeneratedText {
        try GeneratedText.read(reply.json())
    }

    /// An object, a list of one, or a list in a list.
    public func response(json: JSONValue) throws -> GeneratedText {
        try GeneratedText.read(json)
    }
}

extension InferenceClient {
    /// Turns `text` into another one; see ``Text2TextGeneration`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func text2TextGeneration(
        _ text: String,
        model: ModelID? = nil,
        maxNewTokens: Int? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> GeneratedText {
        let task = Text2TextGeneration(text: text, maxNewTokens: maxNewTokens)
        return try await run(task, model: model, options: options)
    }

    /// Turns each of `texts` into another one, in one call; the answers are in the order of the texts.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func text2TextGeneration(
        _ texts: [String],
        model: ModelID? = nil,
        maxNewTokens: Int? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [GeneratedText] {
        let members = texts.map { Text2TextGeneration(text: $0, maxNewTokens: maxNewTokens) }
        return try await run(Batch(members), model: model, options: options)
    }
}
