import InferenceKit
import TestSupport
import Testing

@Suite("tabular-classification and tabular-regression on the wire")
struct TabularTests {
    private static let table = Table([.init("height", [11.5, 12]), .init("width", [4, 4.5])])
    private static let json = #"{"inputs":{"data":{"height":["11.5","12.0"],"width":["4.0","4.5"]}}}"#
    private static let classification = TabularClassification(table: table)
    private static let regression = TabularRegression(table: table)

    static let rows: [WireRow] = [
        .sends("a table of texts", classification, json: json),
        .sends("a table of texts", regression, json: json),
        .sends(
            "a parameter of the user's own",
            {
                var task = TabularRegression(table: ["a": ["1"]])
                task.extraParameters = ["x": 1]
                return task
            }(),
            json: #"{"inputs":{"data":{"a":["1"]}},"parameters":{"x":1}}"#
        ),
        .reads("whole numbers", classification, .json("[5,6]"), gives: TabularResult(values: [5, 6])),
        .reads(
            "texts",
            classification,
            .json(#"["setosa","virginica"]"#),
            gives: TabularResult(values: ["setosa", "virginica"])
        ),
        .reads("fractions and truth values", classification, .json("[1.5,true]")) { result in
            #expect(result.values.map(\.label) == ["1.5", "true"])
            #expect(result.json == [1.5, true])
        },
        .reads("numbers", regression, .json("[242.0,290.5]"), gives: TabularResult(values: [242, 290.5])),
        .reads("a number that is null", regression, .json("[null,1]")) { result in
            #expect(result.values[0].isNaN)
            #expect(result.json == [nil, 1])
        },
        .reads(
            "classes in a rejection with warnings",
            classification,
            .status(
                400,
                json:
                    #"{"error":"{\"error\":\"There were warnings while running the model.\",\"output\":[5,6],\"warnings\":[\"Missing columns\"]}"}"#
            ),
            gives: TabularResult(values: [5, 6], warnings: ["Missing columns"])
        ),
        .reads(
            "numbers in a rejection with warnings",
            regression,
            .status(400, json: #"{"error":"{\"error\":\"warnings\",\"output\":[1.5,2],\"warnings\":[\"a\",\"b\"]}"}"#),
            gives: TabularResult(values: [1.5, 2], warnings: ["a", "b"])
        ),
        .fails(
            "a rejection without a result",
            classification,
            .status(400, json: #"{"error":"{\"error\":\"There were warnings\",\"warnings\":[\"a\"]}"}"#),
            code: .rejected
        ),
        .fails(
            "a rejection in words",
            regression,
            .status(400, json: #"{"error":"could not convert"}"#),
            code: .rejected
        ),
        .fails(
            "a rejection with too few results",
            regression,
            .status(400, json: #"{"error":"{\"error\":\"x\",\"output\":[1]}"}"#),
            code: .rejected
        ),
        .fails("a value too few", classification, .json("[5]"), code: .undecodable, message: "2 values"),
        .fails("lists in place of classes", classification, .json("[[5],[6]]"), code: .undecodable),
        .fails("words in place of numbers", regression, .json(#"["a","b"]"#), code: .undecodable),
        .refuses("an empty table", TabularClassification(table: [:]), field: "table"),
        .refuses("columns of two lengths", TabularRegression(table: ["a": ["1"], "b": ["1", "2"]]), field: "table"),
        .refuses("two columns of one name", TabularRegression(table: ["a": ["1"], "a": ["2"]]), field: "table"),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The input is an object of columns, alone or as data")
    func input() throws {
        #expect(try TabularRegression(input: TaskInput(json: ["a": [1, "2"]])).table == ["a": ["1", "2"]])
        #expect(try TabularClassification(input: TaskInput(json: ["data": ["a": [1]]])).table == ["a": ["1"]])
        #expect(throws: InferenceError.self) { try TabularClassification(input: TaskInput(json: ["a": 1])) }
        #expect(throws: InferenceError.self) { try TabularClassification(input: TaskInput(json: "a")) }
    }
}
