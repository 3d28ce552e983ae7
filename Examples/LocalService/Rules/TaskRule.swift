/// How one task is answered; each has a file of its own under `Tasks/` and a line in ``TaskRules``.
struct TaskRule: Sendable {
    /// What a task's `inputs` are.
    enum Medium: Sendable {
        case json
        case image
        case audio
        case video
    }

    /// The task's id on the Hub.
    var id: String
    /// Its name for people.
    var label: String
    var medium = Medium.json
    /// Whether a medium may come as the body itself; not where the task needs words as well.
    var takesRaw = true
    /// What its pipeline takes under `parameters`.
    var parameters: [Parameter] = []
    /// Whether `parameters` are not looked at, as the router does for sentence-transformers.
    var ignoresParameters = false
    /// The catalog's models of the task; the first is the recommended one.
    var models: [Model]
    /// The answer, by the rule that the file describes.
    var answer: @Sendable (TaskCall) throws -> TaskAnswer
}

/// What a rule says.
struct TaskAnswer {
    var reply: Reply
    /// Characters of text that were looked at, for `x-compute-characters`.
    var characters: Int?
    /// Seconds of sound, for `x-compute-audio-length`.
    var audioSeconds: Double?
    /// Pictures, for `x-compute-images`.
    var images: Int?

    static func json(_ value: JSON, of call: TaskCall) -> TaskAnswer { TaskAnswer(reply: .json(value), of: call) }

    static func media(_ bytes: [UInt8], _ mediaType: String, of call: TaskCall) -> TaskAnswer {
        TaskAnswer(reply: .media(bytes, mediaType), of: call)
    }

    init(reply: Reply, of call: TaskCall) {
        self.reply = reply
        if call.media == nil { characters = call.inputs.characterCount }
        if call.rule.medium == .image { images = 1 }
        if call.rule.medium == .audio, let media = call.media {
            audioSeconds = WAV.duration(of: media) ?? Sound(media)?.duration
        }
    }
}

extension JSON {
    /// Code points in all strings of the value.
    fileprivate var characterCount: Int {
        switch self {
        case .string(let text): text.unicodeScalars.count
        case .array(let items): items.reduce(0) { $0 + $1.characterCount }
        case .object(let members): members.reduce(0) { $0 + $1.value.characterCount }
        default: 0
        }
    }
}
