/// A type that describes its properties for a model, by their names on the wire.
public protocol SchemaDescribing {
    /// What each property means, in words for the model.
    static var schemaDescriptions: [String: String] { get }
}

/// A type that writes its own JSON schema, such as one that decodes itself from a text in a special form.
public protocol SchemaProviding {
    /// The schema.
    static var jsonSchema: JSONValue { get }
}

/// JSON schemas of Swift types, found by letting a type decode itself from a decoder that only watches.
///
/// Nested types, optional properties (which are not required), arrays, dictionaries with text keys, and enumerations whose
/// cases are known by `CaseIterable`. A type that contains itself has no finite schema here and is refused.
public enum JSONSchema {
    /// The schema of `type`.
    ///
    /// - Parameter type: The type; its `init(from:)` may be the compiler's or one's own.
    /// - Returns: An object of the usual keywords: `type`, `properties`, `required`, `items`, `enum`, `description`.
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput`` that names the type and the
    ///   property for which no schema can be found.
    public static func of<Value: Decodable>(_ type: Value.Type) throws -> JSONValue {
        var probe = SchemaProbe(types: [], path: [])
        return try probe.schema(of: type).schema
    }

    /// Decodes a model's answer, which may stand in a fenced block or between other words.
    ///
    /// - Throws: ``JSONError`` or `DecodingError`.
    static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        try JSONValueDecoder.decode(type, from: json(in: text))
    }

    /// The JSON in a model's text.
    static func json(in text: String) throws -> JSONValue {
        do {
            return try JSONValue(jsonBytes: Array(text.utf8))
        } catch {
            // Models like to fence their JSON, or to say a word before it.
            guard let start = text.firstIndex(where: { $0 == "{" || $0 == "[" }),
                let end = text.lastIndex(where: { $0 == "}" || $0 == "]" }), start < end,
                let json = try? JSONValue(jsonBytes: Array(text[start...end].utf8))
            else { throw error }
            return json
        }
    }
}

/// Finds one type's schema.
private struct SchemaProbe {
    /// The types around this one, which it must not contain again.
    let types: [ObjectIdentifier]
    /// The names that lead here.
    let path: [String]

    /// The schema of a type, and a value of it that lets decoding go on.
    mutating func schema<Value: Decodable>(of type: Value.Type) throws -> (schema: JSONValue, value: Value) {
        if let (schema, example) = try schemaAndExample(of: type) {
            return (schema, try value(of: type, from: example))
        }
        let recorder = try recorder(of: type)
        let value: Value
        do {
            value = try Value(from: recorder)
        } catch {
            throw undecodable(type, error)
        }
        return (recorder.schema(describedBy: type as? any SchemaDescribing.Type), value)
    }

    /// The schema of a type that says what it is, with an example to decode it from; `nil` for one that has to be watched.
    private func schemaAndExample(of type: Any.Type) throws -> (schema: JSONValue, example: JSONValue)? {
        if let provider = type as? any SchemaProviding.Type {
            return (provider.jsonSchema, Self.example(of: provider.jsonSchema))
        }
        if let known = Self.primitives[ObjectIdentifier(type)] { return known }
        if let optional = type as? any OptionalSchema.Type {
            return (try optional.wrappedSchema(types: types, path: path), .null)
        }
        if let list = type as? any ListSchema.Type {
            let items = try list.elementSchema(types: types, path: path + ["[]"])
            return (["type": "array", "items": items], [])
        }
        if let dictionary = type as? any DictionarySchema.Type {
            let values = try dictionary.valueSchema(types: types, path: path + ["{}"])
            return (["type": "object", "additionalProperties": values], [:])
        }
        if let cases = type as? any CaseIterable.Type, let words = Self.words(of: cases), let first = words.first {
            let kind: JSONValue = first.stringValue == nil ? "integer" : "string"
            return (["type": kind, "enum": .array(words)], first)
        }
        return nil
    }

    /// A recorder that watches a type decode itself.
    private func recorder(of type: Any.Type) throws -> SchemaRecorder {
        guard !types.contains(ObjectIdentifier(type)) else {
            throw refused("\(type) contains itself; a schema of a type that does has no end")
        }
        return SchemaRecorder(types: types + [ObjectIdentifier(type)], path: path)
    }

    private func undecodable(_ type: Any.Type, _ error: any Error) -> any Error {
        if error is InferenceError { return error }
        return refused(
            "\(type) cannot be decoded from an example; make it CaseIterable if it is an enumeration, or SchemaProviding"
        )
    }

    private func value<Value: Decodable>(of type: Value.Type, from json: JSONValue) throws -> Value {
        do {
            return try JSONValueDecoder.decode(type, from: json)
        } catch {
            throw refused("\(type) cannot be decoded from an example of its schema")
        }
    }

    private func refused(_ words: String) -> InferenceError {
        let place = path.isEmpty ? "type" : path.joined(separator: ".")
        return InferenceError(.invalidInput, "\(place): \(words).", field: place)
    }

    /// The raw values of an enumeration.
    private static func words(of type: any CaseIterable.Type) -> [JSONValue]? {
        func words<Cases: CaseIterable>(_ type: Cases.Type) -> [JSONValue]? {
            let words = type.allCases.map { one -> JSONValue? in
                guard let raw = (one as? any RawRepresentable)?.rawValue else { return nil }
                if let text = raw as? String { return .string(text) }
                if let number = raw as? Int { return number.json }
                return nil
            }
            return words.contains(nil) || words.isEmpty ? nil : words.compactMap { $0 }
        }
        return words(type)
    }

    /// A value that follows a schema, as far as its type tells.
    private static func example(of schema: JSONValue) -> JSONValue {
        if let word = schema["enum"]?[0] { return word }
        return switch schema["type"]?.stringValue {
        case "string": ""
        case "integer", "number": 0
        case "boolean": false
        case "array": []
        default: [:]
        }
    }

    private static let primitives: [ObjectIdentifier: (schema: JSONValue, example: JSONValue)] = {
        let whole: JSONValue = ["type": "integer"]
        let natural: JSONValue = ["type": "integer", "minimum": 0]
        var known: [ObjectIdentifier: (schema: JSONValue, example: JSONValue)] = [
            ObjectIdentifier(String.self): (["type": "string"], ""),
            ObjectIdentifier(Bool.self): (["type": "boolean"], false),
            ObjectIdentifier(Double.self): (["type": "number"], 0),
            ObjectIdentifier(Float.self): (["type": "number"], 0),
            ObjectIdentifier(JSONValue.self): ([:], .null),
        ]
        for type in [Int.self, Int8.self, Int16.self, Int32.self, Int64.self] as [Any.Type] {
            known[ObjectIdentifier(type)] = (whole, 0)
        }
        for type in [UInt.self, UInt8.self, UInt16.self, UInt32.self, UInt64.self] as [Any.Type] {
            known[ObjectIdentifier(type)] = (natural, 0)
        }
        return known
    }()
}

private protocol OptionalSchema {
    static func wrappedSchema(types: [ObjectIdentifier], path: [String]) throws -> JSONValue
}

extension Optional: OptionalSchema where Wrapped: Decodable {
    fileprivate static func wrappedSchema(types: [ObjectIdentifier], path: [String]) throws -> JSONValue {
        var probe = SchemaProbe(types: types, path: path)
        return try probe.schema(of: Wrapped.self).schema
    }
}

private protocol ListSchema {
    static func elementSchema(types: [ObjectIdentifier], path: [String]) throws -> JSONValue
}

extension Array: ListSchema where Element: Decodable {
    fileprivate static func elementSchema(types: [ObjectIdentifier], path: [String]) throws -> JSONValue {
        var probe = SchemaProbe(types: types, path: path)
        return try probe.schema(of: Element.self).schema
    }
}

private protocol DictionarySchema {
    static func valueSchema(types: [ObjectIdentifier], path: [String]) throws -> JSONValue
}

extension Dictionary: DictionarySchema where Key == String, Value: Decodable {
    fileprivate static func valueSchema(types: [ObjectIdentifier], path: [String]) throws -> JSONValue {
        var probe = SchemaProbe(types: types, path: path)
        return try probe.schema(of: Value.self).schema
    }
}

/// A decoder that watches which keys and types are asked for, and hands out examples.
///
/// A class, because a decoder's containers are copies that must write to one place; used within one call only.
private final class SchemaRecorder: Decoder {
    let types: [ObjectIdentifier]
    let path: [String]
    var properties: JSONObject = [:]
    var required: [JSONValue] = []
    /// What a type that decodes itself from one value asked for.
    var single: JSONValue?

    init(types: [ObjectIdentifier], path: [String]) {
        self.types = types
        self.path = path
    }

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(RecordedKeys(recorder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw InferenceError(
            .invalidInput,
            "\(path.joined(separator: ".")): a type that decodes itself from a list needs SchemaProviding.",
            field: path.joined(separator: ".")
        )
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { RecordedValue(recorder: self) }

    func example<Value: Decodable>(_ type: Value.Type, key: String, isRequired: Bool) throws -> Value {
        var probe = SchemaProbe(types: types, path: path + [key])
        let (schema, value) = try probe.schema(of: type)
        properties[key] = schema
        if isRequired, !(type is any OptionalSchema.Type) { required.append(.string(key)) }
        return value
    }

    func schema(describedBy type: (any SchemaDescribing.Type)?) -> JSONValue {
        if properties.isEmpty, let single { return single }
        var described = properties
        for (key, words) in type?.schemaDescriptions ?? [:] {
            guard case .object(var property) = described[key] else { continue }
            property["description"] = .string(words)
            described[key] = .object(property)
        }
        return [
            "type": "object", "properties": .object(described), "required": .array(required),
            "additionalProperties": false,
        ]
    }
}

private struct RecordedKeys<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let recorder: SchemaRecorder
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) -> Bool { false }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try recorder.example(type, key: key.stringValue, isRequired: true)
    }
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        try recorder.example(type, key: key.stringValue, isRequired: false)
    }
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try optional(type, key) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try optional(type, key) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try optional(type, key) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try optional(type, key) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try optional(type, key) }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try optional(type, key) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try optional(type, key) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try optional(type, key) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try optional(type, key) }

    private func optional<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
        try recorder.example(type, key: key.stringValue, isRequired: false)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        throw unsupported(key)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw unsupported(key) }
    func superDecoder() throws -> any Decoder { recorder }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw unsupported(key) }

    private func unsupported(_ key: Key) -> InferenceError {
        let place = (recorder.path + [key.stringValue]).joined(separator: ".")
        return InferenceError(
            .invalidInput,
            "\(place): a type that decodes nested containers by itself needs SchemaProviding.",
            field: place
        )
    }
}

private struct RecordedValue: SingleValueDecodingContainer {
    let recorder: SchemaRecorder
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { false }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        var probe = SchemaProbe(types: recorder.types, path: recorder.path)
        let (schema, value) = try probe.schema(of: type)
        recorder.single = schema
        return value
    }
    func decode(_ type: Bool.Type) throws -> Bool { try known(type) }
    func decode(_ type: String.Type) throws -> String { try known(type) }
    func decode(_ type: Double.Type) throws -> Double { try known(type) }
    func decode(_ type: Float.Type) throws -> Float { try known(type) }
    func decode(_ type: Int.Type) throws -> Int { try known(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try known(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try known(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try known(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try known(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try known(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try known(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try known(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try known(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try known(type) }

    private func known<Value: Decodable>(_ type: Value.Type) throws -> Value {
        var probe = SchemaProbe(types: recorder.types, path: recorder.path)
        let (schema, value) = try probe.schema(of: type)
        recorder.single = schema
        return value
    }
}
