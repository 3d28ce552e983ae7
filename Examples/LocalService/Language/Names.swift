/// Names in texts: runs of capitalised words, with offsets in code points.
enum Names {
    struct Name {
        var words: [Word]
        /// `PER`, `LOC`, `ORG` or `MISC`.
        var kind: String

        var start: Int { words.first?.start ?? 0 }
        var end: Int { words.last?.end ?? 0 }
    }

    private static let places: Set<String> = [
        "turin", "graz", "paris", "london", "berlin", "rome", "madrid", "lisbon", "york", "france", "germany", "italy",
        "spain", "europe", "africa", "asia", "america", "washington", "california", "tokyo", "vienna", "amsterdam",
        "zürich",
    ]
    private static let people: Set<String> = [
        "ada", "grace", "alan", "anna", "john", "mary", "sarah", "jessica", "clara", "wolfgang", "omar", "marie",
        "albert",
        "maria", "peter", "paul", "jane", "jörg",
    ]
    private static let companies: Set<String> = [
        "inc", "corp", "ltd", "gmbh", "university", "bank", "company", "google", "microsoft", "apple", "face", "nasa",
        "bbc",
    ]
    private static let placeWords: Set<String> = ["in", "at", "from", "near", "to"]
    private static let kinds: Set<String> = ["english", "french", "german", "spanish", "monday", "december"]
    private static let verbs: Set<String> = [
        "is", "was", "lives", "lived", "works", "said", "has", "met", "went", "and", "won",
    ]

    /// The names of a text.
    ///
    /// The first word of a sentence counts only where it is a known name or more speaks for it: the
    /// next word is capitalised too, or is a verb that people do.
    static func all(in text: String) -> [Name] {
        let words = Words.all(in: text)
        // A sentence may begin with a mark or an emoji; what counts is its first word.
        let starts = Set(
            Words.sentences(in: text).compactMap { sentence in words.first { $0.start >= sentence.start }?.start }
        )
        let scalars = Array(text.unicodeScalars)
        var names: [Name] = []
        var index = 0
        while index < words.count {
            guard isName(index, words, starts) else {
                index += 1
                continue
            }
            var run = [words[index]]
            while index + 1 < words.count, words[index + 1].isCapitalised, !starts.contains(words[index + 1].start),
                scalars[words[index].end..<words[index + 1].start].allSatisfy({ $0 == " " })
            {
                index += 1
                run.append(words[index])
            }
            let before = words.last { $0.end <= (run.first?.start ?? 0) }?.lowercased
            names.append(Name(words: run, kind: kind(of: run, after: before)))
            index += 1
        }
        return names
    }

    private static func isName(_ index: Int, _ words: [Word], _ starts: Set<Int>) -> Bool {
        let word = words[index]
        let lower = word.lowercased
        guard word.isCapitalised, !Words.stopWords.contains(lower), !lower.hasPrefix("i'") else { return false }
        guard starts.contains(word.start) else { return true }
        if places.contains(lower) || people.contains(lower) || companies.contains(lower) { return true }
        guard index + 1 < words.count else { return false }
        return words[index + 1].isCapitalised || verbs.contains(words[index + 1].lowercased)
    }

    private static func kind(of run: [Word], after before: String?) -> String {
        let lower = run.map(\.lowercased)
        if lower.contains(where: companies.contains) { return "ORG" }
        if lower.contains(where: people.contains) { return "PER" }
        if lower.contains(where: places.contains) { return "LOC" }
        if lower.contains(where: kinds.contains) { return "MISC" }
        if run.count == 1, run[0].text.count > 1, run[0].text.allSatisfy(\.isUppercase) { return "ORG" }
        return before.map(placeWords.contains) == true ? "LOC" : "PER"
    }
}
