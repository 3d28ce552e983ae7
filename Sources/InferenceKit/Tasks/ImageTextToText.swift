/// Writes a text about images, as a text asks for it.
///
/// This is the form of Hugging Face's own container for dedicated endpoints; models behind the router, and servers of
/// the OpenAI kind, take images as parts of a chat instead. There is no schema.
public struct ImageTextToText: CatalogTask {
    /// `image-text-to-text`.
    public static let id: TaskID = "image-text-to-text"
    /// Images and a text.
    public static let input = TaskInputKind.imageAndText
    /// Text.
    public static let output = "text"

    /// The images, at least one, which go as base64.
    public var images: [Media]
    /// What to write about them; some models want a mark such as `<image>` in it for each image.
    public var text: String
    /// The most tokens to write, at least 1; `nil` for the model's own limit.
    public var maxNewTokens: Int?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(images: [Media], text: String, maxNewTokens: Int? = nil) {
        self.images = images
        self.text = text
        self.maxNewTokens = maxNewTokens
    }

    /// Makes the task of images and a text, given apart or as an object of `images` and `text`.
    public init(input: TaskInput) throws {
        let text = try input.text(key: "text")
        guard input.media.isEmpty else {
            self.init(images: input.media, text: text)
            return
        }
        let list = input.json?["images"].map { $0.arrayValue ?? [$0] } ?? []
        self.init(images: try list.map { try TaskInput(json: $0).medium() }, text: text)
    }

    /// The parameter that is common to all models.
    public static let parameters: [TaskParameter<Self>] = [
        .integer("max_new_tokens", \.maxNewTokens, in: 1...Int.max)
    ]

    /// The text.
    public typealias Response = ImageTextAnswer

    /// `{"inputs": {"images": "<base64>", "text": …}, "parameters": {…}}`; several images as a list.
    public func payload() throws -> Payload {
        try InferenceError.require(!images.isEmpty, "images", "at least one image")
        try InferenceError.require(!text.isEmpty, "text", "a text that is not empty")
        let embedded = try images.enumerated().map { index, image in
            try image.embedded(field: images.count == 1 ? "images" : "images[\(index)]")
        }
        let inputs: JSONValue = [
            "images": embedded.count == 1 ? embedded[0] : .array(embedded), "text": .string(text),
        ]
        var payload = Payload.inputs(inputs, parameters: try parametersObject())
        let isRemote = images.contains { if case .url = $0.source { true } else { false } }
        if isRemote { payload.remoteMediaField = "images" }
        return payload
    }

    /// `{"input_text": …, "generated_text": …}`, alone or in a list.
    public func response(from reply: Reply) throws -> ImageTextAnswer {
        try reply.json().answer()
    }
}

/// What a model wrote about images.
public struct ImageTextAnswer: JSONConvertible, TaskOutput, Hashable, Sendable {
    /// The text; some models begin it with what was asked.
    public var text: String
    /// What was asked, as the server understood it; `nil` when it was not sent.
    public var inputText: String?
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes an answer.
    public init(text: String, inputText: String? = nil, additional: JSONObject = [:]) {
        self.text = text
        self.inputText = inputText
        self.additional = additional
    }

    /// Reads `{"input_text": …, "generated_text": …}`.
    public init(json: JSONValue) throws {
        let members = try json.members()
        text = try members.label("generated_text")
        inputText = members["input_text"]?.stringValue
        additional = members.removing(["generated_text", "input_text"])
    }

    /// `{"input_text": …, "generated_text": …}`.
    public var json: JSONValue {
        var members: JSONObject = [:]
        if let inputText { members["input_text"] = .string(inputText) }
        members["generated_text"] = .string(text)
        return .object(members.merging(additional))
    }
}

extension InferenceClient {
    /// Writes about `images` what `text` asks for; see ``ImageTextToText``.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func imageTextToText(
        _ images: [Media],
        text: String,
        model: ModelID? = nil,
        maxNewTokens: Int? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> ImageTextAnswer {
        let task = ImageTextToText(images: images, text: text, maxNewTokens: maxNewTokens)
        return try await run(task, model: model, options: options)
    }
}
