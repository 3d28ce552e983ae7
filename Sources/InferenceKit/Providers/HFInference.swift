/// Hugging Face's own serverless inference: every classic task, in the canonical form.
///
/// Source: the `hf-inference` routes of both official clients.
public struct HFInference: InferenceProvider {
    /// `hf-inference`.
    public static let id: ProviderID = "hf-inference"

    /// Every task goes in its own form.
    public let formats = WireFormats(otherTasks: .canonical) { formats in
        formats[ChatCompletion.self] = .chat(.tgi)
        formats[ResponseCreation.self] = .unsupported
    }

    /// The models go by their names on the Hub.
    public var mapsModels: Bool { false }

    /// The router refuses whatever is not the medium itself.
    public var fetchesMedia: Bool { false }

    /// Makes the provider.
    public init() {}

    /// `/models/{id}`; the two embedding tasks say which is meant, since one model can do both.
    public func path(for task: TaskID, model: ModelID?) throws -> String {
        guard let model else {
            throw InferenceError.invalidInput(
                "model",
                expected: "a model id; neither the call nor the client names one"
            )
        }
        let path = "/models/\(try model.hubPath())"
        return switch task {
        case "feature-extraction", "sentence-similarity": "\(path)/pipeline/\(task)"
        case "chat-completion": "\(path)/v1/chat/completions"
        default: path
        }
    }

    /// Always the router: this provider has no other address, whatever the key.
    public func base(in place: ProviderPlace) -> String {
        "\(place.router.withoutTrailingSlash)/\(id)"
    }

    /// Always below the router.
    public func url(for task: TaskID, model: ModelID?, in place: ProviderPlace) throws -> String {
        try base(in: place) + path(for: task, model: model)
    }
}

extension Target {
    /// Hugging Face's own serverless inference, through the router.
    public static let hfInference = Target(HFInference())
}
