extension TaskRule {
    /// The nearness of the text's vector to each label's, see ``Embedding``.
    ///
    /// The router's shapes: a list of labels for one text, a list of `sequence`, `labels`, `scores` for a list of texts.
    static let zeroShotClassification = TaskRule(
        id: "zero-shot-classification",
        label: "Zero-Shot Classification",
        parameters: [
            Parameter("candidate_labels", .strings), Parameter("candidateLabels", .strings),
            Parameter("multi_label", .flag), Parameter("hypothesis_template", .string),
        ],
        models: [Model(id: "facebook/bart-large-mnli", task: "zero-shot-classification", window: 1_024)]
    ) { call in
        let labels = try call.candidateLabels()
        if let template = call.parameter("hypothesis_template")?.text, !template.contains("{}") {
            throw Refusal(
                400,
                "The provided hypothesis_template \"\(template)\" was not able to be formatted with the target labels. Make"
                    + " sure the passed template includes formatting syntax such as {} where the label should go."
            )
        }
        let (texts, isBatch) = try call.texts()
        let function = call.flag("multi_label") || labels.count == 1 ? "sigmoid" : "softmax"
        let answers = try texts.map { text in
            try call.checkWindow(text)
            let vector = Embedding.vector(of: text)
            let values = labels.map { label in
                (label: label, value: 12 * Embedding.cosine(vector, Embedding.vector(of: label)) - 1)
            }
            return (text, Scores.ranked(values, function: function, count: labels.count))
        }
        guard isBatch else { return .json(.array(answers[0].1), of: call) }
        return .json(
            .array(
                answers.map { text, ranked in
                    [
                        "sequence": .string(text), "labels": .array(ranked.compactMap { $0["label"] }),
                        "scores": .array(ranked.compactMap { $0["score"] }),
                    ]
                }
            ),
            of: call
        )
    }
}
