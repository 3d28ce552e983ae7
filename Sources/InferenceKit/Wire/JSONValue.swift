/// Any JSON value; its objects keep the order of their members and its numbers the digits that were sent.
///
/// `description` shows the shape only, since prompts and tokens pass through values; ``jsonString(sortedKeys:)`` writes
/// the value out.
public enum JSONValue: Sendable, Hashable {
    /// `null`, and what Python writes in its place for numbers that JSON lacks: `NaN`, `Infinity`, `-Infinity`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number.
    case number(JSONNumber)
    /// A string.
    case string(String)
    /// A list of values.
    case array([JSONValue])
    /// Members in order.
    case object(JSONObject)
}

// MARK: - Looking inside

extension JSONValue {
    /// The member of that name, or `nil` when there is none or the value is no object.
    public subscript(key: String) -> JSONValue? {
        if case .object(let object) = self { object[key] } else { nil }
    }

    /// The element at that index, or `nil` when there is none or the value is no array.
    public subscript(index: Int) -> JSONValue? {
        if case .array(let elements) = self, elements.indices.contains(index) { elements[index] } else { nil }
    }

    /// The string, or `nil` of another kind of value.
    public var stringValue: String? {
        if case .string(let string) = self { string } else { nil }
    }

    /// The Boolean, or `nil` of another kind of value.
    public var boolValue: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }

    /// The number when it is a whole one that an `Int` holds, however it is written (`3`, `3.0`, `3e0`).
    public var intValue: Int? {
        if case .number(let number) = self { number.intValue } else { nil }
    }

    /// The number as the nearest `Double`, infinite when it is beyond all of them; `nil` of another kind of value.
    public var doubleValue: Double? {
        if case .number(let number) = self { number.doubleValue } else { nil }
    }

    /// The elements, or `nil` of another kind of value.
    public var arrayValue: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The object, or `nil` of another kind of value.
    public var objectValue: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// Whether the value is `null`.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The kind of value in one word, for errors.
    var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

// MARK: - Reading and writing

extension JSONValue {
    /// Reads one JSON document.
    ///
    /// As strict as RFC 8259: UTF-8 is checked, and so are surrogate pairs, leading zeros, control characters and what
    /// follows the value. Three kindnesses: a byte order mark in front is skipped; Python's `NaN`, `Infinity` and
    /// `-Infinity` are read as ``null``; of members with the same key the last wins. Arrays and objects may be nested
    /// 512 deep.
    ///
    /// - Parameter jsonBytes: The document, in UTF-8.
    /// - Throws: ``JSONError`` with the offset of the first byte that is wrong.
    public init(jsonBytes: [UInt8]) throws(JSONError) {
        self = try JSONParser.document(jsonBytes)
    }

    /// Reads one JSON document from part of an array; offsets in errors count from the slice's start.
    ///
    /// - Throws: ``JSONError``, as ``init(jsonBytes:)-([UInt8])``.
    public init(jsonBytes: ArraySlice<UInt8>) throws(JSONError) {
        self = try JSONParser.document(jsonBytes)
    }

    /// Reads one JSON document from a string.
    ///
    /// - Throws: ``JSONError``, as ``init(jsonBytes:)-([UInt8])``.
    public init(jsonString: String) throws(JSONError) {
        self = try JSONParser.document(Array(jsonString.utf8))
    }

    /// The value as JSON without white space, its members in the order of their keys if `sortedKeys` is true.
    public func jsonString(sortedKeys: Bool = false) -> String {
        String(decoding: jsonBytes(sortedKeys: sortedKeys), as: UTF8.self)
    }

    /// The value as ``jsonString(sortedKeys:)`` writes it, in UTF-8.
    public func jsonBytes(sortedKeys: Bool = false) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(self, sortedKeys: sortedKeys)
        return writer.bytes
    }
}

// MARK: - Descriptions without content

extension JSONValue: CustomStringConvertible, CustomReflectable {
    /// The kind of value and its size, such as `object(2 members)`; never its content.
    public var description: String {
        switch self {
        case .null, .bool, .number: kindName
        case .string(let string): "string(\(string.utf8.count) bytes)"
        case .array(let elements): "array(\(elements.count) elements)"
        case .object(let object): object.description
        }
    }

    /// An empty mirror, so that `dump` tells no more than ``description``.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

// MARK: - Literals

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// Makes ``null``.
    public init(nilLiteral: ()) { self = .null }
    /// Makes a Boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Makes a number.
    public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
    /// Makes a number.
    public init(floatLiteral value: Double) { self = value.json }
    /// Makes a string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Makes an array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// Makes an object; of equal keys the last wins.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}
