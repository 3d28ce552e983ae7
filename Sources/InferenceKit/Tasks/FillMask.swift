/// Guesses what stands behind a mask in a text.
///
/// Source: `fill-mask` in the Hugging Face task specifications.
public struct FillMask: BatchableTask {
    /// `fill-mask`.
    public static let id: TaskID = "fill-mask"
    /// One text.
    public static let input = TaskInputKind.text
    /// Words for the mask.
    public static let output = "words"

    /// The text with one mask or several, as the model writes them: `[MASK]`, `<mask>` or another.
    ///
    /// A text without the model's own mask is refused by the server; the Hub's page about the model tells the mask.
    public var text: String
    /// The most guesses for each mask, at least 1; `nil` for the server's choice, usually five.
    public var topK: Int?
    /// The only words to choose from; `nil` for the whole vocabulary.
    ///
    /// Of a word that the vocabulary lacks, its first piece is taken.
    public var targets: [String]?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(text: String, topK: Int? = nil, targets: [String]? = nil) {
        self.text = text
        self.topK = topK
        self.targets = targets
    }

    /// Makes the task of one text.
    public init(input: TaskInput) throws {
        self.init(text: try input.text())
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        .integer("top_k", \.topK, in: 1...Int.max),
        TaskParameter("targets", \.targets, "a list of texts"),
    ]

    /// The guesses for each mask.
    public typealias Response = MaskGuesses

    /// `{"inputs": "…", "parameters": {…}}`.
    public func payload() throws -> Payload {
        .inputs(try batchInput(), parameters: try parametersObject())
    }

    /// The text.
    public func batchInput() throws -> JSONValue {
        try InferenceError.require(!text.isEmpty, "text", "a text that is not empty")
        return .string(text)
    }

    /// A list of guesses, or one such list for each mask.
    public func response(from reply: Reply) throws -> MaskGuesses {
        try MaskGuesses(json: reply.json())
    }

    /// A list of guesses, or one such list for each mask.
    public func response(json: JSONValue) throws -> MaskGuesses {
        try MaskGuesses(json: json)
    }
}

/// The guesses for the masks of one text.
public struct MaskGuesses: JSONConvertible, TaskOutput, Hashable, Sendable {
    /// One list for each mask, in the text's order; each list is sorted, best first.
    public var masks: [[MaskGuess]]

    /// Makes guesses, one list for each mask.
    public init(masks: [[MaskGuess]]) {
        self.masks = masks
    }

    /// The guesses for the first mask, which is mostly the only one; best first.
    public var first: [MaskGuess] { masks.first ?? [] }

    /// The best guess for the first mask, which is mostly the only one; `nil` when the server made none.
    public var best: MaskGuess? { first.first }

    /// Reads a list of guesses, one such list for each mask, or either in a list of one.
    public init(json: JSONValue) throws {
        var json = json
        while case .array(let outer) = json, outer.count == 1, case .array(let inner) = outer[0],
            case .array? = inner.first
        {
            json = outer[0]
        }
        switch json {
        case .array(let values) where values.contains { $0.arrayValue != nil }:
            masks = try values.map { try Self.guesses(of: $0.elements()) }
        case .array(let values):
            masks = [try Self.guesses(of: values)]
        default:
            masks = [try Self.guesses(of: [json])]
        }
    }

    private static func guesses(of values: [JSONValue]) throws -> [MaskGuess] {
        try values.map { try MaskGuess(json: $0) }.bestFirst(by: \.score)
    }

    /// A list of guesses for one mask, as the schema has it; a list of lists for several.
    public var json: JSONValue {
        if masks.count == 1 { masks[0].json } else { masks.json }
    }
}

/// A guess at what stands behind a mask.
public struct MaskGuess: JSONConvertible, Hashable, Sendable {
    /// The text with the guess in the mask's place; empty when the server sent none.
    ///
    /// The model's tokenizer may have changed its letters.
    public var sequence: String
    /// The probability in `0...1`; `nil` when the server sent none.
    public var score: Double?
    /// The number of the guess in the model's vocabulary; `nil` when the server sent none.
    public var token: Int?
    /// The guess itself, which often begins with a space; `nil` when the server sent none.
    public var tokenText: String?
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes a guess.
    public init(
        sequence: String,
        score: Double?,
        token: Int? = nil,
        tokenText: String? = nil,
        additional: JSONObject = [:]
    ) {
        self.sequence = sequence
        self.score = score
        self.token = token
        self.tokenText = tokenText
        self.additional = additional
    }

    /// Reads `{"sequence": …, "score": …, "token": …, "token_str": …}`.
    public init(json: JSONValue) throws {
        let members = try json.members()
        guard let text = members["sequence"]?.stringValue ?? members["token_str"]?.stringValue else {
            throw JSONMismatch(expected: "a text at \"sequence\"", found: json)
        }
        sequence = members.contains("sequence") ? text : ""
        score = members["score"]?.doubleValue
        token = members["token"]?.intValue
        // The schema has both spellings, the servers only the first.
        tokenText = members["token_str"]?.stringValue ?? members["tokenStr"]?.stringValue
        additional = members.removing(["sequence", "score", "token", "token_str", "tokenStr"])
    }

    /// `{"sequence": …, "score": …, "token": …, "token_str": …}`.
    public var json: JSONValue {
        var members: JSONObject = ["sequence": .string(sequence), "score": .number(orNull: score)]
        if let token { members["token"] = token.json }
        if let tokenText { members["token_str"] = .string(tokenText) }
        return .object(members.merging(additional))
    }
}

extension InferenceClient {
    /// Guesses what stands behind the masks of `text`; see ``FillMask`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func fillMask(
        _ text: String,
        model: ModelID? = nil,
        topK: Int? = nil,
        targets: [String]? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> MaskGuesses {
        let task = FillMask(text: text, topK: topK, targets: targets)
        return try await run(task, model: model, options: options)
    }

    /// Guesses what stands behind the masks of each of `texts`, in one call; the answers are in the order of the texts.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func fillMask(
        _ texts: [String],
        model: ModelID? = nil,
        topK: Int? = nil,
        targets: [String]? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [MaskGuesses] {
        let members = texts.map { FillMask(text: $0, topK: topK, targets: targets) }
        return try await run(Batch(members), model: model, options: options)
    }
}
