extension JSONValue {
    /// The answers in any of the shapes that servers send: a list, a list in a list, or one object alone.
    ///
    /// - Throws: ``JSONMismatch`` with the index of the answer at fault.
    func answers<Answer: JSONConvertible>(_ type: Answer.Type = Answer.self) throws -> [Answer] {
        var json = self
        // One level more than expected, once or twice, is what routers and pipelines add for batches of one.
        while case .array(let outer) = json, outer.count == 1, case .array = outer[0] { json = outer[0] }
        if case .array = json { return try [Answer](json: json) }
        return [try Answer(json: json)]
    }

    /// The one answer, alone or in a list.
    ///
    /// - Throws: ``JSONMismatch``.
    func answer<Answer: JSONConvertible>(_ type: Answer.Type = Answer.self) throws -> Answer {
        let answers = try answers(type)
        guard let first = answers.first else { throw JSONMismatch(expected: "an answer", found: "an empty list") }
        return first
    }

    /// A whole number as one, as the schemas have it; any other number as it is.
    static func number(wholeIfPossible value: Double) -> JSONValue {
        Int(exactly: value).map { .number(JSONNumber($0)) } ?? .number(orNull: value)
    }
}
