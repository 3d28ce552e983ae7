/// What a response is asked for: a text, or the items of a conversation.
public enum ResponseInput: JSONConvertible, Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
    /// One text of the person's.
    case text(String)
    /// Messages, tool calls and their results, in their order.
    case items([ResponseItem])

    /// A text.
    public init(stringLiteral value: String) { self = .text(value) }

    /// Items.
    public init(arrayLiteral elements: ResponseItem...) { self = .items(elements) }

    /// Reads a text or a list of items.
    public init(json: JSONValue) throws {
        switch json {
        case .string(let text): self = .text(text)
        case .array(let items): self = .items(items.map(ResponseItem.init))
        default: throw JSONMismatch(expected: "a text or a list of items", found: json)
        }
    }

    /// The wire's form.
    public var json: JSONValue {
        switch self {
        case .text(let text): .string(text)
        case .items(let items): items.json
        }
    }

    /// The items; a text is one message of the person's.
    public var items: [ResponseItem] {
        switch self {
        case .text(let text): [.user(text)]
        case .items(let items): items
        }
    }

    /// Checks that something is said, and that every medium can be read.
    func check() throws {
        switch self {
        case .text(let text): try InferenceError.require(!text.isEmpty, "input", "a text that is not empty")
        case .items(let items):
            try InferenceError.require(!items.isEmpty, "input", "at least one item")
            for (index, item) in items.enumerated() {
                guard case .message(let message) = item else { continue }
                for (place, part) in message.content.enumerated() {
                    _ = try part.encoded(by: message.role, field: "input[\(index)].content[\(place)]")
                }
            }
        }
    }
}

/// One item of a response, or of what it is asked for; items of kinds that are not known here survive as they are.
public enum ResponseItem: JSONConvertible, Hashable, Sendable {
    /// Something that was said.
    case message(ResponseMessage)
    /// What the model thought.
    case reasoning(ResponseReasoning)
    /// A tool that the model wants called.
    case functionCall(ResponseFunctionCall)
    /// The result of such a call.
    case functionCallOutput(ResponseFunctionOutput)
    /// Any other kind, such as the calls that a server makes by itself.
    case other(JSONValue)

    /// Reads an item; what is not understood survives as it is.
    public init(json: JSONValue) {
        let known: Self? =
            switch json["type"]?.stringValue {
            case "message", nil: (try? ResponseMessage(json: json)).map { .message($0) }
            case "reasoning": (try? ResponseReasoning(json: json)).map { .reasoning($0) }
            case "function_call": (try? ResponseFunctionCall(json: json)).map { .functionCall($0) }
            case "function_call_output": (try? ResponseFunctionOutput(json: json)).map { .functionCallOutput($0) }
            default: nil
            }
        self = known ?? .other(json)
    }

    /// The wire's form.
    public var json: JSONValue {
        switch self {
        case .message(let message): message.json
        case .reasoning(let reasoning): reasoning.json
        case .functionCall(let call): call.json
        case .functionCallOutput(let output): output.json
        case .other(let json): json
        }
    }

    /// Instructions.
    public static func system(_ text: String) -> Self { .message(ResponseMessage(role: .system, text: text)) }
    /// What the person says.
    public static func user(_ text: String) -> Self { .message(ResponseMessage(role: .user, text: text)) }
    /// What the person says and shows, in parts.
    public static func user(_ parts: [ResponseMessage.Part]) -> Self {
        .message(ResponseMessage(role: .user, content: parts))
    }
    /// What the model said.
    public static func assistant(_ text: String) -> Self { .message(ResponseMessage(role: .assistant, text: text)) }
    /// The result of a tool.
    public static func output(_ text: String, for call: ToolCall) -> Self {
        .functionCallOutput(ResponseFunctionOutput(callID: call.id, output: text))
    }

    /// The server's id of the item.
    public var id: String? {
        switch self {
        case .message(let message): message.id
        case .reasoning(let reasoning): reasoning.id
        case .functionCall(let call): call.id
        case .functionCallOutput(let output): output.additional["id"]?.stringValue
        case .other(let json): json["id"]?.stringValue
        }
    }
}

/// A message among the items of a response.
public struct ResponseMessage: JSONConvertible, Hashable, Sendable {
    /// One part of a message.
    public enum Part: Hashable, Sendable {
        /// A text, with whatever the server sent beside it: annotations, log probabilities.
        case text(String, additional: JSONObject = [:])
        /// The words of a refusal.
        case refusal(String)
        /// An image: bytes or a file go as a data URL, a URL as it is.
        case image(Media, detail: String? = nil)
        /// A part of a kind that is not known here.
        case other(JSONValue)
    }

    /// The server's id of the message.
    public var id: String?
    /// Who speaks.
    public var role: ChatMessage.Role
    /// What is said.
    public var content: [Part]
    /// How far the message is, in the server's word.
    public var status: ResponseStatus?
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes a message of parts.
    public init(role: ChatMessage.Role, content: [Part]) {
        self.role = role
        self.content = content
        additional = [:]
    }

    /// Makes a message of one text.
    public init(role: ChatMessage.Role, text: String) {
        self.init(role: role, content: [.text(text)])
    }

    /// The texts of the message, joined.
    public var text: String {
        content.reduce(into: "") { if case .text(let text, _) = $1 { $0 += text } }
    }

    /// Reads a message whose content is a text or a list of parts.
    public init(json: JSONValue) throws {
        let members = try json.members()
        guard let role = members["role"]?.stringValue else {
            throw JSONMismatch(expected: "a message with a \"role\"", found: json)
        }
        self.role = ChatMessage.Role(rawValue: role)
        switch members["content"] {
        case .string(let text): content = [.text(text)]
        case .array(let parts): content = parts.map(Part.init)
        case .none, .null: content = []
        case .some(let other): throw JSONMismatch(expected: "a text or a list of parts", found: other)
        }
        id = members["id"]?.stringValue
        status = members["status"]?.stringValue.map(ResponseStatus.init(rawValue:))
        additional = members.removing(["type", "id", "role", "content", "status"])
    }

    /// The wire's form; a text alone, without an id, is sent in the short form that every server takes.
    ///
    /// Media that cannot be read are left out here; sending refuses them before.
    public var json: JSONValue {
        if id == nil, status == nil, additional.isEmpty, content.count == 1,
            case .text(let text, let more) = content[0], more.isEmpty
        {
            return ["role": role.json, "content": .string(text)]
        }
        var members: JSONObject = ["type": "message"]
        members["id"] = id?.json
        members["role"] = role.json
        members["status"] = status?.json
        members["content"] = .array(content.compactMap { try? $0.encoded(by: role, field: "content") })
        return .object(members.merging(additional))
    }
}

extension ResponseMessage.Part {
    /// Reads a part; what is not understood survives as it is.
    init(_ json: JSONValue) {
        let members = json.objectValue ?? [:]
        switch members["type"]?.stringValue {
        case "input_text", "output_text", "text":
            self =
                members["text"]?.stringValue.map { .text($0, additional: members.removing(["type", "text"])) }
                ?? .other(json)
        case "refusal": self = members["refusal"]?.stringValue.map { .refusal($0) } ?? .other(json)
        case "input_image":
            let image = members["image_url"]?.stringValue.flatMap { try? Media(base64: $0, fallback: .jpeg) }
            self = image.map { .image($0, detail: members["detail"]?.stringValue) } ?? .other(json)
        default: self = .other(json)
        }
    }

    /// The wire's form, whose names go by who speaks.
    func encoded(by role: ChatMessage.Role, field: String) throws -> JSONValue {
        switch self {
        case .text(let text, let additional):
            let type: JSONValue = role == .assistant ? "output_text" : "input_text"
            return .object((["type": type, "text": .string(text)] as JSONObject).merging(additional))
        case .refusal(let text): return ["type": "refusal", "refusal": .string(text)]
        case .image(let media, let detail):
            // A text here, and an object in chat.
            var members: JSONObject = ["type": "input_image", "image_url": .string(try media.dataURL(field: field))]
            members["detail"] = detail?.json
            return .object(members)
        case .other(let json): return json
        }
    }
}

/// What a model thought before it answered.
public struct ResponseReasoning: JSONConvertible, Hashable, Sendable {
    /// The server's id of the item.
    public var id: String?
    /// The thoughts, where the server tells them.
    public var content: [String]
    /// Sums of the thoughts, where the server tells only those.
    public var summary: [String]
    /// How far the item is, in the server's word.
    public var status: ResponseStatus?
    /// Members that the server sent besides, such as `encrypted_content`.
    public var additional: JSONObject

    /// Makes an item.
    public init(id: String? = nil, content: [String] = [], summary: [String] = []) {
        self.id = id
        self.content = content
        self.summary = summary
        additional = [:]
    }

    /// The thoughts joined, or their sums where there are no thoughts.
    public var text: String { (content.isEmpty ? summary : content).joined() }

    /// Reads an item.
    public init(json: JSONValue) throws {
        let members = try json.members()
        id = members["id"]?.stringValue
        content = members["content"]?.arrayValue?.compactMap { $0["text"]?.stringValue } ?? []
        summary = members["summary"]?.arrayValue?.compactMap { $0["text"]?.stringValue } ?? []
        status = members["status"]?.stringValue.map(ResponseStatus.init(rawValue:))
        additional = members.removing(["type", "id", "content", "summary", "status"])
    }

    /// The wire's form.
    public var json: JSONValue {
        var members: JSONObject = ["type": "reasoning"]
        members["id"] = id?.json
        members["summary"] = .array(summary.map { ["type": "summary_text", "text": .string($0)] })
        if !content.isEmpty {
            members["content"] = .array(content.map { ["type": "reasoning_text", "text": .string($0)] })
        }
        members["status"] = status?.json
        return .object(members.merging(additional))
    }
}

/// A tool that a model wants called.
public struct ResponseFunctionCall: JSONConvertible, Hashable, Sendable {
    /// The server's id of the item, which is not the call's.
    public var id: String?
    /// The id by which the result names the call.
    public var callID: String
    /// The tool's name.
    public var name: String
    /// The arguments, as the text of a JSON object.
    public var arguments: String
    /// How far the item is, in the server's word.
    public var status: ResponseStatus?
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes a call.
    public init(callID: String, name: String, arguments: String) {
        self.callID = callID
        self.name = name
        self.arguments = arguments
        additional = [:]
    }

    /// The call as chat has it.
    public var toolCall: ToolCall {
        ToolCall(id: callID, name: name, arguments: arguments.isEmpty ? "{}" : arguments)
    }

    /// Reads a call.
    public init(json: JSONValue) throws {
        let members = try json.members()
        id = members["id"]?.stringValue
        name = try members.label("name")
        guard let callID = members["call_id"]?.stringValue ?? id else {
            throw JSONMismatch(expected: "a call with a \"call_id\"", found: json)
        }
        self.callID = callID
        arguments = ToolCall.text(of: members["arguments"])
        status = members["status"]?.stringValue.map(ResponseStatus.init(rawValue:))
        additional = members.removing(["type", "id", "call_id", "name", "arguments", "status"])
    }

    /// The wire's form.
    public var json: JSONValue {
        var members: JSONObject = ["type": "function_call"]
        members["id"] = id?.json
        members["call_id"] = callID.json
        members["name"] = name.json
        members["arguments"] = arguments.json
        members["status"] = status?.json
        return .object(members.merging(additional))
    }
}

/// The result of a tool that a model wanted called.
public struct ResponseFunctionOutput: JSONConvertible, Hashable, Sendable {
    /// The id of the call.
    public var callID: String
    /// The result, in words for the model.
    public var output: String
    /// Members besides.
    public var additional: JSONObject

    /// Makes a result.
    public init(callID: String, output: String) {
        self.callID = callID
        self.output = output
        additional = [:]
    }

    /// Reads a result that is a text.
    public init(json: JSONValue) throws {
        let members = try json.members()
        callID = try members.decode("call_id")
        output = try members.decode("output")
        additional = members.removing(["type", "call_id", "output"])
    }

    /// The wire's form.
    public var json: JSONValue {
        let members: JSONObject = ["type": "function_call_output", "call_id": callID.json, "output": output.json]
        return .object(members.merging(additional))
    }
}

/// A tool that a response may use.
public enum ResponseTool: JSONConvertible, Hashable, Sendable {
    /// A function of the caller's.
    case function(ToolDefinition)
    /// Anything else that the server knows, such as `web_search`.
    case other(JSONValue)

    /// The tools of a server that speaks the Model Context Protocol; the service calls them itself.
    ///
    /// - Parameters:
    ///   - label: A name for the server.
    ///   - url: Where it is.
    ///   - allowedTools: The only tools that may be used, or `nil` for all.
    ///   - requiresApproval: Whether each call waits for an item `mcp_approval_response`; the service's default.
    /// - Returns: The tool.
    public static func mcp(
        _ label: String,
        url: String,
        allowedTools: [String]? = nil,
        requiresApproval: Bool = true
    ) -> Self {
        var members: JSONObject = ["type": "mcp", "server_label": label.json, "server_url": url.json]
        members["allowed_tools"] = allowedTools?.json
        members["require_approval"] = requiresApproval ? "always" : "never"
        return .other(.object(members))
    }

    /// Reads a tool.
    public init(json: JSONValue) throws {
        self = json["type"]?.stringValue == "function" ? .function(try ToolDefinition(json: json)) : .other(json)
    }

    /// The wire's form, in which a function's members stand beside its type.
    public var json: JSONValue {
        switch self {
        case .other(let json): return json
        case .function(let definition):
            var members: JSONObject = ["type": "function", "name": definition.name.json]
            members["description"] = definition.description?.json
            // Chat may leave them out; here they are wanted.
            members["parameters"] = definition.parameters ?? ["type": "object", "properties": [:]]
            members["strict"] = definition.strict?.json
            return .object(members.merging(definition.additional))
        }
    }
}
