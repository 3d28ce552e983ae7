/// Answers a question about an image.
///
/// Source: `visual-question-answering` in the Hugging Face task specifications.
public struct VisualQuestionAnswering: CatalogTask {
    /// `visual-question-answering`.
    public static let id: TaskID = "visual-question-answering"
    /// An image and a question.
    public static let input = TaskInputKind.imageAndText
    /// Answers with scores.
    public static let output = "answers"

    /// The image, which goes as base64.
    public var image: Media
    /// The question, not empty.
    public var question: String
    /// The most answers to return, at least 1; `nil` for the server's choice, usually five.
    public var topK: Int?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(image: Media, question: String, topK: Int? = nil) {
        self.image = image
        self.question = question
        self.topK = topK
    }

    /// Makes the task of an image and a question, given apart or as an object of `image` and `question`.
    public init(input: TaskInput) throws {
        self.init(image: try input.medium(key: "image"), question: try input.text(key: "question"))
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [.integer("top_k", \.topK, in: 1...Int.max)]

    /// The answers, in the server's order, which is best first where there are scores.
    public typealias Response = [VisualAnswer]

    /// `{"inputs": {"image": "<base64>", "question": …}}`.
    public func payload() throws -> Payload {
        try InferenceError.require(!question.isEmpty, "question", "a text that is not empty")
        return try .embedding(image, parameters: parametersObject(), field: "image") { image in
            ["image": image, "question": .string(question)]
        }
    }

    /// A list of answers, with scores or without.
    public func response(from reply: Reply) throws -> [VisualAnswer] {
        try reply.json().answers()
    }
}

/// An answer to a question about an image.
public struct VisualAnswer: JSONConvertible, Hashable, Sendable {
    /// The answer.
    public var answer: String
    /// Usually a probability in `0...1`; `nil` for models that generate their answer.
    public var score: Double?
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes an answer.
    public init(answer: String, score: Double? = nil, additional: JSONObject = [:]) {
        self.answer = answer
        self.score = score
        self.additional = additional
    }

    /// Reads `{"score": …, "answer": …}`.
    public init(json: JSONValue) throws {
        let members = try json.members()
        answer = try members.label("answer")
        score = members["score"]?.doubleValue
        additional = members.removing(["answer", "score"])
    }

    /// `{"answer": …, "score": …}`.
    public var json: JSONValue {
        let members: JSONObject = ["answer": .string(answer), "score": .number(orNull: score)]
        return .object(members.merging(additional))
    }
}

extension InferenceClient {
    /// Answers `question` about `image`; see ``VisualQuestionAnswering`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func visualQuestionAnswering(
        _ image: Media,
        question: String,
        model: ModelID? = nil,
        topK: Int? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [VisualAnswer] {
        let task = VisualQuestionAnswering(image: image, question: question, topK: topK)
        return try await run(task, model: model, options: options)
    }
}
