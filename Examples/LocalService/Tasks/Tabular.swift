extension TaskRule {
    /// A class from 0 to 9 for each row: the rounded sum of its numbers, by ten.
    static let tabularClassification = TaskRule(
        id: "tabular-classification",
        label: "Tabular Classification",
        models: [Model(id: "scikit-learn/tabular-playground", task: "tabular-classification", library: "sklearn")]
    ) { call in
        let rows = try TabularRows(call.inputs)
        return try rows.answer(call) { numbers in
            let sum = abs(numbers.reduce(0, +))
            return .integer(sum < 1e15 ? Int(sum.rounded()) % 10 : 0)
        }
    }

    /// A number for each row: ten times the sum of its numbers, each after the first weighing half of the one before.
    static let tabularRegression = TaskRule(
        id: "tabular-regression",
        label: "Tabular Regression",
        models: [Model(id: "scikit-learn/Fish-Weight", task: "tabular-regression", library: "sklearn")]
    ) { call in
        let rows = try TabularRows(call.inputs)
        return try rows.answer(call) { numbers in
            var weight = 10.0
            var sum = 0.0
            for number in numbers {
                sum += weight * number
                weight /= 2
            }
            return .number((sum * 1_000).rounded() / 1_000)
        }
    }
}

/// The rows under `inputs.data`: columns of equal length, every value a string.
private struct TabularRows {
    var rows: [[String]] = []
    private var names: [String] = []

    init(_ inputs: JSON) throws(Refusal) {
        guard let columns = inputs["data"]?.members, !columns.isEmpty else { throw .input("inputs.data") }
        var cells: [[String]] = []
        for column in columns {
            guard let texts = column.value.texts else { throw .input("inputs.data.\(column.key)", "str type expected") }
            cells.append(texts)
        }
        guard Set(cells.map(\.count)).count == 1 else {
            throw .input("inputs.data", "All columns in the data must be the same length")
        }
        names = columns.map(\.key)
        rows = (cells.first ?? []).indices.map { row in cells.map { $0[row] } }
    }

    /// One value a row.
    ///
    /// Words among the numbers count as zero, and are a warning, which sklearn's server makes a 400 with
    /// the result inside a string.
    func answer(_ call: TaskCall, _ value: ([Double]) -> JSON) throws(Refusal) -> TaskAnswer {
        let output = JSON.array(rows.map { row in value(row.map { Double($0) ?? 0 }) })
        let odd = names.indices.filter { column in rows.contains { Double($0[column]) == nil } }.map { names[$0] }
        guard odd.isEmpty else {
            let warnings = odd.map { JSON.string("Column \($0) has values that are not numbers; they count as 0.") }
            let inner: JSON = [
                "error": "There were warnings while running the model.", "output": output, "warnings": .array(warnings),
            ]
            throw Refusal(400, inner.encodedText)
        }
        return .json(output, of: call)
    }
}
