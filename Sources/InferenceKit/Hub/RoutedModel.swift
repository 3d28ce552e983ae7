/// A chat model that the router has, with the offers of its providers.
///
/// Source: `GET /v1/models` of the router.
public struct RoutedModel: JSONConvertible, Hashable, Sendable {
    /// The model.
    public var id: ModelID
    /// Whose it is.
    public var owner: String?
    /// When it was made, since the start of 1970 in UTC.
    public var created: Duration?
    /// What it takes: `text`, `image` and others.
    public var inputModalities: [String]
    /// What it answers.
    public var outputModalities: [String]
    /// The offers, in the router's order.
    public var offers: [RoutedOffer]
    /// Members that the router sent besides.
    public var additional: JSONObject

    /// Reads an element of the list.
    public init(json: JSONValue) throws {
        let members = try json.members()
        id = ModelID(try members.label("id"))
        owner = members["owned_by"]?.stringValue
        created = members["created"]?.doubleValue.flatMap { $0.isFinite && abs($0) < 1e12 ? .seconds($0) : nil }
        let architecture = members["architecture"]
        inputModalities = architecture?["input_modalities"]?.arrayValue?.compactMap(\.stringValue) ?? []
        outputModalities = architecture?["output_modalities"]?.arrayValue?.compactMap(\.stringValue) ?? []
        offers = (members["providers"]?.arrayValue ?? []).compactMap { try? RoutedOffer(json: $0) }
        additional = members.removing(["id", "object", "owned_by", "created", "architecture", "providers"])
    }

    /// The element of the list.
    public var json: JSONValue {
        var members: JSONObject = ["id": .string(id.rawValue), "object": "model"]
        members["created"] = created.map { Int($0.components.seconds).json }
        members["owned_by"] = owner?.json
        members["architecture"] = [
            "input_modalities": inputModalities.json, "output_modalities": outputModalities.json,
        ]
        members["providers"] = offers.json
        return .object(members.merging(additional))
    }
}

/// One provider's offer of a chat model; whatever the router does not tell is `nil`.
public struct RoutedOffer: JSONConvertible, Hashable, Sendable {
    /// The provider.
    public var provider: ProviderID
    /// The state of the offer.
    public var status: ProviderMapping.Status
    /// The most tokens of a conversation.
    public var contextLength: Int?
    /// US dollars for a million tokens of the request.
    public var inputPrice: Double?
    /// US dollars for a million tokens of the answer.
    public var outputPrice: Double?
    /// Whether it costs nothing for the time being.
    public var isFree: Bool?
    /// Whether the router's probe found that tools work.
    public var supportsTools: Bool?
    /// Whether the router's probe found that answers by a schema work.
    public var supportsStructuredOutput: Bool?
    /// The time to the first token in the last probe.
    public var firstTokenLatency: Duration?
    /// Tokens a second in the last probe.
    public var throughput: Double?
    /// Whether the provider has published the model itself.
    public var isModelAuthor: Bool?
    /// Members that the router sent besides.
    public var additional: JSONObject

    /// Reads an element of a model's list.
    public init(json: JSONValue) throws {
        let members = try json.members()
        provider = ProviderID(rawValue: try members.label("provider"))
        status = ProviderMapping.Status(rawValue: members["status"]?.stringValue ?? "live")
        contextLength = members["context_length"]?.intValue
        inputPrice = members["pricing"]?["input"]?.doubleValue
        outputPrice = members["pricing"]?["output"]?.doubleValue
        isFree = members["is_free"]?.boolValue
        supportsTools = members["supports_tools"]?.boolValue
        supportsStructuredOutput = members["supports_structured_output"]?.boolValue
        firstTokenLatency = members["first_token_latency_ms"]?.doubleValue.flatMap { milliseconds in
            (0..<1e9).contains(milliseconds) ? .seconds(milliseconds / 1_000) : nil
        }
        throughput = members["throughput"]?.doubleValue
        isModelAuthor = members["is_model_author"]?.boolValue
        additional = members.removing([
            "provider", "status", "context_length", "pricing", "is_free", "supports_tools",
            "supports_structured_output", "first_token_latency_ms", "throughput", "is_model_author",
        ])
    }

    /// The element of a model's list.
    public var json: JSONValue {
        var members: JSONObject = ["provider": .string(provider.rawValue), "status": .string(status.rawValue)]
        members["context_length"] = contextLength?.json
        if inputPrice != nil || outputPrice != nil {
            members["pricing"] = ["input": .number(orNull: inputPrice), "output": .number(orNull: outputPrice)]
        }
        members["is_free"] = isFree?.json
        members["supports_tools"] = supportsTools?.json
        members["supports_structured_output"] = supportsStructuredOutput?.json
        members["first_token_latency_ms"] = firstTokenLatency.map { latency in
            let (seconds, attoseconds) = latency.components
            return .number(orNull: Double(seconds) * 1e3 + Double(attoseconds) / 1e15)
        }
        members["throughput"] = throughput?.json
        members["is_model_author"] = isModelAuthor?.json
        return .object(members.merging(additional))
    }

    /// The cost of a call before it is made, in US dollars.
    ///
    /// - Parameters:
    ///   - inputTokens: The tokens of the request.
    ///   - outputTokens: The tokens of the answer, or the most there may be.
    /// - Returns: The cost, or `nil` when the router does not tell the prices it takes.
    public func cost(inputTokens: Int, outputTokens: Int) -> Double? {
        if isFree == true { return 0 }
        guard let input = Self.cost(inputTokens, at: inputPrice), let output = Self.cost(outputTokens, at: outputPrice)
        else { return nil }
        return input + output
    }

    /// The cost of a call after it was made, in US dollars, by the usage that came with the answer.
    ///
    /// - Returns: The cost, or `nil` when the prices or the counts are not known. What a provider takes off for tokens
    ///   from its cache is not known here.
    public func cost(of usage: TokenUsage) -> Double? {
        guard let input = usage.promptTokens, let output = usage.completionTokens else { return nil }
        return cost(inputTokens: input, outputTokens: output)
    }

    private static func cost(_ tokens: Int, at price: Double?) -> Double? {
        tokens <= 0 ? 0 : price.map { $0 * Double(tokens) / 1_000_000 }
    }
}

/// An offer and the model it is for, to choose by facts.
public struct RoutedChoice: Hashable, Sendable {
    /// The model.
    public var model: ModelID
    /// The offer.
    public var offer: RoutedOffer

    /// Makes a choice.
    public init(model: ModelID, offer: RoutedOffer) {
        self.model = model
        self.offer = offer
    }

    /// The name that makes the router take this offer: `org/name:provider`.
    public var routedName: ModelID { ModelID("\(model):\(offer.provider)") }

    /// By what choices are put in order; a choice of which the fact is not known comes last.
    public struct Order: Sendable {
        /// The fact, as a number of which less is better.
        let rank: @Sendable (RoutedChoice) -> Double?

        /// An order of one's own.
        ///
        /// - Parameter rank: A number of which less is better, or `nil` when the fact is not known.
        public init(by rank: @escaping @Sendable (RoutedChoice) -> Double?) { self.rank = rank }

        /// The lowest price of an answer first, as the router's `:cheapest`.
        public static var outputPrice: Self { Self { $0.offer.isFree == true ? 0 : $0.offer.outputPrice } }
        /// The lowest price of a request first.
        public static var inputPrice: Self { Self { $0.offer.isFree == true ? 0 : $0.offer.inputPrice } }
        /// The most tokens a second first, as the router's `:fastest`.
        public static var throughput: Self { Self { $0.offer.throughput.map { -$0 } } }
        /// The earliest first token first.
        public static var firstTokenLatency: Self {
            Self {
                $0.offer.firstTokenLatency.map {
                    Double($0.components.seconds) + Double($0.components.attoseconds) / 1e18
                }
            }
        }
        /// The longest conversation first.
        public static var contextLength: Self { Self { $0.offer.contextLength.map { -Double($0) } } }
        /// The lowest cost of a call of so many tokens first.
        public static func cost(inputTokens: Int, outputTokens: Int) -> Self {
            Self { $0.offer.cost(inputTokens: inputTokens, outputTokens: outputTokens) }
        }
    }
}

extension Sequence<RoutedModel> {
    /// Every offer with its model, in order.
    ///
    /// ```swift
    /// let models = try await client.routedModels()
    /// let choices = models.choices(by: .outputPrice) { $0.offer.supportsTools == true && $0.offer.status == .live }
    /// let answer = try await client.chatCompletion("Hello", model: choices[0].routedName)
    /// ```
    ///
    /// - Parameters:
    ///   - order: By what they are put in order; `nil` keeps the router's.
    ///   - isIncluded: Which of them are wanted; all that are live by default.
    /// - Returns: The choices.
    public func choices(
        by order: RoutedChoice.Order? = nil,
        where isIncluded: (RoutedChoice) -> Bool = { $0.offer.status == .live }
    ) -> [RoutedChoice] {
        let all = flatMap { model in model.offers.map { RoutedChoice(model: model.id, offer: $0) } }
        let choices = all.filter(isIncluded)
        guard let order else { return choices }
        return choices.bestFirst { choice in order.rank(choice).map { -$0 } }
    }
}

extension InferenceClient {
    /// The chat models of the router, with the prices and the speed of each provider.
    ///
    /// - Parameters:
    ///   - maxAge: The age up to which a kept answer serves; zero asks in any case. Default: five minutes; the router
    ///     probes every six hours, and every hour after a failure.
    ///   - options: What this call does differently from the client.
    /// - Returns: The models.
    /// - Throws: ``InferenceError``.
    @concurrent
    public func routedModels(
        maxAge: Duration = .seconds(300),
        options: CallOptions = CallOptions()
    ) async throws -> [RoutedModel] {
        do {
            let question = routerQuestion("routed-models", "/v1/models")
            let kept = try await answer(to: question, lifetime: maxAge, options: options)
            return try Self.decoding(kept, of: question) { try [RoutedModel](json: $0["data"] ?? $0) }
        } catch {
            throw InferenceError.wrapping(error)
        }
    }

    /// One chat model of the router, with the prices and the speed of each provider.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - maxAge: The age up to which a kept answer serves; zero asks in any case. Default: five minutes.
    ///   - options: What this call does differently from the client.
    /// - Returns: The model.
    /// - Throws: ``InferenceError``: ``InferenceError/Code-swift.struct/notFound`` when no provider has it for chat.
    @concurrent
    public func routedModel(
        _ model: ModelID,
        maxAge: Duration = .seconds(300),
        options: CallOptions = CallOptions()
    ) async throws -> RoutedModel {
        try await routedAnswer(model, maxAge: maxAge, options: options).model
    }

    /// The router's answer about a model and its age.
    func routedAnswer(
        _ model: ModelID,
        maxAge: Duration,
        options: CallOptions
    ) async throws -> (model: RoutedModel, age: Duration) {
        do {
            let name = try ModelID(String(model.rawValue.prefix { $0 != ":" })).hubPath()
            var question = routerQuestion("routed-model", "/v1/models/\(name)")
            question.model = model
            let kept = try await answer(to: question, lifetime: maxAge, options: options)
            let entry = try Self.decoding(kept, of: question) { try RoutedModel(json: $0["data"] ?? $0) }
            return (entry, max(configuration.clock.now() - kept.time, .zero))
        } catch {
            throw InferenceError.wrapping(error, about: model)
        }
    }

    private func routerQuestion(_ name: TaskID, _ path: String) -> Question {
        var question = Question(name, configuration.router.withoutTrailingSlash + path)
        question.provider = Target.router.provider
        return question
    }
}
