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
        try await perform(task, model: model, options: options) { value, _ in value }
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
        try await perform(task, model: model, options: options) { value, context in
            InferenceResult(value: value, metadata: context.metadata)
        }
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
    /// Makes the call, and the result of the response and of what is known about the call.
    ///
    /// Compiled once for all tasks, and so is all that it calls. The compiler would otherwise write this half of a call
    /// anew for each of some fifty tasks, an eighth of the library's machine code, and has no other word to stop it. What
    /// a task does itself, its encoding and decoding, is compiled for its own types as before.
    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
    private func perform<Operation: InferenceTask, Result>(
        _ task: Operation,
        model: ModelID?,
        options: CallOptions,
        _ result: (Operation.Response, CallContext) -> Result
    ) async throws -> Result {
        guard options.fallbacks.isEmpty else {
            return try await choosing(model: model, options: options) { try await perform(task, choice: $0, result) }
        }
        // Nearly all calls have one choice, and no need of the frames around it.
        let choice = Choice(model: model, options: options, start: configuration.clock.now())
        return try await perform(task, choice: choice, result)
    }

    private func perform<Operation: InferenceTask, Result>(
        _ task: Operation,
        choice: Choice,
        _ result: (Operation.Response, CallContext) -> Result
    ) async throws -> Result {
        let context = try await context(of: Operation.self, choice: choice)
        do {
            let format = try format(of: Operation.self, at: context.provider)
            var value = try await format.run(task, exchange(context))
            if let path = context.settings.outputPath { value = try Media.placing(value, at: path) }
            context.tell(.finished)
            return result(value, context)
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

extension Media {
    /// Puts a medium that came inside of JSON where the call wants it; one that came as bytes is there already.
    fileprivate static func placing<Response>(_ response: Response, at outputPath: String) throws -> Response {
        guard let medium = response as? Media, case .bytes = medium.source else { return response }
        try medium.write(to: outputPath)
        return Media.file(outputPath, mediaType: medium.mediaType) as? Response ?? response
    }
}
