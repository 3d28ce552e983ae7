/// One parameter of a task's schema: its name on the wire, its type, its limits, and the property that holds it.
public struct TaskParameter<Task: Sendable>: Sendable {
    /// The name on the wire, such as `top_k`.
    public let name: String
    /// The type in the schema's words, with its limits: `integer ≥ 1`, `one of "sigmoid", "softmax"` and others.
    public let type: String
    /// Whether the schema wants it.
    public let isRequired: Bool

    /// The property's value, or why there is none to send.
    private let read: @Sendable (Task) -> ParameterReading
    private let write: @Sendable (inout Task, JSONValue) throws -> Void

    /// An optional parameter of any type that has a JSON form.
    ///
    /// - Parameters:
    ///   - name: The name on the wire.
    ///   - property: The property; `nil` is not sent.
    ///   - type: The words for a person who passed something else.
    ///   - isValid: What the schema allows besides the type.
    public init<Value: JSONConvertible>(
        _ name: String,
        _ property: any WritableKeyPath<Task, Value?> & Sendable,
        _ type: String,
        isValid: @escaping @Sendable (Value) -> Bool = { _ in true }
    ) {
        self.name = name
        self.type = type
        isRequired = false
        let stored = StoredProperty(property)
        read = { task in
            guard let value = stored.value(in: task) else { return .notSet }
            return ParameterReading(value, isValid)
        }
        write = { $0[keyPath: property] = try Value?(json: $1) }
    }

    /// A parameter that the schema wants.
    public init<Value: JSONConvertible>(
        required name: String,
        _ property: any WritableKeyPath<Task, Value> & Sendable,
        _ type: String,
        isValid: @escaping @Sendable (Value) -> Bool = { _ in true }
    ) {
        self.name = name
        self.type = type
        isRequired = true
        let stored = StoredProperty(property)
        read = { ParameterReading(stored.value(in: $0), isValid) }
        write = { $0[keyPath: property] = try Value(json: $1) }
    }

    /// An integer within limits.
    public static func integer(
        _ name: String,
        _ property: any WritableKeyPath<Task, Int?> & Sendable,
        in range: ClosedRange<Int>
    ) -> Self {
        Self(name, property, range.words) { range.contains($0) }
    }

    /// A finite number, within limits if there are any.
    public static func number(
        _ name: String,
        _ property: any WritableKeyPath<Task, Double?> & Sendable,
        _ limits: String = "",
        isValid: @escaping @Sendable (Double) -> Bool = { _ in true }
    ) -> Self {
        Self(name, property, limits.isEmpty ? "a number" : "a number \(limits)") { $0.isFinite && isValid($0) }
    }

    /// Yes or no.
    public static func boolean(_ name: String, _ property: any WritableKeyPath<Task, Bool?> & Sendable) -> Self {
        Self(name, property, "true or false")
    }

    /// A text.
    public static func text(_ name: String, _ property: any WritableKeyPath<Task, String?> & Sendable) -> Self {
        Self(name, property, "a text")
    }

    /// The value to send, or `nil` when it is not set.
    func value(in task: Task) throws -> JSONValue? {
        switch read(task) {
        case .value(let value): return value
        case .notSet: return nil
        case .invalid: throw InferenceError.invalidInput(name, expected: type)
        }
    }

    /// Sets the property from JSON.
    func set(_ value: JSONValue, in task: inout Task) throws {
        do {
            try write(&task, value)
        } catch let error as InferenceError {
            throw error
        } catch {
            throw InferenceError.invalidInput(name, expected: type)
        }
        _ = try self.value(in: task)
    }
}

/// What a parameter's property holds; outside of ``TaskParameter``, so that there is one such type and not one a task.
private enum ParameterReading {
    case value(JSONValue)
    case notSet
    case invalid

    /// A value as its schema takes it; not in line, so that it is compiled once for a type of value, whatever the task.
    @inline(never)
    init<Value: JSONConvertible>(_ value: Value, _ isValid: (Value) -> Bool) {
        self = isValid(value) ? .value(value.json) : .invalid
    }
}

extension ClosedRange<Int> {
    @inline(never)
    fileprivate var words: String {
        upperBound == .max ? "an integer ≥ \(lowerBound)" : "an integer \(lowerBound)…\(upperBound)"
    }
}

extension CatalogTask {
    /// The parameters that are set, checked against their limits, by their names on the wire.
    ///
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput`` that names the parameter.
    public func parametersObject() throws -> JSONObject {
        try Self.parameters.values(in: self).merging(extraParameters)
    }

    /// Sets parameters by their names on the wire; unknown ones are kept and sent as they are.
    ///
    /// - Returns: The names that the task does not know.
    /// - Throws: ``InferenceError`` that names a known parameter of the wrong type.
    public mutating func setParameters(_ values: JSONObject) throws -> [String] {
        var unknown: [String] = []
        for (name, value) in values {
            if let parameter = Self.parameters.first(where: { $0.name == name }) {
                try parameter.set(value, in: &self)
            } else {
                extraParameters[name] = value
                unknown.append(name)
            }
        }
        return unknown
    }
}

extension Array {
    /// The parameters that a task sets, checked against their limits, by their names on the wire.
    func values<Task>(in task: Task) throws -> JSONObject where Element == TaskParameter<Task> {
        var members = JSONObject()
        // By index: mostly nothing is set, and copies of what describes the parameters would cost more than to find out.
        for index in indices {
            if let value = try self[index].value(in: task) { members[self[index].name] = value }
        }
        return members
    }
}
