/// Whether a text sounds pleased: by word lists, with "not" turning the next words around.
enum Sentiment {
    private static let good = words(
        """
        good great excellent wonderful love loved lovely like liked enjoy enjoyed happy best amazing fantastic awesome nice
        pleased perfect brilliant superb delightful beautiful glad thanks thank recommend fun impressive fast helpful
        """
    )
    private static let bad = words(
        """
        bad terrible awful horrible hate hated dislike worst poor sad angry boring disappointing disappointed broken slow
        late useless ugly wrong fail failed failure annoying waste dreadful mediocre never unhappy rude dirty
        """
    )
    private static let negations = words("not no never don't doesn't didn't isn't wasn't won't can't hardly n't")

    private static func words(_ list: String) -> Set<String> { Set(list.split { $0.isWhitespace }.map(String.init)) }

    /// Good words less bad words; a negation turns the three words after it around.
    static func balance(of text: String) -> Double {
        var balance = 0.0
        var turned = 0
        for word in Words.all(in: text).map(\.lowercased) {
            let plain = word.replacing("’", with: "'")
            let value: Double = good.contains(plain) ? 1 : bad.contains(plain) ? -1 : 0
            balance += turned > 0 ? -value : value
            turned = negations.contains(plain) ? 3 : max(0, turned - 1)
        }
        return balance
    }
}
