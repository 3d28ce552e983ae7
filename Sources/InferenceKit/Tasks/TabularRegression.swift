/// Foretells a number for each row of a table.
///
/// Source: the `tabular-regression` of Hugging Face's servers for scikit-learn; the catalog has no schema for it.
public struct TabularRegression: CatalogTask {
    /// `tabular-regression`.
    public static let id: TaskID = "tabular-regression"
    /// A table.
    public static let input = TaskInputKind.object
    /// One number for each row.
    public static let output = "numbers"

    /// The rows, with the columns that the model was trained on.
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

    /// One number for each row, in their order; `nan` where the model has none.
    public typealias Response = TabularResult<Double>

    /// `{"inputs": {"data": {"column": ["value", …]}}}`.
    public func payload() throws -> Payload {
        try table.check()
        return .inputs(["data": table.json], parameters: try parametersObject())
    }

    /// A list with one number for each row.
    public func response(from reply: Reply) throws -> TabularResult<Double> {
        try TabularResult(list: reply.json(), rowCount: table.rowCount, element: Self.number)
    }

    /// The numbers that scikit-learn's servers put into a rejection when the model has warned about something.
    public func response(fromRejection body: JSONValue) -> TabularResult<Double>? {
        TabularResult(rejection: body, rowCount: table.rowCount, element: Self.number)
    }

    private static func number(_ value: JSONValue) throws -> Double {
        value.isNull ? .nan : try Double(json: value)
    }
}

extension InferenceClient {
    /// Foretells a number for each row of `table`; see ``TabularRegression``.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func tabularRegression(
        _ table: Table,
        model: ModelID? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> TabularResult<Double> {
        try await run(TabularRegression(table: table), model: model, options: options)
    }
}
