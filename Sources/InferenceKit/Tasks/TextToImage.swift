/// Draws an image from a text.
///
/// Source: `text-to-image` in the Hugging Face task specifications.
public struct TextToImage: CatalogTask {
    /// `text-to-image`.
    public static let id: TaskID = "text-to-image"
    /// One text.
    public static let input = TaskInputKind.text
    /// An image.
    public static let output = "image"
    /// An image is paid by the piece.
    public static let isCostly = true

    /// What to draw.
    public var prompt: String
    /// What to keep out of the image.
    public var negativePrompt: String?
    /// How closely the image follows the prompt; `nil` for the model's own measure, often about 7.
    public var guidanceScale: Double?
    /// The steps of denoising, at least 1: more are slower and finer.
    public var numInferenceSteps: Int?
    /// The width in pixels.
    public var width: Int?
    /// The height in pixels.
    public var height: Int?
    /// The name of the scheduler, such as `EulerDiscreteScheduler`.
    public var scheduler: String?
    /// The seed of the random numbers; the same seed draws the same image on the same server.
    public var seed: Int?
    /// The image format that is asked for; servers may send another.
    ///
    /// Default: PNG.
    public var mediaType: MediaType = .png
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
        .number("guidance_scale", \.guidanceScale),
        .text("negative_prompt", \.negativePrompt),
        .integer("num_inference_steps", \.numInferenceSteps, in: 1...Int.max),
        .integer("width", \.width, in: 1...Int.max),
        .integer("height", \.height, in: 1...Int.max),
        .text("scheduler", \.scheduler),
        .integer("seed", \.seed, in: 0...Int.max),
    ]

    /// The image.
    public typealias Response = Media

    /// `{"inputs": "…", "parameters": {…}}`, with the one image type that is asked for.
    public func payload() throws -> Payload {
        try InferenceError.require(!prompt.isEmpty, "prompt", "a text that is not empty")
        return .inputs(
            .string(prompt),
            parameters: try parametersObject(),
            accept: mediaType,
            expectsMedia: true
        )
    }

    /// The image's bytes, or base64 in JSON where a server sends that.
    public func response(from reply: Reply) throws -> Media {
        try Media(from: reply, fallback: .png)
    }
}

extension InferenceClient {
    /// Draws an image of `prompt`; see ``TextToImage`` for the parameters.
    ///
    /// The `outputPath` of `options` streams the image into a file.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func textToImage(
        _ prompt: String,
        model: ModelID? = nil,
        width: Int? = nil,
        height: Int? = nil,
        negativePrompt: String? = nil,
        numInferenceSteps: Int? = nil,
        guidanceScale: Double? = nil,
        seed: Int? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> Media {
        var task = TextToImage(prompt: prompt)
        task.width = width
        task.height = height
        task.negativePrompt = negativePrompt
        task.numInferenceSteps = numInferenceSteps
        task.guidanceScale = guidanceScale
        task.seed = seed
        return try await run(task, model: model, options: options)
    }
}
