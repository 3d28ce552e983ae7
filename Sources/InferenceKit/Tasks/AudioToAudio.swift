/// Separates the sounds of a recording, cleans it of noise, or says it in another language.
///
/// There is no schema; the form is that of Hugging Face's own audio servers.
public struct AudioToAudio: CatalogTask {
    /// `audio-to-audio`.
    public static let id: TaskID = "audio-to-audio"
    /// A recording.
    public static let input = TaskInputKind.audio
    /// Sounds with labels.
    public static let output = "sounds"
    /// As costly as the models that speak.
    public static let isCostly = true

    /// The recording in any usual container; it goes as raw bytes, a file without being loaded.
    public var audio: Media
    /// The format that is asked for, such as ``MediaType/wav``; `nil` for the server's choice, FLAC.
    public var mediaType: MediaType?
    /// Parameters; no known server takes any, and with them the recording goes as base64.
    public var extraParameters: JSONObject = [:]

    /// Makes the task.
    public init(audio: Media, mediaType: MediaType? = nil) {
        self.audio = audio
        self.mediaType = mediaType
    }

    /// Makes the task of one recording.
    public init(input: TaskInput) throws {
        self.init(audio: try input.medium())
    }

    /// None.
    public static let parameters: [TaskParameter<Self>] = []

    /// The sounds, one for each source that was told apart.
    public typealias Response = [AudioTrack]

    /// Raw bytes, and the one format that is asked for.
    public func payload() throws -> Payload {
        try .medium(audio, parameters: parametersObject(), field: "audio", accept: mediaType)
    }

    /// A list of `{"label": …, "blob": "<base64>", "content-type": …}`, or the bytes of one sound.
    public func response(from reply: Reply) throws -> [AudioTrack] {
        guard reply.isJSON else { return [AudioTrack(label: "", audio: try Media(from: reply, fallback: .flac))] }
        return try reply.json().answers()
    }
}

/// A sound that a model made of a recording.
public struct AudioTrack: JSONConvertible, MediaOutput, Hashable, Sendable {
    /// What it is: `label_0`, `label_1` and so on for separated sources, the words that are spoken, or nothing.
    public var label: String
    /// The sound.
    public var audio: Media
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes a track.
    public init(label: String, audio: Media, additional: JSONObject = [:]) {
        self.label = label
        self.audio = audio
        self.additional = additional
    }

    /// Reads `{"label": …, "blob": "<base64>", "content-type": …}`.
    public init(json: JSONValue) throws {
        let members = try json.members()
        label = (try? members.label("label")) ?? ""
        let type = members["content-type"]?.stringValue ?? members["content_type"]?.stringValue
        do {
            audio = try Media(base64: try members.decode("blob"), fallback: type.map { MediaType($0) } ?? .flac)
        } catch let mismatch as JSONMismatch {
            throw mismatch.path.isEmpty ? mismatch.at("blob") : mismatch
        }
        additional = members.removing(["label", "blob", "content-type", "content_type"])
    }

    /// `{"label": …, "content-type": …, "bytes": …}`: of the sound only its type and size, since it belongs into a file.
    public var json: JSONValue {
        let sound = audio.json
        let members: JSONObject = [
            "label": .string(label), "content-type": audio.mediaType?.rawValue.json ?? .null,
            "bytes": sound["bytes"] ?? .null,
        ]
        return .object(members.merging(additional))
    }

    /// The sound.
    public var media: [Media] { [audio] }
}

extension InferenceClient {
    /// Makes other sounds of `audio`; see ``AudioToAudio``.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func audioToAudio(
        _ audio: Media,
        model: ModelID? = nil,
        mediaType: MediaType? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> [AudioTrack] {
        try await run(AudioToAudio(audio: audio, mediaType: mediaType), model: model, options: options)
    }
}
