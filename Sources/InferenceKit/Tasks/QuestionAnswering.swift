/// Finds the answer to a question in a text.
///
/// The answer is a part of the text, never words of the model's own.
///
/// Source: `question-answering` in the Hugging Face task specifications.
public struct QuestionAnswering: BatchableTask {
    /// `question-answering`.
    public static let id: TaskID = "question-answering"
    /// A question and a text.
    public static let input = TaskInputKind.object
    /// Parts of the text, with scores.
    public static let output = "answers"

    /// The question.
    public var question: String
    /// The text that holds the answer.
    public var context: String
    /// The most answers, at least 1; `nil` for one.
    public var topK: Int?
    /// By how many tokens the parts of a long text overlap, at least 0; `nil` for the server's choice, usually 128.
    public var docStride: Int?
    /// The most tokens of an answer, at least 1; `nil` for the server's choice, usually 15.
    public var maxAnswerLength: Int?
    /// The most tokens of question and text together in one part, at least 1; `nil` for the server's choice, usually 384.
    public var maxSequenceLength: Int?
    /// To how many tokens the question is cut, at least 1; `nil` for the server's choice, usually 64.
    public var maxQuestionLength: Int?
    /// Whether the model may say that the text has no answer, which is then empty; `nil` for no.
    public var handlesImpossibleAnswer: Bool?
    /// Whether answers are made of whole words; `nil` for yes.
    ///
    /// No is better for languages without spaces.
    public var alignsToWords: Bool?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(question: String, context: String, topK: Int? = nil) {
        self.question = question
        self.context = context
        self.topK = topK
    }

    /// Makes the task of an object with `question` and `context`.
    public init(input: TaskInput) throws {
        // Apart, the two texts come in the order in which people name them.
        if input.json == nil, input.texts.count == 2 {
            self.init(question: input.texts[0], context: input.texts[1])
            return
        }
        let members = try input.object()
        guard let question = members["question"]?.stringValue else {
            throw InferenceError.invalidInput("inputs.question", expected: "a text")
        }
        self.init(question: question, context: try input.text(key: "context"))
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        .integer("top_k", \.topK, in: 1...Int.max),
        .integer("doc_stride", \.docStride, in: 0...Int.max),
        .integer("max_answer_len", \.maxAnswerLength, in: 1...Int.max),
        .integer("max_seq_len", \.maxSequenceLength, in: 1...Int.max),
        .integer("max_question_len", \.maxQuestionLength, in: 1...Int.max),
        .boolean("handle_impossible_answer", \.handlesImpossibleAnswer),
        .boolean("align_to_words", \.alignsToWords),
    ]

    /// Answers, best first.
    public typealias Response = [ExtractedAnswer]

    /// `{"inputs": {"question": "…", "context": "…"}, "parameters": {…}}`.
    public func payload() throws -> Payload {
        .inputs(try batchInput(), parameters: try parametersObject())
    }

    /// The question and the text.
    public func batchInput() throws -> JSONValue {
        try InferenceError.require(!question.isEmpty, "question", "a text that is not empty")
        try InferenceError.require(!context.isEmpty, "context", "a text that is not empty")
        return ["question": .string(question), "context": .string(context)]
    }

    /// One object, a list, or a list in a list; best first.
    public func response(from reply: Reply) throws -> [ExtractedAnswer] {
        try response(json: reply.json())
    }

    /// One object, a list, or a list in a list; best first.
    public func response(json: JSONValue) throws -> [ExtractedAnswer] {
        var json = json
        while case .array(let outer) = json, outer.count == 1, case .array = outer[0] { json = outer[0] }
        guard case .array(let values) = json else { return [try ExtractedAnswer(json: json)] }
        return try values.map { try ExtractedAnswer(json: $0) }.bestFirst(by: \.score)
    }
}

/// A part of a text that answers a question.
public struct ExtractedAnswer: JSONConvertible, TextSpan, Hashable, Sendable {
    /// The answer; empty when the model says that there is none.
    public var answer: String
    /// The probability in `0...1`; `nil` when the server sent none.
    public var score: Double?
    /// Where it begins in the context, in code points; `nil` when the server did not say.
    public var start: Int?
    /// Where it ends in the context, in code points; `nil` when the server did not say.
    public var end: Int?
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Whether the model says that the text has no answer.
    public var isImpossible: Bool { answer.isEmpty }

    /// Makes an answer.
    public init(
        answer: String,
        score: Double?,
        start: Int? = nil,
        end: Int? = nil,
        additional: JSONObject = [:]
    ) {
        self.answer = answer
        self.score = score
        self.start = start
        self.end = end
        self.additional = additional
    }

    /// Reads `{"answer": …, "score": …, "start": …, "end": …}`.
    public init(json: JSONValue) throws {
        let members = try json.members()
        answer = try members.label("answer")
        score = members["score"]?.doubleValue
        start = members["start"]?.intValue
        end = members["end"]?.intValue
        additional = members.removing(["answer", "score", "start", "end"])
    }

    /// `{"answer": …, "score": …, "start": …, "end": …}`.
    public var json: JSONValue {
        let members: JSONObject = [
            "answer": .string(answer), "score": .number(orNull: score), "start": start.json, "end": end.json,
        ]
        return .object(members.merging(additional))
    }
}

extension InferenceClient {
    /// Finds the answer to `question` in `context`, best first; see ``QuestionAnswering`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func questionAnswering(
        question: String,
        context: String,
        model: ModelID? = nil,
        topK: Int? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [ExtractedAnswer] {
        let task = QuestionAnswering(question: question, context: context, topK: topK)
        return try await run(task, model: model, options: options)
    }

    /// Finds the answer to each of `questions` in `context`, in one call; the answers are in the questions' order.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func questionAnswering(
        questions: [String],
        context: String,
        model: ModelID? = nil,
        topK: Int? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [[ExtractedAnswer]] {
        let members = questions.map { QuestionAnswering(question: $0, context: context, topK: topK) }
        return try await run(Batch(members), model: model, options: options)
    }
}
