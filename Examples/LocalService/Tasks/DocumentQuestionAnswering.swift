extension TaskRule {
    /// Looks in the words of `word_boxes` for one that the question has too, and answers with the word after it; without
    /// them it reads a made-up invoice, whose number comes from the file's hash.
    ///
    /// A list; `start` and `end` are indices of words. Donut gives `answer` alone.
    static let documentQuestionAnswering = TaskRule(
        id: "document-question-answering",
        label: "Document Question Answering",
        medium: .image,
        takesRaw: false,
        parameters: .topK + [
            Parameter("doc_stride", .integer(0...Int.max)), Parameter("max_answer_len", .integer(1...Int.max)),
            Parameter("max_seq_len", .integer(1...Int.max)), Parameter("max_question_len", .integer(1...Int.max)),
            Parameter("handle_impossible_answer", .flag), Parameter("lang", .string),
            Parameter("word_boxes", .anything),
        ],
        models: [
            Model(id: "impira/layoutlm-invoices", task: "document-question-answering"),
            Model(
                id: "naver-clova-ix/donut-base-finetuned-docvqa",
                task: "document-question-answering",
                tags: ["donut"]
            ),
        ]
    ) { call in
        guard let question = (call.inputs["question"] ?? call.root["question"])?.text, !question.isEmpty else {
            throw Refusal.input("inputs.question")
        }
        let picture = try call.picture()
        let read = (call.parameter("word_boxes")?.items ?? []).compactMap { $0.text ?? $0.items?.first?.text }
        let words = read.isEmpty ? invoice(picture) : read
        let asked = Set(Words.content(of: question))
        let hits = words.indices.dropLast().filter { index in
            asked.contains(Words.stem(words[index].filter { $0.isLetter }))
        }
        // The last of several words of the question that stand together is the one before the answer.
        let places = hits.filter { !hits.contains($0 + 1) }.map { $0 + 1 }
        var answers = (places.isEmpty ? [words.count - 1] : places).enumerated().map { rank, place -> JSON in
            guard !call.model.tags.contains("donut") else { return ["answer": .string(words[place])] }
            let score = Scores.rounded((places.isEmpty ? 0.2 : 0.91) / Double(rank + 1))
            return [
                "score": .number(score), "answer": .string(words[place]), "start": .integer(place),
                "end": .integer(place),
            ]
        }
        if call.flag("handle_impossible_answer"), places.isEmpty {
            answers.insert(["score": 0.7, "answer": "", "start": 0, "end": 0], at: 0)
        }
        return .json(.array(Array(answers.prefix(call.integer("top_k", default: 1)))), of: call)
    }

    private static func invoice(_ picture: Picture) -> [String] {
        let number = "us-" + String(1_000 + picture.hash % 9_000)
        return [
            "Invoice", "number:", number, "Date:", "2026-01-02", "Total:", "\(picture.width + picture.height).00",
            "EUR",
        ]
    }
}
