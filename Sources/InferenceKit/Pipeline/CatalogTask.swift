/// A task of Hugging Face's catalog: besides its Swift properties it has the names of its schema.
///
/// One table, `parameters`, drives what is sent, what is checked, and what scripts may name, so a parameter is written
/// once. `infer`, bulk files and schema tests go through this protocol; ordinary code does not need it.
public protocol CatalogTask: InferenceTask where Response: TaskOutput {
    /// What the task takes, as the schema calls it.
    static var input: TaskInputKind { get }

    /// What the task answers, in a word for people: `labels`, `image`, `text`, …
    static var output: String { get }

    /// The parameters of the schema, in its order, with the properties that hold them.
    static var parameters: [TaskParameter<Self>] { get }

    /// Parameters that this type does not know, sent as they are after those that it knows.
    var extraParameters: JSONObject { get set }

    /// Makes the task of the schema's input.
    ///
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput`` that names what is wrong.
    init(input: TaskInput) throws
}

/// What a task takes.
public struct TaskInputKind: RawRepresentable, Hashable, Sendable {
    /// The word.
    public var rawValue: String
    /// Makes a kind of a word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// One text.
    public static var text: Self { Self(rawValue: "text") }
    /// One text or several.
    public static var texts: Self { Self(rawValue: "texts") }
    /// An image.
    public static var image: Self { Self(rawValue: "image") }
    /// A sound.
    public static var audio: Self { Self(rawValue: "audio") }
    /// A video.
    public static var video: Self { Self(rawValue: "video") }
    /// A JSON object of several members.
    public static var object: Self { Self(rawValue: "object") }
    /// An image and a text.
    public static var imageAndText: Self { Self(rawValue: "image+text") }
}

/// A task's input in the form of its schema: JSON, texts and media, as far as each was given.
public struct TaskInput: Sendable {
    /// The `inputs` of the schema.
    public var json: JSONValue?
    /// Texts, when they were given apart.
    public var texts: [String]
    /// Media, when they were given apart.
    public var media: [Media]

    /// Makes an input.
    public init(json: JSONValue? = nil, texts: [String] = [], media: [Media] = []) {
        self.json = json
        self.texts = texts
        self.media = media
    }

    /// The one text of the input.
    ///
    /// - Throws: ``InferenceError`` that names `inputs` when there is none, or more than one.
    public func text() throws -> String {
        let texts = try allTexts()
        guard texts.count == 1, let text = texts.first else {
            throw InferenceError.invalidInput("inputs", expected: "one text, not \(texts.count)")
        }
        return text
    }

    /// The texts of the input, at least one.
    public func allTexts() throws -> [String] {
        var all = texts
        switch json {
        case .string(let text): all.append(text)
        case .array(let values):
            for (index, value) in values.enumerated() {
                guard let text = value.stringValue else {
                    throw InferenceError.invalidInput("inputs[\(index)]", expected: "a text")
                }
                all.append(text)
            }
        case .some:
            throw InferenceError.invalidInput("inputs", expected: "a text or a list of texts")
        case .none: break
        }
        guard !all.isEmpty else { throw InferenceError.invalidInput("inputs", expected: "a text") }
        return all
    }

    /// The one medium of the input: given apart, or as base64 or a URL in the JSON.
    ///
    /// - Parameter key: The member of a JSON object that holds the medium, for tasks whose input is an object.
    /// - Returns: The medium, not yet opened.
    /// - Throws: ``InferenceError`` that names `inputs`.
    public func medium(key: String? = nil) throws -> Media {
        if let first = media.first {
            guard media.count == 1 else {
                throw InferenceError.invalidInput("inputs", expected: "one medium, not \(media.count)")
            }
            return first
        }
        let value = key.flatMap { json?[$0] } ?? json
        guard let text = value?.stringValue else {
            throw InferenceError.invalidInput("inputs", expected: "an image, sound or video: a file, or base64 in JSON")
        }
        if text.hasPrefix("http://") || text.hasPrefix("https://") { return .url(text) }
        guard let bytes = try? Base64.decode(text) else {
            throw InferenceError.invalidInput("inputs", expected: "a medium in base64, or a file")
        }
        return .bytes(bytes)
    }

    /// The medium of an input that may come without one, as ``medium(key:)`` reads it.
    func mediumIfPresent() throws -> Media? {
        media.isEmpty && (json?.isNull ?? true) ? nil : try medium()
    }

    /// The text given apart from a medium, which then guides what is made of it; `nil` when there is none.
    func textApart() throws -> String? {
        guard texts.count <= 1 else { throw InferenceError.invalidInput("inputs", expected: "at most one text") }
        return texts.first
    }

    /// The JSON object of the input.
    public func object() throws -> JSONObject {
        guard let members = json?.objectValue else {
            throw InferenceError.invalidInput("inputs", expected: "a JSON object")
        }
        return members
    }

    /// A text member of the JSON object, or the one text given apart.
    public func text(key: String) throws -> String {
        if let text = json?[key]?.stringValue { return text }
        if texts.count == 1, let text = texts.first { return text }
        throw InferenceError.invalidInput("inputs.\(key)", expected: "a text")
    }
}

/// What a task answers: something that has a JSON form in the shape of the task's output schema.
public protocol TaskOutput: Sendable {
    /// The answer in the form of the output schema.
    var json: JSONValue { get }
}

extension Array: TaskOutput where Element: JSONConvertible {}

extension FloatTensor: TaskOutput {}

/// An answer that holds media, so that a program can write them into files whatever the task is.
///
/// Media, segments, depth maps and separated sounds are such answers, and lists of them.
public protocol MediaOutput: TaskOutput {
    /// The media, in the answer's order.
    var media: [Media] { get }
}

extension Array: MediaOutput where Element: MediaOutput & JSONConvertible {
    /// The media of all elements, in order.
    public var media: [Media] { flatMap(\.media) }
}

extension Media: MediaOutput {
    /// The medium itself.
    public var media: [Media] { [self] }
}

extension Media: TaskOutput {
    /// The size and the type; the bytes themselves belong into a file.
    public var json: JSONValue {
        var members: JSONObject = [:]
        if case .file(let path) = source { members["file"] = .string(path) }
        if let length = try? content(field: "media").length { members["bytes"] = .number(JSONNumber(length)) }
        if let mediaType { members["mediaType"] = .string(mediaType.rawValue) }
        return .object(members)
    }
}
