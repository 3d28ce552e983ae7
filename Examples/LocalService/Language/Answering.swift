/// Answers found in a text.
enum Answering {
    struct Found {
        var text: String
        var start: Int
        var end: Int
        var score: Double
    }

    /// The spans that answer `question`, best first.
    ///
    /// The sentence that shares most with the question is looked at first; in it, "who" wants a name of a person, "where"
    /// a place, "when" and "how many" a number, anything else the longest run of words that the question did not have.
    static func answers(to question: String, in context: String, longest: Int = 15) -> [Found] {
        let asked = Set(Words.content(of: question))
        let kind = Words.all(in: question).lazy.map(\.lowercased).first {
            ["who", "where", "when", "what", "which", "how", "why"].contains($0)
        }
        let scalars = Array(context.unicodeScalars)
        let words = Words.all(in: context)
        let names = Names.all(in: context)
        var found: [Found] = []
        for sentence in Words.sentences(in: context) {
            let inside = words.filter { $0.start >= sentence.start && $0.end <= sentence.end }
            let shared = asked.intersection(inside.map { Words.stem($0.lowercased) }).count
            let share = asked.isEmpty ? 0 : Double(shared) / Double(asked.count)
            func add(_ start: Int, _ end: Int, _ fit: Double) {
                let text = String(String.UnicodeScalarView(scalars[start..<end]))
                let score = min(0.99, 0.05 + 0.45 * share + 0.45 * fit)
                found.append(Found(text: text, start: start, end: end, score: Scores.rounded(score)))
            }
            for name in names where name.start >= sentence.start && name.end <= sentence.end {
                let isAsked = asked.isSuperset(of: name.words.map { Words.stem($0.lowercased) })
                let fits = kind == "who" && name.kind != "LOC" || kind == "where" && name.kind == "LOC"
                if !isAsked { add(name.start, name.end, fits ? 1 : 0.3) }
            }
            for number in inside where number.text.unicodeScalars.allSatisfy({ $0.properties.numericType != nil }) {
                add(number.start, number.end, kind == "when" || kind == "how" ? 1 : 0.2)
            }
            let fresh = inside.split {
                asked.contains(Words.stem($0.lowercased)) || Words.stopWords.contains($0.lowercased)
            }
            for run in fresh.sorted(by: { $0.count > $1.count }).prefix(2) {
                let kept = run.prefix(longest)
                if let first = kept.first, let last = kept.last { add(first.start, last.end, 0.5) }
            }
        }
        return found.sorted { ($0.score, $1.start) > ($1.score, $0.start) }
    }
}
