/// Words heard in recordings.
enum Listening {
    /// A word and when it was said, in seconds.
    struct Heard: Equatable {
        var text: String
        var start: Double
        var end: Double
    }

    private static let window = 0.4
    private static let silence = 0.01
    private static let vocabulary = [
        "and", "the", "water", "rises", "slowly", "over", "an", "old", "stone", "bridge", "where", "two", "roads",
        "meet",
        "good", "evening", "everyone", "we", "begin", "with", "quiet", "weather", "from", "north", "tomorrow", "brings",
        "rain", "then", "sun", "again", "all", "day",
    ]

    static func words(in sound: Sound) -> [Heard] {
        var words: [Heard] = []
        for (index, loudness) in sound.loudness(every: window).enumerated() where loudness > silence {
            let start = Double(index) * window
            let end = min(start + window, sound.duration)
            let pitch = sound.pitch(from: start, to: end)
            let choice = Hash.fnv1a("\(index)/\(pitch / 20)/\(Int(loudness * 20))")
            words.append(
                Heard(
                    text: vocabulary[Int(choice >> 32) % vocabulary.count],
                    start: (start * 100).rounded() / 100,
                    end: (end * 100).rounded() / 100
                )
            )
        }
        return words
    }

    /// The words in phrases: a pause ends one, and so does the sixth word.
    static func phrases(_ words: [Heard]) -> [[Heard]] {
        var phrases: [[Heard]] = []
        for word in words {
            if let last = phrases.last?.last, word.start - last.end < 0.01, (phrases.last?.count ?? 0) < 6 {
                phrases[phrases.count - 1].append(word)
            } else {
                phrases.append([word])
            }
        }
        return phrases
    }
}
