/// Makes a video of an image, a text, or both.
///
/// Source: `image-text-to-video` in the Hugging Face task specifications.
public struct ImageTextToVideo: CatalogTask {
    /// `image-text-to-video`.
    public static let id: TaskID = "image-text-to-video"
    /// An image, a text, or both.
    public static let input = TaskInputKind.imageAndText
    /// A video.
    public static let output = "video"
    /// A video is paid by the piece.
    public static let isCostly = true

    /// The image to begin with; without parameters it goes as raw bytes, a file without being loaded.
    ///
    /// `nil` when the prompt alone says what to make.
    public var image: Media?
    /// What to make; `nil` or left out when the image alone says it.
    public var prompt: String?
    /// How closely the video follows the prompt; `nil` for the model's own measure.
    public var guidanceScale: Double?
    /// What to keep out of the video.
    public var negativePrompt: String?
    /// The steps of denoising, at least 1: more are slower and finer.
    public var numInferenceSteps: Int?
    /// The length in frames, at least 1.
    public var numFrames: Int?
    /// The size of the video in pixels.
    public var targetSize: PixelSize?
    /// The seed of the random numbers, at least 0; the same seed makes the same video on the same server.
    public var seed: Int?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    ///
    /// - Parameters:
    ///   - image: The image to begin with, unless there is a prompt.
    ///   - prompt: What to make, unless there is an image.
    public init(image: Media? = nil, prompt: String? = nil) {
        self.image = image
        self.prompt = prompt
    }

    /// Makes the task of an image, a text as the prompt, or both.
    public init(input: TaskInput) throws {
        self.init(image: try input.mediumIfPresent(), prompt: try input.textApart())
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        .text("prompt", \.prompt),
        .number("guidance_scale", \.guidanceScale),
        .text("negative_prompt", \.negativePrompt),
        .integer("num_inference_steps", \.numInferenceSteps, in: 1...Int.max),
        .integer("num_frames", \.numFrames, in: 1...Int.max),
        .targetSize(\.targetSize),
        .integer("seed", \.seed, in: 0...Int.max),
    ]

    /// The video.
    public typealias Response = Media

    /// Raw bytes without parameters, base64 in JSON with them; no `inputs` without an image.
    public func payload() throws -> Payload {
        let parameters = try parametersObject()
        if let image {
            return try .medium(image, parameters: parameters, field: "image", expectsMedia: true)
        }
        try InferenceError.require(prompt?.isEmpty == false, "prompt", "a text that is not empty, or an image")
        return .json(["parameters": .object(parameters)], expectsMedia: true)
    }

    /// The video's bytes, or base64 in JSON where a server sends that.
    public func response(from reply: Reply) throws -> Media {
        try Media(from: reply, fallback: .mp4)
    }
}

extension InferenceClient {
    /// Makes a video of `image`, `prompt`, or both; see ``ImageTextToVideo`` for the parameters.
    ///
    /// The `outputPath` of `options` streams the video into a file.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func imageTextToVideo(
        _ image: Media? = nil,
        prompt: String? = nil,
        model: ModelID? = nil,
        negativePrompt: String? = nil,
        numInferenceSteps: Int? = nil,
        guidanceScale: Double? = nil,
        numFrames: Int? = nil,
        targetSize: PixelSize? = nil,
        seed: Int? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> Media {
        var task = ImageTextToVideo(image: image, prompt: prompt)
        task.negativePrompt = negativePrompt
        task.numInferenceSteps = numInferenceSteps
        task.guidanceScale = guidanceScale
        task.numFrames = numFrames
        task.targetSize = targetSize
        task.seed = seed
        return try await run(task, model: model, options: options)
    }
}
