/// A chat request in OpenAI's form, read and checked as TGI does.
struct ChatRequest {
    struct Message {
        var role: String
        var text: String
        /// The URLs of its pictures.
        var images: [String] = []
    }

    struct Tool {
        var name: String
        var description: String
        var parameters: JSON
    }

    var model: String?
    var messages: [Message]
    var maxTokens: Int?
    var stops: [String]
    var tools: [Tool]
    /// `auto`, `none`, `required` or the name of a function.
    var toolChoice: String
    /// The schema of a structured answer; an empty object where only JSON is asked for.
    var schema: JSON?
    var reasons: Bool
    var isStream: Bool
    var includesUsage: Bool
    /// The number of alternatives at each token, or `nil` where no logprobs are asked for.
    var topLogprobs: Int?
    var seed: Int

    init(_ body: [UInt8]) throws(Refusal) {
        let root: JSON
        do {
            root = try JSONReader.read(body)
        } catch {
            throw .plain(
                400,
                "Failed to parse the request body as JSON: \(error.message) at line 1 column \(error.offset + 1)"
            )
        }
        let fields = Fields(root: root, length: body.count)
        model = try fields.text("model")
        guard let items = root["messages"]?.items else {
            throw fields.failure(root["messages"] == nil ? "missing field `messages`" : "messages: invalid type")
        }
        messages = []
        for item in items { messages.append(try Self.message(item, fields)) }
        let newerLimit = try fields.integer("max_completion_tokens")
        maxTokens = try fields.integer("max_tokens") ?? newerLimit
        seed = try fields.integer("seed") ?? 0
        isStream = try fields.flag("stream") ?? false
        includesUsage = root["stream_options"]?["include_usage"]?.flag ?? false
        stops = root["stop"]?.texts ?? root["stop"]?.text.map { [$0] } ?? []
        topLogprobs = try fields.flag("logprobs") == true ? fields.integer("top_logprobs") ?? 0 : nil
        let effort = try fields.text("reasoning_effort")
        reasons = effort != nil && effort != "none"
        tools = (root["tools"]?.items ?? []).compactMap { item in
            let function = item["function"]
            return function?["name"]?.text.map { name in
                Tool(
                    name: name,
                    description: function?["description"]?.text ?? "",
                    parameters: function?["parameters"] ?? function?["arguments"] ?? .object([])
                )
            }
        }
        let choice = root["tool_choice"]
        toolChoice = choice?["function"]?["name"]?.text ?? choice?["name"]?.text ?? choice?.text ?? "auto"
        schema = try Self.schema(root["response_format"], fields)
        try check(fields)
    }

    private static func message(_ item: JSON, _ fields: Fields) throws(Refusal) -> Message {
        guard let role = item["role"]?.text else { throw fields.failure("messages: missing field `role`") }
        switch item["content"] {
        case nil, .null?: return Message(role: role, text: "")
        case .string(let text)?: return Message(role: role, text: text)
        case .array(let parts)?:
            var message = Message(role: role, text: "")
            for part in parts {
                switch part["type"]?.text {
                case "text": message.text += part["text"]?.text ?? ""
                case "image_url":
                    guard let url = part["image_url"]?["url"]?.text else { throw fields.failure("missing field `url`") }
                    message.images.append(url)
                case let type:
                    throw fields.failure("messages: unknown variant `\(type ?? "")`, expected `text` or `image_url`")
                }
            }
            return message
        default: throw fields.failure("messages: data did not match any variant of untagged enum MessageContent")
        }
    }

    /// The schema in any of the forms that servers take.
    private static func schema(_ format: JSON?, _ fields: Fields) throws(Refusal) -> JSON? {
        guard let format, !format.isNull else { return nil }
        switch format["type"]?.text {
        case "text": return nil
        case "json_object", "json": return format["value"] ?? format["schema"] ?? .object([])
        case "json_schema":
            let schema = format["json_schema"]?["schema"] ?? format["value"]?["schema"] ?? format["schema"]
            guard let schema else { throw fields.failure("response_format: missing field `schema`") }
            return schema
        default: throw fields.failure("response_format: unknown variant")
        }
    }

    private func check(_ fields: Fields) throws(Refusal) {
        guard !messages.isEmpty else { throw .validation("`messages` cannot be empty") }
        guard stops.count <= 4 else {
            throw .validation("`stop` supports up to 4 stop sequences. Given: \(stops.count)")
        }
        if let maxTokens, maxTokens <= 0 { throw .validation("`max_new_tokens` must be strictly positive") }
        try fields.check("temperature", in: 0...2)
        try fields.check("top_p", in: 0...1)
        try fields.check("frequency_penalty", in: -2...2)
        try fields.check("presence_penalty", in: -2...2)
        if let topLogprobs, !(0...20).contains(topLogprobs) {
            throw .validation("`top_logprobs` must be between 0 and 20. Given: \(topLogprobs)")
        }
        if schema != nil, !tools.isEmpty, toolChoice != "none" {
            throw .typed(422, "Tool error: Grammar and tools are mutually exclusive", type: "tool_error")
        }
    }
}

/// Typed access to a body's fields, with the refusals of a server that reads JSON into a fixed shape.
private struct Fields {
    var root: JSON
    var length: Int

    func failure(_ message: String) -> Refusal {
        .plain(
            422,
            "Failed to deserialize the JSON body into the target type: \(message) at line 1 column \(length)"
        )
    }

    private func value(_ name: String) -> JSON? {
        root[name].flatMap { $0.isNull ? nil : $0 }
    }

    func text(_ name: String) throws(Refusal) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.text else { throw failure("\(name): invalid type, expected a string") }
        return text
    }

    func integer(_ name: String) throws(Refusal) -> Int? {
        guard let value = value(name) else { return nil }
        guard let whole = value.whole else { throw failure("\(name): invalid type, expected u32") }
        return whole
    }

    func flag(_ name: String) throws(Refusal) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let flag = value.flag else { throw failure("\(name): invalid type, expected a boolean") }
        return flag
    }

    func check(_ name: String, in range: ClosedRange<Double>) throws(Refusal) {
        guard let value = value(name) else { return }
        guard let real = value.real else { throw failure("\(name): invalid type, expected f32") }
        guard range.contains(real) else {
            throw .validation("`\(name)` must be between \(range.lowerBound) and \(range.upperBound). Given: \(real)")
        }
    }
}

extension Refusal {
    /// TGI's refusal of a value.
    static func validation(_ message: String) -> Refusal {
        .typed(422, "Input validation error: \(message)", type: "validation")
    }
}
