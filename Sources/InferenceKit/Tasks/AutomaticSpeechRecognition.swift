/// Writes down what is said in a recording.
///
/// Source: `automatic-speech-recognition` in the Hugging Face task specifications.
public struct AutomaticSpeechRecognition: CatalogTask {
    /// `automatic-speech-recognition`.
    public static let id: TaskID = "automatic-speech-recognition"
    /// A recording.
    public static let input = TaskInputKind.audio
    /// Text, with times on request.
    public static let output = "text"

    /// The recording in any usual container; without parameters it goes as raw bytes, a file without being loaded.
    public var audio: Media
    /// Whether pieces of the text come with their times; `nil` for the server's choice, which is no.
    public var returnTimestamps: TimestampGranularity?
    /// How the text is generated.
    public var generationParameters: GenerationParameters?
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(
        audio: Media,
        returnTimestamps: TimestampGranularity? = nil,
        generationParameters: GenerationParameters? = nil
    ) {
        self.audio = audio
        self.returnTimestamps = returnTimestamps
        self.generationParameters = generationParameters
    }

    /// Makes the task of one recording.
    public init(input: TaskInput) throws {
        self.init(audio: try input.medium())
    }

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        TaskParameter("return_timestamps", \.returnTimestamps, "true, false, \"word\" or \"char\""),
        .generation(\.generationParameters),
    ]

    /// The text, and its pieces with their times if they were asked for.
    public typealias Response = Transcription

    /// Raw bytes without parameters, base64 in JSON with them.
    public func payload() throws -> Payload {
        try generationParameters?.validate()
        return try .medium(audio, parameters: parametersObject(), field: "audio")
    }

    /// `{"text": …, "chunks": […]}`, alone or as a list of one.
    public func response(from reply: Reply) throws -> Transcription {
        try Transcription(json: reply.json().unwrappingListOfOne())
    }
}

/// What is said in a recording.
public struct Transcription: JSONConvertible, TaskOutput, Hashable, Sendable {
    /// A piece of the text with its times.
    public struct Chunk: JSONConvertible, Hashable, Sendable {
        /// The text; it often starts with a space.
        public var text: String
        /// The start in seconds; `nil` when the model could not tell.
        public var start: Double?
        /// The end in seconds; often `nil` in the last piece, and some models let it run backwards.
        public var end: Double?
        /// Members that the server sent besides.
        public var additional: JSONObject

        /// Makes a piece.
        public init(text: String, start: Double?, end: Double?, additional: JSONObject = [:]) {
            self.text = text
            self.start = start
            self.end = end
            self.additional = additional
        }

        /// Reads `{"text": …, "timestamp": [start, end]}`, or the segments of the OpenAI form.
        public init(json: JSONValue) throws {
            let members = try json.members()
            text = try members.label("text", "word")
            if let times = members["timestamp"] ?? members["timestamps"] {
                start = times[0]?.doubleValue
                end = times[1]?.doubleValue
            } else {
                start = members["start"]?.doubleValue
                end = members["end"]?.doubleValue
            }
            additional = members.removing(["text", "word", "timestamp", "timestamps", "start", "end"])
        }

        /// `{"text": …, "timestamp": [start, end]}`.
        public var json: JSONValue {
            let members: JSONObject = [
                "text": .string(text), "timestamp": [.number(orNull: start), .number(orNull: end)],
            ]
            return .object(members.merging(additional))
        }
    }

    /// The whole text.
    public var text: String
    /// The pieces with their times, in the server's order; `nil` when none were sent.
    public var chunks: [Chunk]?
    /// Members that the server sent besides, such as the language.
    public var additional: JSONObject

    /// Makes a transcription.
    public init(text: String, chunks: [Chunk]? = nil, additional: JSONObject = [:]) {
        self.text = text
        self.chunks = chunks
        self.additional = additional
    }

    /// Reads `{"text": …, "chunks": […]}`, or the OpenAI form with `segments`.
    public init(json: JSONValue) throws {
        if let text = json.stringValue {
            self.init(text: text)
            return
        }
        let members = try json.members()
        let list = members["chunks"]?.arrayValue ?? members["segments"]?.arrayValue ?? members["words"]?.arrayValue
        self.init(
            text: try members.label("text"),
            chunks: try list?.map { try Chunk(json: $0) },
            additional: members.removing(["text", "chunks", "segments", "words"])
        )
    }

    /// `{"text": …, "chunks": […]}`.
    public var json: JSONValue {
        var members: JSONObject = ["text": .string(text)]
        if let chunks { members["chunks"] = .array(chunks.map(\.json)) }
        return .object(members.merging(additional))
    }
}

/// How finely a transcription is timed.
public struct TimestampGranularity: JSONConvertible, Hashable, Sendable {
    private let value: JSONValue

    /// Reads `true`, `false`, or a word.
    public init(json: JSONValue) throws {
        switch json {
        case .bool, .string: value = json
        default: throw JSONMismatch(expected: "true, false or a text", found: json)
        }
    }

    private init(_ value: JSONValue) { self.value = value }

    /// What is sent.
    public var json: JSONValue { value }

    /// No times.
    public static var none: Self { Self(.bool(false)) }
    /// Sentences or phrases, as the model cuts them.
    public static var segments: Self { Self(.bool(true)) }
    /// Single words; only some models can.
    public static var words: Self { Self(.string("word")) }
    /// Single characters; only models of the CTC kind can.
    public static var characters: Self { Self(.string("char")) }
}

extension InferenceClient {
    /// Writes down what is said in `audio`; see ``AutomaticSpeechRecognition`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func automaticSpeechRecognition(
        _ audio: Media,
        model: ModelID? = nil,
        returnTimestamps: TimestampGranularity? = nil,
        generationParameters: GenerationParameters? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> Transcription {
        let task = AutomaticSpeechRecognition(
            audio: audio,
            returnTimestamps: returnTimestamps,
            generationParameters: generationParameters
        )
        return try await run(task, model: model, options: options)
    }
}
