/// Messages in their order, as a value: append to it, cut it to a budget, store it as JSON.
public struct Conversation: Hashable, Sendable, Codable {
    /// The messages.
    public var messages: [ChatMessage]

    /// Makes a conversation.
    public init(_ messages: [ChatMessage] = []) {
        self.messages = messages
    }

    /// A conversation with instructions.
    public init(instructions: String) {
        messages = [.system(instructions)]
    }

    /// Adds a message.
    public mutating func append(_ message: ChatMessage) { messages.append(message) }

    /// Adds what the person says.
    public mutating func append(user text: String) { messages.append(.user(text)) }

    /// Adds the message of an answer, its tool calls included.
    public mutating func append(_ answer: ChatAnswer) {
        if let message = answer.message { messages.append(message) }
    }

    /// Leaves out the oldest turns until the rest fits.
    ///
    /// Instructions at the beginning stay. A turn begins with what the person says and goes as a whole, so that no tool's
    /// result is left without its call. The last turn always stays.
    ///
    /// - Parameters:
    ///   - budget: The most that may remain, in the measure's unit.
    ///   - measure: How much a message counts; by default a token for every four bytes of its JSON, which is rough.
    public mutating func truncate(
        to budget: Int,
        measure: (ChatMessage) -> Int = { $0.json.jsonBytes().count / 4 + 4 }
    ) {
        let head = messages.prefix { $0.role == .system || $0.role == .developer }.count
        var turns: [[ChatMessage]] = []
        for message in messages[head...] {
            if message.role == .user || turns.isEmpty {
                turns.append([message])
            } else {
                turns[turns.count - 1].append(message)
            }
        }
        var total = messages.reduce(0) { $0 + measure($1) }
        while total > budget, turns.count > 1 {
            total -= turns.removeFirst().reduce(0) { $0 + measure($1) }
        }
        messages = Array(messages[..<head]) + turns.flatMap { $0 }
    }

    /// The messages as JSON, for storage.
    public var json: JSONValue { messages.json }

    /// Reads what ``json`` wrote.
    public init(json: JSONValue) throws {
        messages = try [ChatMessage](json: json)
    }

    /// Reads a stored conversation.
    public init(from decoder: any Decoder) throws {
        try self.init(json: try JSONValue(from: decoder))
    }

    /// Stores the conversation.
    public func encode(to encoder: any Encoder) throws {
        try json.encode(to: encoder)
    }
}
