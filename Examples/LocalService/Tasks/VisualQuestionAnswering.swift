extension TaskRule {
    /// Counts things for "how many", names colours for "colour", says yes or no to questions that begin so, else names
    /// what the nearest label is; up to five by score.
    ///
    /// The question stands in `inputs`, or at the root as the Python client sends it. BLIP gives no scores.
    static let visualQuestionAnswering = TaskRule(
        id: "visual-question-answering",
        label: "Visual Question Answering",
        medium: .image,
        takesRaw: false,
        parameters: .topK,
        models: [
            Model(id: "dandelin/vilt-b32-finetuned-vqa", task: "visual-question-answering"),
            Model(id: "Salesforce/blip-vqa-base", task: "visual-question-answering", tags: ["blip"]),
        ]
    ) { call in
        guard let question = (call.inputs["question"] ?? call.root["question"])?.text, !question.isEmpty else {
            throw Refusal.input("inputs.question")
        }
        let answers = guesses(question, try call.picture())
        let values = answers.enumerated().map { (label: $0.element, value: -1.3 * Double($0.offset)) }
        let count = call.integer("top_k", default: 5)
        guard !call.model.tags.contains("blip") else {
            return .json([["answer": .string(answers.first ?? "nothing")]], of: call)
        }
        return .json(
            .array(
                Scores.ranked(values, count: count).map { entry in
                    ["score": entry["score"] ?? 0, "answer": entry["label"] ?? ""]
                }
            ),
            of: call
        )
    }

    private static func guesses(_ question: String, _ picture: Picture) -> [String] {
        let words = Words.all(in: question).map(\.lowercased)
        if words.contains("many") {
            let count = Objects.all(in: picture).count
            return (0..<5).map { String(count + $0) }
        }
        if !Set(words).isDisjoint(with: ["color", "colour", "colors", "colours"]) {
            let name = Looking.name(of: picture.average)
            return [name] + ["grey", "blue", "green", "brown", "white"].filter { $0 != name }
        }
        if ["is", "are", "does", "do", "can", "has"].contains(words.first ?? "") {
            return picture.hash & 1 == 0 ? ["yes", "no"] : ["no", "yes"]
        }
        let labels = ["sky", "grass", "cat", "dog", "sea", "building"]
        return labels.sorted { left, right in
            Looking.value(of: left, in: picture.average, picture)
                > Looking.value(of: right, in: picture.average, picture)
        }
    }
}
