/// Turns texts into vectors.
///
/// Servers answer with one to four dimensions, and the same rank can mean different things: `[dimension]`,
/// `[batch][dimension]`, `[tokens][dimension]`, `[batch][tokens][dimension]` or `[batch][1][tokens][dimension]`. The
/// response keeps the shape that came; ``EmbeddingSet`` is one vector for each text where that can be told.
///
/// Source: `feature-extraction` in the Hugging Face task specifications; its options stand at the root of the body.
public struct FeatureExtraction: CatalogTask {
    /// `feature-extraction`.
    public static let id: TaskID = "feature-extraction"
    /// One text or several.
    public static let input = TaskInputKind.texts
    /// Vectors.
    public static let output = "vectors"

    /// The texts, at least one.
    public var texts: [String]
    /// Whether a single text goes as a text rather than as a list of one; servers answer the two in different shapes.
    public var isSingle: Bool
    /// Whether vectors get the length 1; `nil` for the server's choice.
    ///
    /// The serverless router ignores it.
    public var normalize: Bool?
    /// The prompt of the model's own configuration that is put before each text.
    public var promptName: String?
    /// Whether texts longer than the model's window are cut; `nil` for the server's choice, which may be an error.
    public var truncate: Bool?
    /// Which end is cut.
    public var truncationDirection: TruncationDirection?
    /// The length of the vectors, for models that can shorten them.
    public var dimensions: Int?
    /// `float` or `base64`; servers that do not know it send numbers all the same.
    public var encodingFormat: EmbeddingEncoding?
    /// Parameters that this type does not know; they go to the root of the body, too.
    public var extraParameters: JSONObject = [:]

    /// Makes the task for several texts.
    public init(texts: [String]) {
        self.texts = texts
        isSingle = false
    }

    /// Makes the task for one text.
    public init(text: String) {
        texts = [text]
        isSingle = true
    }

    /// Makes the task of one text or a list.
    public init(input: TaskInput) throws {
        let texts = try input.allTexts()
        var isList = texts.count != 1
        if case .array = input.json { isList = true }
        self.texts = texts
        isSingle = !isList
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        .boolean("normalize", \.normalize),
        .text("prompt_name", \.promptName),
        .boolean("truncate", \.truncate),
        TaskParameter("truncation_direction", \.truncationDirection, "a text: \"left\" or \"right\""),
        .integer("dimensions", \.dimensions, in: 1...Int.max),
        TaskParameter("encoding_format", \.encodingFormat, "a text: \"float\" or \"base64\""),
    ]

    /// The numbers with their shape.
    public typealias Response = FloatTensor

    /// `{"inputs": …, "normalize": …}`: the options stand at the root.
    public func payload() throws -> Payload {
        try checkTexts()
        let inputs: JSONValue = isSingle ? .string(texts[0]) : .array(texts.map { .string($0) })
        let body: JSONObject = ["inputs": inputs]
        return .json(.object(body.merging(try parametersObject())))
    }

    /// Numbers of one to four dimensions, alone or as the member `embeddings`.
    public func response(from reply: Reply) throws -> FloatTensor {
        try FloatTensor(embeddingsReply: reply.bytes)
    }

    /// Checks what every dialect needs.
    func checkTexts() throws {
        try InferenceError.require(!texts.isEmpty, "texts", "at least one text")
        for (index, text) in texts.enumerated() {
            try InferenceError.require(
                !text.isEmpty,
                texts.count == 1 ? "text" : "texts[\(index)]",
                "a text that is not empty"
            )
        }
    }
}

/// Which end of a text is cut.
public struct TruncationDirection: RawRepresentable, Hashable, Sendable, JSONConvertible {
    /// The wire's word.
    public var rawValue: String
    /// Makes a direction of the wire's word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The beginning is cut.
    public static var left: Self { Self(rawValue: "left") }
    /// The end is cut.
    public static var right: Self { Self(rawValue: "right") }
}

/// How vectors travel.
public struct EmbeddingEncoding: RawRepresentable, Hashable, Sendable, JSONConvertible {
    /// The wire's word.
    public var rawValue: String
    /// Makes an encoding of the wire's word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// JSON numbers.
    public static var float: Self { Self(rawValue: "float") }
    /// Base64 of little-endian 32-bit floats: a quarter of the bytes, and much faster to read.
    public static var base64: Self { Self(rawValue: "base64") }
}

extension InferenceClient {
    /// Turns `text` into numbers; see ``FeatureExtraction`` for the shapes and the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func featureExtraction(
        _ text: String,
        model: ModelID? = nil,
        normalize: Bool? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> FloatTensor {
        var task = FeatureExtraction(text: text)
        task.normalize = normalize
        return try await run(task, model: model, options: options)
    }

    /// Turns `texts` into numbers; see ``FeatureExtraction`` for the shapes and the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func featureExtraction(
        _ texts: [String],
        model: ModelID? = nil,
        normalize: Bool? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> FloatTensor {
        var task = FeatureExtraction(texts: texts)
        task.normalize = normalize
        return try await run(task, model: model, options: options)
    }
}
