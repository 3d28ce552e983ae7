/// Whether a model can be called, how that was decided, and what else is known about it.
public struct ModelStatus: Hashable, Sendable {
    /// What decided about the availability; minor releases may add sources.
    public struct Source: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The name.
        public var rawValue: String
        /// Makes a source of a name.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The name.
        public var description: String { rawValue }

        /// The Hub's own word, its field `inference`.
        public static var hubInference: Self { Self(rawValue: "hubInference") }
        /// The offers of providers, as the Hub has them.
        public static var providerMapping: Self { Self(rawValue: "providerMapping") }
        /// The offer of Hugging Face's own service, as the Hub has it.
        public static var hfInferenceMapping: Self { Self(rawValue: "hfInferenceMapping") }
        /// The router's list of chat models.
        public static var routerCatalog: Self { Self(rawValue: "routerCatalog") }
        /// A dedicated endpoint's own health.
        public static var endpoint: Self { Self(rawValue: "endpoint") }
        /// A server's own health.
        public static var serverHealth: Self { Self(rawValue: "serverHealth") }
        /// `/status` of the service before the router, and of servers that still speak it.
        public static var legacyStatus: Self { Self(rawValue: "legacyStatus") }
        /// A call to the model, which it answered.
        public static var call: Self { Self(rawValue: "call") }
        /// Nothing told.
        public static var nothing: Self { Self(rawValue: "nothing") }
    }

    /// The model's name; of a renamed model the new one, of a server the one that it says it serves.
    public var id: ModelID
    /// The name that was asked for.
    public var asked: ModelID
    /// Whether it can be called.
    public var availability: ModelAvailability
    /// What decided about that.
    public var source: Source
    /// How old the answer is that decided; zero when it was asked for just now.
    public var age: Duration
    /// The model's task.
    public var task: TaskID?
    /// The tasks that Hugging Face's own service takes calls for; empty when the task is not known.
    public var allowedTasks: [TaskID]
    /// The library it is made with.
    public var library: ModelLibrary?
    /// Whether conditions have to be accepted first; whether this account has done so, only a call tells.
    public var gated: ModelGating?
    /// Whether only some accounts can see it.
    public var isPrivate: Bool?
    /// Whether the Hub has switched it off.
    public var isDisabled: Bool?
    /// Who serves it, in the Hub's order, which is the account's own preference.
    public var providers: [ProviderMapping]
    /// What it runs on, in the server's word, such as `cpu` or `gpu`; only the service before the router told.
    public var computeType: String?
    /// What serves it, in the server's word; only the service before the router and servers themselves tell.
    public var framework: String?
    /// What stands for a masked word.
    var maskToken: String?

    /// Makes a status of which only the availability is known.
    public init(model: ModelID, availability: ModelAvailability, source: Source) {
        id = model
        asked = model
        self.availability = availability
        self.source = source
        age = .zero
        allowedTasks = []
        providers = []
    }

    /// Whether the model has another name on the Hub by now.
    public var isRenamed: Bool { id != asked && ![.serverHealth, .endpoint].contains(source) }

    /// Whether the model can be called now.
    public var isWarm: Bool { availability == .warm }
}

extension ModelInfo {
    /// The availability that the Hub's answer tells, as ``InferenceClient/modelStatus(_:maxAge:options:)`` decides it.
    ///
    /// The fields ``ModelField/inference`` and ``ModelField/inferenceProviderMapping`` must have been asked for.
    ///
    /// - Parameter provider: Who is to serve the model; `nil` for anyone.
    /// - Returns: The status; its age is zero.
    public func status(at provider: ProviderID? = nil) -> ModelStatus {
        ModelStatus(asked: id, info: self, at: provider)
    }
}

extension ModelStatus {
    /// The status that the Hub's answer tells, anywhere or at one provider.
    init(asked: ModelID, info: ModelInfo, at provider: ProviderID? = nil, age: Duration = .zero) {
        let (availability, source) = Self.verdict(word: info.inference, offers: info.providers, at: provider)
        self.init(model: info.id, availability: availability, source: source)
        self.asked = ModelID(String(asked.rawValue.prefix { $0 != ":" }))
        self.age = age
        task = info.task
        allowedTasks = info.allowedTasks
        library = info.library
        gated = info.gated
        isPrivate = info.isPrivate
        isDisabled = info.isDisabled
        providers = info.providers ?? []
        maskToken = info.maskToken
    }

    /// Decides from the Hub's word and the providers' offers.
    ///
    /// Today the Hub says `warm` or nothing. Its older words, `cold` and `frozen`, spoke of Hugging Face's own service
    /// alone, so a live offer of another provider outweighs them. Without a word, a live offer is warm, no offer at all
    /// is frozen, since nothing is loaded on request any more, and offers that are only tried out or failed their last
    /// check are unknown. An answer with neither word nor offers is unknown.
    ///
    /// Source: the inference fields of the Hub's model API, and the meaning of the states in both official clients.
    static func verdict(
        word: ModelAvailability?,
        offers: [ProviderMapping]?,
        at provider: ProviderID?
    ) -> (ModelAvailability, Source) {
        let ownService: ProviderID = "hf-inference"
        if let provider {
            let isOwnService = provider == ownService
            let source: Source = isOwnService ? .hfInferenceMapping : .providerMapping
            if isOwnService, let word, word != .warm { return (word, .hubInference) }
            guard let offers else { return (.unknown, .nothing) }
            let own = offers.filter { $0.provider == provider }
            if own.contains(where: { $0.status == .live }) { return (.warm, source) }
            return (own.isEmpty ? .frozen : .unknown, source)
        }
        if word == .warm { return (.warm, .hubInference) }
        let live = offers?.first { $0.status == .live && (word == nil || $0.provider != ownService) }
        if let live {
            return (.warm, live.provider == ownService ? .hfInferenceMapping : .providerMapping)
        }
        if let word { return (word, .hubInference) }
        guard let offers else { return (.unknown, .nothing) }
        return (offers.isEmpty ? .frozen : .unknown, .providerMapping)
    }

    /// What a status is made of, in one question.
    static let fields: [ModelField] = [
        .inference, .inferenceProviderMapping, .pipelineTag, .libraryName, .gated, .tags, .isPrivate, .isDisabled,
        .maskToken,
    ]
}

extension InferenceClient {
    /// Whether a model can be called, asked where its calls would go.
    ///
    /// Without a target, in the options or the client, the Hub is asked whether anyone serves the model. With a provider
    /// as the target it is asked whether that one does; with ``Target/router`` the router's list of chat models decides;
    /// a server at a URL is asked itself, for its health and what it serves.
    ///
    /// The Hub is asked once for all who want to know the same at a time; an answer that has become too old is kept
    /// when the Hub says that it still holds. A failure is not kept.
    ///
    /// - Parameters:
    ///   - model: The model; an old name is followed to the new one, which is the status's ``ModelStatus/id``.
    ///   - maxAge: The age up to which a kept answer serves; zero asks in any case. Default: one minute.
    ///   - options: What this call does differently from the client.
    /// - Returns: The status.
    /// - Throws: ``InferenceError``: ``InferenceError/Code-swift.struct/notFound`` for a model that is not there, or that
    ///   the token may not see; without a token the Hub answers both with
    ///   ``InferenceError/Code-swift.struct/authenticationFailed``. That a model cannot be called is no error.
    @concurrent
    public func modelStatus(
        _ model: ModelID,
        maxAge: Duration = .seconds(60),
        options: CallOptions = CallOptions()
    ) async throws -> ModelStatus {
        let target = options.target ?? configuration.target
        if let problem = target?.problem { throw problem }
        if let server = target?.provider as? any SingleServer {
            return try await serverStatus(of: model, at: server, options: options)
        }
        let (info, age) = try await modelAnswer(
            model,
            fields: ModelStatus.fields,
            maxAge: maxAge,
            options: options
        )
        let provider = target?.provider.id
        guard provider == Target.router.provider.id else {
            return ModelStatus(asked: model, info: info, at: provider, age: age)
        }
        var status = ModelStatus(asked: model, info: info, age: age)
        status.source = .routerCatalog
        do {
            let (entry, age) = try await routedAnswer(info.id, maxAge: maxAge, options: options)
            status.availability = entry.offers.contains { $0.status == .live } ? .warm : .unknown
            status.age = age
        } catch let error as InferenceError where error.code == .notFound {
            status.availability = .frozen
        }
        return status
    }

    /// The status that a server tells of itself.
    private func serverStatus(
        of model: ModelID,
        at server: any SingleServer,
        options: CallOptions
    ) async throws -> ModelStatus {
        let isEndpoint = server.server.host.hasSuffix(".endpoints.huggingface.cloud")
        var status = ModelStatus(
            model: model,
            availability: .unknown,
            source: isEndpoint ? .endpoint : .serverHealth
        )
        let url = server.server.text
        do {
            let health = try await health(of: url, options: options)
            status.availability =
                switch health.state {
                case .ready: .warm
                case .loading: .loading
                default: .unknown
                }
        } catch let error as InferenceError {
            switch error.code {
            case .endpointPaused: status.availability = .paused
            case .endpointScaledToZero: status.availability = .cold
            // A server without that route may serve all the same.
            case .notFound:
                status.availability = try await servedModels(of: url, options: options).isEmpty ? .unknown : .warm
            default: throw error
            }
        }
        guard status.availability == .warm, let info = try await serverInfo(of: url, options: options) else {
            return status
        }
        if let id = info.modelID { status.id = id }
        status.task = info.task
        status.framework = info.framework
        return status
    }
}
