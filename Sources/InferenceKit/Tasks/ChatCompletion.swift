/// Continues a conversation.
///
/// Without a target the router chooses a provider; the model's name may carry a suffix such as `:cheapest`. Only what is set
/// is sent: some servers refuse a whole request for one field that they do not know.
///
/// Source: `chat-completion` in the Hugging Face task specifications, and the OpenAI-compatible routes of servers.
public struct ChatCompletion: CatalogTask, StreamingTask {
    /// `chat-completion`.
    public static let id: TaskID = "chat-completion"
    /// Messages.
    public static let input = TaskInputKind(rawValue: "messages")
    /// A message.
    public static let output = "message"
    /// The router chooses a provider.
    public static let isRouted = true

    /// The conversation so far, at least one message.
    public var messages: [ChatMessage]
    /// The most tokens to generate, at least 1; `nil` for the server's choice.
    public var maxTokens: Int?
    /// How freely tokens are chosen, 0 to 2; `nil` for the model's own measure.
    public var temperature: Double?
    /// The share of probability that tokens are chosen from, above 0 to 1; one server refuses exactly 1.
    public var topP: Double?
    /// How much repeated tokens are avoided, by their number: -2 to 2.
    public var frequencyPenalty: Double?
    /// How much tokens are avoided that have occurred at all: -2 to 2.
    public var presencePenalty: Double?
    /// Texts that end the answer, four at most with most servers.
    public var stop: [String]?
    /// The seed of the random numbers, 0 or above.
    public var seed: Int?
    /// How many answers are made, at least 1; several servers ignore it.
    public var n: Int?
    /// Whether the tokens' log probabilities come along.
    public var logprobs: Bool?
    /// How many alternatives come with each token: 0 to 20, of which some servers give 5 at most.
    public var topLogprobs: Int?
    /// A bias for tokens by their ids.
    public var logitBias: JSONValue?
    /// The form that the answer must have; sent in the dialect of the server.
    public var responseFormat: ResponseFormat?
    /// The tools that the model may call.
    public var tools: [ToolDefinition]?
    /// Whether, and which, tools the model calls.
    public var toolChoice: ToolChoice?
    /// Whether the model may call several tools at once.
    public var parallelToolCalls: Bool?
    /// A text that stands before the list of tools; text-generation-inference only.
    public var toolPrompt: String?
    /// How much the model thinks: `none`, `minimal`, `low`, `medium`, `high` or a server's own word.
    public var reasoningEffort: String?
    /// Options of a stream, such as `{"include_usage": true}`; `nil` sends none, since some servers refuse them.
    public var streamOptions: JSONObject?
    /// How a stream goes on after its connection was lost; `nil` makes the loss an error.
    ///
    /// Not sent. Default: `nil`.
    public var continuation: ChatContinuation?
    /// Fields that this type does not know; they go to the root of the body, last.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(messages: [ChatMessage]) {
        self.messages = messages
    }

    /// Makes the task of messages in JSON, or of one text.
    public init(input: TaskInput) throws {
        let list = input.json?["messages"]?.arrayValue ?? input.json?.arrayValue
        if let list, list.first?.objectValue != nil {
            do {
                messages = try list.map { try ChatMessage(json: $0) }
            } catch {
                throw InferenceError.invalidInput("inputs", expected: "a list of messages (\(error))")
            }
        } else {
            messages = [.user(try input.text())]
        }
        guard !input.media.isEmpty, let last = messages.indices.last else { return }
        let text = messages[last].text
        let parts = input.media.map { ChatContent.Part.image($0) }
        messages[last].content = .parts((text.isEmpty ? [] : [.text(text)]) + parts)
    }

    /// The schema's parameters; they stand at the root of the body.
    public static let parameters: [TaskParameter<Self>] = [
        .number("frequency_penalty", \.frequencyPenalty, "-2…2") { (-2...2).contains($0) },
        TaskParameter("logit_bias", \.logitBias, "an object of token ids and biases"),
        .boolean("logprobs", \.logprobs),
        .integer("max_tokens", \.maxTokens, in: 1...Int.max),
        .integer("n", \.n, in: 1...Int.max),
        .number("presence_penalty", \.presencePenalty, "-2…2") { (-2...2).contains($0) },
        .text("reasoning_effort", \.reasoningEffort),
        TaskParameter("response_format", \.responseFormat, "an object with a type"),
        .integer("seed", \.seed, in: 0...Int.max),
        TaskParameter("stop", \.stop, "a list of texts that are not empty") { $0.allSatisfy { !$0.isEmpty } },
        TaskParameter("stream_options", \.streamOptions, "an object"),
        .number("temperature", \.temperature, "0…2") { (0...2).contains($0) },
        TaskParameter("tool_choice", \.toolChoice, "\"auto\", \"none\", \"required\" or a function"),
        .text("tool_prompt", \.toolPrompt),
        TaskParameter("tools", \.tools, "a list of tools with names of letters, digits, '_' and '-'") {
            $0.allSatisfy { ToolDefinition.isValid(name: $0.name) }
        },
        .boolean("parallel_tool_calls", \.parallelToolCalls),
        .integer("top_logprobs", \.topLogprobs, in: 0...20),
        .number("top_p", \.topP, "above 0, at most 1") { $0 > 0 && $0 <= 1 },
    ]

    /// The whole answer.
    public typealias Response = ChatAnswer
    /// One piece of the answer.
    public typealias Chunk = ChatChunk

    /// The body without a model.
    public func payload() throws -> Payload { try payload(for: nil) }

    /// The body, `model` first: the router reads it from a short beginning without buffering images.
    public func payload(for model: ModelID?) throws -> Payload {
        try payload(model: model, dialect: .openAI, streams: false)
    }

    /// The body with `stream`, and with usage asked for.
    public func streamPayload(for model: ModelID?) throws -> Payload {
        try payload(model: model, dialect: .openAI, streams: true)
    }

    /// The body in a server's dialect.
    func payload(model: ModelID?, dialect: ChatDialect, streams: Bool) throws -> Payload {
        try InferenceError.require(!messages.isEmpty, "messages", "at least one message")
        var body: JSONObject = [:]
        body["model"] = .string(model?.rawValue ?? dialect.defaultModel)
        body["messages"] = .array(
            try messages.enumerated().map { index, message in
                try message.content?.check(field: "messages[\(index)].content")
                return message.json
            }
        )
        for (name, value) in try parametersObject() { body[name] = value }
        if let responseFormat { body["response_format"] = responseFormat.json(in: dialect) }
        if streams { body["stream"] = true } else { body["stream_options"] = nil }
        var payload = Payload.json(.object(body.merging(extraParameters)))
        if streams { payload.accept = .eventStream }
        return payload
    }

    /// A completion, in whichever dialect it came.
    public func response(from reply: Reply) throws -> ChatAnswer {
        try ChatAnswer(json: reply.json())
    }

    /// A reader of chat chunks.
    public func makeReader() -> ChatReader { ChatReader() }

    /// The same conversation with what had arrived as the model's own beginning.
    public func continuation(of partial: ChatAnswer, after count: Int) -> Self? {
        guard let continuation, count < continuation.limit, (n ?? 1) == 1 else { return nil }
        guard let message = partial.message else { return self }
        // Half a tool call, or thoughts without a word after them, cannot be handed back.
        guard partial.choices.count == 1, message.toolCalls.isEmpty, message.refusal == nil else { return nil }
        guard !message.text.isEmpty else { return message.reasoning == nil ? self : nil }
        var next = self
        next.messages.append(.assistant(message.text))
        next.extraParameters = extraParameters.merging(continuation.parameters)
        return next
    }
}

extension WireFormat where Operation == ChatCompletion {
    /// Chat in a server's dialect, whole or streamed.
    public static func chat(_ dialect: ChatDialect) -> Self {
        Self { task, exchange in
            let reply = try await exchange.send(
                task.payload(model: exchange.model, dialect: dialect, streams: false)
            )
            return try exchange.decode(reply, as: ChatCompletion.self) { try task.response(from: $0) }
        }
        .streaming { task, exchange in
            try await exchange.open(task.payload(model: exchange.model, dialect: dialect, streams: true))
        }
    }
}

extension InferenceClient {
    /// Continues a conversation; see ``ChatCompletion`` for the parameters.
    ///
    /// ```swift
    /// let answer = try await client.chatCompletion([.user("Name a river.")], model: "org/model") {
    ///     $0.maxTokens = 100
    /// }
    /// print(answer.text)
    /// ```
    ///
    /// - Parameters:
    ///   - messages: The conversation so far.
    ///   - model: The model, or `nil` for the client's default.
    ///   - options: What this call does differently from the client.
    ///   - configure: Sets parameters.
    /// - Returns: The answer.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func chatCompletion(
        _ messages: [ChatMessage],
        model: ModelID? = nil,
        options: CallOptions = CallOptions(),
        configure: (inout ChatCompletion) -> Void = { _ in }
    ) async throws -> ChatAnswer {
        var task = ChatCompletion(messages: messages)
        configure(&task)
        return try await run(task, model: model, options: options)
    }

    /// Answers one question; see ``ChatCompletion`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func chatCompletion(
        _ question: String,
        model: ModelID? = nil,
        options: CallOptions = CallOptions(),
        configure: (inout ChatCompletion) -> Void = { _ in }
    ) async throws -> ChatAnswer {
        try await chatCompletion([.user(question)], model: model, options: options, configure: configure)
    }

    /// Continues a conversation and returns the answer while it is made; leaving the loop closes the connection.
    ///
    /// - Parameters:
    ///   - messages: The conversation so far.
    ///   - model: The model, or `nil` for the client's default.
    ///   - options: What this call does differently from the client.
    ///   - configure: Sets parameters.
    /// - Returns: The stream, once the server has begun to answer.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func chatCompletionStream(
        _ messages: [ChatMessage],
        model: ModelID? = nil,
        options: CallOptions = CallOptions(),
        configure: (inout ChatCompletion) -> Void = { _ in }
    ) async throws -> InferenceStream<ChatCompletion> {
        var task = ChatCompletion(messages: messages)
        configure(&task)
        return try await stream(task, model: model, options: options)
    }

    /// Answers one question while the answer is made; leaving the loop closes the connection.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func chatCompletionStream(
        _ question: String,
        model: ModelID? = nil,
        options: CallOptions = CallOptions(),
        configure: (inout ChatCompletion) -> Void = { _ in }
    ) async throws -> InferenceStream<ChatCompletion> {
        try await chatCompletionStream([.user(question)], model: model, options: options, configure: configure)
    }
}
