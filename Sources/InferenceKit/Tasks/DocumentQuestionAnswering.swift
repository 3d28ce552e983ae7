/// Answers a question about the image of a document.
///
/// Source: `document-question-answering` in the Hugging Face task specifications.
public struct DocumentQuestionAnswering: CatalogTask {
    /// `document-question-answering`.
    public static let id: TaskID = "document-question-answering"
    /// An image and a question.
    public static let input = TaskInputKind.imageAndText
    /// Answers with the words they consist of.
    public static let output = "answers"

    /// The image of the document, which goes as base64.
    public var image: Media
    /// The question, not empty.
    public var question: String
    /// How many tokens the pieces of a long document overlap, at least 1; `nil` for the server's choice, usually 128.
    public var docStride: Int?
    /// Whether "no answer" may be the answer; `nil` for the server's choice, which is no.
    public var handleImpossibleAnswer: Bool?
    /// The language in which the document is read, such as `deu`; `nil` for English.
    public var lang: String?
    /// The most words of an answer, at least 1; `nil` for the server's choice, usually 15.
    public var maxAnswerLen: Int?
    /// The most tokens of question and document in one piece, at least 1; `nil` for the server's choice, usually 384.
    public var maxSeqLen: Int?
    /// The most tokens of the question, at least 1, the rest being cut; `nil` for the server's choice, usually 64.
    public var maxQuestionLen: Int?
    /// The most answers to return, at least 1; `nil` for the server's choice, usually one.
    public var topK: Int?
    /// The words of the document and where they are; `nil` to have the server read the document.
    public var wordBoxes: [WordBox]?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(image: Media, question: String) {
        self.image = image
        self.question = question
    }

    /// Makes the task of an image and a question, given apart or as an object of `image` and `question`.
    public init(input: TaskInput) throws {
        self.init(image: try input.medium(key: "image"), question: try input.text(key: "question"))
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        .integer("doc_stride", \.docStride, in: 1...Int.max),
        .boolean("handle_impossible_answer", \.handleImpossibleAnswer),
        .text("lang", \.lang),
        .integer("max_answer_len", \.maxAnswerLen, in: 1...Int.max),
        .integer("max_seq_len", \.maxSeqLen, in: 1...Int.max),
        .integer("max_question_len", \.maxQuestionLen, in: 1...Int.max),
        .integer("top_k", \.topK, in: 1...Int.max),
        TaskParameter("word_boxes", \.wordBoxes, "a list of words and of boxes of four numbers 0…1000") { boxes in
            boxes.allSatisfy(\.isWithinLimits)
        },
    ]

    /// The answers, in the server's order, which is best first where there are scores.
    public typealias Response = [DocumentAnswer]

    /// `{"inputs": {"image": "<base64>", "question": …}, "parameters": {…}}`.
    public func payload() throws -> Payload {
        try InferenceError.require(!question.isEmpty, "question", "a text that is not empty")
        return try .embedding(image, parameters: parametersObject(), field: "image") { image in
            ["image": image, "question": .string(question)]
        }
    }

    /// A list of answers, or one alone; models that generate send only `answer`.
    public func response(from reply: Reply) throws -> [DocumentAnswer] {
        try reply.json().answers()
    }
}

/// A word of a document, the place of one, or both.
///
/// The schema lists words and boxes one after the other; the transformers pipeline wants pairs of both.
public struct WordBox: JSONConvertible, Hashable, Sendable {
    /// What is sent.
    public let json: JSONValue

    /// Reads a text, a box of four numbers, or a pair of both.
    public init(json: JSONValue) throws {
        switch json {
        case .string: break
        case .array(let elements) where Self.isBox(elements): break
        case .array(let elements) where elements.count == 2 && elements[0].stringValue != nil:
            guard case .array(let box) = elements[1], Self.isBox(box) else { fallthrough }
        default: throw JSONMismatch(expected: "a word, a box of four numbers, or a pair of both", found: json)
        }
        self.json = json
    }

    private init(unchecked json: JSONValue) { self.json = json }

    /// A word.
    public static func word(_ word: String) -> Self { Self(unchecked: .string(word)) }

    /// The place of a word, in thousandths of the document's width and height.
    public static func box(_ box: BoundingBox) -> Self { Self(unchecked: box.corners) }

    /// A word and its place, in thousandths of the document's width and height.
    public static func word(_ word: String, in box: BoundingBox) -> Self {
        Self(unchecked: [.string(word), box.corners])
    }

    private static func isBox(_ elements: [JSONValue]) -> Bool {
        elements.count == 4 && elements.allSatisfy { $0.doubleValue != nil }
    }

    /// Whether all numbers are in 0…1000.
    var isWithinLimits: Bool {
        guard case .array(let elements) = json else { return true }
        let numbers = elements.count == 2 ? elements[1].arrayValue ?? [] : elements
        return numbers.allSatisfy { (0...1000).contains($0.doubleValue ?? .nan) }
    }
}

extension BoundingBox {
    /// The edges as a list: left, top, right, bottom.
    fileprivate var corners: JSONValue { .array([xMin, yMin, xMax, yMax].map { .number(wholeIfPossible: $0) }) }
}

/// An answer to a question about a document.
public struct DocumentAnswer: JSONConvertible, Hashable, Sendable {
    /// The answer.
    public var answer: String
    /// Usually a probability in `0...1`; `nil` for models that generate their answer.
    public var score: Double?
    /// The index of the answer's first word among the words of the document, not a character; `nil` for models that
    /// generate their answer.
    public var start: Int?
    /// The index of the answer's last word, itself included.
    public var end: Int?
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes an answer.
    public init(
        answer: String,
        score: Double? = nil,
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

    /// Reads `{"score": …, "answer": …, "start": …, "end": …}`, of which only the answer must be there.
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

    /// The indices of the answer's words; `nil` when the server sent none, or none that make sense.
    public var words: ClosedRange<Int>? {
        guard let start, let end, start >= 0, start <= end else { return nil }
        return start...end
    }
}

extension InferenceClient {
    /// Answers `question` about the document in `image`; see ``DocumentQuestionAnswering`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func documentQuestionAnswering(
        _ image: Media,
        question: String,
        model: ModelID? = nil,
        topK: Int? = nil,
        lang: String? = nil,
        wordBoxes: [WordBox]? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [DocumentAnswer] {
        var task = DocumentQuestionAnswering(image: image, question: question)
        task.topK = topK
        task.lang = lang
        task.wordBoxes = wordBoxes
        return try await run(task, model: model, options: options)
    }
}
