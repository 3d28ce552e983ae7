extension TaskRule {
    /// Spans of the context, see ``Answering``; offsets count code points.
    ///
    /// One object; a list where `top_k` is more than 1 or several questions are asked.
    static let questionAnswering = TaskRule(
        id: "question-answering",
        label: "Question Answering",
        parameters: .topK + [
            Parameter("doc_stride", .integer(0...Int.max)), Parameter("max_answer_len", .integer(1...Int.max)),
            Parameter("max_seq_len", .integer(1...Int.max)), Parameter("max_question_len", .integer(1...Int.max)),
            Parameter("handle_impossible_answer", .flag), Parameter("align_to_words", .flag),
        ],
        models: [
            Model(id: "deepset/roberta-base-squad2", task: "question-answering"),
            Model(
                id: "AdapterHub/bert-base-squad2",
                task: "question-answering",
                library: "adapter-transformers"
            ),
        ]
    ) { call in
        if let items = call.inputs.items { return .json(.array(try items.map { try answer($0, call) }), of: call) }
        if let questions = call.inputs["question"]?.texts {
            let contexts =
                call.inputs["context"]?.texts
                ?? Array(
                    repeating: call.inputs["context"]?.text ?? "",
                    count: questions.count
                )
            guard contexts.count == questions.count else {
                throw Refusal(400, "Questions and contexts don't have the same lengths")
            }
            let pairs = zip(questions, contexts).map {
                JSON.object([
                    .init(key: "question", value: .string($0)), .init(key: "context", value: .string($1)),
                ])
            }
            return .json(.array(try pairs.map { try answer($0, call) }), of: call)
        }
        return .json(try answer(call.inputs, call), of: call)
    }

    private static func answer(_ inputs: JSON, _ call: TaskCall) throws(Refusal) -> JSON {
        for key in ["question", "context"] where inputs[key]?.text?.isEmpty ?? true {
            throw .input("inputs.\(key)", inputs[key] == nil ? "field required" : "`\(key)` cannot be empty")
        }
        var found = Answering.answers(
            to: inputs["question"]?.text ?? "",
            in: inputs["context"]?.text ?? "",
            longest: call.integer("max_answer_len", default: 15)
        )
        let nothing = Answering.Found(text: "", start: 0, end: 0, score: 0.6)
        if call.flag("handle_impossible_answer") { found.append(nothing) }
        found.sort { $0.score > $1.score }
        let count = call.integer("top_k", default: 1)
        let answers = (found.isEmpty ? [nothing] : found).prefix(count).map { found -> JSON in
            [
                "score": .number(found.score), "start": .integer(found.start), "end": .integer(found.end),
                "answer": .string(found.text),
            ]
        }
        return count > 1 ? .array(answers) : answers[0]
    }
}
