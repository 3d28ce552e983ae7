extension TaskRule {
    /// Cells of the column that the question names, in the rows whose cells it mentions, or all rows.
    ///
    /// "sum" or "total" adds, "average" or "mean" averages, "how many" or "count" counts; then the answer is written
    /// `SUM > 10, 20`, as TAPAS writes it. TAPEX models give a text alone, begun with a space. Every cell is a string.
    static let tableQuestionAnswering = TaskRule(
        id: "table-question-answering",
        label: "Table Question Answering",
        parameters: [
            Parameter("padding", .choice(["do_not_pad", "longest", "max_length"])), Parameter("sequential", .flag),
            Parameter("truncation", .flag),
        ],
        models: [
            Model(id: "google/tapas-base-finetuned-wtq", task: "table-question-answering"),
            Model(id: "microsoft/tapex-base-finetuned-wtq", task: "table-question-answering", tags: ["tapex"]),
        ]
    ) { call in
        let table = try Table(call.inputs["table"])
        let question = call.inputs["query"] ?? call.inputs["question"]
        let isTapex = call.model.tags.contains("tapex")
        if let questions = question?.texts {
            return .json(.array(questions.map { table.answer(to: $0, isTapex) }), of: call)
        }
        guard let question = question?.text, !question.isEmpty else { throw Refusal.input("inputs.query") }
        return .json(table.answer(to: question, isTapex), of: call)
    }
}

/// A table by columns.
private struct Table {
    var names: [String] = []
    var columns: [[String]] = []

    init(_ value: JSON?) throws(Refusal) {
        guard let members = value?.members, !members.isEmpty else { throw .input("inputs.table") }
        for member in members {
            guard let cells = member.value.texts else {
                throw .input("inputs.table.\(member.key)", "str type expected")
            }
            names.append(member.key)
            columns.append(cells)
        }
        guard Set(columns.map(\.count)).count == 1 else {
            throw .input("inputs.table", "All rows in the table must be the same length")
        }
    }

    func answer(to question: String, _ isTapex: Bool) -> JSON {
        let asked = Set(Words.all(in: question).map { Words.stem($0.lowercased) })
        func mentions(_ text: String) -> Bool {
            let stems = Words.all(in: text).map { Words.stem($0.lowercased) }
            return !stems.isEmpty && asked.isSuperset(of: stems)
        }
        let rowCount = columns.first?.count ?? 0
        let mentioned = (0..<rowCount).filter { row in columns.contains { mentions($0[row]) } }
        let rows = mentioned.isEmpty ? Array(0..<rowCount) : mentioned
        let column = names.firstIndex(where: mentions) ?? names.count - 1
        let isSum = !asked.isDisjoint(with: ["sum", "total", "together"])
        let isMean = !asked.isDisjoint(with: ["average", "mean"])
        let isCount = asked.contains("count") || asked.isSuperset(of: ["how", "many"])
        let aggregator = isSum ? "SUM" : isMean ? "AVERAGE" : isCount ? "COUNT" : "NONE"
        let chosen = aggregator == "NONE" && mentioned.isEmpty ? Array(rows.prefix(1)) : rows
        let cells = chosen.map { columns[column][$0] }
        if isTapex { return ["answer": .string(" " + plain(aggregator, cells))] }
        let list = cells.joined(separator: ", ")
        return [
            "answer": .string(aggregator == "NONE" ? list : "\(aggregator) > \(list)"),
            "coordinates": .array(chosen.map { [.integer($0), .integer(column)] }),
            "cells": .array(cells.map(JSON.string)), "aggregator": .string(aggregator),
        ]
    }

    /// The value itself, as TAPEX computes it.
    private func plain(_ aggregator: String, _ cells: [String]) -> String {
        let numbers = cells.compactMap(Double.init)
        let sum = numbers.reduce(0, +)
        func text(_ value: Double) -> String {
            value.magnitude < 1e15 && value == value.rounded() ? String(Int(value)) : String(value)
        }
        switch aggregator {
        case "SUM": return text(sum)
        case "AVERAGE": return text(numbers.isEmpty ? 0 : sum / Double(numbers.count))
        case "COUNT": return String(cells.count)
        default: return cells.joined(separator: ", ")
        }
    }
}
