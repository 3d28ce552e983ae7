/// Sorts a recording into the labels that its model was trained on.
///
/// Source: `audio-classification` in the Hugging Face task specifications.
public struct AudioClassification: CatalogTask {
    /// `audio-classification`.
    public static let id: TaskID = "audio-classification"
    /// A recording.
    public static let input = TaskInputKind.audio
    /// Labels with scores.
    public static let output = "labels"

    /// The recording in any usual container; without parameters it goes as raw bytes, a file without being loaded.
    public var audio: Media
    /// How the model's outputs become scores; `nil` for the model's own way.
    public var functionToApply: ClassificationFunction?
    /// The most labels to return, at least 1; `nil` for the server's choice, usually five.
    public var topK: Int?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(audio: Media, topK: Int? = nil, functionToApply: ClassificationFunction? = nil) {
        self.audio = audio
        self.topK = topK
        self.functionToApply = functionToApply
    }

    /// Makes the task of one recording.
    public init(input: TaskInput) throws {
        self.init(audio: try input.medium())
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        TaskParameter("function_to_apply", \.functionToApply, ClassificationFunction.expectation),
        .integer("top_k", \.topK, in: 1...Int.max),
    ]

    /// Labels, best first.
    public typealias Response = [ClassificationLabel]

    /// Raw bytes without parameters, base64 in JSON with them.
    public func payload() throws -> Payload {
        try .medium(audio, parameters: parametersObject(), field: "audio")
    }

    /// A flat list, or a list in a list; best first.
    public func response(from reply: Reply) throws -> [ClassificationLabel] {
        try ClassificationLabel.list(from: reply)
    }
}

extension InferenceClient {
    /// Sorts `audio` into labels, best first; see ``AudioClassification`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func audioClassification(
        _ audio: Media,
        model: ModelID? = nil,
        topK: Int? = nil,
        functionToApply: ClassificationFunction? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [ClassificationLabel] {
        let task = AudioClassification(audio: audio, topK: topK, functionToApply: functionToApply)
        return try await run(task, model: model, options: options)
    }
}
