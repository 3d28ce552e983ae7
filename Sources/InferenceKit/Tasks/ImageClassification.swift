/// Sorts an image into the labels that its model was trained on.
///
/// Source: `image-classification` in the Hugging Face task specifications.
public struct ImageClassification: CatalogTask {
    /// `image-classification`.
    public static let id: TaskID = "image-classification"
    /// An image.
    public static let input = TaskInputKind.image
    /// Labels with scores.
    public static let output = "labels"

    /// The image; without parameters it goes as raw bytes, a file without being loaded.
    public var image: Media
    /// The most labels to return, at least 1; `nil` for the server's choice, usually five.
    public var topK: Int?
    /// How the model's outputs become scores; `nil` for the model's own way.
    public var functionToApply: ClassificationFunction?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(image: Media, topK: Int? = nil, functionToApply: ClassificationFunction? = nil) {
        self.image = image
        self.topK = topK
        self.functionToApply = functionToApply
    }

    /// Makes the task of one image.
    public init(input: TaskInput) throws {
        self.init(image: try input.medium())
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
        try .medium(image, parameters: parametersObject(), field: "image")
    }

    /// A flat list, or a list in a list; best first.
    public func response(from reply: Reply) throws -> [ClassificationLabel] {
        try ClassificationLabel.list(from: reply)
    }
}

extension InferenceClient {
    /// Sorts `image` into labels, best first; see ``ImageClassification`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func imageClassification(
        _ image: Media,
        model: ModelID? = nil,
        topK: Int? = nil,
        functionToApply: ClassificationFunction? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [ClassificationLabel] {
        let task = ImageClassification(image: image, topK: topK, functionToApply: functionToApply)
        return try await run(task, model: model, options: options)
    }
}
