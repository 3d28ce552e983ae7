import Foundation

/// An answer of a chat, in the whole and the streamed form.
struct ChatCompletion {
    private let chat: ChatRequest
    private let model: Model
    private let answer: Conversation.Answer
    /// The pieces of the answer's text, cut at the limit or at a stop string.
    private let tokens: [String]
    private let finishReason: String
    private let promptTokens: Int
    private let identifier: String
    private let created = Int(Date().timeIntervalSince1970)

    init(_ chat: ChatRequest, model: Model, limit: Int) throws(Refusal) {
        self.chat = chat
        self.model = model
        promptTokens = chat.messages.reduce(0) { $0 + Words.tokenCount($1.text) + 4 + 64 * $1.images.count }
        guard promptTokens < model.window else {
            throw .validation("`inputs` must have less than \(model.window) tokens. Given: \(promptTokens)")
        }
        if let asked = chat.maxTokens, asked > model.window - promptTokens {
            throw .validation(
                "`inputs` tokens + `max_new_tokens` must be <= \(model.window). Given: \(promptTokens) `inputs` tokens and"
                    + " \(asked) `max_new_tokens`"
            )
        }
        answer = Conversation(request: chat).answer()
        (tokens, finishReason) = Self.cut(answer, limit: limit, stops: chat.stops)
        let hash = Hash.fnv1a(chat.messages.map(\.text).joined(separator: "\n"))
        identifier = "chatcmpl-" + String(hash, radix: 16)
    }

    var isStream: Bool { chat.isStream }

    /// What an answer consists of, for the form of another API.
    struct Parts {
        var text: String
        var tokens: [String]
        var reasoning: String?
        var call: (id: String, name: String, arguments: String)?
        var finishReason: String
        var usage: JSON
    }

    var parts: Parts {
        Parts(
            text: tokens.joined(),
            tokens: tokens,
            reasoning: answer.reasoning,
            call: answer.toolCall.map { call in
                (toolCall?["id"]?.text ?? "", call.name, call.arguments.encodedText)
            },
            finishReason: finishReason,
            usage: usage
        )
    }

    private static func cut(
        _ answer: Conversation.Answer,
        limit: Int,
        stops: [String]
    ) -> (tokens: [String], reason: String) {
        if answer.toolCall != nil { return ([], "tool_calls") }
        var text = answer.text
        for stop in stops where !stop.isEmpty {
            if let range = text.range(of: stop) { text = String(text[..<range.lowerBound]) }
        }
        let tokens = Continuation.split(text)
        return tokens.count > limit ? (Array(tokens.prefix(limit)), "length") : (tokens, "stop")
    }

    private var usage: JSON {
        let reasoning = answer.reasoning.map { Continuation.split($0).count } ?? 0
        let call = answer.toolCall.map { Words.tokenCount($0.arguments.encodedText) } ?? 0
        let completion = tokens.count + reasoning + call
        return [
            "prompt_tokens": .integer(promptTokens), "completion_tokens": .integer(completion),
            "total_tokens": .integer(promptTokens + completion),
        ]
    }

    private var toolCall: JSON? {
        answer.toolCall.map { call in
            [
                "id": .string("call_" + String(Hash.fnv1a(call.arguments.encoded), radix: 16)), "type": "function",
                "function": ["name": .string(call.name), "arguments": .string(call.arguments.encodedText)],
            ]
        }
    }

    private func envelope(_ object: String, _ choices: [JSON], usage: JSON?) -> JSON {
        var members: [JSON.Member] = [
            .init(key: "id", value: .string(identifier)), .init(key: "object", value: .string(object)),
            .init(key: "created", value: .integer(created)),
            .init(key: "model", value: .string(chat.model ?? model.id)),
            .init(key: "system_fingerprint", value: "local-service"), .init(key: "choices", value: .array(choices)),
        ]
        if let usage { members.append(.init(key: "usage", value: usage)) }
        return .object(members)
    }

    private func logprobs(_ tokens: [String]) -> JSON {
        guard let alternatives = chat.topLogprobs else { return nil }
        return [
            "content": .array(
                tokens.map { token in
                    let value = -Double(Hash.fnv1a(token) % 1_000) / 1_000
                    let top = (0..<alternatives).map { index -> JSON in
                        let text = index == 0 ? token : token + "~\(index)"
                        return ["token": .string(text), "logprob": .number(value - Double(index))]
                    }
                    return ["token": .string(token), "logprob": .number(value), "top_logprobs": .array(top)]
                }
            )
        ]
    }

    /// The answer as one object.
    var whole: JSON {
        var message: [JSON.Member] = [
            .init(key: "role", value: "assistant"),
            .init(key: "content", value: toolCall == nil ? .string(tokens.joined()) : nil),
        ]
        if let reasoning = answer.reasoning { message.append(.init(key: "reasoning", value: .string(reasoning))) }
        if let toolCall { message.append(.init(key: "tool_calls", value: [toolCall])) }
        let choice: JSON = [
            "index": 0, "message": .object(message), "finish_reason": .string(finishReason),
            "logprobs": logprobs(tokens),
        ]
        return envelope("chat.completion", [choice], usage: usage)
    }

    /// The answer as the events of a stream.
    func script(interval: Duration) -> EventScript {
        var events = [chunk(["role": "assistant", "content": ""])]
        for piece in answer.reasoning.map(Continuation.split) ?? [] {
            events.append(chunk(["reasoning": .string(piece)]))
        }
        for token in tokens { events.append(chunk(["content": .string(token)], tokens: [token])) }
        events += toolCallChunks
        switch model.state {
        case .cutMidStream:
            var script = EventScript(Array(events.prefix(4)), interval: interval, end: nil)
            script.isCut = true
            return script
        case .failsMidStream:
            let failure: JSON = [
                "error": ["message": "Request failed during generation: Server error", "http_status_code": 422]
            ]
            return EventScript(events.prefix(4) + [failure], interval: interval)
        default:
            events.append(chunk([:], reason: finishReason))
            if chat.includesUsage { events.append(envelope("chat.completion.chunk", [], usage: usage)) }
            return EventScript(events, interval: interval)
        }
    }

    /// A tool call in pieces: its name first, then its arguments in eights of characters.
    private var toolCallChunks: [JSON] {
        guard let toolCall, let arguments = toolCall["function"]?["arguments"]?.text else { return [] }
        let name: JSON = ["name": toolCall["function"]?["name"] ?? "", "arguments": ""]
        let first: JSON = [
            "tool_calls": [["index": 0, "id": toolCall["id"] ?? "", "type": "function", "function": name]]
        ]
        let characters = Array(arguments)
        let pieces = stride(from: 0, to: characters.count, by: 8).map { start in
            String(characters[start..<min(start + 8, characters.count)])
        }
        return [chunk(first)]
            + pieces.map { chunk(["tool_calls": [["index": 0, "function": ["arguments": .string($0)]]]]) }
    }

    private func chunk(_ delta: JSON, tokens: [String]? = nil, reason: String? = nil) -> JSON {
        let choice: JSON = [
            "index": 0, "delta": delta, "finish_reason": reason.map(JSON.string) ?? nil,
            "logprobs": tokens.map(logprobs) ?? nil,
        ]
        return envelope("chat.completion.chunk", [choice], usage: nil)
    }
}
