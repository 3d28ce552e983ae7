/// A word of a text and where it stands, counted in Unicode code points as Python servers count.
struct Word: Sendable, Hashable {
    var text: String
    var start: Int
    var end: Int

    var lowercased: String { text.lowercased() }
    var isCapitalised: Bool { text.unicodeScalars.first?.properties.isUppercase == true }
}

/// Splitting of texts, shared by the rules.
enum Words {
    /// Runs of letters, digits and inner apostrophes or hyphens.
    static func all(in text: String) -> [Word] {
        let scalars = Array(text.unicodeScalars)
        var words: [Word] = []
        var start: Int?
        for (index, scalar) in scalars.enumerated() {
            let isLetter = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            let joins =
                (scalar == "'" || scalar == "’" || scalar == "-") && start != nil && index + 1 < scalars.count
                && scalars[index + 1].properties.isAlphabetic
            if isLetter || joins {
                start = start ?? index
            } else if let first = start {
                words.append(word(scalars, first, index))
                start = nil
            }
        }
        if let first = start { words.append(word(scalars, first, scalars.count)) }
        return words
    }

    private static func word(_ scalars: [Unicode.Scalar], _ start: Int, _ end: Int) -> Word {
        Word(text: slice(scalars, start, end), start: start, end: end)
    }

    private static func slice(_ scalars: [Unicode.Scalar], _ start: Int, _ end: Int) -> String {
        String(String.UnicodeScalarView(scalars[start..<end]))
    }

    /// The sentences of a text with their ends, trimmed, and their places in code points.
    static func sentences(in text: String) -> [Word] {
        let scalars = Array(text.unicodeScalars)
        var sentences: [Word] = []
        var start = 0
        func close(at end: Int) {
            var first = start
            var last = end
            while first < last, scalars[first].properties.isWhitespace { first += 1 }
            while last > first, scalars[last - 1].properties.isWhitespace { last -= 1 }
            if first < last { sentences.append(word(scalars, first, last)) }
            start = end
        }
        for index in scalars.indices {
            let isLast = index + 1 == scalars.count
            let ends = ".!?。！？".unicodeScalars.contains(scalars[index])
            if scalars[index] == "\n" || ends && (isLast || scalars[index + 1].properties.isWhitespace) {
                close(at: index + 1)
            }
        }
        close(at: scalars.count)
        return sentences
    }

    /// What stands for a model's tokens: each word, every 16 letters of a long one, and each mark that is not a space.
    static func tokenCount(_ text: String) -> Int {
        let words = all(in: text)
        let inWords = words.reduce(0) { $0 + $1.end - $1.start }
        let pieces = words.reduce(0) { $0 + 1 + ($1.end - $1.start - 1) / 16 }
        return pieces + text.unicodeScalars.count { !$0.properties.isWhitespace } - inWords
    }

    /// A word without case and the endings that do not change what it is about.
    static func stem(_ word: String) -> String {
        var stem = word.lowercased()
        for ending in ["'s", "’s", "ing", "ies", "es", "ed", "s", "ly"]
        where stem.hasSuffix(ending) && stem.count > ending.count + 2 {
            stem.removeLast(ending.count)
            if ending == "ies" { stem += "y" }
            break
        }
        return stem
    }

    /// Words that say nothing about what a text is about.
    static let stopWords: Set<String> = [
        "a", "an", "the", "is", "are", "was", "were", "be", "been", "am", "of", "in", "on", "at", "to", "for", "and",
        "or",
        "but", "it", "its", "this", "that", "these", "those", "i", "you", "he", "she", "we", "they", "my", "your",
        "his",
        "her", "our", "their", "me", "him", "us", "them", "with", "from", "by", "as", "do", "does", "did", "what",
        "which",
        "who", "where", "when", "how", "why", "have", "has", "had", "not", "no", "so", "if", "than", "then", "there",
        "will",
        "would", "can", "could", "should", "about", "into", "over", "under", "up", "down", "out", "name", "tell",
        "please",
    ]

    /// The stems of a text's words that say something.
    static func content(of text: String) -> [String] {
        all(in: text).map(\.lowercased).filter { !stopWords.contains($0) }.map(stem)
    }
}
