/// Asks a model by the Responses API: items in, items out.
///
/// Without a target the router chooses a provider, as for ``ChatCompletion``. Only what is set is sent, except `stream`, which
/// one server takes for true when it is missing.
///
/// Source: the route `/v1/responses` of the router, and of servers that speak OpenAI's dialect.
public struct ResponseCreation: StreamingTask {
    /// `responses`; no task of the catalog.
    public static let id: TaskID = "responses"
    /// The router chooses a provider.
    public static let isRouted = true

    /// What is said: a text, or the items of a conversation.
    public var input: ResponseInput
    /// Instructions that stand before the input.
    public var instructions: String?
    /// The most tokens to generate, thoughts included, at least 1; `nil` for the server's choice.
    public var maxOutputTokens: Int?
    /// How freely tokens are chosen, 0 to 2; `nil` for the server's choice, which is 1 at the router.
    public var temperature: Double?
    /// The share of probability that tokens are chosen from, above 0 to 1; `nil` for the server's choice.
    public var topP: Double?
    /// The form that the answer must have; it is sent as `text.format`.
    public var responseFormat: ResponseFormat?
    /// How much the answer says: `low`, `medium`, `high`; OpenAI only.
    public var verbosity: String?
    /// How much the model thinks: `low`, `medium`, `high` or a server's own word.
    public var reasoningEffort: String?
    /// Whether, and how, thoughts are summed up; the router takes `auto` only.
    public var reasoningSummary: String?
    /// The tools that the model may call.
    public var tools: [ResponseTool]?
    /// Whether, and which, tools the model calls.
    public var toolChoice: ToolChoice?
    /// Whether the model may call several tools at once; the router ignores it.
    public var parallelToolCalls: Bool?
    /// The response that this one goes on from, for servers that keep them; the router ignores it.
    public var previousResponseID: String?
    /// Whether the server keeps the response; the router never does.
    public var store: Bool?
    /// What comes along besides, such as `reasoning.encrypted_content`.
    public var include: [String]?
    /// What happens to an input that is too long: `auto` or `disabled`.
    public var truncation: String?
    /// Words of the caller's own that are kept with the response: at most 16, keys of 64 and values of 512 characters.
    public var metadata: [String: String]?
    /// Fields that this type does not know; they go to the root of the body, last.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(input: ResponseInput) {
        self.input = input
    }

    /// The fields that stand at the root as they are, with their limits.
    private static let parameters: [TaskParameter<Self>] = [
        .text("instructions", \.instructions),
        TaskParameter("include", \.include, "a list of texts"),
        .integer("max_output_tokens", \.maxOutputTokens, in: 1...Int.max),
        TaskParameter("metadata", \.metadata, "at most 16 texts of 512 characters, with keys of 64") { pairs in
            pairs.count <= 16 && pairs.allSatisfy { $0.key.count <= 64 && $0.value.count <= 512 }
        },
        .boolean("parallel_tool_calls", \.parallelToolCalls),
        .text("previous_response_id", \.previousResponseID),
        .boolean("store", \.store),
        .number("temperature", \.temperature, "0…2") { (0...2).contains($0) },
        TaskParameter("tools", \.tools, "a list of tools with names of letters, digits, '_' and '-'") { tools in
            tools.allSatisfy { tool in
                guard case .function(let definition) = tool else { return true }
                return ToolDefinition.isValid(name: definition.name)
            }
        },
        .number("top_p", \.topP, "above 0, at most 1") { $0 > 0 && $0 <= 1 },
        .text("truncation", \.truncation),
    ]

    /// The whole answer.
    public typealias Response = ModelResponse
    /// One event of the answer.
    public typealias Chunk = ResponseEvent

    /// The body without a model.
    public func payload() throws -> Payload { try payload(for: nil) }

    /// The body, `model` first.
    public func payload(for model: ModelID?) throws -> Payload {
        .json(.object(try body(model: model, streams: false)))
    }

    /// The body with `stream`.
    public func streamPayload(for model: ModelID?) throws -> Payload {
        .json(.object(try body(model: model, streams: true)), accept: .eventStream)
    }

    private func body(model: ModelID?, streams: Bool) throws -> JSONObject {
        try input.check()
        var body: JSONObject = [:]
        body["model"] = .string(model?.rawValue ?? ChatDialect.openAI.defaultModel)
        body["input"] = input.json
        body = body.merging(try Self.parameters.values(in: self))
        body["tool_choice"] = toolChoice?.flat
        var reasoning: JSONObject = [:]
        reasoning["effort"] = reasoningEffort?.json
        reasoning["summary"] = reasoningSummary?.json
        if !reasoning.isEmpty { body["reasoning"] = .object(reasoning) }
        var text: JSONObject = [:]
        text["format"] = responseFormat?.flat
        text["verbosity"] = verbosity?.json
        if !text.isEmpty { body["text"] = .object(text) }
        body["stream"] = .bool(streams)
        return body.merging(extraParameters)
    }

    /// A response that is not a failed one.
    ///
    /// - Throws: ``InferenceError`` that carries the response, when the server says that it failed.
    public func response(from reply: Reply) throws -> ModelResponse {
        let response = try ModelResponse(json: reply.json())
        if let failure = response.failure { throw failure }
        return response
    }

    /// A reader of the response's events.
    public func makeReader() -> ResponseReader { ResponseReader() }
}

extension ToolChoice {
    /// The form of this API: the function's name stands beside the type.
    fileprivate var flat: JSONValue {
        guard let name = json["function"]?["name"] else { return json }
        return ["type": "function", "name": name]
    }
}

extension ResponseFormat {
    /// The form of this API: the members of a schema stand beside the type.
    fileprivate var flat: JSONValue {
        guard case .object(let members) = json, let schema = members["json_schema"]?.objectValue else { return json }
        return .object((["type": "json_schema"] as JSONObject).merging(schema))
    }
}

extension WireFormat where Operation == ResponseCreation {
    /// The Responses API, whole or streamed.
    public static var responses: Self {
        Self { task, exchange in
            let payload = try task.payload(for: exchange.model)
            let reply = try await exchange.send(payload)
            do {
                return try exchange.decode(reply, as: ResponseCreation.self) { try task.response(from: $0) }
            } catch var error as InferenceError where error.partialAnswer != nil {
                // The words of a failed response are the server's, which may quote what it was sent.
                error.message = Redactor(token: exchange.context.token, payload: payload.json).clean(error.message)
                error.status = reply.status
                throw error
            }
        }
    }
}

extension InferenceClient {
    /// Asks a model by the Responses API; see ``ResponseCreation`` for the parameters.
    ///
    /// ```swift
    /// let answer = try await client.response("Name a river.", model: "org/model") { $0.maxOutputTokens = 100 }
    /// print(answer.text)
    /// ```
    ///
    /// - Parameters:
    ///   - input: A text, or the items of a conversation.
    ///   - model: The model, or `nil` for the client's default.
    ///   - options: What this call does differently from the client.
    ///   - configure: Sets parameters.
    /// - Returns: The response; one that reached a limit has the status ``ResponseStatus/incomplete``.
    /// - Throws: ``InferenceError``, or `CancellationError`. A response that failed is an error that carries it
    ///   (``InferenceError/partial(of:)``).
    public func response(
        _ input: ResponseInput,
        model: ModelID? = nil,
        options: CallOptions = CallOptions(),
        configure: (inout ResponseCreation) -> Void = { _ in }
    ) async throws -> ModelResponse {
        var task = ResponseCreation(input: input)
        configure(&task)
        return try await run(task, model: model, options: options)
    }

    /// Asks a model by the Responses API and returns the answer while it is made.
    ///
    /// ```swift
    /// for try await event in try await client.responseStream("Name a river.", model: "org/model") {
    ///     print(event.text, terminator: "")
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - input: A text, or the items of a conversation.
    ///   - model: The model, or `nil` for the client's default.
    ///   - options: What this call does differently from the client.
    ///   - configure: Sets parameters.
    /// - Returns: The stream of events, once the server has begun to answer; leaving its loop closes the connection.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func responseStream(
        _ input: ResponseInput,
        model: ModelID? = nil,
        options: CallOptions = CallOptions(),
        configure: (inout ResponseCreation) -> Void = { _ in }
    ) async throws -> InferenceStream<ResponseCreation> {
        var task = ResponseCreation(input: input)
        configure(&task)
        return try await stream(task, model: model, options: options)
    }
}
