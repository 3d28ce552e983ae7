/// Answers questions about a table.
///
/// Source: `table-question-answering` in the Hugging Face task specifications. The schema calls the question `question`,
/// the servers `query`, which is what is sent.
public struct TableQuestionAnswering: CatalogTask {
    /// `table-question-answering`.
    public static let id: TaskID = "table-question-answering"
    /// Questions and a table.
    public static let input = TaskInputKind.object
    /// Answers with the cells that they come from.
    public static let output = "answers"

    /// The questions, at least one.
    public var queries: [String]
    /// The table, of at least one row; all columns have one length.
    public var table: Table
    /// How inputs are filled up to one length; `nil` for not at all.
    public var padding: TablePadding?
    /// Whether the questions are answered in turn, as models of conversations need it; `nil` for all at once.
    public var sequential: Bool?
    /// Whether rows are dropped from a table that is too long for the model; `nil` for no, which makes it an error.
    public var truncation: Bool?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task of one question.
    public init(query: String, table: Table) {
        self.init(queries: [query], table: table)
    }

    /// Makes the task of several questions about one table.
    public init(queries: [String], table: Table) {
        self.queries = queries
        self.table = table
    }

    /// Makes the task of an object with `query` or `question`, and `table`.
    public init(input: TaskInput) throws {
        let members = try input.object()
        let queries: [String]
        switch members["query"] ?? members["question"] {
        case .string(let query): queries = [query]
        case .some(let list): queries = try TaskInput(json: list).allTexts()
        case .none: queries = [try input.text(key: "query")]
        }
        guard let table = members["table"] else {
            throw InferenceError.invalidInput("inputs.table", expected: "an object of columns")
        }
        do {
            self.init(queries: queries, table: try Table(json: table))
        } catch let mismatch as JSONMismatch {
            throw InferenceError.invalidInput("inputs.table", expected: mismatch.expected)
        }
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        TaskParameter("padding", \.padding, "a text: \"do_not_pad\", \"longest\" or \"max_length\"") {
            [.none, .longest, .maxLength].contains($0)
        },
        .boolean("sequential", \.sequential),
        .boolean("truncation", \.truncation),
    ]

    /// One answer for each question, in their order.
    public typealias Response = [TableAnswer]

    /// `{"inputs": {"query": "…", "table": {…}}, "parameters": {…}}`.
    public func payload() throws -> Payload {
        try InferenceError.require(!queries.isEmpty, "queries", "at least one question")
        for (index, query) in queries.enumerated() {
            let field = queries.count == 1 ? "query" : "queries[\(index)]"
            try InferenceError.require(!query.isEmpty, field, "a text that is not empty")
        }
        try table.check()
        let query: JSONValue = queries.count == 1 ? .string(queries[0]) : queries.json
        return .inputs(["query": query, "table": table.json], parameters: try parametersObject())
    }

    /// One object, or a list with one for each question.
    public func response(from reply: Reply) throws -> [TableAnswer] {
        var json = try reply.json()
        while case .array(let outer) = json, outer.count == 1, case .array = outer[0] { json = outer[0] }
        let values = json.arrayValue ?? [json]
        guard !values.isEmpty, queries.count <= 1 || values.count == queries.count else {
            throw JSONMismatch(expected: "\(queries.count) answers, one for each question", found: json)
        }
        return try values.map { try TableAnswer(json: $0) }
    }
}

/// An answer from a table.
public struct TableAnswer: JSONConvertible, Hashable, Sendable {
    /// The place of a cell; both are counted from zero, without the header.
    public struct Place: JSONConvertible, Hashable, Sendable {
        /// The row.
        public var row: Int
        /// The column.
        public var column: Int

        /// Makes a place.
        public init(row: Int, column: Int) {
            self.row = row
            self.column = column
        }

        /// Reads `[row, column]`.
        public init(json: JSONValue) throws {
            guard let row = json[0]?.intValue, let column = json[1]?.intValue else {
                throw JSONMismatch(expected: "a row and a column", found: json)
            }
            self.init(row: row, column: column)
        }

        /// `[row, column]`.
        public var json: JSONValue { [row.json, column.json] }
    }

    /// The answer; models that calculate put the name of the operation before it (`SUM > 10, 20`), without doing it.
    public var answer: String
    /// The cells' places; empty for models that write the answer freely.
    public var coordinates: [Place]
    /// The cells' texts, in the order of their places; empty for models that write the answer freely.
    public var cells: [String]
    /// What is to be done with the cells: `NONE`, `SUM`, `AVERAGE`, `COUNT`; `nil` for models that know no such thing.
    public var aggregator: String?
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes an answer.
    public init(
        answer: String,
        coordinates: [Place] = [],
        cells: [String] = [],
        aggregator: String? = nil,
        additional: JSONObject = [:]
    ) {
        self.answer = answer
        self.coordinates = coordinates
        self.cells = cells
        self.aggregator = aggregator
        self.additional = additional
    }

    /// Reads `{"answer": …, "coordinates": …, "cells": …, "aggregator": …}`, of which only the answer must be there.
    public init(json: JSONValue) throws {
        let members = try json.members()
        answer = try members.label("answer")
        coordinates = try members.decodeIfPresent("coordinates") ?? []
        cells = try members.decodeIfPresent("cells") ?? []
        aggregator = try members.decodeIfPresent("aggregator")
        additional = members.removing(["answer", "coordinates", "cells", "aggregator"])
    }

    /// `{"answer": …, "coordinates": …, "cells": …, "aggregator": …}`.
    public var json: JSONValue {
        var members: JSONObject = ["answer": .string(answer), "coordinates": coordinates.json, "cells": cells.json]
        if let aggregator { members["aggregator"] = .string(aggregator) }
        return .object(members.merging(additional))
    }
}

/// How inputs are filled up to one length.
public struct TablePadding: RawRepresentable, Hashable, Sendable, JSONConvertible {
    /// The wire's word.
    public var rawValue: String
    /// Makes a padding of the wire's word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Not at all.
    public static var none: Self { Self(rawValue: "do_not_pad") }
    /// Up to the longest input.
    public static var longest: Self { Self(rawValue: "longest") }
    /// Up to the model's window.
    public static var maxLength: Self { Self(rawValue: "max_length") }
}

extension InferenceClient {
    /// Answers a question about `table`; see ``TableQuestionAnswering`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func tableQuestionAnswering(
        query: String,
        table: Table,
        model: ModelID? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> TableAnswer {
        let task = TableQuestionAnswering(query: query, table: table)
        // The response has one answer at least; its decoder sees to that.
        return try await run(task, model: model, options: options)[0]
    }

    /// Answers several questions about `table` in one call, in their order.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func tableQuestionAnswering(
        queries: [String],
        table: Table,
        model: ModelID? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [TableAnswer] {
        let task = TableQuestionAnswering(queries: queries, table: table)
        return try await run(task, model: model, options: options)
    }
}
