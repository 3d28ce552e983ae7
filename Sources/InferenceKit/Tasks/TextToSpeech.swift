/// Speaks a text.
///
/// Source: `text-to-speech` in the Hugging Face task specifications, and `/v1/audio/speech` of OpenAI-compatible servers.
public struct TextToSpeech: CatalogTask {
    /// `text-to-speech`.
    public static let id: TaskID = "text-to-speech"
    /// One text.
    public static let input = TaskInputKind.text
    /// A sound.
    public static let output = "audio"
    /// A sound is paid by its length.
    public static let isCostly = true

    /// What to say.
    public var text: String
    /// The voice, in the server's word; servers of OpenAI's dialect have voices, and some want one.
    public var voice: String?
    /// How fast to speak, 0.25 to 4, 1 being as usual; servers of OpenAI's dialect only.
    public var speed: Double?
    /// How the sound is generated; only some models go by it.
    public var generationParameters: GenerationParameters?
    /// The format that is asked for, such as ``MediaType/wav``; `nil` for the server's choice, usually FLAC or MP3.
    public var mediaType: MediaType?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(
        text: String,
        voice: String? = nil,
        speed: Double? = nil,
        generationParameters: GenerationParameters? = nil,
        mediaType: MediaType? = nil
    ) {
        self.text = text
        self.voice = voice
        self.speed = speed
        self.generationParameters = generationParameters
        self.mediaType = mediaType
    }

    /// Makes the task of one text.
    public init(input: TaskInput) throws {
        self.init(text: try input.text())
    }

    /// The schema's parameters, and the two of OpenAI's dialect.
    public static let parameters: [TaskParameter<Self>] = [
        .generation(\.generationParameters),
        .text("voice", \.voice),
        .number("speed", \.speed, "0.25…4") { (0.25...4).contains($0) },
    ]

    /// The sound; ``Media/samplingRate`` tells the sampling rate of WAV.
    public typealias Response = Media

    /// `{"inputs": "…", "parameters": {"generation_parameters": {…}}}`, with the one format that is asked for.
    public func payload() throws -> Payload {
        try InferenceError.require(!text.isEmpty, "text", "a text that is not empty")
        try generationParameters?.validate()
        return .inputs(.string(text), parameters: try parametersObject(), accept: mediaType, expectsMedia: true)
    }

    /// The sound's bytes, base64 in JSON, or samples in JSON, which become WAV.
    public func response(from reply: Reply) throws -> Media {
        try Media(soundFrom: reply)
    }
}

extension InferenceClient {
    /// Speaks `text`; see ``TextToSpeech`` for the parameters.
    ///
    /// The `outputPath` of `options` streams the sound into a file.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func textToSpeech(
        _ text: String,
        model: ModelID? = nil,
        voice: String? = nil,
        speed: Double? = nil,
        generationParameters: GenerationParameters? = nil,
        mediaType: MediaType? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> Media {
        let task = TextToSpeech(
            text: text,
            voice: voice,
            speed: speed,
            generationParameters: generationParameters,
            mediaType: mediaType
        )
        return try await run(task, model: model, options: options)
    }
}
