/// Describes an image, or reads the text in it.
///
/// Source: `image-to-text` in the Hugging Face task specifications.
public struct ImageToText: CatalogTask {
    /// `image-to-text`.
    public static let id: TaskID = "image-to-text"
    /// An image.
    public static let input = TaskInputKind.image
    /// Text.
    public static let output = "text"

    /// The image; without parameters it goes as raw bytes, a file without being loaded.
    public var image: Media
    /// The most tokens to write, at least 1; `nil` for the model's own limit.
    public var maxNewTokens: Int?
    /// How the text is generated.
    public var generationParameters: GenerationParameters?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(image: Media, maxNewTokens: Int? = nil, generationParameters: GenerationParameters? = nil) {
        self.image = image
        self.maxNewTokens = maxNewTokens
        self.generationParameters = generationParameters
    }

    /// Makes the task of one image.
    public init(input: TaskInput) throws {
        self.init(image: try input.medium())
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        .integer("max_new_tokens", \.maxNewTokens, in: 1...Int.max),
        .generation(\.generationParameters),
    ]

    /// The text.
    public typealias Response = ImageDescription

    /// Raw bytes without parameters, base64 in JSON with them.
    public func payload() throws -> Payload {
        try generationParameters?.validate()
        return try .medium(image, parameters: parametersObject(), field: "image")
    }

    /// `{"generated_text": …}`, alone or in a list.
    public func response(from reply: Reply) throws -> ImageDescription {
        try reply.json().answer()
    }
}

/// What a model says about an image.
public struct ImageDescription: JSONConvertible, TaskOutput, Hashable, Sendable {
    /// The text.
    public var text: String
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes a description.
    public init(text: String, additional: JSONObject = [:]) {
        self.text = text
        self.additional = additional
    }

    /// Reads `{"generated_text": …}`.
    public init(json: JSONValue) throws {
        let members = try json.members()
        // The schema requires `generatedText`, though it defines the other.
        text = try members.label("generated_text", "generatedText")
        additional = members.removing(["generated_text", "generatedText"])
    }

    /// `{"generated_text": …}`.
    public var json: JSONValue {
        .object((["generated_text": .string(text)] as JSONObject).merging(additional))
    }
}

extension InferenceClient {
    /// Describes `image`; see ``ImageToText`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func imageToText(
        _ image: Media,
        model: ModelID? = nil,
        maxNewTokens: Int? = nil,
        generationParameters: GenerationParameters? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> ImageDescription {
        let task = ImageToText(
            image: image,
            maxNewTokens: maxNewTokens,
            generationParameters: generationParameters
        )
        return try await run(task, model: model, options: options)
    }
}
