/// Goes on from a prompt.
///
/// The whole text comes at once. Conversations are better served by chat completion; the `messages` here are the chat
/// mode of Transformers pipelines.
///
/// Source: `text-generation` in the Hugging Face task specifications, and text-generation-inference.
public struct TextGeneration: BatchableTask {
    /// `text-generation`.
    public static let id: TaskID = "text-generation"
    /// One text.
    public static let input = TaskInputKind.text
    /// Text, with details on request.
    public static let output = "text"

    /// What the model goes on from.
    public enum Prompt: Hashable, Sendable, ExpressibleByStringLiteral {
        /// A text.
        case text(String)
        /// The turns of a conversation, for servers that run the pipelines of Transformers.
        case messages([Message])

        /// Makes a prompt of a text.
        public init(stringLiteral value: String) { self = .text(value) }
    }

    /// What the model goes on from; not empty.
    public var prompt: Prompt
    /// The LoRA adapter to use, by the name under which the server has loaded it; `nil` for the model itself.
    public var adapterID: String?
    /// How many continuations are generated, of which the likeliest is returned; at least 1, `nil` for one.
    ///
    /// Above 1 servers want sampling and no ``seed``. The others are in ``GeneratedText/Details/bestOfSequences``.
    public var bestOf: Int?
    /// Whether ``GeneratedText/Details/prefill`` holds the prompt's tokens; `nil` for no.
    public var decoderInputDetails: Bool?
    /// Whether the tokens and the reason of the end are returned; `nil` for no, whatever the schema says.
    public var details: Bool?
    /// Whether tokens are drawn by their probability, not just the likeliest; `nil` for no.
    public var doSample: Bool?
    /// How much tokens lose for each time they were used, above -2; zero and `nil` are no penalty.
    public var frequencyPenalty: Double?
    /// The form that the text must have; `nil` for any.
    public var grammar: Grammar?
    /// The most tokens to generate, at least 0; `nil` for the server's own limit.
    public var maxNewTokens: Int?
    /// By how much tokens that were used become less likely, above 0; 1 and `nil` are no penalty.
    public var repetitionPenalty: Double?
    /// Whether the answer begins with the prompt; `nil` for the server's choice, which differs.
    public var returnFullText: Bool?
    /// Makes sampling repeatable, above 0; `nil` for a random one.
    public var seed: Int?
    /// Texts at which generation ends, at most four; `nil` for none.
    public var stop: [String]?
    /// How freely tokens are drawn, above 0, below 1 preferring likely ones; `nil` for the model's own.
    public var temperature: Double?
    /// From how many of the likeliest tokens is drawn, at least 1; `nil` for all.
    public var topK: Int?
    /// How many of the likeliest tokens are told at each place, at least 1; `nil` for none.
    public var topNTokens: Int?
    /// Tokens are drawn from the likeliest that together reach this probability, above 0 and at most 1; `nil` for all.
    public var topP: Double?
    /// To how many tokens the prompt is cut, at least 0; `nil` for no cut.
    public var truncate: Int?
    /// Tokens are drawn by typical decoding with this mass, above 0 and at most 1; `nil` for not at all.
    public var typicalP: Double?
    /// Whether a watermark is woven into the choice of tokens; `nil` for no.
    public var watermark: Bool?
    /// The former name of ``stop``, for old servers; `nil` for none.
    public var stopSequences: [String]?
    /// The most tokens, the prompt's among them, of the former API, at least 1; `nil` for the model's own limit.
    ///
    /// Prefer ``maxNewTokens``.
    public var maxLength: Int?
    /// The fewest tokens, the prompt's among them, of the former API, at least 0; `nil` for no limit.
    public var minLength: Int?
    /// The longest time in seconds, of the former API, above 0; `nil` for no limit.
    public var maxTime: Double?
    /// How many continuations are returned, for servers that run Transformers; at least 1, `nil` for one.
    ///
    /// All but the first are in ``GeneratedText/others``.
    public var numReturnSequences: Int?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task of a text.
    public init(prompt: String, maxNewTokens: Int? = nil) {
        self.prompt = .text(prompt)
        self.maxNewTokens = maxNewTokens
    }

    /// Makes the task of a conversation.
    public init(messages: [Message], maxNewTokens: Int? = nil) {
        prompt = .messages(messages)
        self.maxNewTokens = maxNewTokens
    }

    /// Makes the task of one text, or of a list of messages.
    public init(input: TaskInput) throws {
        if case .array(let values) = input.json, let first = values.first, case .object = first {
            do {
                self.init(messages: try values.map { try Message(json: $0) })
            } catch {
                throw InferenceError.invalidInput("inputs", expected: "messages with \"role\" and \"content\"")
            }
        } else {
            self.init(prompt: try input.text())
        }
    }

    /// The schema's parameters, and the former API's after them.
    public static let parameters: [TaskParameter<Self>] = [
        .text("adapter_id", \.adapterID),
        .integer("best_of", \.bestOf, in: 1...Int.max),
        .boolean("decoder_input_details", \.decoderInputDetails),
        .boolean("details", \.details),
        .boolean("do_sample", \.doSample),
        .number("frequency_penalty", \.frequencyPenalty, "above -2") { $0 > -2 },
        TaskParameter("grammar", \.grammar, "an object with \"type\" and \"value\""),
        .integer("max_new_tokens", \.maxNewTokens, in: 0...Int.max),
        .number("repetition_penalty", \.repetitionPenalty, "above 0") { $0 > 0 },
        .boolean("return_full_text", \.returnFullText),
        .integer("seed", \.seed, in: 1...Int.max),
        TaskParameter("stop", \.stop, "a list of at most four texts") { $0.count <= 4 },
        .number("temperature", \.temperature, "above 0") { $0 > 0 },
        .integer("top_k", \.topK, in: 1...Int.max),
        .integer("top_n_tokens", \.topNTokens, in: 1...Int.max),
        .number("top_p", \.topP, "above 0, at most 1") { $0 > 0 && $0 <= 1 },
        .integer("truncate", \.truncate, in: 0...Int.max),
        .number("typical_p", \.typicalP, "above 0, at most 1") { $0 > 0 && $0 <= 1 },
        .boolean("watermark", \.watermark),
        TaskParameter("stop_sequences", \.stopSequences, "a list of texts"),
        .integer("max_length", \.maxLength, in: 1...Int.max),
        .integer("min_length", \.minLength, in: 0...Int.max),
        .number("max_time", \.maxTime, "of seconds, above 0") { $0 > 0 },
        .integer("num_return_sequences", \.numReturnSequences, in: 1...Int.max),
    ]

    /// The continuation.
    public typealias Response = GeneratedText

    /// `{"inputs": "…", "parameters": {…}}`; without `stream`, whose absence means no.
    public func payload() throws -> Payload {
        .inputs(try batchInput(), parameters: try parametersObject())
    }

    /// The text, or the list of messages.
    public func batchInput() throws -> JSONValue {
        switch prompt {
        case .text(let text):
            try InferenceError.require(!text.isEmpty, "prompt", "a text that is not empty")
            return .string(text)
        case .messages(let messages):
            try InferenceError.require(!messages.isEmpty, "prompt", "at least one message")
            return messages.json
        }
    }

    /// An object, a list of one, or a list in a list.
    public func response(from reply: Reply) throws -> GeneratedText {
        try GeneratedText.read(reply.json())
    }

    /// An object, a list of one, or a list in a list.
    public func response(json: JSONValue) throws -> GeneratedText {
        try GeneratedText.read(json)
    }
}

extension TextGeneration {
    /// One turn of a conversation.
    public struct Message: JSONConvertible, Hashable, Sendable {
        /// Whose turn it is: `system`, `user`, `assistant`, or a word of the model's own.
        public var role: String
        /// A text, or a list of parts as some models take it.
        public var content: JSONValue
        /// Members besides.
        public var additional: JSONObject

        /// Makes a turn.
        public init(role: String, content: JSONValue, additional: JSONObject = [:]) {
            self.role = role
            self.content = content
            self.additional = additional
        }

        /// Makes a turn of the model's user.
        public static func user(_ text: String) -> Self { Self(role: "user", content: .string(text)) }
        /// Makes a turn of the model.
        public static func assistant(_ text: String) -> Self { Self(role: "assistant", content: .string(text)) }
        /// Makes instructions that stand before the conversation.
        public static func system(_ text: String) -> Self { Self(role: "system", content: .string(text)) }

        /// The content's text; of a list of parts, all their texts.
        public var text: String {
            switch content {
            case .string(let text): text
            case .array(let parts): parts.compactMap { $0["text"]?.stringValue }.joined()
            default: ""
            }
        }

        /// Reads `{"role": …, "content": …}`.
        public init(json: JSONValue) throws {
            let members = try json.members()
            role = try members.label("role")
            content = members["content"] ?? .null
            additional = members.removing(["role", "content"])
        }

        /// `{"role": …, "content": …}`.
        public var json: JSONValue {
            let members: JSONObject = ["role": .string(role), "content": content]
            return .object(members.merging(additional))
        }
    }

    /// The form that a generated text must have.
    ///
    /// Source: the guidance of text-generation-inference.
    public struct Grammar: JSONConvertible, Hashable, Sendable {
        /// The kind: `json`, `regex` or `json_schema`.
        public var type: String
        /// What the kind is about.
        public var value: JSONValue

        /// Makes a grammar of a kind.
        public init(type: String, value: JSONValue) {
            self.type = type
            self.value = value
        }

        /// JSON that fits a JSON Schema.
        public static func json(_ schema: JSONValue) -> Self { Self(type: "json", value: schema) }

        /// Text that a regular expression matches.
        public static func regex(_ expression: String) -> Self { Self(type: "regex", value: .string(expression)) }

        /// JSON that fits a JSON Schema, in the newer form that can name it.
        public static func jsonSchema(_ schema: JSONValue, name: String? = nil) -> Self {
            var value: JSONObject = [:]
            if let name { value["name"] = .string(name) }
            value["schema"] = schema
            return Self(type: "json_schema", value: .object(value))
        }

        /// Reads `{"type": …, "value": …}`.
        public init(json: JSONValue) throws {
            let members = try json.members()
            type = try members.decode("type")
            value = try members.decode("value")
        }

        /// `{"type": …, "value": …}`.
        public var json: JSONValue { ["type": .string(type), "value": value] }
    }
}

extension InferenceClient {
    /// Goes on from `prompt`; see ``TextGeneration`` for these and all further parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func textGeneration(
        _ prompt: String,
        model: ModelID? = nil,
        maxNewTokens: Int? = nil,
        temperature: Double? = nil,
        stop: [String]? = nil,
        returnFullText: Bool? = nil,
        details: Bool? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> GeneratedText {
        var task = TextGeneration(prompt: prompt, maxNewTokens: maxNewTokens)
        task.temperature = temperature
        task.stop = stop
        task.returnFullText = returnFullText
        task.details = details
        return try await run(task, model: model, options: options)
    }

    /// Goes on from each of `prompts`, in one call; the answers are in the order of the prompts.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func textGeneration(
        _ prompts: [String],
        model: ModelID? = nil,
        maxNewTokens: Int? = nil,
        temperature: Double? = nil,
        returnFullText: Bool? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [GeneratedText] {
        let members = prompts.map { prompt in
            var task = TextGeneration(prompt: prompt, maxNewTokens: maxNewTokens)
            task.temperature = temperature
            task.returnFullText = returnFullText
            return task
        }
        return try await run(Batch(members), model: model, options: options)
    }
}
