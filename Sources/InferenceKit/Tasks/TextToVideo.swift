/// Makes a video from a text.
///
/// Source: `text-to-video` in the Hugging Face task specifications, which name no size.
public struct TextToVideo: CatalogTask {
    /// `text-to-video`.
    public static let id: TaskID = "text-to-video"
    /// One text.
    public static let input = TaskInputKind.text
    /// A video.
    public static let output = "video"
    /// A video is paid by the piece.
    public static let isCostly = true

    /// What happens in the video.
    public var prompt: String
    /// The length in frames, at least 1.
    public var numFrames: Int?
    /// How closely the video follows the prompt; `nil` for the model's own measure.
    public var guidanceScale: Double?
    /// What to keep out of the video; a list here, unlike in the other tasks.
    public var negativePrompt: [String]?
    /// The steps of denoising, at least 1: more are slower and finer.
    public var numInferenceSteps: Int?
    /// The seed of the random numbers, at least 0; the same seed makes the same video on the same server.
    public var seed: Int?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(prompt: String) {
        self.prompt = prompt
    }

    /// Makes the task of one text.
    public init(input: TaskInput) throws {
        self.init(prompt: try input.text())
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        .integer("num_frames", \.numFrames, in: 1...Int.max),
        .number("guidance_scale", \.guidanceScale),
        TaskParameter("negative_prompt", \.negativePrompt, "a list of texts"),
        .integer("num_inference_steps", \.numInferenceSteps, in: 1...Int.max),
        .integer("seed", \.seed, in: 0...Int.max),
    ]

    /// The video.
    public typealias Response = Media

    /// `{"inputs": "…", "parameters": {…}}`.
    public func payload() throws -> Payload {
        try InferenceError.require(!prompt.isEmpty, "prompt", "a text that is not empty")
        return .inputs(.string(prompt), parameters: try parametersObject(), expectsMedia: true)
    }

    /// The video's bytes, or base64 in JSON where a server sends that.
    public func response(from reply: Reply) throws -> Media {
        try Media(from: reply, fallback: .mp4)
    }
}

extension InferenceClient {
    /// Makes a video of `prompt`; see ``TextToVideo`` for the parameters.
    ///
    /// The `outputPath` of `options` streams the video into a file.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func textToVideo(
        _ prompt: String,
        model: ModelID? = nil,
        numFrames: Int? = nil,
        guidanceScale: Double? = nil,
        negativePrompt: [String]? = nil,
        numInferenceSteps: Int? = nil,
        seed: Int? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> Media {
        var task = TextToVideo(prompt: prompt)
        task.numFrames = numFrames
        task.guidanceScale = guidanceScale
        task.negativePrompt = negativePrompt
        task.numInferenceSteps = numInferenceSteps
        task.seed = seed
        return try await run(task, model: model, options: options)
    }
}
