import HTTPTypes

/// Which providers offer a model: asked at the Hub, shared by all calls of a client.
struct ProviderLookup: Sendable {
    let memory: ClientMemory

    /// The offer of the call's provider for its model and task.
    ///
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/unsupportedTask`` when there is none.
    func mapping(for context: CallContext, hub: String) async throws -> ProviderMapping {
        guard let model = context.model else {
            throw InferenceError.invalidInput(
                "model",
                expected: "a model id; neither the call nor the client names one"
            )
        }
        // On the router a suffix chooses among providers; the Hub does not know it.
        let name = try ModelID(String(model.rawValue.prefix { $0 != ":" })).hubPath()
        let question = Question(
            "provider-mapping",
            "\(hub.withoutTrailingSlash)/api/models/\(name)?expand%5B%5D=inferenceProviderMapping",
            model: model
        )
        let answer = try await memory.answer(
            to: question,
            lifetime: .seconds(300),
            token: context.token,
            settings: context.settings.forLookups
        )
        let offers = ProviderMapping.list(from: answer.json["inferenceProviderMapping"])
        let own = offers.filter { $0.provider == context.provider.id }
        if let offer = own.first(where: { $0.offers(context.task) }) { return offer }
        let others = offers.filter { $0.offers(context.task) && $0.status != .error }.map(\.provider.rawValue)
        let hint = others.isEmpty ? "No provider does at the moment." : "These do: \(others.joined(separator: ", "))."
        if let offer = own.first {
            throw InferenceError(
                .unsupportedTask,
                "\(context.provider.id) offers \(model) for \(offer.task ?? "another task"), "
                    + "not for \(context.task). \(hint)"
            )
        }
        throw InferenceError(.unsupportedTask, "\(context.provider.id) does not offer \(model). \(hint)")
    }
}

/// The Hub in the shape of a provider, so that questions to it have retries, credentials and errors like any call.
struct HubItself: InferenceProvider {
    static let id: ProviderID = "hub"
    let formats = WireFormats(otherTasks: .unsupported)
    var mapsModels: Bool { false }

    func path(for task: TaskID, model: ModelID?) throws -> String { "/api" }
}

extension CallSettings {
    /// What holds for a question to the Hub: the client's network and clocks, without what belongs to the call alone.
    var forLookups: CallSettings {
        var settings = self
        settings.fields = [:]
        settings.billTo = nil
        settings.usesCache = true
        settings.waitsForModel = false
        settings.outputPath = nil
        settings.clientObserver = nil
        settings.callObserver = nil
        return settings
    }
}
