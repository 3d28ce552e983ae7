/// A server with OpenAI-compatible routes: vLLM, SGLang, llama.cpp, Ollama, `transformers serve`, infinity and others.
///
/// The same Swift tasks, another dialect: embeddings at `/v1/embeddings`, speech recognition at
/// `/v1/audio/transcriptions`, speech at `/v1/audio/speech`, images at `/v1/images/generations`, rankings at `/rerank`.
/// A server that has a route elsewhere is given by the URL of that route.
public struct OpenAIServer: ServerProvider {
    /// `openai-compatible`; not one of the router's.
    public static let id: ProviderID = "openai-compatible"

    /// The tasks that have a route.
    public let formats = WireFormats(otherTasks: .unsupported) { formats in
        formats[ChatCompletion.self] = .chat(.openAI)
        formats[ResponseCreation.self] = .responses
        formats[TextClassification.self] = .classify
        formats[FeatureExtraction.self] = .openAIEmbeddings
        formats[AutomaticSpeechRecognition.self] = .openAITranscription
        formats[TextToSpeech.self] = .openAISpeech
        formats[TextToImage.self] = .openAIImage
        formats[TextGeneration.self] = .openAICompletion
        formats[TextRanking.self] = .openAIRerank
    }
    let server: URLReference
    var completeRoutes: [String] {
        [
            "/chat/completions", "/completions", "/embeddings", "/audio/transcriptions", "/audio/speech",
            "/images/generations", "/responses", "/classify", "/rerank",
        ]
    }

    init(_ server: URLReference) { self.server = server }

    func route(for task: TaskID) -> String? { OpenAIRoutes.route(for: task) }
}

/// The routes of the OpenAI dialect, below a host.
enum OpenAIRoutes {
    static func route(for task: TaskID) -> String? {
        switch task {
        case "feature-extraction": "/v1/embeddings"
        case "text-classification": "/classify"
        case "automatic-speech-recognition": "/v1/audio/transcriptions"
        case "text-to-image": "/v1/images/generations"
        case "text-to-speech": "/v1/audio/speech"
        case "text-generation": "/v1/completions"
        case "text-ranking": "/rerank"
        case "chat-completion": "/v1/chat/completions"
        case "responses": "/v1/responses"
        default: nil
        }
    }
}
