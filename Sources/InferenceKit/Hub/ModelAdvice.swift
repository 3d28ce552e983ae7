/// What can be done about a call that failed because of its model.
public struct ModelAdvice: Sendable {
    /// The model that could not be called.
    public var model: ModelID
    /// What is known about it; `nil` when the Hub does not know it, or could not be asked.
    public var status: ModelStatus?
    /// Providers that offer the model, other than the one that was asked.
    public var providers: [ProviderID]
    /// Other models that could be called, the most talked about first.
    public var alternatives: [ModelID]
    /// The same in words for a person.
    public var text: String
}

extension InferenceClient {
    /// The model's own task, as the Hub has it; a model that takes conversations is for `chat-completion`.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - maxAge: The age up to which a kept answer serves; zero asks in any case. Default: ten minutes.
    ///   - options: What this call does differently from the client.
    /// - Returns: The task, or `nil` when the Hub does not know it.
    /// - Throws: ``InferenceError``, as ``modelStatus(_:maxAge:options:)``.
    @concurrent
    public func task(
        of model: ModelID,
        maxAge: Duration = .seconds(600),
        options: CallOptions = CallOptions()
    ) async throws -> TaskID? {
        let info = try await modelAnswer(model, fields: ModelStatus.fields, maxAge: maxAge, options: options).info
        return info.isConversational ? "chat-completion" : info.task
    }

    /// What can stand in for a model: models of the same task that are served, the most talked about first.
    ///
    /// - Parameters:
    ///   - model: The model, which is not among the answers.
    ///   - provider: Who has to serve them; `nil` for anyone.
    ///   - limit: The most answers. Default: 5.
    ///   - options: What these calls do differently from the client.
    /// - Returns: The models; empty when the model's task is not known, or nobody serves another of it.
    /// - Throws: ``InferenceError``, as ``modelStatus(_:maxAge:options:)``.
    @concurrent
    public func alternatives(
        to model: ModelID,
        at provider: ProviderID? = nil,
        limit: Int = 5,
        options: CallOptions = CallOptions()
    ) async throws -> [ModelInfo] {
        try InferenceError.require((1...1_000).contains(limit), "limit", "an integer from 1 to 1000")
        let info = try await modelAnswer(
            model,
            fields: ModelStatus.fields,
            maxAge: .seconds(600),
            options: options
        ).info
        guard let task = info.task else { return [] }
        var query = ModelQuery(task: task, sort: .trending, pageSize: min(limit + 1, 1_000))
        if let provider { query.providers = [provider] } else { query.availability = .warm }
        if info.isConversational { query.tags = ["conversational"] }
        let excluded = [model, info.id]
        return try await found(query, limit: limit, excluding: excluded, options: options)
    }

    /// What can be done about a call that failed because of its model: what is known about it, who else offers it, and
    /// what could stand in for it.
    ///
    /// Asked for only on request, since it takes up to two questions to the Hub.
    ///
    /// - Parameters:
    ///   - error: The error of a call.
    ///   - options: What these calls do differently from the client.
    /// - Returns: The advice, or `nil` when the error is not about a model: it names none, or is not of the codes
    ///   ``InferenceError/Code-swift.struct/notFound``, ``InferenceError/Code-swift.struct/removed``,
    ///   ``InferenceError/Code-swift.struct/unsupportedTask``, ``InferenceError/Code-swift.struct/gated`` and
    ///   ``InferenceError/Code-swift.struct/modelLoading``.
    /// - Throws: ``InferenceError`` when the Hub cannot be asked, or `CancellationError`.
    @concurrent
    public func advice(on error: InferenceError, options: CallOptions = CallOptions()) async throws -> ModelAdvice? {
        let codes: [InferenceError.Code] = [.notFound, .removed, .unsupportedTask, .gated, .modelLoading]
        guard codes.contains(error.code), let model = error.model, (try? model.hubPath()) != nil else { return nil }
        var options = options
        // The Hub is asked about everyone, whatever the target of the call was.
        options.target = nil
        let info: ModelInfo
        do {
            let fields = ModelStatus.fields
            info = try await modelAnswer(model, fields: fields, maxAge: .seconds(60), options: options).info
        } catch let failure as InferenceError where [.notFound, .authenticationFailed].contains(failure.code) {
            return try await adviceOnMissing(model, options)
        }
        let status = ModelStatus(asked: model, info: info)
        let providers = status.providers.filter { $0.status == .live && $0.provider != error.provider }.map(\.provider)
        // What another provider serves does not help whoever calls Hugging Face's own service.
        let ownService: ProviderID = "hf-inference"
        let others = try await alternatives(
            to: model,
            at: error.provider == ownService ? ownService : nil,
            options: options
        ).map(\.id)
        var text = Self.explanation(of: error.code, status)
        if status.isRenamed { text += " It is called \(status.id) now." }
        if !providers.isEmpty { text += " These providers offer it: \(Self.list(providers.map(\.rawValue)))." }
        if !others.isEmpty { text += " These models of its task are served: \(Self.list(others.map(\.rawValue)))." }
        return ModelAdvice(
            model: model,
            status: status,
            providers: providers,
            alternatives: others,
            text: text
        )
    }

    /// Looks for names like that of a model that is not on the Hub.
    private func adviceOnMissing(_ model: ModelID, _ options: CallOptions) async throws -> ModelAdvice {
        let name = model.rawValue.split(separator: "/").last.map(String.init)
        let query = ModelQuery(search: name, sort: .trending, pageSize: 5)
        let others = try await found(query, limit: 5, excluding: [model], options: options).map(\.id)
        var text = "\(model) is not on the Hub, or not to be seen by this account."
        if !others.isEmpty { text += " These models have such a name: \(Self.list(others.map(\.rawValue)))." }
        return ModelAdvice(model: model, status: nil, providers: [], alternatives: others, text: text)
    }

    private static func explanation(of code: InferenceError.Code, _ status: ModelStatus) -> String {
        let model = status.asked
        if status.isDisabled == true { return "\(model) has been switched off." }
        switch code {
        case .gated: return "\(model) asks for conditions to be accepted, on its page on the Hub."
        case .modelLoading: return "\(model) is being loaded."
        case .removed: return "\(model) is not served any more."
        default: break
        }
        return status.availability == .warm
            ? "\(model) is not served by whom it was asked of."
            : "\(model) is not served at the moment (\(status.availability))."
    }

    private static func list(_ names: [String]) -> String { names.prefix(5).joined(separator: ", ") }

    private func found(
        _ query: ModelQuery,
        limit: Int,
        excluding excluded: [ModelID],
        options: CallOptions
    ) async throws -> [ModelInfo] {
        var found: [ModelInfo] = []
        for try await other in models(query, options: options) where !excluded.contains(other.id) {
            found.append(other)
            if found.count == limit { break }
        }
        return found
    }
}
