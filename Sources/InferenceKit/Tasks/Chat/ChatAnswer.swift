/// A model's answer in a conversation.
public struct ChatAnswer: JSONConvertible, TaskOutput, Hashable, Sendable {
    /// One of the answers that were made; usually there is one.
    public struct Choice: JSONConvertible, Hashable, Sendable {
        /// Its place among the answers.
        public var index: Int
        /// The message.
        public var message: ChatMessage
        /// Why the model stopped; look for tool calls in the message, since some servers say `stop` there too.
        public var finishReason: FinishReason?
        /// The tokens' log probabilities, as the server sent them.
        public var logprobs: ChatLogprobs?
        /// Members that the server sent besides.
        public var additional: JSONObject

        /// Makes a choice.
        public init(index: Int, message: ChatMessage, finishReason: FinishReason?) {
            self.index = index
            self.message = message
            self.finishReason = finishReason
            additional = [:]
        }

        /// Reads a choice.
        public init(json: JSONValue) throws {
            let members = try json.members()
            guard let message = members["message"] else {
                throw JSONMismatch(expected: "a \"message\"", found: json)
            }
            index = members["index"]?.intValue ?? 0
            self.message = try ChatMessage(json: message)
            finishReason = members["finish_reason"]?.stringValue.flatMap(FinishReason.init(nonEmpty:))
            logprobs = members["logprobs"].flatMap { ChatLogprobs(optional: $0) }
            additional = members.removing(["index", "message", "finish_reason", "logprobs"])
        }

        /// The choice as the schema has it.
        public var json: JSONValue {
            var message = message
            // What the server told is shown, though it would not be sent back.
            message.sendsReasoning = true
            var members: JSONObject = ["index": index.json, "message": message.json]
            members["finish_reason"] = finishReason?.json ?? .null
            members["logprobs"] = logprobs?.json ?? .null
            return .object(members.merging(additional))
        }
    }

    /// The server's id of the answer; some send an empty one.
    public var id: String?
    /// Seconds since 1970 when the answer was made.
    public var created: Int?
    /// The model that answered, in the server's word.
    public var model: String?
    /// The answers, in their order.
    public var choices: [Choice]
    /// The tokens that were counted.
    public var usage: TokenUsage?
    /// The state of the server's software.
    public var systemFingerprint: String?
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes an answer.
    public init(choices: [Choice] = []) {
        self.choices = choices
        additional = [:]
    }

    /// The first answer's message.
    public var message: ChatMessage? { choices.first?.message }
    /// The first answer's text; empty when there is none.
    public var text: String { message?.text ?? "" }
    /// The tools that the first answer wants called.
    public var toolCalls: [ToolCall] { message?.toolCalls ?? [] }
    /// Why the first answer stopped.
    public var finishReason: FinishReason? { choices.first?.finishReason }

    /// Reads an answer, in whichever dialect it came.
    public init(json: JSONValue) throws {
        let members = try json.members()
        guard let list = members["choices"]?.arrayValue else {
            throw JSONMismatch(expected: "an object with \"choices\"", found: json)
        }
        choices = try list.map { try Choice(json: $0) }.sorted(on: \.index)
        id = members["id"]?.stringValue
        created = members["created"]?.intValue
        model = members["model"]?.stringValue
        usage = members["usage"].flatMap { TokenUsage(optional: $0) }
        systemFingerprint = members["system_fingerprint"]?.stringValue
        additional = members.removing(["id", "created", "model", "choices", "usage", "system_fingerprint"])
    }

    /// The answer as the schema has it.
    public var json: JSONValue {
        var members: JSONObject = [:]
        members["id"] = id.map { .string($0) }
        members["created"] = created?.json
        members["model"] = model.map { .string($0) }
        members["choices"] = choices.json
        members["usage"] = usage?.json
        members["system_fingerprint"] = systemFingerprint.map { .string($0) }
        return .object(members.merging(additional))
    }
}

/// The tokens that a call was counted for.
public struct TokenUsage: JSONConvertible, Hashable, Sendable {
    /// The tokens of the request.
    public var promptTokens: Int?
    /// The tokens of the answer, thoughts included.
    public var completionTokens: Int?
    /// All of them.
    public var totalTokens: Int?
    /// The tokens of the request that came from a cache.
    public var cachedTokens: Int?
    /// The tokens of the answer that were thoughts.
    public var reasoningTokens: Int?
    /// Everything as the server sent it.
    public var json: JSONValue

    /// Reads usage; every number may be missing.
    public init(json: JSONValue) throws {
        let members = try json.members()
        self.json = json
        promptTokens = members["prompt_tokens"]?.intValue ?? members["input_tokens"]?.intValue
        completionTokens = members["completion_tokens"]?.intValue ?? members["output_tokens"]?.intValue
        totalTokens = members["total_tokens"]?.intValue
        cachedTokens =
            (members["prompt_tokens_details"] ?? members["input_tokens_details"])?["cached_tokens"]?.intValue
        reasoningTokens =
            (members["completion_tokens_details"] ?? members["output_tokens_details"])?["reasoning_tokens"]?.intValue
    }

    init?(optional json: JSONValue) {
        guard let usage = try? Self(json: json) else { return nil }
        self = usage
    }
}

/// Log probabilities of an answer's tokens.
public struct ChatLogprobs: JSONConvertible, Hashable, Sendable {
    /// One token.
    public struct Token: JSONConvertible, Hashable, Sendable {
        /// The token's text; parts of a character show as U+FFFD, `bytes` has them exactly.
        public var token: String
        /// The natural logarithm of its probability; `nil` where the server sent what is no number.
        public var logprob: Double?
        /// The token's bytes, where the server tells them.
        public var bytes: [UInt8]?
        /// The alternatives, likeliest first.
        public var topLogprobs: [Token]

        /// Reads a token.
        public init(json: JSONValue) throws {
            let members = try json.members()
            token = try members.label("token", "text")
            logprob = members["logprob"]?.doubleValue
            bytes = members["bytes"]?.arrayValue?.compactMap { $0.intValue.flatMap { UInt8(exactly: $0) } }
            topLogprobs = try members["top_logprobs"]?.arrayValue?.map { try Token(json: $0) } ?? []
        }

        /// The token as the schema has it.
        public var json: JSONValue {
            var members: JSONObject = ["token": .string(token), "logprob": .number(orNull: logprob)]
            members["bytes"] = bytes.map { .array($0.map { Int($0).json }) }
            if !topLogprobs.isEmpty { members["top_logprobs"] = topLogprobs.json }
            return .object(members)
        }
    }

    /// The tokens of the content.
    public var content: [Token]

    /// Makes log probabilities.
    public init(content: [Token]) { self.content = content }

    /// Reads `{"content": […]}`.
    public init(json: JSONValue) throws {
        content = try json.members()["content"]?.arrayValue?.map { try Token(json: $0) } ?? []
    }

    init?(optional json: JSONValue) {
        guard json.objectValue != nil, let value = try? Self(json: json) else { return nil }
        self = value
    }

    /// `{"content": […]}`.
    public var json: JSONValue { ["content": content.json] }
}
