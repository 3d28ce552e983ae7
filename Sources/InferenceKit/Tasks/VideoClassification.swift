/// Sorts a video into the labels that its model was trained on.
///
/// Servers of one's own take it; the router's newer servers refuse videos in any form. Source: `video-classification`
/// in the Hugging Face task specifications.
public struct VideoClassification: CatalogTask {
    /// `video-classification`.
    public static let id: TaskID = "video-classification"
    /// A video.
    public static let input = TaskInputKind.video
    /// Labels with scores.
    public static let output = "labels"

    /// The video; without parameters it goes as raw bytes, a file without being loaded.
    public var video: Media
    /// How the model's outputs become scores; `nil` for the model's own way.
    public var functionToApply: ClassificationFunction?
    /// How many frames are looked at, at least 1; `nil` for as many as the model was trained on.
    public var numFrames: Int?
    /// Every how manieth frame is looked at, at least 1; `nil` for the server's choice, usually each one.
    public var frameSamplingRate: Int?
    /// The most labels to return, at least 1; `nil` for the server's choice, usually five.
    public var topK: Int?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(video: Media) {
        self.video = video
    }

    /// Makes the task of one video.
    public init(input: TaskInput) throws {
        self.init(video: try input.medium())
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        TaskParameter("function_to_apply", \.functionToApply, ClassificationFunction.expectation),
        .integer("num_frames", \.numFrames, in: 1...Int.max),
        .integer("frame_sampling_rate", \.frameSamplingRate, in: 1...Int.max),
        .integer("top_k", \.topK, in: 1...Int.max),
    ]

    /// Labels, best first.
    public typealias Response = [ClassificationLabel]

    /// Raw bytes without parameters, base64 in JSON with them.
    public func payload() throws -> Payload {
        try .medium(video, parameters: parametersObject(), field: "video")
    }

    /// A flat list, or a list in a list; best first.
    public func response(from reply: Reply) throws -> [ClassificationLabel] {
        try ClassificationLabel.list(from: reply)
    }
}

extension InferenceClient {
    /// Sorts `video` into labels, best first; see ``VideoClassification`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func videoClassification(
        _ video: Media,
        model: ModelID? = nil,
        topK: Int? = nil,
        functionToApply: ClassificationFunction? = nil,
        numFrames: Int? = nil,
        frameSamplingRate: Int? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [ClassificationLabel] {
        var task = VideoClassification(video: video)
        task.topK = topK
        task.functionToApply = functionToApply
        task.numFrames = numFrames
        task.frameSamplingRate = frameSamplingRate
        return try await run(task, model: model, options: options)
    }
}
