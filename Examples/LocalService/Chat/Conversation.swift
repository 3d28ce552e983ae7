/// What is answered in a chat.
///
/// In this order: a tool's result is repeated; a tool is called when it has to be, or when the message shares a word with
/// its name or description; a schema is filled; a picture is described by its size and main colour; a few questions and
/// greetings have answers of their own; anything else is repeated, with a sentence that goes on from it.
struct Conversation {
    /// The answer: text or the call of a tool.
    struct Answer {
        var text = ""
        var reasoning: String?
        var toolCall: (name: String, arguments: JSON)?
    }

    var request: ChatRequest

    private var lastMessage: ChatRequest.Message {
        request.messages.last ?? ChatRequest.Message(role: "user", text: "")
    }

    func answer() -> Answer {
        var answer = Answer()
        if request.reasons {
            let count = Words.all(in: lastMessage.text).count
            answer.reasoning = "The last message has \(count) words. A short answer will do."
        }
        let question = request.messages.last { $0.role == "user" }?.text ?? ""
        if lastMessage.role == "tool" {
            answer.text = "The tool says: \(lastMessage.text)"
        } else if let tool = tool(for: question) {
            answer.toolCall = (tool.name, SchemaSample(question: question).value(for: tool.parameters))
        } else if let schema = request.schema {
            answer.text =
                schema["properties"] == nil && schema["type"] == nil
                ? JSON.object([JSON.Member(key: "answer", value: .string(Self.reply(to: question)))]).encodedText
                : SchemaSample(question: question).value(for: schema).encodedText
        } else if let image = lastMessage.images.first {
            answer.text = Self.describe(image)
        } else {
            answer.text = Self.reply(to: question)
        }
        return answer
    }

    private func tool(for question: String) -> ChatRequest.Tool? {
        switch request.toolChoice {
        case "none": return nil
        case "auto", "required":
            let words = Set(Words.content(of: question))
            let match = request.tools.first { tool in
                let spoken = tool.name.replacing("_", with: " ") + " " + tool.description
                return !words.isDisjoint(with: Words.content(of: spoken))
            }
            return match ?? (request.toolChoice == "required" ? request.tools.first : nil)
        default: return request.tools.first { $0.name == request.toolChoice }
        }
    }

    private static func describe(_ url: String) -> String {
        guard url.hasPrefix("data:"), let comma = url.firstIndex(of: ","),
            let picture = Base64.decode(String(url[url.index(after: comma)...])).flatMap(Picture.init)
        else { return "A picture that cannot be opened here." }
        return "A picture of \(picture.width) by \(picture.height) pixels, mostly \(Looking.name(of: picture.average))."
    }

    private static let replies: [(words: Set<String>, reply: String)] = [
        (["sky", "blue"], "Because air scatters short waves of light more than long ones, and blue is the shorter."),
        (["river"], "The Loire."), (["capital", "france"], "Paris."), (["capital", "italy"], "Rome."),
        (["capital", "germany"], "Berlin."), (["capital", "spain"], "Madrid."), (["hello"], "Hello! How can I help?"),
        (["hi"], "Hello! How can I help?"), (["joke"], "A byte walks into a bar and orders a bit."),
        (["poem"], "The tide comes in, the tide goes out, and that is what the poem is about."),
        (["ping"], "pong"),
    ]

    static func reply(to question: String) -> String {
        let words = Set(Words.content(of: question))
        if let known = replies.first(where: { $0.words.isSubset(of: words) }) { return known.reply }
        guard !question.isEmpty else { return "Say something, and I will repeat it." }
        let more = Continuation.tokens(after: question, count: 12).joined()
        return "You said: \(question) It came to me\(more)"
    }
}

/// A value that fits a JSON schema, with what the question offers in it.
struct SchemaSample {
    var question: String

    func value(for schema: JSON, name: String = "", depth: Int = 0) -> JSON {
        guard depth < 16 else { return .null }
        if let value = schema["const"] ?? schema["enum"]?.items?.first { return value }
        if let option = (schema["anyOf"] ?? schema["oneOf"])?.items?.first {
            return value(for: option, name: name, depth: depth + 1)
        }
        switch schema["type"]?.text ?? schema["type"]?.items?.first?.text {
        case "string": return .string(word)
        case "integer": return .integer(Int(number))
        case "number": return .number(number)
        case "boolean": return true
        case "null": return nil
        case "array":
            let items = schema["items"] ?? ["type": "string"]
            let count = max(1, schema["minItems"]?.whole ?? 1)
            return .array((0..<min(count, 64)).map { _ in value(for: items, name: name, depth: depth + 1) })
        default:
            let members = schema["properties"]?.members ?? []
            return .object(
                members.map { member in
                    JSON.Member(key: member.key, value: value(for: member.value, name: member.key, depth: depth + 1))
                }
            )
        }
    }

    /// The last capitalised word after the first, else the last word that says something.
    private var word: String {
        let words = Words.all(in: question)
        let named = words.dropFirst().last { $0.isCapitalised }
        return (named ?? words.last { !Words.stopWords.contains($0.lowercased) })?.text ?? "something"
    }

    /// The first number in the question, else 1.
    private var number: Double {
        let numbers = Words.all(in: question).lazy.compactMap { Double($0.text) }
        return numbers.first { $0.magnitude < 1e15 } ?? 1  // "nan" and "infinity" are words here
    }
}
