/// The chunk that a server repeats around each piece of its text.
///
/// Nearly all chunks of a stream differ in the text alone. One that the general decoder has read becomes the template of those that
/// follow: no dialect is assumed, and whatever differs in a single byte goes the general way again.
final class ChatChunkTemplate: Sendable {
    /// A text that stands for any; it needs no escapes.
    private static let plainProbe = "(any text)"

    /// What the text is.
    enum Field { case content, reasoning }

    let field: Field
    /// All that the one choice has but the text; it is plain.
    let rest: ChatChunk.Choice
    /// The tokens that every chunk counts, if they do.
    let usage: TokenUsage?

    private let template: TextTemplate
    private let key: String
    private let document: JSONValue

    /// A template of `chunk`, which was read from `data`; `nil` unless one string of it is certainly its whole text.
    init?(_ data: ArraySlice<UInt8>, _ chunk: ChatChunk) {
        let document = chunk.json
        guard chunk.choices.count == 1, let choice = chunk.choices.first, choice.isPlain,
            let delta = document["choices"]?[0]?["delta"]?.objectValue
        else { return nil }
        let keys = ["content", "reasoning", "reasoning_content"].filter { delta[$0]?.stringValue?.isEmpty == false }
        guard keys.count == 1, let key = keys.first, delta[key]?.stringValue != Self.plainProbe else { return nil }
        let field: Field = key == "content" ? .content : .reasoning
        // The proof: with another string in that place, the document is the same but for the text, and so is the chunk.
        let probed = Self.replacing(key, in: document, by: Self.plainProbe)
        var expected = chunk
        expected.json = probed
        expected.choices[0][field] = Self.plainProbe
        let found = TextTemplate.all(in: data, key: key).first { template in
            let bytes = template.document(with: Self.plainProbe)
            guard let json = try? JSONValue(jsonBytes: bytes), json == probed else { return false }
            return (try? ChatChunk(json: json)) == expected
        }
        guard let found else { return nil }
        template = found
        self.field = field
        self.key = key
        self.document = document
        var rest = choice
        rest[field] = nil
        self.rest = rest
        usage = chunk.usage
    }

    /// The text of `data`, if it differs from the template in its text alone.
    func text(of data: ArraySlice<UInt8>) -> String? {
        // An empty text may mean something else than a text.
        guard let text = template.text(of: data), !text.isEmpty else { return nil }
        return text
    }

    /// What a chunk with another text says.
    func content(with text: String) -> ChatChunk.Content {
        ChatChunk.Content(choices: [choice(with: text)], usage: usage, json: json(with: text))
    }

    /// The one choice, with another text.
    func choice(with text: String) -> ChatChunk.Choice {
        var choice = rest
        choice[field] = text
        return choice
    }

    /// The template's document with another text.
    func json(with text: String) -> JSONValue {
        Self.replacing(key, in: document, by: text)
    }

    private static func replacing(_ key: String, in document: JSONValue, by text: String) -> JSONValue {
        guard var members = document.objectValue, var choices = members["choices"]?.arrayValue, !choices.isEmpty,
            var choice = choices[0].objectValue, var delta = choice["delta"]?.objectValue
        else { return document }
        delta[key] = .string(text)
        choice["delta"] = .object(delta)
        choices[0] = .object(choice)
        members["choices"] = .array(choices)
        return .object(members)
    }
}

/// The templates of one stream.
///
/// A stream has few: of its text, and of its thoughts. One whose chunks all differ, say by a count, is not searched for ever.
struct ChatChunkTemplates: Sendable {
    private static let mostTemplates = 2
    private static let mostVainTries = 4

    private var templates: [ChatChunkTemplate] = []
    private var vainTries = 0

    /// The template that `data` follows, and the text in it.
    mutating func match(_ data: ArraySlice<UInt8>) -> (template: ChatChunkTemplate, text: String)? {
        for index in templates.indices {
            guard let text = templates[index].text(of: data) else { continue }
            if index > 0 { templates.swapAt(0, index) }
            vainTries = 0
            return (templates[0], text)
        }
        return nil
    }

    /// Notes a chunk that followed none.
    mutating func note(_ chunk: ChatChunk, of data: ArraySlice<UInt8>) {
        guard vainTries < Self.mostVainTries, let template = ChatChunkTemplate(data, chunk) else { return }
        vainTries += 1
        if templates.count == Self.mostTemplates { templates.removeLast() }
        templates.insert(template, at: 0)
    }
}
