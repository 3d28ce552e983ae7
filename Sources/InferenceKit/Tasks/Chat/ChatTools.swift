/// A function that a model may ask for: its name, what it is for, and its arguments as a JSON schema.
public struct ToolDefinition: JSONConvertible, Hashable, Sendable {
    /// The name: letters, digits, `_` and `-`, at most 64.
    public var name: String
    /// What the tool does, in words for the model.
    public var description: String?
    /// The arguments, as a JSON schema of an object; `nil` for none.
    public var parameters: JSONValue?
    /// Whether the arguments must follow the schema exactly, for servers that can promise it.
    public var strict: Bool?
    /// Members besides.
    public var additional: JSONObject

    /// Makes a definition.
    public init(name: String, description: String? = nil, parameters: JSONValue? = nil, strict: Bool? = nil) {
        self.name = name
        self.description = description
        self.parameters = parameters
        self.strict = strict
        additional = [:]
    }

    /// Reads `{"type": "function", "function": {…}}`.
    public init(json: JSONValue) throws {
        let members = try json.members()
        let function = try (members["function"] ?? json).members()
        name = try function.label("name")
        description = function["description"]?.stringValue
        parameters = function["parameters"]
        strict = function["strict"]?.boolValue
        additional = members.removing(["type", "function", "name", "description", "parameters", "strict"])
    }

    /// `{"type": "function", "function": {…}}`.
    public var json: JSONValue {
        var function: JSONObject = ["name": .string(name)]
        function["description"] = description.map { .string($0) }
        function["parameters"] = parameters
        function["strict"] = strict.map { .bool($0) }
        return .object((["type": "function", "function": .object(function)] as JSONObject).merging(additional))
    }

    /// Whether the name may be sent.
    static func isValid(name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// Whether, and which, tools the model calls.
public struct ToolChoice: JSONConvertible, Hashable, Sendable {
    /// The wire's form.
    public let json: JSONValue

    /// Takes the wire's form as it is.
    public init(json: JSONValue) throws {
        switch json {
        case .string, .object: self.json = json
        default: throw JSONMismatch(expected: "a text or an object", found: json)
        }
    }

    private init(_ json: JSONValue) { self.json = json }

    /// As the model likes.
    public static var auto: Self { Self("auto") }
    /// None.
    public static var none: Self { Self("none") }
    /// At least one.
    public static var required: Self { Self("required") }
    /// This one.
    public static func function(_ name: String) -> Self {
        Self(["type": "function", "function": ["name": .string(name)]])
    }
}

/// The form that an answer must have.
public struct ResponseFormat: JSONConvertible, Hashable, Sendable {
    /// A form, as far as it is known here.
    enum Kind: Hashable, Sendable {
        case text
        case jsonObject
        case jsonSchema(name: String, description: String?, schema: JSONValue, strict: Bool?)
        case regex(String)
        case other(JSONValue)
    }

    let kind: Kind

    /// Any text.
    public static var text: Self { Self(kind: .text) }
    /// Any JSON object; text-generation-inference has no such mode.
    public static var jsonObject: Self { Self(kind: .jsonObject) }

    /// JSON that follows a schema; sent in the dialect of the server.
    public static func jsonSchema(
        _ schema: JSONValue,
        name: String = "answer",
        description: String? = nil,
        strict: Bool? = true
    ) -> Self {
        Self(kind: .jsonSchema(name: name, description: description, schema: schema, strict: strict))
    }

    /// Text that matches a regular expression; text-generation-inference only.
    public static func regex(_ pattern: String) -> Self { Self(kind: .regex(pattern)) }

    private init(kind: Kind) { self.kind = kind }

    /// Reads the OpenAI form; other forms are sent as they are.
    public init(json: JSONValue) throws {
        let members = try json.members()
        switch members["type"]?.stringValue {
        case "text": kind = .text
        case "json_object" where members.count == 1: kind = .jsonObject
        case "json_schema":
            guard let inner = members["json_schema"]?.objectValue, let schema = inner["schema"] else {
                kind = .other(json)
                return
            }
            kind = .jsonSchema(
                name: inner["name"]?.stringValue ?? "answer",
                description: inner["description"]?.stringValue,
                schema: schema,
                strict: inner["strict"]?.boolValue
            )
        default: kind = .other(json)
        }
    }

    /// The OpenAI form.
    public var json: JSONValue { json(in: .openAI) }

    /// The form in a server's dialect.
    func json(in dialect: ChatDialect) -> JSONValue {
        switch kind {
        case .text: return ["type": "text"]
        case .jsonObject: return ["type": "json_object"]
        case .regex(let pattern): return ["type": "regex", "value": .string(pattern)]
        case .other(let json): return json
        case .jsonSchema(let name, let description, let schema, let strict):
            switch dialect.schemaForm {
            case .value: return ["type": "json_object", "value": schema]
            case .schema: return ["type": "json_object", "schema": schema]
            case .flat: return ["type": "json_schema", "schema": schema]
            case .nested:
                var inner: JSONObject = ["name": .string(name)]
                inner["description"] = description.map { .string($0) }
                inner["schema"] = schema
                inner["strict"] = strict.map { .bool($0) }
                return ["type": "json_schema", "json_schema": .object(inner)]
            }
        }
    }
}

/// How a server's chat departs from OpenAI's.
public struct ChatDialect: Hashable, Sendable {
    /// Where a JSON schema stands in `response_format`.
    public enum SchemaForm: Hashable, Sendable {
        /// `{"type": "json_schema", "json_schema": {"name": …, "schema": …}}`.
        case nested
        /// `{"type": "json_object", "value": …}`: text-generation-inference, and so `hf-inference`.
        case value
        /// `{"type": "json_object", "schema": …}`: cohere, fireworks-ai.
        case schema
        /// `{"type": "json_schema", "schema": …}`: together.
        case flat
    }

    /// Where a JSON schema stands.
    public var schemaForm: SchemaForm
    /// The model's name when none was given.
    public var defaultModel: String

    /// Makes a dialect.
    public init(schemaForm: SchemaForm, defaultModel: String = "dummy") {
        self.schemaForm = schemaForm
        self.defaultModel = defaultModel
    }

    /// OpenAI's own form.
    public static let openAI = Self(schemaForm: .nested)
    /// text-generation-inference: any other model name than `tgi` would choose an adapter.
    public static let tgi = Self(schemaForm: .value, defaultModel: "tgi")
    /// cohere and fireworks-ai.
    public static let schema = Self(schemaForm: .schema)
    /// together.
    public static let flat = Self(schemaForm: .flat)
}
