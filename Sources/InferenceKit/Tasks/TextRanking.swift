/// Sorts texts by how well they answer a query; also called reranking.
///
/// Each server wants another form. A router and plain Transformers endpoints take pairs of texts to classify, which is
/// the form sent by default; `/rerank` of text-embeddings-inference and of OpenAI-compatible servers is used when the
/// call's target is such a server. All answers become one shape.
///
/// The catalog has no schema for the task; the parameters are those of the servers.
public struct TextRanking: CatalogTask {
    /// `text-ranking`.
    public static let id: TaskID = "text-ranking"
    /// A query and texts.
    public static let input = TaskInputKind.object
    /// The texts with scores, best first.
    public static let output = "ranking"

    /// How the query and the texts stand in Hugging Face's own form.
    public struct Form: RawRepresentable, Hashable, Sendable {
        /// The word.
        public var rawValue: String
        /// Makes a form of a word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Pairs to classify, for models that are served as text classification: `[{"text": …, "text_pair": …}, …]`.
        public static var pairs: Self { Self(rawValue: "pairs") }
        /// `{"query": …, "texts": […]}`, for endpoints of the task text-ranking.
        public static var query: Self { Self(rawValue: "query") }
        /// `{"sentences": [[…, …], …]}`, for such endpoints, too; the answer has scores only.
        public static var sentences: Self { Self(rawValue: "sentences") }
    }

    /// What is looked for.
    public var query: String
    /// The texts to sort, at least one.
    public var texts: [String]
    /// The form for servers that take Hugging Face's; others have one form only.
    public var form: Form = .pairs
    /// Whether scores are the model's raw outputs; `nil` for the server's choice, mostly no: in `0...1`.
    public var rawScores: Bool?
    /// Whether texts longer than the model's window are cut; `nil` for the server's choice, which may be an error.
    public var truncate: Bool?
    /// Which end is cut, for text-embeddings-inference; `nil` for the end of the text.
    public var truncationDirection: TruncationDirection?
    /// The most texts to return, at least 1; `nil` for all.
    ///
    /// Applied here, too, where the server does not know it.
    public var topN: Int?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(query: String, texts: [String], topN: Int? = nil, form: Form = .pairs) {
        self.query = query
        self.texts = texts
        self.topN = topN
        self.form = form
    }

    /// Makes the task of an object with `query` and `texts` or `documents`, or of texts of which the first is the query.
    public init(input: TaskInput) throws {
        if input.json == nil, let query = input.texts.first {
            self.init(query: query, texts: Array(input.texts.dropFirst()))
            return
        }
        let members = try input.object()
        guard let query = members["query"]?.stringValue else {
            throw InferenceError.invalidInput("inputs.query", expected: "a text")
        }
        guard let texts = (members["texts"] ?? members["documents"]).flatMap({ try? [String](json: $0) }) else {
            throw InferenceError.invalidInput("inputs.texts", expected: "a list of texts")
        }
        self.init(query: query, texts: texts)
    }

    /// What the servers take, by text-embeddings-inference's names.
    public static let parameters: [TaskParameter<Self>] = [
        .boolean("raw_scores", \.rawScores),
        .boolean("truncate", \.truncate),
        TaskParameter("truncation_direction", \.truncationDirection, "a text: \"left\" or \"right\""),
        .integer("top_n", \.topN, in: 1...Int.max),
    ]

    /// The texts, best first.
    public typealias Response = [RankedText]

    /// `{"inputs": …}` in the ``form``; the parameters by the names that such servers know.
    public func payload() throws -> Payload {
        try check()
        var parameters = try parametersObject()
        let inputs: JSONValue
        switch form {
        case .query:
            inputs = ["query": .string(query), "texts": texts.json]
        case .sentences:
            inputs = ["sentences": .array(texts.map { [.string(query), .string($0)] })]
        default:
            inputs = .array(texts.map { ["text": .string(query), "text_pair": .string($0)] })
            // A classifier's own words for the same. The cut is done here, since its pipeline would refuse the name.
            parameters = parameters.removing(["raw_scores", "truncate", "top_n"])
            if let rawScores { parameters["function_to_apply"] = rawScores ? "none" : "sigmoid" }
            if let truncate { parameters["truncation"] = .bool(truncate) }
        }
        return .inputs(inputs, parameters: parameters)
    }

    /// Every form of a ranking: `index` with `score` or `relevance_score`, labels or numbers in the texts' order.
    public func response(from reply: Reply) throws -> [RankedText] {
        let json = try reply.json()
        let answer = json["results"] ?? json["data"] ?? json["scores"] ?? json
        let ranked = try indexed(answer) ?? inOrder(answer)
        let sorted = ranked.bestFirst(by: \.score)
        return topN.map { Array(sorted.prefix($0)) } ?? sorted
    }

    /// Checks what every form needs.
    func check() throws {
        try InferenceError.require(!query.isEmpty, "query", "a text that is not empty")
        try InferenceError.require(!texts.isEmpty, "texts", "at least one text")
        for (index, text) in texts.enumerated() {
            try InferenceError.require(!text.isEmpty, "texts[\(index)]", "a text that is not empty")
        }
    }

    /// A list whose elements say which text they are about; `nil` when they do not.
    private func indexed(_ answer: JSONValue) throws -> [RankedText]? {
        var answer = answer
        if case .array(let outer) = answer, outer.count == 1, case .array = outer[0] { answer = outer[0] }
        guard case .array(let values) = answer, values.contains(where: { $0["index"] != nil }) else { return nil }
        var seen: Set<Int> = []
        return try values.map { value in
            let members = try value.members()
            guard let index = members["index"]?.intValue, texts.indices.contains(index), seen.insert(index).inserted
            else {
                throw JSONMismatch(expected: "the index of one of \(texts.count) texts, each once", found: value)
            }
            return RankedText(
                index: index,
                score: (members["score"] ?? members["relevance_score"])?.doubleValue,
                text: texts[index],
                additional: members.removing(["index", "score", "relevance_score", "text", "document"])
            )
        }
    }

    /// One answer for each text: a number, a label, or a list of labels of which the best counts.
    private func inOrder(_ answer: JSONValue) throws -> [RankedText] {
        let parts = try TextClassification.parts(of: answer, count: texts.count)
        return try zip(texts.indices, parts).map { index, part in
            let part = part.unwrappingListOfOne()
            switch part {
            case .number, .null:
                return RankedText(index: index, score: part.doubleValue, text: texts[index])
            default:
                let score = try ClassificationLabel.list(from: part).best?.score
                return RankedText(index: index, score: score, text: texts[index])
            }
        }
    }
}

/// A text, and how well it answers a query.
public struct RankedText: JSONConvertible, Hashable, Sendable {
    /// The text's place among those that were sent.
    public var index: Int
    /// The higher, the better, in `0...1` unless raw scores were asked for; `nil` when the server sent none.
    public var score: Double?
    /// The text as it was sent.
    public var text: String
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes a ranked text.
    public init(index: Int, score: Double?, text: String, additional: JSONObject = [:]) {
        self.index = index
        self.score = score
        self.text = text
        self.additional = additional
    }

    /// Reads `{"index": …, "score": …, "text": …}`.
    public init(json: JSONValue) throws {
        let members = try json.members()
        index = try members.decode("index")
        score = members["score"]?.doubleValue
        text = members["text"]?.stringValue ?? ""
        additional = members.removing(["index", "score", "text"])
    }

    /// `{"index": …, "score": …, "text": …}`.
    public var json: JSONValue {
        let members: JSONObject = ["index": index.json, "score": .number(orNull: score), "text": .string(text)]
        return .object(members.merging(additional))
    }
}

extension InferenceClient {
    /// Sorts `texts` by how well they answer `query`, best first; see ``TextRanking`` for forms and parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func textRanking(
        query: String,
        texts: [String],
        model: ModelID? = nil,
        topN: Int? = nil,
        form: TextRanking.Form = .pairs,
        options: CallOptions = CallOptions()
    ) async throws -> [RankedText] {
        let task = TextRanking(query: query, texts: texts, topN: topN, form: form)
        return try await run(task, model: model, options: options)
    }
}
