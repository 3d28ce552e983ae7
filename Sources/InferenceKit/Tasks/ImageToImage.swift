/// Makes an image of another one, guided by a text.
///
/// Source: `image-to-image` in the Hugging Face task specifications.
public struct ImageToImage: CatalogTask {
    /// `image-to-image`.
    public static let id: TaskID = "image-to-image"
    /// An image, and the prompt.
    public static let input = TaskInputKind.imageAndText
    /// An image.
    public static let output = "image"
    /// An image is paid by the piece.
    public static let isCostly = true

    /// The image; without parameters it goes as raw bytes, a file without being loaded.
    public var image: Media
    /// What to make of it.
    public var prompt: String?
    /// How closely the image follows the prompt; `nil` for the model's own measure, often about 7.
    public var guidanceScale: Double?
    /// What to keep out of the image.
    public var negativePrompt: String?
    /// The steps of denoising, at least 1: more are slower and finer.
    public var numInferenceSteps: Int?
    /// The size of the new image in pixels; only some providers and models go by it.
    public var targetSize: PixelSize?
    /// The image format that is asked for; servers may send another.
    ///
    /// Default: PNG.
    public var mediaType: MediaType = .png
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(image: Media, prompt: String? = nil) {
        self.image = image
        self.prompt = prompt
    }

    /// Makes the task of one image, and of a prompt if a text is given with it.
    public init(input: TaskInput) throws {
        self.init(image: try input.medium(), prompt: try input.textApart())
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        .text("prompt", \.prompt),
        .number("guidance_scale", \.guidanceScale),
        .text("negative_prompt", \.negativePrompt),
        .integer("num_inference_steps", \.numInferenceSteps, in: 1...Int.max),
        .targetSize(\.targetSize),
    ]

    /// The new image.
    public typealias Response = Media

    /// Raw bytes without parameters, base64 in JSON with them, and the one image type that is asked for.
    public func payload() throws -> Payload {
        try .medium(image, parameters: parametersObject(), field: "image", accept: mediaType, expectsMedia: true)
    }

    /// The image's bytes, or base64 in JSON where a server sends that.
    public func response(from reply: Reply) throws -> Media {
        try Media(from: reply, fallback: .png)
    }
}

extension InferenceClient {
    /// Makes an image of `image`; see ``ImageToImage`` for the parameters.
    ///
    /// The `outputPath` of `options` streams the new image into a file.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func imageToImage(
        _ image: Media,
        prompt: String? = nil,
        model: ModelID? = nil,
        negativePrompt: String? = nil,
        numInferenceSteps: Int? = nil,
        guidanceScale: Double? = nil,
        targetSize: PixelSize? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> Media {
        var task = ImageToImage(image: image, prompt: prompt)
        task.negativePrompt = negativePrompt
        task.numInferenceSteps = numInferenceSteps
        task.guidanceScale = guidanceScale
        task.targetSize = targetSize
        return try await run(task, model: model, options: options)
    }
}
