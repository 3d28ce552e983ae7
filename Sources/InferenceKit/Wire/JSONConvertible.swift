/// A value with a JSON form.
public protocol JSONConvertible: Sendable {
    /// Reads the value.
    ///
    /// - Throws: ``JSONMismatch`` when `json` is of another kind; what is inside adds its key to the error's path.
    init(json: JSONValue) throws

    /// The value as JSON.
    var json: JSONValue { get }
}

extension JSONValue: JSONConvertible {
    /// Takes the value as it is.
    public init(json: JSONValue) { self = json }
    /// The value itself.
    public var json: JSONValue { self }
}

extension JSONObject: JSONConvertible {
    /// Reads an object.
    public init(json: JSONValue) throws {
        guard case .object(let object) = json else { throw JSONMismatch(expected: "an object", found: json) }
        self = object
    }
    /// The object as a value.
    public var json: JSONValue { .object(self) }
}

extension Bool: JSONConvertible {
    /// Reads `true` or `false`.
    public init(json: JSONValue) throws {
        guard case .bool(let bool) = json else { throw JSONMismatch(expected: "a boolean", found: json) }
        self = bool
    }
    /// The Boolean as a value.
    public var json: JSONValue { .bool(self) }
}

extension Int: JSONConvertible {
    /// Reads a whole number, however it is written (`3`, `3.0`).
    public init(json: JSONValue) throws {
        guard let value = json.intValue else { throw JSONMismatch(expected: "an integer", found: json) }
        self = value
    }
    /// The number as a value.
    public var json: JSONValue { .number(JSONNumber(self)) }
}

extension Double: JSONConvertible {
    /// Reads a number.
    public init(json: JSONValue) throws {
        guard let value = json.doubleValue else { throw JSONMismatch(expected: "a number", found: json) }
        self = value
    }
    /// The number in the fewest digits that read back the same; ``JSONValue/null`` when it is infinite or not a number.
    public var json: JSONValue { JSONNumber(self).map(JSONValue.number) ?? .null }
}

extension Float: JSONConvertible {
    /// Reads a number, rounded once.
    public init(json: JSONValue) throws {
        guard case .number(let number) = json else { throw JSONMismatch(expected: "a number", found: json) }
        self = number.floatValue
    }
    /// The number in the fewest digits that read back the same; ``JSONValue/null`` when it is infinite or not a number.
    public var json: JSONValue { JSONNumber(self).map(JSONValue.number) ?? .null }
}

extension String: JSONConvertible {
    /// Reads a string.
    public init(json: JSONValue) throws {
        guard case .string(let string) = json else { throw JSONMismatch(expected: "a string", found: json) }
        self = string
    }
    /// The string as a value.
    public var json: JSONValue { .string(self) }
}

extension Array: JSONConvertible where Element: JSONConvertible {
    /// Reads an array, each element in turn.
    public init(json: JSONValue) throws {
        guard case .array(let elements) = json else { throw JSONMismatch(expected: "an array", found: json) }
        self = []
        reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            do {
                append(try Element(json: element))
            } catch let mismatch as JSONMismatch {
                throw mismatch.at(index)
            }
        }
    }
    /// The elements as a value.
    public var json: JSONValue { .array(map(\.json)) }
}

extension Dictionary: JSONConvertible where Key == String, Value: JSONConvertible {
    /// Reads an object whose members are all of one type.
    public init(json: JSONValue) throws {
        self = [:]
        for (key, value) in try JSONObject(json: json) {
            do {
                self[key] = try Value(json: value)
            } catch let mismatch as JSONMismatch {
                throw mismatch.at(key)
            }
        }
    }
    /// The members as a value, in the order of their keys.
    public var json: JSONValue {
        let members = sorted(on: \.key).map { JSONObject.Member(key: $0.key, value: $0.value.json) }
        return .object(JSONObject(uniqueMembers: members))
    }
}

extension Optional: JSONConvertible where Wrapped: JSONConvertible {
    /// Reads a value, or `nil` from `null`.
    public init(json: JSONValue) throws {
        self = json.isNull ? nil : try Wrapped(json: json)
    }
    /// The value, or ``JSONValue/null``.
    public var json: JSONValue { self?.json ?? .null }
}

extension JSONConvertible where Self: RawRepresentable, RawValue == String {
    /// Reads a string that is one of the type's.
    public init(json: JSONValue) throws {
        guard let value = Self(rawValue: try String(json: json)) else {
            throw JSONMismatch(expected: "a known word", found: "an unknown one")
        }
        self = value
    }
    /// The raw string as a value.
    public var json: JSONValue { .string(rawValue) }
}

extension JSONObject {
    /// The member `key`, read as a value that must be there.
    ///
    /// - Throws: ``JSONMismatch`` with `key` in its path when the member is missing or of another kind.
    public func decode<Value: JSONConvertible>(_ key: String, as type: Value.Type = Value.self) throws -> Value {
        guard let member = self[key] else {
            throw JSONMismatch(expected: "a value", found: "nothing", path: [key])
        }
        do {
            return try Value(json: member)
        } catch let mismatch as JSONMismatch {
            throw mismatch.at(key)
        }
    }

    /// The member `key`, or `nil` when it is missing or `null`.
    ///
    /// - Throws: ``JSONMismatch`` with `key` in its path when the member is of another kind.
    public func decodeIfPresent<Value: JSONConvertible>(
        _ key: String,
        as type: Value.Type = Value.self
    ) throws -> Value? {
        guard let member = self[key], !member.isNull else { return nil }
        do {
            return try Value(json: member)
        } catch let mismatch as JSONMismatch {
            throw mismatch.at(key)
        }
    }
}
