/// Says a text in another language.
///
/// Source: `translation` in the Hugging Face task specifications.
public struct Translation: BatchableTask {
    /// `translation`.
    public static let id: TaskID = "translation"
    /// One text.
    public static let input = TaskInputKind.text
    /// A translation.
    public static let output = "translation"

    /// The text to translate.
    public var text: String
    /// The text's language in the model's own code, such as `de_DE` or `deu_Latn`.
    ///
    /// Models of several languages need it together with ``targetLanguage``; leave both `nil` for models of one pair.
    public var sourceLanguage: String?
    /// The language to translate into, in the model's own code; see ``sourceLanguage``.
    public var targetLanguage: String?
    /// Whether spaces that tokenizing has added are removed; `nil` for the model's own way.
    public var cleanUpTokenizationSpaces: Bool?
    /// How a text longer than the model's window is cut; `nil` for the server's choice.
    public var truncation: TruncationStrategy?
    /// Parameters of text generation by the model's own names, such as `num_beams`.
    public var generateParameters: JSONObject?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(text: String, sourceLanguage: String? = nil, targetLanguage: String? = nil) {
        self.text = text
        self.sourceLanguage = sourceLanguage
        self.targetLanguage = targetLanguage
    }

    /// Makes the task of one text.
    public init(input: TaskInput) throws {
        self.init(text: try input.text())
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        .text("src_lang", \.sourceLanguage),
        .text("tgt_lang", \.targetLanguage),
        .boolean("clean_up_tokenization_spaces", \.cleanUpTokenizationSpaces),
        TaskParameter("truncation", \.truncation, TruncationStrategy.expectation) {
            TruncationStrategy.all.contains($0)
        },
        TaskParameter("generate_parameters", \.generateParameters, "a JSON object"),
    ]

    /// The translation.
    public typealias Response = TranslatedText

    /// `{"inputs": "…", "parameters": {…}}`.
    public func payload() throws -> Payload {
        .inputs(try batchInput(), parameters: try parametersObject())
    }

    /// The text.
    public func batchInput() throws -> JSONValue {
        try InferenceError.require(!text.isEmpty, "text", "a text that is not empty")
        // One alone makes models of several languages guess the other, which Hugging Face's own client refuses too.
        try InferenceError.require(
            targetLanguage == nil || sourceLanguage != nil,
            "src_lang",
            "both languages or neither"
        )
        try InferenceError.require(
            sourceLanguage == nil || targetLanguage != nil,
            "tgt_lang",
            "both languages or neither"
        )
        return .string(text)
    }

    /// An object, or a list of one.
    public func response(from reply: Reply) throws -> TranslatedText {
        try response(json: reply.json())
    }

    /// An object, or a list of one.
    public func response(json: JSONValue) throws -> TranslatedText {
        try TranslatedText(json: json.firstAnswer())
    }
}

/// A text in another language.
public struct TranslatedText: JSONConvertible, TaskOutput, Hashable, Sendable {
    /// The translation.
    public var text: String
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes a translation.
    public init(text: String, additional: JSONObject = [:]) {
        self.text = text
        self.additional = additional
    }

    /// Reads `{"translation_text": …}`, or `generated_text` as servers of text generation call it.
    public init(json: JSONValue) throws {
        let members = try json.members()
        let key = members.contains("translation_text") ? "translation_text" : "generated_text"
        guard let text = members[key]?.stringValue else {
            throw JSONMismatch(expected: "a text at \"translation_text\"", found: json)
        }
        self.init(text: text, additional: members.removing([key]))
    }

    /// `{"translation_text": …}`.
    public var json: JSONValue {
        let members: JSONObject = ["translation_text": .string(text)]
        return .object(members.merging(additional))
    }
}

extension InferenceClient {
    /// Says `text` in another language; see ``Translation`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func translation(
        _ text: String,
        model: ModelID? = nil,
        from sourceLanguage: String? = nil,
        to targetLanguage: String? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> TranslatedText {
        let task = Translation(text: text, sourceLanguage: sourceLanguage, targetLanguage: targetLanguage)
        return try await run(task, model: model, options: options)
    }

    /// Says each of `texts` in another language, in one call; the answers are in the order of the texts.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func translation(
        _ texts: [String],
        model: ModelID? = nil,
        from sourceLanguage: String? = nil,
        to targetLanguage: String? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [TranslatedText] {
        let members = texts.map {
            Translation(text: $0, sourceLanguage: sourceLanguage, targetLanguage: targetLanguage)
        }
        return try await run(Batch(members), model: model, options: options)
    }
}
