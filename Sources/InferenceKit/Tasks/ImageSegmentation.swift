/// Cuts an image into segments: its objects, its background, or both.
///
/// Source: `image-segmentation` in the Hugging Face task specifications.
public struct ImageSegmentation: CatalogTask {
    /// `image-segmentation`.
    public static let id: TaskID = "image-segmentation"
    /// An image.
    public static let input = TaskInputKind.image
    /// Labels with masks.
    public static let output = "masks"

    /// What a model cuts out; it must be able to.
    public struct Subtask: RawRepresentable, Hashable, Sendable, JSONConvertible {
        /// The wire's word.
        public var rawValue: String
        /// Makes a subtask of the wire's word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Each object by itself.
        public static var instance: Self { Self(rawValue: "instance") }
        /// Each object by itself, and the rest by its kind.
        public static var panoptic: Self { Self(rawValue: "panoptic") }
        /// Everything of one kind together.
        public static var semantic: Self { Self(rawValue: "semantic") }
    }

    /// The image; without parameters it goes as raw bytes, a file without being loaded.
    public var image: Media
    /// The value from which on a pixel belongs to a mask, `0...1`; `nil` for the server's choice, usually 0.5.
    public var maskThreshold: Double?
    /// The overlap below which small, separate pieces are dropped, `0...1`; `nil` for the server's choice, usually 0.5.
    public var overlapMaskAreaThreshold: Double?
    /// What is cut out; `nil` for what the model does best.
    public var subtask: Subtask?
    /// The probability from which on a segment is reported, `0...1`; `nil` for the server's choice, usually 0.9.
    public var threshold: Double?
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

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        .probability("mask_threshold", \.maskThreshold),
        .probability("overlap_mask_area_threshold", \.overlapMaskAreaThreshold),
        TaskParameter("subtask", \.subtask, "a text: \"instance\", \"panoptic\" or \"semantic\""),
        .probability("threshold", \.threshold),
    ]

    /// The segments, in the server's order.
    public typealias Response = [ImageSegment]

    /// Raw bytes without parameters, base64 in JSON with them.
    public func payload() throws -> Payload {
        try .medium(image, parameters: parametersObject(), field: "image")
    }

    /// A list of segments, whose scores may be null.
    public func response(from reply: Reply) throws -> [ImageSegment] {
        try reply.json().answers()
    }
}

/// A part of an image: what it is, and which pixels it has.
public struct ImageSegment: JSONConvertible, MediaOutput, Hashable, Sendable {
    /// What it is, in the model's words.
    public var label: String
    /// The model's confidence in `0...1`; `nil` for models that have none, for which the router sends 1.
    public var score: Double?
    /// A PNG image in shades of grey, of the size of the image that was sent: 255 inside, 0 outside.
    public var mask: Media
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes a segment.
    public init(label: String, score: Double?, mask: Media, additional: JSONObject = [:]) {
        self.label = label
        self.score = score
        self.mask = mask
        self.additional = additional
    }

    /// Reads `{"score": …, "label": …, "mask": "<base64 PNG>"}`.
    public init(json: JSONValue) throws {
        let members = try json.members()
        label = try members.label("label")
        score = members["score"]?.doubleValue
        do {
            mask = try Media(base64: try members.decode("mask"), fallback: .png)
        } catch let mismatch as JSONMismatch {
            throw mismatch.path.isEmpty ? mismatch.at("mask") : mismatch
        }
        additional = members.removing(["label", "score", "mask"])
    }

    /// `{"label": …, "score": …, "mask": "<base64>"}`, as the schema has it.
    public var json: JSONValue {
        let members: JSONObject = [
            "label": .string(label), "score": .number(orNull: score),
            "mask": (try? mask.embedded(field: "mask")) ?? .null,
        ]
        return .object(members.merging(additional))
    }

    /// The mask.
    public var media: [Media] { [mask] }

    /// The mask as bytes, one for each pixel.
    ///
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/undecodable`` when it is no PNG image
    ///   that can be read.
    public func alphaMask() throws -> AlphaMask { try AlphaMask(png: mask) }
}

extension InferenceClient {
    /// Cuts `image` into segments; see ``ImageSegmentation`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func imageSegmentation(
        _ image: Media,
        model: ModelID? = nil,
        subtask: ImageSegmentation.Subtask? = nil,
        threshold: Double? = nil,
        maskThreshold: Double? = nil,
        overlapMaskAreaThreshold: Double? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [ImageSegment] {
        var task = ImageSegmentation(image: image)
        task.subtask = subtask
        task.threshold = threshold
        task.maskThreshold = maskThreshold
        task.overlapMaskAreaThreshold = overlapMaskAreaThreshold
        return try await run(task, model: model, options: options)
    }
}
