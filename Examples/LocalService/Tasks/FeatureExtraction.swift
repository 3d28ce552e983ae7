extension TaskRule {
    /// Vectors by feature hashing, see ``Embedding``.
    ///
    /// The router's shapes: with sentence-transformers one vector a text, always of length 1; with a plain transformers
    /// model a vector for each token, not pooled, one level less than the pipeline gives. `parameters` and the options at
    /// the root are ignored, as there.
    static let featureExtraction = TaskRule(
        id: "feature-extraction",
        label: "Feature Extraction",
        ignoresParameters: true,
        models: [
            Model(
                id: "microsoft/harrier-oss-v1-0.6b",
                task: "feature-extraction",
                library: "sentence-transformers",
                tags: ["sentence-similarity"]
            ),
            Model(
                id: "intfloat/multilingual-e5-small",
                task: "feature-extraction",
                library: "sentence-transformers",
                tags: ["sentence-similarity"]
            ),
            Model(id: "facebook/bart-base", task: "feature-extraction", window: 1_024),
        ]
    ) { call in
        let (texts, isBatch) = try call.texts()
        for text in texts { try call.checkWindow(text) }
        let answers = texts.map { text in
            call.model.library == "sentence-transformers" ? sentence(text) : tokens(text)
        }
        return .json(isBatch ? .array(answers) : answers[0], of: call)
    }

    private static func sentence(_ text: String) -> JSON { .array(Embedding.vector(of: text).map(JSON.number)) }

    /// A vector of 64 dimensions for each word between the marks of beginning and end.
    static func tokens(_ text: String) -> JSON {
        let words = ["<s>"] + Words.all(in: text).map(\.text) + ["</s>"]
        return .array(words.map { .array(Embedding.vector(of: $0, dimensions: 64).map(JSON.number)) })
    }
}
