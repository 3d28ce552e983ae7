extension TaskRule {
    /// Does what the text before the first colon asks for: translate or summarize; anything else is answered as in a chat.
    ///
    /// A list of one, without the prompt.
    static let textToTextGeneration = TaskRule(
        id: "text2text-generation",
        label: "Text2Text Generation",
        parameters: .generation + .textCleaning,
        models: [Model(id: "google/flan-t5-base", task: "text2text-generation")]
    ) { call in
        let (texts, isBatch) = try call.texts()
        let answers = texts.map { text in JSON.array([["generated_text": .string(reply(text))]]) }
        return .json(isBatch ? .array(answers) : answers[0], of: call)
    }

    private static func reply(_ text: String) -> String {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return Conversation.reply(to: text) }
        let order = Set(Words.all(in: String(parts[0])).map(\.lowercased))
        let rest = String(parts[1].drop { $0.isWhitespace })
        if order.contains("translate") {
            let language = ["french", "german", "spanish"].first(where: order.contains) ?? "french"
            return PhraseBook.translate(rest, to: String(language.prefix(2)).replacing("ge", with: "de"))
        }
        if order.contains("summarize") || order.contains("summarise") { return Summary.of(rest, most: 40, least: 0) }
        return Conversation.reply(to: rest)
    }
}
