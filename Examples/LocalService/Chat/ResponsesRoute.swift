import Foundation

/// `POST …/v1/responses`: a chat in the form of the Responses API, whole or event by event.
///
/// As the router's own layer does it, a request becomes one of chat and the answer is told in items. Streams have data alone,
/// without an `event:` line, and no `[DONE]`.
struct ResponsesRoute {
    var backend: Backend

    func reply(to request: Request, modelID: String?) async throws -> Reply {
        guard let root = try? JSONReader.read(request.body) else {
            throw Self.invalid("The request body is not JSON.")
        }
        var chat = request
        chat.body = try Self.chat(root).encoded
        let (completion, model) = try await ChatRoute(backend: backend).completion(for: chat, modelID: modelID)
        let response = ResponseAnswer(completion, request: root)
        try await backend.takeTime()
        guard root["stream"] == true else { return .json(response.whole) }
        return .events(response.script(model.state, interval: backend.tokenInterval))
    }

    private static func invalid(_ message: String) -> Refusal {
        Refusal(400, json: ["success": false, "error": [["message": .string(message)]], "details": []])
    }

    /// The request as one of chat.
    private static func chat(_ root: JSON) throws(Refusal) -> JSON {
        var members: [JSON.Member] = []
        func add(_ name: String, _ value: JSON?) {
            if let value, !value.isNull { members.append(.init(key: name, value: value)) }
        }
        add("model", root["model"])
        add("messages", .array(try messages(root)))
        add("max_tokens", root["max_output_tokens"])
        for name in ["temperature", "top_p", "tool_choice"] { add(name, root[name]) }
        add("reasoning_effort", root["reasoning"]?["effort"])
        if let format = root["text"]?["format"], format["type"]?.text == "json_schema" {
            add("response_format", ["type": "json_schema", "json_schema": format])
        } else {
            add("response_format", root["text"]?["format"])
        }
        let tools = (root["tools"]?.items ?? []).filter { $0["type"]?.text == "function" }
        if !tools.isEmpty { add("tools", .array(tools.map { ["type": "function", "function": $0] })) }
        return .object(members)
    }

    private static func messages(_ root: JSON) throws(Refusal) -> [JSON] {
        var messages: [JSON] = []
        if let text = root["instructions"]?.text { messages.append(["role": "system", "content": .string(text)]) }
        switch root["input"] {
        case .string(let text)?: messages.append(["role": "user", "content": .string(text)])
        case .array(let items)?:
            for item in items { messages.append(try message(item)) }
        default: throw invalid("input: Required")
        }
        return messages
    }

    private static func message(_ item: JSON) throws(Refusal) -> JSON {
        switch item["type"]?.text ?? "message" {
        case "message":
            guard let role = item["role"], let content = item["content"] else { throw invalid("input: Invalid input") }
            let parts = content.items?.map { part -> JSON in
                switch part["type"]?.text {
                case "input_image": ["type": "image_url", "image_url": ["url": part["image_url"] ?? ""]]
                default: ["type": "text", "text": part["text"] ?? part["refusal"] ?? ""]
                }
            }
            return ["role": role, "content": parts.map(JSON.array) ?? content]
        case "function_call": return ["role": "assistant", "content": nil]
        case "function_call_output": return ["role": "tool", "content": item["output"] ?? ""]
        // Thoughts are no input here, as at the router.
        default: throw invalid("input: Invalid input")
        }
    }
}

/// An answer of a chat as the items of a response.
private struct ResponseAnswer {
    private let completion: ChatCompletion
    private let root: JSON
    private let identifier: String
    private let created = Int(Date().timeIntervalSince1970)

    init(_ completion: ChatCompletion, request: JSON) {
        self.completion = completion
        root = request
        identifier = String(Hash.fnv1a(completion.parts.text + (completion.parts.reasoning ?? "")), radix: 16)
    }

    private var isCut: Bool { completion.parts.finishReason == "length" }

    private func envelope(_ status: String, _ output: [JSON], error: JSON = nil) -> JSON {
        let isEnded = status == "completed" || status == "incomplete"
        return [
            "id": .string("resp_" + identifier), "object": "response", "created_at": .integer(created),
            "status": .string(status), "error": error,
            "incomplete_details": status == "incomplete" ? ["reason": "max_output_tokens"] : nil,
            "model": root["model"] ?? nil, "output": .array(output), "metadata": root["metadata"] ?? nil,
            "usage": isEnded ? usage : nil,
        ]
    }

    private var usage: JSON {
        let usage = completion.parts.usage
        return [
            "input_tokens": usage["prompt_tokens"] ?? 0, "input_tokens_details": ["cached_tokens": 0],
            "output_tokens": usage["completion_tokens"] ?? 0, "output_tokens_details": ["reasoning_tokens": 0],
            "total_tokens": usage["total_tokens"] ?? 0,
        ]
    }

    // MARK: - Items

    private var reasoning: JSON? {
        completion.parts.reasoning.map { text in
            [
                "type": "reasoning", "id": .string("rs_" + identifier), "summary": [],
                "content": [["type": "reasoning_text", "text": .string(text)]],
            ]
        }
    }

    private func message(_ status: String, _ content: [JSON]) -> JSON {
        [
            "type": "message", "id": .string("msg_" + identifier), "role": "assistant", "status": .string(status),
            "content": .array(content),
        ]
    }

    private func part(_ text: String) -> JSON {
        ["type": "output_text", "text": .string(text), "annotations": []]
    }

    private func call(_ call: (id: String, name: String, arguments: String), arguments: String) -> JSON {
        [
            "type": "function_call", "id": .string("fc_" + identifier), "call_id": .string(call.id),
            "name": .string(call.name), "arguments": .string(arguments),
            "status": arguments.isEmpty ? "in_progress" : "completed",
        ]
    }

    private var output: [JSON] {
        let parts = completion.parts
        let last = parts.call.map { call($0, arguments: $0.arguments) }
        return [reasoning, last ?? message(isCut ? "incomplete" : "completed", [part(parts.text)])].compactMap { $0 }
    }

    /// The response as one object.
    var whole: JSON { envelope(isCut ? "incomplete" : "completed", output) }

    // MARK: - Events

    func script(_ state: Model.State, interval: Duration) -> EventScript {
        var events: [JSON] = []
        func add(_ type: String, _ members: [JSON.Member]) {
            let head: [JSON.Member] = [
                .init(key: "type", value: .string("response." + type)),
                .init(key: "sequence_number", value: .integer(events.count)),
            ]
            events.append(.object(head + members))
        }
        func item(_ item: JSON, _ index: Int) -> [JSON.Member] {
            [.init(key: "output_index", value: .integer(index)), .init(key: "item", value: item)]
        }
        func place(_ id: String, _ index: Int, _ name: String, _ value: JSON) -> [JSON.Member] {
            [
                .init(key: "item_id", value: .string(id + "_" + identifier)),
                .init(key: "output_index", value: .integer(index)), .init(key: "content_index", value: 0),
                .init(key: name, value: value),
            ]
        }
        let parts = completion.parts
        add("created", [.init(key: "response", value: envelope("in_progress", []))])
        add("in_progress", [.init(key: "response", value: envelope("in_progress", []))])
        var index = 0
        if let reasoning, let text = parts.reasoning {
            add("output_item.added", item(["type": "reasoning", "id": reasoning["id"] ?? "", "summary": []], 0))
            for piece in Continuation.split(text) {
                add("reasoning_text.delta", place("rs", 0, "delta", .string(piece)))
            }
            add("reasoning_text.done", place("rs", 0, "text", .string(text)))
            add("output_item.done", item(reasoning, 0))
            index = 1
        }
        if let toolCall = parts.call {
            add("output_item.added", item(call(toolCall, arguments: ""), index))
            add("function_call_arguments.delta", place("fc", index, "delta", .string(toolCall.arguments)))
            add("function_call_arguments.done", place("fc", index, "arguments", .string(toolCall.arguments)))
        } else {
            // The number is 0 whatever stands before, as at the router.
            add("output_item.added", item(message("in_progress", []), 0))
            add("content_part.added", place("msg", index, "part", part("")))
            for token in parts.tokens { add("output_text.delta", place("msg", index, "delta", .string(token))) }
            add("output_text.done", place("msg", index, "text", .string(parts.text)))
            add("content_part.done", place("msg", index, "part", part(parts.text)))
        }
        switch state {
        case .cutMidStream:
            var script = EventScript(Array(events.prefix(6)), interval: interval, end: nil)
            script.isCut = true
            return script
        case .failsMidStream:
            events = Array(events.prefix(6))
            let failure: JSON = ["code": "server_error", "message": "Request failed during generation: Server error"]
            add("failed", [.init(key: "response", value: envelope("failed", [], error: failure))])
        default:
            add("output_item.done", item(output.last ?? nil, index))
            add(isCut ? "incomplete" : "completed", [.init(key: "response", value: whole)])
        }
        return EventScript(events, interval: interval, end: nil)
    }
}
