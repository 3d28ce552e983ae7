/// Finds things that are named with the image, and where they are.
///
/// Source: `zero-shot-object-detection` in the Hugging Face task specifications.
public struct ZeroShotObjectDetection: CatalogTask {
    /// `zero-shot-object-detection`.
    public static let id: TaskID = "zero-shot-object-detection"
    /// An image, and the labels.
    public static let input = TaskInputKind.imageAndText
    /// Labels with boxes.
    public static let output = "boxes"

    /// The image; it always goes as base64, since the labels go with it.
    public var image: Media
    /// What to look for, at least one thing.
    public var candidateLabels: [String]
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(image: Media, candidateLabels: [String]) {
        self.image = image
        self.candidateLabels = candidateLabels
    }

    /// Makes the task of one image, and of labels if texts are given with it.
    public init(input: TaskInput) throws {
        self.init(image: try input.medium(), candidateLabels: input.texts)
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [.candidateLabels(\.candidateLabels)]

    /// The objects, in the server's order; empty when nothing was found.
    public typealias Response = [DetectedObject]

    /// `{"inputs": "<base64>", "parameters": {"candidate_labels": […]}}`.
    public func payload() throws -> Payload {
        try .embedding(image, parameters: parametersObject(), field: "image")
    }

    /// A list of objects, as ``ObjectDetection`` reads it.
    public func response(from reply: Reply) throws -> [DetectedObject] {
        try reply.json().answers()
    }
}

extension InferenceClient {
    /// Finds the things named `candidateLabels` in `image`; see ``ZeroShotObjectDetection``.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func zeroShotObjectDetection(
        _ image: Media,
        candidateLabels: [String],
        model: ModelID? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [DetectedObject] {
        let task = ZeroShotObjectDetection(image: image, candidateLabels: candidateLabels)
        return try await run(task, model: model, options: options)
    }
}
