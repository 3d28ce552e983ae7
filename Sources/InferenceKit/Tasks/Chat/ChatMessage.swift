/// One message of a conversation.
///
/// Source: the messages of the OpenAI-compatible chat routes.
public struct ChatMessage: JSONConvertible, Hashable, Sendable {
    /// Who speaks, in the wire's word.
    public struct Role: RawRepresentable, Hashable, Sendable, JSONConvertible {
        /// The wire's word.
        public var rawValue: String
        /// Makes a role of the wire's word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Instructions for the whole conversation.
        public static var system: Self { Self(rawValue: "system") }
        /// OpenAI's newer word for instructions; many models know `system` only.
        public static var developer: Self { Self(rawValue: "developer") }
        /// The person.
        public static var user: Self { Self(rawValue: "user") }
        /// The model.
        public static var assistant: Self { Self(rawValue: "assistant") }
        /// A tool's result.
        public static var tool: Self { Self(rawValue: "tool") }
    }

    /// Who speaks.
    public var role: Role
    /// What is said; `nil` in a message that only calls tools.
    public var content: ChatContent?
    /// The speaker's name, or the tool's.
    public var name: String?
    /// The tools that the model wants called, in their order.
    public var toolCalls: [ToolCall]
    /// The call that a tool's result belongs to.
    public var toolCallID: String?
    /// What the model thought before it spoke, where a server tells it; not sent back unless ``sendsReasoning`` is set.
    public var reasoning: String?
    /// Why the model refused, where a server tells it.
    public var refusal: String?
    /// Whether `reasoning` goes along when the message is sent; most servers ignore or reject it.
    public var sendsReasoning = false
    /// Members that the server sent besides; they are sent back as they came.
    public var additional: JSONObject

    /// Makes a message.
    public init(
        role: Role,
        content: ChatContent?,
        name: String? = nil,
        toolCalls: [ToolCall] = [],
        toolCallID: String? = nil
    ) {
        self.role = role
        self.content = content
        self.name = name
        self.toolCalls = toolCalls
        self.toolCallID = toolCallID
        additional = [:]
    }

    /// Instructions for the whole conversation.
    public static func system(_ text: String) -> Self { Self(role: .system, content: .text(text)) }
    /// What the person says.
    public static func user(_ text: String) -> Self { Self(role: .user, content: .text(text)) }
    /// What the person says and shows, in parts.
    public static func user(_ parts: [ChatContent.Part]) -> Self { Self(role: .user, content: .parts(parts)) }
    /// What the model said.
    public static func assistant(_ text: String) -> Self { Self(role: .assistant, content: .text(text)) }
    /// The result of a tool.
    public static func tool(_ result: String, for call: ToolCall) -> Self {
        Self(role: .tool, content: .text(result), name: call.name, toolCallID: call.id)
    }

    /// The text of the content, its parts joined; empty when there is none.
    public var text: String { content?.text ?? "" }

    /// Reads a message, in whichever dialect it came.
    public init(json: JSONValue) throws {
        let members = try json.members()
        self.init(
            role: Role(rawValue: members["role"]?.stringValue ?? "assistant"),
            content: try ChatContent(optional: members["content"]),
            name: members["name"]?.stringValue,
            toolCalls: try members["tool_calls"]?.arrayValue?.enumerated().map {
                try ToolCall(json: $1, position: $0)
            } ?? [],
            toolCallID: members["tool_call_id"]?.stringValue
        )
        reasoning = Self.reasoning(in: members)
        refusal = members["refusal"]?.stringValue
        additional = members.removing([
            "role", "content", "name", "tool_calls", "tool_call_id", "reasoning", "reasoning_content", "refusal",
        ])
    }

    /// The thoughts, under either of their names; an empty text is none.
    static func reasoning(in members: JSONObject) -> String? {
        for key in ["reasoning", "reasoning_content"] {
            if let text = members[key]?.stringValue, !text.isEmpty { return text }
        }
        return nil
    }

    /// The message as it is sent.
    ///
    /// A message that only calls tools has no `content`: one server takes an empty text for the whole message and loses
    /// the calls.
    public var json: JSONValue {
        var members: JSONObject = ["role": role.json]
        members["content"] = content?.json
        if !toolCalls.isEmpty, content?.isEmpty == true { members["content"] = nil }
        members["name"] = name.map { .string($0) }
        if !toolCalls.isEmpty { members["tool_calls"] = .array(toolCalls.map(\.json)) }
        members["tool_call_id"] = toolCallID.map { .string($0) }
        if sendsReasoning { members["reasoning"] = reasoning.map { .string($0) } }
        members["refusal"] = refusal.map { .string($0) }
        return .object(members.merging(additional))
    }
}

/// What a message says: a text, or parts of several kinds.
public enum ChatContent: JSONConvertible, Hashable, Sendable, ExpressibleByStringLiteral {
    /// A text.
    case text(String)
    /// Texts, images and sounds in turn.
    case parts([Part])

    /// One part of a message.
    public enum Part: Hashable, Sendable {
        /// A text.
        case text(String)
        /// An image: bytes or a file go as a data URL, a URL as it is.
        case image(Media, detail: String? = nil)
        /// A recording; `wav` and `mp3` are what most servers take.
        case audio(Media)
        /// A video.
        case video(Media)
        /// A part of a kind that is not known here.
        case other(JSONValue)
    }

    /// A text.
    public init(stringLiteral value: String) { self = .text(value) }

    /// Reads a text or a list of parts.
    public init(json: JSONValue) throws {
        switch json {
        case .string(let text): self = .text(text)
        case .array(let parts): self = .parts(parts.map(Part.init))
        default: throw JSONMismatch(expected: "a text or a list of parts", found: json)
        }
    }

    /// Reads content that may be missing or null.
    init?(optional json: JSONValue?) throws {
        guard let json, !json.isNull else { return nil }
        try self.init(json: json)
    }

    /// The texts of the content, joined.
    public var text: String {
        switch self {
        case .text(let text): text
        case .parts(let parts):
            parts.reduce(into: "") { if case .text(let text) = $1 { $0 += text } }
        }
    }

    /// Whether nothing is said.
    var isEmpty: Bool {
        switch self {
        case .text(let text): text.isEmpty
        case .parts(let parts): parts.isEmpty
        }
    }

    /// The wire's form.
    ///
    /// Media that cannot be read are left out here; sending refuses them before.
    public var json: JSONValue {
        switch self {
        case .text(let text): .string(text)
        case .parts(let parts): .array(parts.compactMap { try? $0.encoded(field: "content") })
        }
    }

    /// Checks that every medium can be read.
    func check(field: String) throws {
        guard case .parts(let parts) = self else { return }
        for (index, part) in parts.enumerated() { _ = try part.encoded(field: "\(field)[\(index)]") }
    }
}

extension ChatContent.Part {
    /// Reads a part; what is not understood survives as it is.
    init(_ json: JSONValue) {
        switch json["type"]?.stringValue {
        case "text": self = json["text"]?.stringValue.map { .text($0) } ?? .other(json)
        case "image_url":
            // Some servers take a plain text instead of the object.
            let url = json["image_url"]?["url"]?.stringValue ?? json["image_url"]?.stringValue
            self =
                url.flatMap { try? Media(base64: $0, fallback: .jpeg) }.map {
                    .image($0, detail: json["image_url"]?["detail"]?.stringValue)
                } ?? .other(json)
        default: self = .other(json)
        }
    }

    /// The wire's form.
    func encoded(field: String) throws -> JSONValue {
        switch self {
        case .text(let text): return ["type": "text", "text": .string(text)]
        case .image(let media, let detail):
            var image: JSONObject = ["url": .string(try media.dataURL(field: field))]
            image["detail"] = detail.map { .string($0) }
            return ["type": "image_url", "image_url": .object(image)]
        case .video(let media):
            return ["type": "video_url", "video_url": ["url": .string(try media.dataURL(field: field))]]
        case .audio(let media):
            if case .url(let url) = media.source { return ["type": "audio_url", "audio_url": ["url": .string(url)]] }
            let content = try media.content(field: field)
            let base64 = Base64.encode(try content.bytes(field: field))
            let format = content.mediaType.preferredFileExtension ?? "wav"
            return ["type": "input_audio", "input_audio": ["data": .string(base64), "format": .string(format)]]
        case .other(let json): return json
        }
    }
}

extension Media {
    /// The URL, or the bytes as a data URL with exactly one semicolon, which one server insists on.
    func dataURL(field: String) throws -> String {
        if case .url(let url) = source { return url }
        let content = try content(field: field)
        let type = content.mediaType.withoutParameters
        return "data:\(type);base64,\(Base64.encode(try content.bytes(field: field)))"
    }
}

/// A tool that the model wants called.
public struct ToolCall: JSONConvertible, Hashable, Sendable {
    /// The id by which the result names the call; servers have been seen to send none, then it is made up here.
    public var id: String
    /// The tool's name.
    public var name: String
    /// The arguments, as the text of a JSON object.
    public var arguments: String
    /// Members that the server sent besides.
    public var additional: JSONObject
    /// Members that the server sent besides in `function`.
    public var functionAdditional: JSONObject = [:]

    /// Makes a call.
    public init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
        additional = [:]
    }

    /// Reads a call.
    public init(json: JSONValue) throws { try self.init(json: json, position: 0) }

    init(json: JSONValue, position: Int) throws {
        let members = try json.members()
        let function = try (members["function"] ?? json).members()
        name = try function.label("name")
        arguments = Self.text(of: function["arguments"])
        if arguments.isEmpty { arguments = "{}" }
        id = members["id"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 } ?? "call_\(position)"
        additional = members.removing(["id", "type", "function", "index"])
        if members["function"] != nil { functionAdditional = function.removing(["name", "arguments"]) }
    }

    /// Arguments as text: older servers send an object, and nothing stands for no arguments.
    static func text(of json: JSONValue?) -> String {
        switch json {
        case .none, .null: ""
        case .string(let text): text
        case .some(let value): value.jsonString()
        }
    }

    /// The call as it is sent back.
    public var json: JSONValue {
        let function: JSONObject = ["name": .string(name), "arguments": .string(arguments)]
        let members: JSONObject = [
            "id": .string(id), "type": "function",
            "function": .object(function.merging(functionAdditional)),
        ]
        return .object(members.merging(additional))
    }
}
