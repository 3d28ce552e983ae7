extension TaskRule {
    /// Sorts texts into a model's labels: word lists for sentiment, shared fields and words for other labels, shared
    /// words of the two texts for rerankers.
    ///
    /// The router's shape: nested, five labels for one text unless `top_k` says otherwise, for several texts the best
    /// label each.
    static let textClassification = TaskRule(
        id: "text-classification",
        label: "Text Classification",
        parameters: .classification + .textCleaning,
        models: [
            Model(
                id: "distilbert/distilbert-base-uncased-finetuned-sst-2-english",
                task: "text-classification",
                labels: ["NEGATIVE", "POSITIVE"]
            ),
            Model(
                id: "cardiffnlp/twitter-roberta-base-sentiment-latest",
                task: "text-classification",
                labels: ["negative", "neutral", "positive"]
            ),
            Model(
                id: "SamLowe/roberta-base-go_emotions",
                task: "text-classification",
                labels: ["admiration", "anger", "curiosity", "joy", "love", "neutral", "sadness", "surprise"]
            ),
            Model(
                id: "AdapterHub/bert-base-uncased-pf-imdb",
                task: "text-classification",
                library: "adapter-transformers",
                labels: ["NEGATIVE", "POSITIVE"]
            ),
            Model(
                id: "BAAI/bge-reranker-v2-m3",
                task: "text-classification",
                tags: ["text-ranking"],
                labels: ["LABEL_0"]
            ),
        ]
    ) { call in
        if let items = call.inputs.items, items.contains(where: { $0.members != nil }) {
            return .json(.array(try items.map { .array([try pair($0, call)]) }), of: call)
        }
        let (texts, isBatch) = try call.texts()
        let count = call.integer("top_k", default: isBatch ? 1 : 5)
        let function = call.parameter("function_to_apply")?.text ?? "softmax"
        return .json(
            .array(
                try texts.map { text in
                    if call.parameter("truncation")?.text == nil { try call.checkWindow(text) }
                    return .array(Scores.ranked(values(text, call.model.labels), function: function, count: count))
                }
            ),
            of: call
        )
    }

    /// The score of a sentence pair, as rerankers give it.
    static func pair(_ item: JSON, _ call: TaskCall) throws(Refusal) -> JSON {
        guard let text = item["text"]?.text else { throw .input("inputs.text") }
        let value = Ranking.value(query: text, document: item["text_pair"]?.text ?? "")
        let raw = call.parameter("function_to_apply")?.text == "none"
        return [
            "label": .string(call.model.labels.first ?? "LABEL_0"),
            "score": .number(Scores.rounded(raw ? value : Scores.sigmoid(value))),
        ]
    }

    private static func values(_ text: String, _ labels: [String]) -> [(label: String, value: Double)] {
        let balance = Sentiment.balance(of: text)
        return labels.map { label in
            switch label.lowercased() {
            case "positive", "joy", "love", "admiration": (label, 1.7 * balance + variety(text, label))
            case "negative", "anger", "sadness": (label, -1.7 * balance + variety(text, label))
            case "neutral": (label, 1.5 - abs(balance))
            case "curiosity", "surprise": (label, text.hasSuffix("?") || text.hasSuffix("!") ? 2 : -1)
            default: (label, 4 * Embedding.similarity(text, label))
            }
        }
    }

    /// A little of the hash, so that no two labels are exactly alike.
    private static func variety(_ text: String, _ label: String) -> Double {
        Double(Hash.fnv1a(text + "/" + label) % 100) / 200
    }
}
