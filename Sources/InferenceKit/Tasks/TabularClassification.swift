/// Sorts each row of a table into a class.
///
/// Source: the `tabular-classification` of Hugging Face's servers for scikit-learn; the catalog has no schema for it.
public struct TabularClassification: CatalogTask {
    /// `tabular-classification`.
    public static let id: TaskID = "tabular-classification"
    /// A table.
    public static let input = TaskInputKind.object
    /// One class for each row.
    public static let output = "classes"

    /// The rows to classify, with the columns that the model was trained on.
    public var table: Table
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(table: Table) {
        self.table = table
    }

    /// Makes the task of an object of columns, alone or as the member `data`.
    public init(input: TaskInput) throws {
        self.init(table: try Table(tabular: input))
    }

    /// Servers take none.
    public static let parameters: [TaskParameter<Self>] = []

    /// One class for each row, in their order.
    public typealias Response = TabularResult<TabularClass>

    /// `{"inputs": {"data": {"column": ["value", …]}}}`.
    public func payload() throws -> Payload {
        try table.check()
        return .inputs(["data": table.json], parameters: try parametersObject())
    }

    /// A list with one value for each row.
    public func response(from reply: Reply) throws -> TabularResult<TabularClass> {
        try TabularResult(list: reply.json(), rowCount: table.rowCount) { try TabularClass(json: $0) }
    }

    /// The values that scikit-learn's servers put into a rejection when the model has warned about something.
    public func response(fromRejection body: JSONValue) -> TabularResult<TabularClass>? {
        TabularResult(rejection: body, rowCount: table.rowCount) { try TabularClass(json: $0) }
    }
}

/// A class of a model: a text, a number or a truth value, as the model was trained.
public struct TabularClass: JSONConvertible, Hashable, Sendable, ExpressibleByStringLiteral,
    ExpressibleByIntegerLiteral
{
    /// The class as the server sent it.
    public let json: JSONValue

    /// Reads a text, a number or a truth value; `null` is a class that the model could not tell.
    public init(json: JSONValue) throws {
        switch json {
        case .string, .number, .bool, .null: self.json = json
        default: throw JSONMismatch(expected: "a text or a number", found: json)
        }
    }

    /// Makes a class that is a text.
    public init(stringLiteral value: String) { json = .string(value) }

    /// Makes a class that is a number.
    public init(integerLiteral value: Int) { json = value.json }

    /// The class in words: numbers are written out, and `null` is empty.
    public var label: String {
        switch json {
        case .string(let text): text
        case .number(let number): number.literal
        case .bool(let flag): flag ? "true" : "false"
        default: ""
        }
    }
}

extension InferenceClient {
    /// Sorts each row of `table` into a class; see ``TabularClassification``.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func tabularClassification(
        _ table: Table,
        model: ModelID? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> TabularResult<TabularClass> {
        try await run(TabularClassification(table: table), model: model, options: options)
    }
}
