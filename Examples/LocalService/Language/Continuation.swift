/// Text that goes on: what stands for a language model.
enum Continuation {
    private static let phrases = [
        "in slowly over the flat sand", "and the lamps were lit along the quay", "while the old clock struck seven",
        "as though nothing had happened", "and everyone in the room looked up", "past the mill and the stone bridge",
        "under a sky as pale as paper", "and for a moment it was quiet", "with a basket of apples on one arm",
        "until the last train had gone", "because the map was older than the road", "and the rain stopped at noon",
    ]

    /// The tokens that follow `prompt`, each a word with the space before it: phrases chosen by the hash of the prompt.
    static func tokens(after prompt: String, seed: Int = 0, count: Int) -> [String] {
        var tokens: [String] = []
        var hash = Hash.fnv1a(prompt) &+ UInt64(truncatingIfNeeded: seed)
        while tokens.count < count {
            tokens += split(" " + phrases[Int(hash >> 33) % phrases.count])
            tokens[tokens.count - 1] += hash >> 20 & 1 == 0 ? "." : ","
            hash = hash &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        }
        return Array(tokens.prefix(count))
    }

    /// A text in the pieces that a stream sends: each word with the space before it.
    static func split(_ text: String) -> [String] {
        var pieces: [String] = []
        for character in text {
            if pieces.isEmpty || character.isWhitespace && pieces.last?.last?.isWhitespace != true {
                pieces.append(String(character))
            } else {
                pieces[pieces.count - 1].append(character)
            }
        }
        return pieces
    }
}
