/// Columns of cells, in order.
///
/// Servers take cells as texts only, also where they are numbers; ``Column`` writes numbers out.
public struct Table: JSONConvertible, Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// A name and the cells below it.
    public struct Column: Hashable, Sendable {
        /// The name.
        public var name: String
        /// The cells from top to bottom.
        public var cells: [String]

        /// Makes a column of texts.
        public init(_ name: String, _ cells: [String]) {
            self.name = name
            self.cells = cells
        }

        /// Makes a column of whole numbers.
        public init(_ name: String, _ numbers: [Int]) {
            self.init(name, numbers.map { String($0) })
        }

        /// Makes a column of numbers, each in the fewest digits that read back the same.
        ///
        /// A number that is none (`nan`) becomes an empty cell.
        public init(_ name: String, _ numbers: [Double]) {
            self.init(name, numbers.map { $0.isNaN ? "" : $0.description })
        }
    }

    /// The columns.
    public var columns: [Column]

    /// Makes a table of columns.
    public init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Makes a table of columns of texts.
    public init(dictionaryLiteral elements: (String, [String])...) {
        columns = elements.map { Column($0, $1) }
    }

    /// Makes a table of rows, each with one cell for each name; cells that a row lacks are missing in the columns.
    public init(header: [String], rows: [[String]]) {
        columns = header.enumerated().map { index, name in
            Column(name, rows.compactMap { $0.indices.contains(index) ? $0[index] : nil })
        }
    }

    /// The number of rows, of the longest column.
    public var rowCount: Int { columns.map(\.cells.count).max() ?? 0 }

    /// The cell of a row and a column, both counted from zero; `nil` when there is none.
    public subscript(row: Int, column: Int) -> String? {
        guard columns.indices.contains(column), columns[column].cells.indices.contains(row) else { return nil }
        return columns[column].cells[row]
    }

    /// Reads `{"column": ["cell", …], …}`; numbers and truth values among the cells become texts.
    public init(json: JSONValue) throws {
        columns = try json.members().map { name, cells in
            do {
                return Column(name, try cells.elements().enumerated().map { try Self.cell($1, at: $0) })
            } catch let mismatch as JSONMismatch {
                throw mismatch.at(name)
            }
        }
    }

    private static func cell(_ value: JSONValue, at index: Int) throws -> String {
        switch value {
        case .string(let text): text
        case .number(let number): number.literal
        case .bool(let flag): flag ? "true" : "false"
        case .null: ""
        default: throw JSONMismatch(expected: "a text or a number", found: value).at(index)
        }
    }

    /// `{"column": ["cell", …], …}`.
    public var json: JSONValue {
        .object(JSONObject(columns.map { ($0.name, $0.cells.json) }))
    }

    /// Checks what every server demands: at least one cell, columns of one length, names that differ.
    ///
    /// - Throws: ``InferenceError`` that names `table`.
    func check() throws {
        try InferenceError.require(rowCount > 0, "table", "at least one column with at least one row")
        var names: Set<String> = []
        for column in columns {
            try InferenceError.require(
                column.cells.count == rowCount,
                "table",
                "\(rowCount) cells in every column; one has \(column.cells.count)"
            )
            try InferenceError.require(names.insert(column.name).inserted, "table", "a name of its own for each column")
        }
    }
}
