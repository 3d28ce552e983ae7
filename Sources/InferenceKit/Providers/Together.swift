/// Together AI.
///
/// Source: the `together` helpers of both official clients.
public struct Together: InferenceProvider {
    /// `together`.
    public static let id: ProviderID = "together"

    /// The tasks that are offered.
    public let formats = WireFormats(otherTasks: .unsupported) { formats in
        formats[ChatCompletion.self] = .chat(.flat)
        formats[FeatureExtraction.self] = .openAIEmbeddings
        formats[AutomaticSpeechRecognition.self] = .openAITranscription
        formats[TextToImage.self] = .form { task, exchange in
            try InferenceError.require(!task.prompt.isEmpty, "prompt", "a text that is not empty")
            var body: JSONObject = [:]
            body["model"] = .string(exchange.modelName ?? "")
            body["prompt"] = .string(task.prompt)
            // The word is `base64`, though the answer's key is `b64_json`.
            body["response_format"] = "base64"
            for (name, value) in try task.parametersObject() {
                body[name == "num_inference_steps" ? "steps" : name] = value
            }
            return .json(.object(body), expectsMedia: true)
        } decode: { task, reply in
            try task.response(from: reply)
        }
    }

    /// For keys of its own.
    public var ownBaseURL: String? { "https://api.together.xyz" }

    /// Makes the provider.
    public init() {}

    /// The OpenAI routes.
    public func path(for task: TaskID, model: ModelID?) throws -> String {
        OpenAIRoutes.route(for: task) ?? "/"
    }
}

extension Target {
    /// Together AI, through the router or with a key of its own.
    public static let together = Target(Together())
}
