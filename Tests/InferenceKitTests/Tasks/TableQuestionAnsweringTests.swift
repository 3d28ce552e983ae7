import InferenceKit
import TestSupport
import Testing

@Suite("table-question-answering on the wire")
struct TableQuestionAnsweringTests {
    private static let table: Table = ["A": ["x", "y"], "B": ["10", "20"]]
    private static let task = TableQuestionAnswering(query: "Sum of B?", table: table)
    private static let inputs = #"{"query":"Sum of B?","table":{"A":["x","y"],"B":["10","20"]}}"#
    private static let sum = TableAnswer(
        answer: "SUM > 10, 20",
        coordinates: [.init(row: 0, column: 1), .init(row: 1, column: 1)],
        cells: ["10", "20"],
        aggregator: "SUM"
    )
    private static let sumJSON =
        #"{"answer":"SUM > 10, 20","coordinates":[[0,1],[1,1]],"cells":["10","20"],"aggregator":"SUM"}"#

    private static func parameter(_ json: String, _ change: (inout TableQuestionAnswering) -> Void) -> WireRow {
        var task = Self.task
        change(&task)
        return .sends(json, task, json: #"{"inputs":\#(inputs),"parameters":{\#(json)}}"#)
    }

    private static func about(_ table: Table) -> TableQuestionAnswering {
        TableQuestionAnswering(query: "q", table: table)
    }

    static let rows: [WireRow] = [
        .sends("a query, columns in their order", task, json: #"{"inputs":\#(inputs)}"#),
        .sends(
            "several queries",
            TableQuestionAnswering(queries: ["a", "b"], table: ["A": ["x"]]),
            json: #"{"inputs":{"query":["a","b"],"table":{"A":["x"]}}}"#
        ),
        .sends(
            "numbers as texts",
            about(Table([.init("Year", [1890, 2001]), .init("Length", [11.5, 12])])),
            json: #"{"inputs":{"query":"q","table":{"Year":["1890","2001"],"Length":["11.5","12.0"]}}}"#
        ),
        parameter(#""padding":"do_not_pad""#) { $0.padding = TablePadding.none },
        parameter(#""padding":"longest""#) { $0.padding = .longest },
        parameter(#""padding":"max_length""#) { $0.padding = .maxLength },
        parameter(#""sequential":true"#) { $0.sequential = true },
        parameter(#""truncation":true"#) { $0.truncation = true },
        .reads("one object", task, .json(sumJSON), gives: [sum]),
        .reads("a list of one", task, .json("[\(sumJSON)]"), gives: [sum]),
        .reads("an answer alone", task, .json(#"{"answer":" 30"}"#), gives: [TableAnswer(answer: " 30")]),
        .reads(
            "no aggregator, and a member that is not known",
            task,
            .json(#"{"answer":"x","coordinates":[[0,0]],"cells":["x"],"y":1}"#),
            gives: [
                TableAnswer(
                    answer: "x",
                    coordinates: [.init(row: 0, column: 0)],
                    cells: ["x"],
                    additional: ["y": 1]
                )
            ]
        ),
        .reads(
            "the aggregator NONE",
            task,
            .json(#"{"answer":"x","coordinates":[],"cells":[],"aggregator":"NONE"}"#),
            gives: [TableAnswer(answer: "x", aggregator: "NONE")]
        ),
        .reads(
            "a list for several queries",
            TableQuestionAnswering(queries: ["a", "b"], table: table),
            .json(#"[\#(sumJSON),{"answer":"x"}]"#),
            gives: [sum, TableAnswer(answer: "x")]
        ),
        .fails("no answer", task, .json(#"{"cells":[]}"#), code: .undecodable, message: "answer"),
        .fails("an empty list", task, .json("[]"), code: .undecodable),
        .fails("a place of one number", task, .json(#"{"answer":"x","coordinates":[[1]]}"#), code: .undecodable),
        .fails(
            "an answer too few",
            TableQuestionAnswering(queries: ["a", "b"], table: table),
            .json("[\(sumJSON)]"),
            code: .undecodable
        ),
        .fails(
            "cells that are no texts",
            task,
            .status(400, json: #"{"error":["Error in `inputs.table.A`: str type expected"]}"#),
            code: .rejected,
            message: "str type"
        ),
        .refuses("no queries", TableQuestionAnswering(queries: [], table: table), field: "queries"),
        .refuses("an empty query", TableQuestionAnswering(query: "", table: table), field: "query"),
        .refuses(
            "an empty query of two",
            TableQuestionAnswering(queries: ["a", ""], table: table),
            field: "queries[1]"
        ),
        .refuses("columns of two lengths", about(["A": ["x"], "B": ["y", "z"]]), field: "table"),
        .refuses("a table without columns", about([:]), field: "table"),
        .refuses("a table without rows", about(["A": []]), field: "table"),
        .refuses("two columns of one name", about(["A": ["x"], "A": ["y"]]), field: "table"),
        .refuses(
            "a padding that is none",
            {
                var task = Self.task
                task.padding = .init(rawValue: "x")
                return task
            }(),
            field: "padding"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("Tables of rows and of JSON")
    func tables() throws {
        #expect(Table(header: ["A", "B"], rows: [["x", "10"], ["y", "20"]]) == Self.table)
        #expect(try Table(json: ["A": ["x", "y"], "B": [10, 20]]) == Self.table)
        #expect(try Table(json: ["A": [true, nil, 1.5]]).columns == [.init("A", ["true", "", "1.5"])])
        #expect(Self.table[1, 1] == "20")
        #expect(Self.table[2, 0] == nil)
        #expect(Self.table[0, -1] == nil)
        #expect(Table.Column("x", [.nan, 1e300]).cells == ["", "1e+300"])
        #expect(throws: JSONMismatch.self) { try Table(json: ["A": [["x"]]]) }
        #expect(throws: JSONMismatch.self) { try Table(json: ["A": "x"]) }
    }

    @Test("The schema's name and the servers' name of the question")
    func input() throws {
        for name in ["query", "question"] {
            let task = try TableQuestionAnswering(input: TaskInput(json: [.init(name): "q", "table": ["A": [1]]]))
            #expect(task.queries == ["q"])
            #expect(task.table == ["A": ["1"]])
        }
        #expect(throws: InferenceError.self) { try TableQuestionAnswering(input: TaskInput(json: ["query": "q"])) }
    }
}
