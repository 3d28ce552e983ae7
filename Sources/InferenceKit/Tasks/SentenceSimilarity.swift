/// Tells how alike in meaning sentences are to another one.
///
/// Source: `sentence-similarity` in the Hugging Face task specifications, which has no parameters; those here are
/// text-embeddings-inference's.
public struct SentenceSimilarity: CatalogTask {
    /// `sentence-similarity`.
    public static let id: TaskID = "sentence-similarity"
    /// A sentence, and those to compare it with.
    public static let input = TaskInputKind.object
    /// One number for each sentence.
    public static let output = "numbers"

    /// The sentence that the others are compared with.
    public var sourceSentence: String
    /// The sentences to compare, at least one.
    public var sentences: [String]
    /// Whether sentences longer than the model's window are cut; `nil` for the server's choice.
    ///
    /// This and the following parameters are for text-embeddings-inference; other servers refuse or ignore them.
    public var truncate: Bool?
    /// Which end is cut; `nil` for the end of the sentence.
    public var truncationDirection: TruncationDirection?
    /// The prompt of the model's own configuration that is put before each sentence; `nil` for none.
    public var promptName: String?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(sourceSentence: String, sentences: [String]) {
        self.sourceSentence = sourceSentence
        self.sentences = sentences
    }

    /// Makes the task of an object with `source_sentence` and `sentences`, or of texts of which the first is the source.
    public init(input: TaskInput) throws {
        if input.json == nil, let source = input.texts.first {
            self.init(sourceSentence: source, sentences: Array(input.texts.dropFirst()))
            return
        }
        let members = try input.object()
        guard let source = members["source_sentence"]?.stringValue else {
            throw InferenceError.invalidInput("inputs.source_sentence", expected: "a text")
        }
        guard let sentences = members["sentences"].flatMap({ try? [String](json: $0) }) else {
            throw InferenceError.invalidInput("inputs.sentences", expected: "a list of texts")
        }
        self.init(sourceSentence: source, sentences: sentences)
    }

    /// What text-embeddings-inference takes.
    public static let parameters: [TaskParameter<Self>] = [
        .boolean("truncate", \.truncate),
        TaskParameter("truncation_direction", \.truncationDirection, "a text: \"left\" or \"right\""),
        .text("prompt_name", \.promptName),
    ]

    /// Mostly the cosine, in `-1...1`, one for each sentence in their order; `nan` where the server could not tell.
    public typealias Response = [Double]

    /// `{"inputs": {"source_sentence": "…", "sentences": ["…"]}}`.
    public func payload() throws -> Payload {
        try InferenceError.require(!sourceSentence.isEmpty, "sourceSentence", "a text that is not empty")
        try InferenceError.require(!sentences.isEmpty, "sentences", "at least one sentence")
        for (index, sentence) in sentences.enumerated() {
            try InferenceError.require(!sentence.isEmpty, "sentences[\(index)]", "a text that is not empty")
        }
        return .inputs(
            ["source_sentence": .string(sourceSentence), "sentences": sentences.json],
            parameters: try parametersObject()
        )
    }

    /// A list of numbers, bare, as the member `similarities`, or in a list of one.
    public func response(from reply: Reply) throws -> [Double] {
        var json = try reply.json()
        if let similarities = json["similarities"] { json = similarities }
        if case .array(let outer) = json, outer.count == 1, case .array = outer[0] { json = outer[0] }
        let values = try json.elements()
        guard values.count == sentences.count else {
            throw JSONMismatch(expected: "\(sentences.count) numbers", found: "a list of \(values.count)")
        }
        return try values.enumerated().map { index, value in
            if value.isNull { return .nan }
            guard let number = value.doubleValue else {
                throw JSONMismatch(expected: "a number", found: value).at(index)
            }
            return number
        }
    }

    /// The sentences' places from the most alike to the least.
    ///
    /// - Parameter similarities: What the task has answered.
    /// - Returns: Indices of ``sentences``; of equals the earlier is first, and those without a number come last.
    public static func ranking(of similarities: [Double]) -> [Int] {
        similarities.indices.map { $0 }.bestFirst { similarities[$0].isNaN ? nil : similarities[$0] }
    }
}

extension InferenceClient {
    /// Tells how alike each of `sentences` is to `source`, in their order; see ``SentenceSimilarity``.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func sentenceSimilarity(
        _ source: String,
        to sentences: [String],
        model: ModelID? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [Double] {
        let task = SentenceSimilarity(sourceSentence: source, sentences: sentences)
        return try await run(task, model: model, options: options)
    }
}
