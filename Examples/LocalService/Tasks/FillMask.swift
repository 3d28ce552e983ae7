import Foundation

extension TaskRule {
    /// Words from a list, those first whose vectors are near the sentence and, among them, those of known phrases.
    ///
    /// A list for one mask, a list of lists for several; RoBERTa's tokens begin with a space. No mask is a 400.
    static let fillMask = TaskRule(
        id: "fill-mask",
        label: "Fill-Mask",
        parameters: .topK + [Parameter("targets", .strings)],
        models: [
            Model(id: "google-bert/bert-base-uncased", task: "fill-mask", maskToken: "[MASK]"),
            Model(id: "distilbert/distilroberta-base", task: "fill-mask", maskToken: "<mask>"),
        ]
    ) { call in
        let (texts, isBatch) = try call.texts()
        let answers = try texts.map { text in try fill(text, call) }
        return .json(isBatch ? .array(answers) : answers[0], of: call)
    }

    private static let vocabulary = [
        "capital", "city", "city", "center", "heart", "king", "man", "woman", "world", "day", "night", "time", "house",
        "water", "road", "love", "life", "book", "music", "war", "best", "first", "new", "old", "good", "great", "red",
        "happy", "small", "home",
    ]

    private static func fill(_ text: String, _ call: TaskCall) throws(Refusal) -> JSON {
        let mask = call.model.maskToken ?? "[MASK]"
        let parts = text.components(separatedBy: mask)
        guard parts.count > 1 else { throw Refusal(400, "No mask_token (\(mask)) found on the input") }
        try call.checkWindow(text)
        let lists = (1..<parts.count).map { index in
            let before = parts[..<index].joined(separator: mask)
            let after = parts[index...].joined(separator: mask)
            return candidates(before: before, after: after, call)
        }
        return lists.count == 1 ? lists[0] : .array(lists)
    }

    private static func candidates(before: String, after: String, _ call: TaskCall) -> JSON {
        let targets = call.parameter("targets").map { $0.texts ?? [$0.text ?? ""] }
        let words = targets ?? Array(Set(vocabulary)).sorted()
        let context = Words.content(of: before + " " + after)
        let values = words.map { word -> (label: String, value: Double) in
            let isCapital = word == "capital" && context.contains { Topics.topic(of: $0) == "capital" }
            let near = 6 * Embedding.similarity(context.joined(separator: " "), word)
            return (word, near + (isCapital ? 6 : 0) + Double(Hash.fnv1a(before + word) % 100) / 100)
        }
        let isRoberta = call.model.maskToken == "<mask>"
        let ranked = Scores.ranked(values, count: call.integer("top_k", default: 5))
        return .array(
            ranked.map { entry in
                let word = entry["label"]?.text ?? ""
                let sequence = before + word + after
                return [
                    "score": entry["score"] ?? 0, "token": .integer(Int(Hash.fnv1a(word) % 30_000)),
                    "token_str": .string((isRoberta && before.last == " " ? " " : "") + word),
                    "sequence": .string(isRoberta ? sequence : sequence.lowercased()),
                ]
            }
        )
    }
}
