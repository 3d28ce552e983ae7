/// Summaries: what a text begins with.
enum Summary {
    /// The first sentences that fit in `most` tokens, more of them until there are `least`; a first sentence that does not
    /// fit is cut after a word.
    static func of(_ text: String, most: Int, least: Int) -> String {
        var summary: [String] = []
        var count = 0
        for sentence in Words.sentences(in: text) {
            let length = Words.tokenCount(sentence.text)
            if count + length > most {
                if summary.isEmpty {
                    let words = sentence.text.split(separator: " ").prefix(max(1, most))
                    summary.append(words.joined(separator: " "))
                }
                break
            }
            summary.append(sentence.text)
            count += length
            if summary.count >= 2, count >= least { break }
        }
        return summary.joined(separator: " ")
    }
}
