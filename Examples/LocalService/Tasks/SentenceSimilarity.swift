extension TaskRule {
    /// Cosines of vectors, see ``Embedding``, in the order of the sentences; a bare list.
    static let sentenceSimilarity = TaskRule(
        id: "sentence-similarity",
        label: "Sentence Similarity",
        ignoresParameters: true,
        models: [
            Model(
                id: "sentence-transformers/all-MiniLM-L6-v2",
                task: "sentence-similarity",
                library: "sentence-transformers",
                tags: ["feature-extraction"]
            )
        ]
    ) { call in
        guard let source = call.inputs["source_sentence"]?.text else {
            throw Refusal.input("inputs.source_sentence")
        }
        guard let sentences = call.inputs["sentences"]?.texts else { throw Refusal.input("inputs.sentences") }
        let vector = Embedding.vector(of: source)
        return .json(
            .array(sentences.map { .number(Scores.rounded(Embedding.cosine(vector, Embedding.vector(of: $0)))) }),
            of: call
        )
    }
}
