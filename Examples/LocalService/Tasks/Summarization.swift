extension TaskRule {
    /// The first sentences, at most two, within `max_length` tokens (60 by default); see ``Summary``.
    ///
    /// A list even for one text.
    static let summarization = TaskRule(
        id: "summarization",
        label: "Summarization",
        parameters: .generation + .textCleaning,
        models: [
            Model(id: "facebook/bart-large-cnn", task: "summarization", window: 1_024),
            Model(
                id: "AdapterHub/bart-base-cnn",
                task: "summarization",
                library: "adapter-transformers",
                window: 1_024
            ),
        ]
    ) { call in
        let (texts, _) = try call.texts()
        let least = call.integer("min_length", default: 0)
        let most = call.integer("max_length", default: call.integer("max_new_tokens", default: max(60, least)))
        guard least <= most else {
            throw Refusal.parameter("min_length", "min_length should be smaller than max_length")
        }
        return .json(
            .array(
                try texts.map { text in
                    if call.parameter("truncation") == nil { try call.checkWindow(text) }
                    return ["summary_text": .string(Summary.of(text, most: most, least: least))]
                }
            ),
            of: call
        )
    }
}
