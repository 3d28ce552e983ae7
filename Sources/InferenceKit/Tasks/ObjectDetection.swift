/// Finds the objects in an image and where they are.
///
/// Source: `object-detection` in the Hugging Face task specifications.
public struct ObjectDetection: CatalogTask {
    /// `object-detection`.
    public static let id: TaskID = "object-detection"
    /// An image.
    public static let input = TaskInputKind.image
    /// Labels with boxes.
    public static let output = "boxes"

    /// The image; without parameters it goes as raw bytes, a file without being loaded.
    public var image: Media
    /// The probability from which on an object is reported, `0...1`; `nil` for the model's own, usually 0.5 or 0.9.
    public var threshold: Double?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(image: Media, threshold: Double? = nil) {
        self.image = image
        self.threshold = threshold
    }

    /// Makes the task of one image.
    public init(input: TaskInput) throws {
        self.init(image: try input.medium())
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [.probability("threshold", \.threshold)]

    /// The objects, in the server's order; empty when nothing was found.
    public typealias Response = [DetectedObject]

    /// Raw bytes without parameters, base64 in JSON with them.
    public func payload() throws -> Payload {
        try .medium(image, parameters: parametersObject(), field: "image")
    }

    /// A list of objects, whose coordinates are whole numbers or not.
    public func response(from reply: Reply) throws -> [DetectedObject] {
        try reply.json().answers()
    }
}

extension InferenceClient {
    /// Finds the objects in `image`; see ``ObjectDetection`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func objectDetection(
        _ image: Media,
        model: ModelID? = nil,
        threshold: Double? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [DetectedObject] {
        try await run(ObjectDetection(image: image, threshold: threshold), model: model, options: options)
    }
}
