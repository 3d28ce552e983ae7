/// What a model says about each row of a table.
public struct TabularResult<Value: JSONConvertible & Hashable>: TaskOutput, Hashable, Sendable {
    /// One value for each row, in their order.
    public var values: [Value]
    /// What the server has warned of, such as columns that the model does not know; mostly none.
    public var warnings: [String]

    /// Makes a result.
    public init(values: [Value], warnings: [String] = []) {
        self.values = values
        self.warnings = warnings
    }

    /// The list of values.
    public var json: JSONValue { values.json }

    /// Reads a list of one value for each row.
    init(list: JSONValue, rowCount: Int, element: (JSONValue) throws -> Value) throws {
        let elements = try list.elements()
        guard elements.count == rowCount else {
            throw JSONMismatch(expected: "\(rowCount) values, one for each row", found: "a list of \(elements.count)")
        }
        values = try elements.enumerated().map { index, value in
            do {
                return try element(value)
            } catch let mismatch as JSONMismatch {
                throw mismatch.at(index)
            }
        }
        warnings = []
    }

    /// Reads the result out of a rejection; `nil` when it holds none.
    ///
    /// Source: scikit-learn's servers turn a result with warnings into a status 400 whose `error` is a text of JSON,
    /// with the result as its `output`.
    init?(rejection body: JSONValue, rowCount: Int, element: (JSONValue) throws -> Value) {
        var inner = body["error"]
        if let text = inner?.stringValue { inner = try? JSONValue(jsonString: text) }
        guard let output = inner?["output"], !output.isNull,
            let result = try? Self(list: output, rowCount: rowCount, element: element)
        else { return nil }
        self = result
        warnings = inner?["warnings"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }
}

extension Table {
    /// The table of a tabular task's input.
    init(tabular input: TaskInput) throws {
        let members = try input.object()
        do {
            self = try Table(json: members["data"] ?? members["table"] ?? .object(members))
        } catch let mismatch as JSONMismatch {
            throw InferenceError.invalidInput("inputs", expected: "an object of columns: \(mismatch.expected)")
        }
    }
}
