/// The router itself, which chooses a provider for each chat.
///
/// The model's name may carry a suffix: `:fastest` (the default), `:cheapest`, `:preferred`, or a provider's name.
///
/// Source: the OpenAI-compatible routes of the router.
public struct Router: InferenceProvider {
    /// `auto`.
    public static let id: ProviderID = "auto"

    /// Chat, in both of its APIs.
    public let formats = WireFormats(otherTasks: .unsupported) { formats in
        formats[ChatCompletion.self] = .chat(.openAI)
        formats[ResponseCreation.self] = .responses
    }

    /// The router finds the provider's name of a model by itself.
    public var mapsModels: Bool { false }

    /// Makes the provider.
    public init() {}

    /// `/v1/chat/completions` or `/v1/responses`.
    public func path(for task: TaskID, model: ModelID?) throws -> String {
        guard let model else {
            throw InferenceError.invalidInput(
                "model",
                expected: "a model id; neither the call nor the client names one"
            )
        }
        _ = try model.routedName()
        return OpenAIRoutes.route(for: task) ?? "/v1"
    }

    /// The router's own routes; it takes Hugging Face's tokens only.
    public func base(in place: ProviderPlace) throws -> String {
        guard !place.usesOwnKey else {
            throw InferenceError.invalidInput(
                "token",
                expected: "a Hugging Face token (it starts with \"hf_\"); with a provider's key, name the provider"
            )
        }
        return place.router.withoutTrailingSlash
    }

    /// Below the router's own base.
    public func url(for task: TaskID, model: ModelID?, in place: ProviderPlace) throws -> String {
        try base(in: place) + path(for: task, model: model)
    }
}

extension Target {
    /// The router, which chooses a provider for each chat.
    public static let router = Target(Router())
}

extension ModelID {
    /// The name with an optional suffix that chooses among providers.
    func routedName() throws -> String {
        if let colon = rawValue.lastIndex(of: ":") {
            _ = try ModelID(String(rawValue[..<colon])).hubPath()
            _ = try ModelID(String(rawValue[rawValue.index(after: colon)...])).hubPath()
            return rawValue
        }
        return try hubPath()
    }
}
