/// Estimates how far each pixel of an image is from the camera.
///
/// Source: `depth-estimation` in the Hugging Face task specifications, which name no parameters.
public struct DepthEstimation: CatalogTask {
    /// `depth-estimation`.
    public static let id: TaskID = "depth-estimation"
    /// An image.
    public static let input = TaskInputKind.image
    /// Numbers and an image of them.
    public static let output = "depth"

    /// The image, which goes as base64.
    public var image: Media
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(image: Media) {
        self.image = image
    }

    /// Makes the task of one image.
    public init(input: TaskInput) throws {
        self.init(image: try input.medium())
    }

    /// None.
    public static let parameters: [TaskParameter<Self>] = []

    /// The depth, as numbers, as an image, or both.
    public typealias Response = DepthMap

    /// `{"inputs": "<base64>"}`.
    public func payload() throws -> Payload {
        try .embedding(image, parameters: parametersObject(), field: "image")
    }

    /// `{"predicted_depth": [[…]], "depth": "<base64 PNG>"}`, alone or as a list of one, either part missing.
    public func response(from reply: Reply) throws -> DepthMap {
        let document = try JSONWithTensors(jsonBytes: reply.bytes, members: ["predicted_depth"])
        let members = try document.value.unwrappingListOfOne().members()
        let numbers = try members["predicted_depth"].flatMap { $0.isNull ? nil : try document.tensor($0) }
        let image = try members["depth"].flatMap { $0.isNull ? nil : try Media(json: $0, fallback: .png) }
        guard numbers != nil || image != nil else {
            throw JSONMismatch(expected: "\"predicted_depth\" or \"depth\"", found: document.value)
        }
        let additional = members.removing(["predicted_depth", "depth"])
        return DepthMap(predictedDepth: numbers, depth: image, additional: additional)
    }
}

/// How far each pixel of an image is from the camera.
public struct DepthMap: MediaOutput, Hashable, Sendable {
    /// The model's numbers, `[height][width]` of its own resolution, sometimes as a batch of one; what they measure is
    /// the model's affair, often the inverse of a distance.
    ///
    /// `nil` when the server sent none.
    public var predictedDepth: FloatTensor?
    /// The numbers as an image in shades of grey, usually of the size of the image that was sent.
    ///
    /// `nil` when the server sent none.
    public var depth: Media?
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes a map.
    public init(predictedDepth: FloatTensor?, depth: Media?, additional: JSONObject = [:]) {
        self.predictedDepth = predictedDepth
        self.depth = depth
        self.additional = additional
    }

    /// `{"predicted_depth": [[…]], "depth": "<base64>"}`, without what is missing.
    public var json: JSONValue {
        var members: JSONObject = [:]
        if let predictedDepth { members["predicted_depth"] = predictedDepth.json }
        if let depth { members["depth"] = (try? depth.embedded(field: "depth")) ?? .null }
        return .object(members.merging(additional))
    }

    /// The image, if there is one.
    public var media: [Media] { depth.map { [$0] } ?? [] }
}

extension InferenceClient {
    /// Estimates the depth of each pixel of `image`; see ``DepthEstimation``.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func depthEstimation(
        _ image: Media,
        model: ModelID? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> DepthMap {
        try await run(DepthEstimation(image: image), model: model, options: options)
    }
}
