/// Calls models: the front door of the library.
///
/// A client is a value that is cheap to copy; copies share their connections and their retry budget.
///
/// ```swift
/// let client = InferenceClient()
/// let labels = try await client.textClassification("I liked it", model: "distilbert/distilbert-base-uncased")
/// ```
public struct InferenceClient: Sendable {
    /// What copies share; one word, where the configuration alone takes a hundred in all that holds a client.
    private final class Core: Sendable {
        let configuration: Configuration
        let memory: ClientMemory

        init(_ configuration: Configuration, memory: ClientMemory) {
            self.configuration = configuration
            self.memory = memory
        }
    }

    private let core: Core

    /// How the client makes its calls.
    public var configuration: Configuration { core.configuration }
    var memory: ClientMemory { core.memory }

    /// Makes a client.
    public init(_ configuration: Configuration = Configuration()) {
        self.init(configuration, memory: ClientMemory(retryBudget: configuration.retryBudget))
    }

    /// Makes a client that shares what another remembers.
    init(_ configuration: Configuration, memory: ClientMemory) {
        core = Core(configuration, memory: memory)
    }

    /// Makes a client with a token of one's own, and the defaults otherwise.
    ///
    /// - Parameters:
    ///   - token: The token; `nil` goes by the environment and the files of Hugging Face's own tools.
    ///   - model: The model of calls that name none.
    public init(token: String?, model: ModelID? = nil) {
        self.init(Configuration(token: token.map { .fixed($0) } ?? .environment, model: model))
    }

    /// Runs one task and returns its typed response; every named task method calls this one.
    ///
    /// - Parameters:
    ///   - task: The input and the parameters.
    ///   - model: The model, or `nil` for the client's default.
    ///   - options: What this call does differently from the client.
    /// - Returns: The response.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    @concurrent
    public func run<Operation: InferenceTask>(
        _ task: Operation,
        model: ModelID? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> Operation.Response {
        try await perform(task, model: model, options: options).value
    }

    /// Runs one task and returns its response with what is known about the call: attempts, waits, timings, provider and others.
    ///
    /// - Parameters:
    ///   - task: The input and the parameters.
    ///   - model: The model, or `nil` for the client's default.
    ///   - options: What this call does differently from the client.
    /// - Returns: The response and the metadata.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    @concurrent
    public func result<Operation: InferenceTask>(
        of task: Operation,
        model: ModelID? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> InferenceResult<Operation.Response> {
        let (value, context) = try await perform(task, model: model, options: options)
        return InferenceResult(value: value, metadata: context.metadata)
    }

    /// Sends a raw payload along a task's route, for what nobody has typed; retries, credentials and limits as always.
    ///
    /// - Parameters:
    ///   - payload: The body and its description.
    ///   - task: The task whose route is taken.
    ///   - model: The model, or `nil` for the client's default.
    ///   - options: What this call does differently from the client.
    /// - Returns: The answer of a successful call, undecoded.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    @concurrent
    public func send(
        _ payload: Payload,
        as task: TaskID,
        model: ModelID? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> Reply {
        try await choosing(model: model, options: options) { choice in
            let context = try await context(task, isCostly: false, choice: choice)
            do {
                return try await exchange(context).send(payload)
            } catch {
                throw settled(error, context, choice)
            }
        }
    }
}

// MARK: - One call

extension InferenceClient {
    private func perform<Operation: InferenceTask>(
        _ task: Operation,
        model: ModelID?,
        options: CallOptions
    ) async throws -> (value: Operation.Response, context: CallContext) {
        try await choosing(model: model, options: options) { try await perform(task, choice: $0) }
    }

    private func perform<Operation: InferenceTask>(
        _ task: Operation,
        choice: Choice
    ) async throws -> (value: Operation.Response, context: CallContext) {
        let context = try await context(of: Operation.self, choice: choice)
        do {
            let format = try format(of: Operation.self, at: context.provider)
            let value = try context.settings.placing(await format.run(task, exchange(context)))
            context.tell(.finished)
            return (value, context)
        } catch {
            throw settled(error, context, choice)
        }
    }

    /// The context of a call of a typed task.
    func context<Operation: InferenceTask>(of type: Operation.Type, choice: Choice) async throws -> CallContext {
        try await context(
            Operation.id,
            isCostly: Operation.isCostly,
            choice: choice,
            routesItself: Operation.isRouted
        )
    }

    /// How a provider wants a task.
    ///
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/unsupportedTask`` when it does not offer it.
    func format<Operation: InferenceTask>(
        of type: Operation.Type,
        at provider: any InferenceProvider
    ) throws -> WireFormat<Operation> {
        guard let format = provider.formats[Operation.self] else {
            throw InferenceError(.unsupportedTask, "The provider \(provider.id) does not offer \(Operation.id).")
        }
        return format
    }

    /// Merges the options and finds the token; nothing is sent here.
    func context(
        _ task: TaskID,
        isCostly: Bool,
        choice: Choice,
        routesItself: Bool = false
    ) async throws -> CallContext {
        do {
            let settings = try configuration.merging(choice.options)
            let target = choice.options.target ?? configuration.target ?? (routesItself ? .router : .hfInference)
            if let problem = target.problem { throw problem }
            let provider = target.provider
            let source = choice.options.token ?? configuration.token
            let isGuest = source.isAmbient || choice.options.keepsTokenHome
            var token = isGuest && !provider.takesAmbientToken ? nil : try await source.load()
            if choice.options.keepsTokenHome, token?.isHuggingFace == false { token = nil }
            let place = ProviderPlace(
                router: configuration.router,
                usesOwnKey: token.map { !$0.isHuggingFace } ?? false,
                hasKey: token != nil
            )
            let context = CallContext(
                task: task,
                isCostly: isCostly,
                model: choice.model ?? configuration.model,
                provider: provider,
                place: place,
                token: token,
                settings: consume settings,
                memory: memory,
                start: choice.start,
                recovery: target.recovery?(configuration, source)
            )
            context.note { $0.failedChoices = choice.failed }
            return context
        } catch {
            throw InferenceError.wrapping(error)
        }
    }

    /// The exchange of a call, with the model's name at the provider.
    func exchange(_ context: CallContext) async throws -> Exchange {
        // The router knows its models by their names at each provider; a server by its URL has names of its own.
        guard context.provider.mapsModels else { return Exchange(context: context, model: context.model) }
        let mapping = try await ProviderLookup(memory: memory).mapping(for: context, hub: configuration.hub)
        return Exchange(context: context, model: ModelID(mapping.providerID), mapping: mapping)
    }
}

extension CallSettings {
    /// Puts a medium that came inside of JSON where the call wants it; one that came as bytes is there already.
    func placing<Response>(_ response: Response) throws -> Response {
        guard let outputPath, let medium = response as? Media, case .bytes = medium.source else { return response }
        try medium.write(to: outputPath)
        return Media.file(outputPath, mediaType: medium.mediaType) as? Response ?? response
    }
}
