extension TaskRule {
    /// Capitalised words, see ``Names``; offsets count code points.
    ///
    /// Aggregated unless `aggregation_strategy` is `none`; then one entry a word piece (six letters and what is left, with
    /// `##`), with `B-` and `I-`. Adapter models give the pieces' labels under `entity_group`.
    static let tokenClassification = TaskRule(
        id: "token-classification",
        label: "Token Classification",
        parameters: [
            Parameter("aggregation_strategy", .choice(["none", "simple", "first", "average", "max"])),
            Parameter("ignore_labels", .strings), Parameter("stride", .integer(0...Int.max)),
        ],
        models: [
            Model(id: "FacebookAI/xlm-roberta-large-finetuned-conll03-english", task: "token-classification"),
            Model(id: "dslim/bert-base-NER", task: "token-classification"),
            Model(
                id: "AdapterHub/bert-base-conll2003",
                task: "token-classification",
                library: "adapter-transformers"
            ),
        ]
    ) { call in
        let (texts, isBatch) = try call.texts()
        let answers = try texts.map { text in
            if call.parameter("stride") == nil { try call.checkWindow(text) }
            return entities(text, call)
        }
        return .json(isBatch ? .array(answers) : answers[0], of: call)
    }

    private static func entities(_ text: String, _ call: TaskCall) -> JSON {
        let ignored = call.parameter("ignore_labels")?.texts ?? ["O"]
        let names = Names.all(in: text)
        let isAdapter = call.model.library == "adapter-transformers"
        guard isAdapter || call.parameter("aggregation_strategy")?.text == "none" else {
            return .array(names.filter { !ignored.contains($0.kind) }.map { group($0, in: text) })
        }
        let positions = Words.all(in: text).map(\.start)
        var pieces: [JSON] = []
        for name in names {
            for (place, word) in name.words.enumerated() {
                let label = (place == 0 ? "B-" : "I-") + name.kind
                guard !ignored.contains(label) else { continue }
                pieces += split(word, label, index: (positions.firstIndex(of: word.start) ?? 0) + 1, isAdapter)
            }
        }
        return .array(pieces)
    }

    private static func group(_ name: Names.Name, in text: String) -> JSON {
        let scalars = Array(text.unicodeScalars)[name.start..<name.end]
        let word = String(String.UnicodeScalarView(scalars))
        return [
            "entity_group": .string(name.kind), "score": score(word), "word": .string(word),
            "start": .integer(name.start), "end": .integer(name.end),
        ]
    }

    private static func split(_ word: Word, _ label: String, index: Int, _ isAdapter: Bool) -> [JSON] {
        let scalars = Array(word.text.unicodeScalars)
        let cut = isAdapter ? scalars.count : min(6, scalars.count)
        return [0..<cut, cut..<scalars.count].filter { !$0.isEmpty }.enumerated().map { part, range in
            let text = String(String.UnicodeScalarView(scalars[range]))
            let isFirst = part == 0
            var members: [JSON.Member] = [
                .init(
                    key: isAdapter ? "entity_group" : "entity",
                    value: .string(isFirst ? label : "I-" + label.dropFirst(2))
                ),
                .init(key: "score", value: score(text)),
            ]
            if !isAdapter { members.append(.init(key: "index", value: .integer(index + part))) }
            members += [
                .init(key: "word", value: .string(isFirst ? text : "##" + text)),
                .init(key: "start", value: .integer(word.start + range.lowerBound)),
                .init(key: "end", value: .integer(word.start + range.upperBound)),
            ]
            return .object(members)
        }
    }

    private static func score(_ word: String) -> JSON { .number(0.9 + Double(Hash.fnv1a(word) % 1_000) / 10_010) }
}
