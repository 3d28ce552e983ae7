/// Sorts an image into labels that are given with it.
///
/// Source: `zero-shot-image-classification` in the Hugging Face task specifications.
public struct ZeroShotImageClassification: CatalogTask {
    /// `zero-shot-image-classification`.
    public static let id: TaskID = "zero-shot-image-classification"
    /// An image, and the labels.
    public static let input = TaskInputKind.imageAndText
    /// Labels with scores.
    public static let output = "labels"

    /// The image; it always goes as base64, since the labels go with it.
    public var image: Media
    /// The labels to choose from, at least one.
    public var candidateLabels: [String]
    /// The sentence in which each label takes the place of `{}`, such as `This is a photo of {}.`; `nil` for the
    /// server's own.
    public var hypothesisTemplate: String?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(image: Media, candidateLabels: [String], hypothesisTemplate: String? = nil) {
        self.image = image
        self.candidateLabels = candidateLabels
        self.hypothesisTemplate = hypothesisTemplate
    }

    /// Makes the task of one image, and of labels if texts are given with it.
    public init(input: TaskInput) throws {
        self.init(image: try input.medium(), candidateLabels: input.texts)
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        .candidateLabels(\.candidateLabels),
        .text("hypothesis_template", \.hypothesisTemplate),
    ]

    /// Labels, best first.
    public typealias Response = [ClassificationLabel]

    /// `{"inputs": "<base64>", "parameters": {"candidate_labels": […]}}`.
    public func payload() throws -> Payload {
        try .embedding(image, parameters: parametersObject(), field: "image")
    }

    /// A flat list, in the order of the labels or of the scores; best first.
    public func response(from reply: Reply) throws -> [ClassificationLabel] {
        try ClassificationLabel.list(from: reply)
    }
}

extension InferenceClient {
    /// Sorts `image` into the labels given, best first; see ``ZeroShotImageClassification`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func zeroShotImageClassification(
        _ image: Media,
        candidateLabels: [String],
        model: ModelID? = nil,
        hypothesisTemplate: String? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [ClassificationLabel] {
        let task = ZeroShotImageClassification(
            image: image,
            candidateLabels: candidateLabels,
            hypothesisTemplate: hypothesisTemplate
        )
        return try await run(task, model: model, options: options)
    }
}
