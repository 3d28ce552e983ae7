/// Turns an image into vectors.
///
/// There is no schema; the transformers pipeline answers `[1][patches][dimension]`.
public struct ImageFeatureExtraction: CatalogTask {
    /// `image-feature-extraction`.
    public static let id: TaskID = "image-feature-extraction"
    /// An image.
    public static let input = TaskInputKind.image
    /// Vectors.
    public static let output = "vectors"

    /// The image; without parameters it goes as raw bytes, a file without being loaded.
    public var image: Media
    /// Parameters of the pipeline, such as `pool`, by its own names.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(image: Media) {
        self.image = image
    }

    /// Makes the task of one image.
    public init(input: TaskInput) throws {
        self.init(image: try input.medium())
    }

    /// None that a schema names.
    public static let parameters: [TaskParameter<Self>] = []

    /// The numbers with their shape.
    public typealias Response = FloatTensor

    /// Raw bytes without parameters, base64 in JSON with them.
    public func payload() throws -> Payload {
        try .medium(image, parameters: parametersObject(), field: "image")
    }

    /// Numbers of one to four dimensions, alone or as the member `embeddings`.
    public func response(from reply: Reply) throws -> FloatTensor {
        try FloatTensor(embeddingsReply: reply.bytes)
    }
}

extension InferenceClient {
    /// Turns `image` into numbers; see ``ImageFeatureExtraction`` for the shape.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func imageFeatureExtraction(
        _ image: Media,
        model: ModelID? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> FloatTensor {
        try await run(ImageFeatureExtraction(image: image), model: model, options: options)
    }
}
