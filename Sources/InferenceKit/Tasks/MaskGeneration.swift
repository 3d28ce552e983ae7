/// Finds the outlines of everything in an image, without saying what it is.
///
/// There is no schema; the form is that of the transformers pipeline, whose answers are often too large to be sent.
public struct MaskGeneration: CatalogTask {
    /// `mask-generation`.
    public static let id: TaskID = "mask-generation"
    /// An image.
    public static let input = TaskInputKind.image
    /// Masks with scores.
    public static let output = "masks"

    /// The image, which goes as base64.
    public var image: Media
    /// Parameters of the pipeline, such as `points_per_batch` or `pred_iou_thresh`, by its own names.
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

    /// The masks with their scores.
    public typealias Response = GeneratedMasks

    /// `{"inputs": "<base64>"}`.
    public func payload() throws -> Payload {
        try .embedding(image, parameters: parametersObject(), field: "image")
    }

    /// `{"masks": [[[true, …]]], "scores": […]}`, or a list of `{"mask": …, "score": …}`; each mask rows of truth values
    /// or numbers, or a PNG image in base64.
    public func response(from reply: Reply) throws -> GeneratedMasks {
        try GeneratedMasks(json: reply.json())
    }
}

/// Masks that a model generated.
public struct GeneratedMasks: JSONConvertible, MediaOutput, Hashable, Sendable {
    /// The masks, in the server's order.
    public var masks: [AlphaMask]
    /// One for each mask, usually in `0...1`; `nil` when the server sent none for it.
    public var scores: [Double?]
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes masks; scores that are missing are `nil`, and those without a mask are dropped.
    public init(masks: [AlphaMask], scores: [Double?], additional: JSONObject = [:]) {
        self.masks = masks
        self.scores = Array(scores.prefix(masks.count))
        self.scores += Array(repeating: nil, count: masks.count - self.scores.count)
        self.additional = additional
    }

    /// Reads `{"masks": […], "scores": […]}`, alone or as a list of one, or a list of `{"mask": …, "score": …}`.
    public init(json: JSONValue) throws {
        if case .array(let elements) = json, elements.first?["masks"] == nil {
            let masks = try elements.enumerated().map { index, element in
                try Self.mask(element["mask"] ?? element, at: ["[\(index)]"])
            }
            self.init(masks: masks, scores: elements.map { $0["score"]?.doubleValue })
            return
        }
        let members = try json.unwrappingListOfOne().members()
        guard let list = members["masks"]?.arrayValue else {
            throw JSONMismatch(expected: "a list of masks at \"masks\"", found: json)
        }
        self.init(
            masks: try list.enumerated().map { try Self.mask($1, at: ["masks", "[\($0)]"]) },
            scores: members["scores"]?.arrayValue?.map(\.doubleValue) ?? [],
            additional: members.removing(["masks", "scores"])
        )
    }

    /// `{"masks": ["<base64 PNG>", …], "scores": […]}`.
    public var json: JSONValue {
        let members: JSONObject = [
            "masks": .array(masks.map { .string(Base64.encode($0.pngBytes)) }),
            "scores": .array(scores.map { .number(orNull: $0) }),
        ]
        return .object(members.merging(additional))
    }

    /// The masks as PNG images.
    public var media: [Media] { masks.map(\.png) }
}

extension GeneratedMasks {
    /// One mask: rows of truth values or numbers, perhaps in a list of one, or a PNG image in base64.
    private static func mask(_ json: JSONValue, at path: [String]) throws -> AlphaMask {
        do {
            if case .string = json {
                guard case .bytes(let bytes) = try Media(base64: json.stringValue ?? "", fallback: .png).source else {
                    throw JSONMismatch(expected: "a mask in base64", found: json)
                }
                return AlphaMask(try GrayImage(png: bytes))
            }
            var rows = try json.elements()
            // A batch or channel of one.
            if rows.count == 1, case .array(let inner) = rows[0], case .array? = inner.first { rows = inner }
            let width = try rows.first?.elements().count ?? 0
            var bytes: [UInt8] = []
            for row in rows {
                let elements = try row.elements()
                guard elements.count == width else { throw JSONMismatch(expected: "rows of one length", found: row) }
                for element in elements { bytes.append(try byte(element)) }
            }
            guard let mask = AlphaMask(size: PixelSize(width: width, height: rows.count), bytes: bytes) else {
                throw JSONMismatch(expected: "a mask of at least one pixel", found: json)
            }
            return mask
        } catch let mismatch as JSONMismatch {
            throw path.reversed().reduce(mismatch) { $0.at($1) }
        }
    }

    /// Inside or outside: a truth value, a number up to 1 as a fraction, or up to 255 as a byte.
    private static func byte(_ json: JSONValue) throws -> UInt8 {
        if let isInside = json.boolValue { return isInside ? 255 : 0 }
        guard let value = json.doubleValue, value.isFinite else {
            throw JSONMismatch(expected: "a truth value or a number", found: json)
        }
        return UInt8((value <= 1 ? max(value, 0) * 255 : min(value, 255)).rounded())
    }
}

extension InferenceClient {
    /// Finds the outlines of everything in `image`; see ``MaskGeneration``.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func maskGeneration(
        _ image: Media,
        model: ModelID? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> GeneratedMasks {
        try await run(MaskGeneration(image: image), model: model, options: options)
    }
}
