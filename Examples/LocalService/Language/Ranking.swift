/// How well a document answers a query.
enum Ranking {
    /// A raw value around 0: the cosine of the vectors, and the share of the query's content words in the document.
    static func value(query: String, document: String) -> Double {
        let asked = Set(Words.content(of: query))
        let shared =
            asked.isEmpty ? 0 : Double(asked.intersection(Words.content(of: document)).count) / Double(asked.count)
        return 8 * Embedding.similarity(query, document) + 4 * shared - 4
    }
}
