extension TaskRule {
    /// Looks words up in a small dictionary, see ``PhraseBook``; what it does not know stays as it is.
    ///
    /// Models that know many languages want both codes, their own way of writing them (`en_XX`, `eng_Latn`); others
    /// translate into French unless told. A list, also for one text.
    static let translation = TaskRule(
        id: "translation",
        label: "Translation",
        parameters: .generation + .textCleaning + [Parameter("src_lang", .string), Parameter("tgt_lang", .string)],
        models: [
            Model(id: "google-t5/t5-small", task: "translation"),
            Model(id: "facebook/mbart-large-50-many-to-many-mmt", task: "translation", tags: ["multilingual"]),
        ]
    ) { call in
        let (texts, _) = try call.texts()
        let source = call.parameter("src_lang")?.text
        let target = call.parameter("tgt_lang")?.text
        if call.model.tags.contains("multilingual"), source == nil || target == nil {
            throw Refusal(400, "Translation requires a `src_lang` and a `tgt_lang` for this model")
        }
        for (name, language) in [("src_lang", source), ("tgt_lang", target)] {
            if let language, !PhraseBook.knows(language) {
                throw Refusal(400, "'\(language)' is not a language of this model: received `\(name)` in `parameters`")
            }
        }
        return .json(
            .array(
                try texts.map { text in
                    try call.checkWindow(text)
                    let translated = PhraseBook.translate(text, from: source, to: target ?? "fr")
                    return ["translation_text": .string(translated)]
                }
            ),
            of: call
        )
    }
}
