extension TaskRule {
    /// How well documents answer a query, see ``Ranking``; scores are sigmoids.
    ///
    /// The router's shape is that of classification: pairs of `text` and `text_pair` give a label each, in their order. The
    /// toolkit's shapes: `query` and `texts` give a list sorted by score, pairs in lists give `scores` in their order.
    static let textRanking = TaskRule(
        id: "text-ranking",
        label: "Text Ranking",
        ignoresParameters: true,
        models: [
            Model(
                id: "cross-encoder/ms-marco-MiniLM-L6-v2",
                task: "text-ranking",
                library: "sentence-transformers",
                tags: ["text-classification"],
                labels: ["LABEL_0"]
            )
        ]
    ) { call in
        if let items = call.inputs.items, items.contains(where: { $0.members != nil }) {
            return .json(.array(try items.map { .array([try TaskRule.pair($0, call)]) }), of: call)
        }
        if let pairs = (call.inputs["sentences"] ?? call.inputs).items {
            let scores = try pairs.map { pair -> JSON in
                guard let texts = pair.texts, texts.count == 2 else {
                    throw Refusal.input("inputs.sentences", "ensure each item has 2 texts")
                }
                return score(Ranking.value(query: texts[0], document: texts[1]))
            }
            return .json(["scores": .array(scores)], of: call)
        }
        guard let query = call.inputs["query"]?.text else { throw Refusal.input("inputs.query") }
        guard let texts = call.inputs["texts"]?.texts else { throw Refusal.input("inputs.texts") }
        let returnsText = (call.inputs["return_documents"] ?? call.inputs["return_text"])?.flag ?? false
        return .json(ranking(query: query, texts: texts, isRaw: false, returnsText: returnsText), of: call)
    }

    /// The list that `/rerank` gives too, best first.
    static func ranking(query: String, texts: [String], isRaw: Bool, returnsText: Bool) -> JSON {
        let values = texts.enumerated().map { ($0.offset, Ranking.value(query: query, document: $0.element)) }
        return .array(
            values.sorted { ($0.1, $1.0) > ($1.1, $0.0) }.map { index, value in
                var members: [JSON.Member] = [
                    .init(key: "index", value: .integer(index)),
                    .init(key: "score", value: isRaw ? .number(Scores.rounded(value)) : score(value)),
                ]
                if returnsText { members.append(.init(key: "text", value: .string(texts[index]))) }
                return .object(members)
            }
        )
    }

    private static func score(_ value: Double) -> JSON { .number(Scores.rounded(Scores.sigmoid(value))) }
}
