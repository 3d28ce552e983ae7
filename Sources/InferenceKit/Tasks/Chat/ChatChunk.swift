/// One piece of an answer that comes while it is made.
public struct ChatChunk: Hashable, Sendable, JSONConvertible, TaskOutput {
    /// What a piece adds to one of the answers.
    public struct Choice: Hashable, Sendable {
        /// The answer's place; pieces of several answers come in any order.
        public var index: Int
        /// The role, usually in the first piece only.
        public var role: ChatMessage.Role?
        /// Text that is added; `nil` when the piece adds none.
        public var content: String?
        /// Thoughts that are added, under either of their names on the wire.
        public var reasoning: String?
        /// Words of a refusal that are added.
        public var refusal: String?
        /// Pieces of tool calls.
        public var toolCalls: [ToolCallDelta]
        /// Why the model stopped, in the last piece.
        public var finishReason: FinishReason?
        /// The tokens' log probabilities.
        public var logprobs: ChatLogprobs?
    }

    /// A piece of a tool call.
    public struct ToolCallDelta: Hashable, Sendable {
        /// The call's place among the calls; `nil` where the server tells none.
        public var index: Int?
        /// The call's id, usually in its first piece only.
        public var id: String?
        /// The tool's name, usually in the first piece only.
        public var name: String?
        /// A piece of the arguments' text.
        public var arguments: String
    }

    /// What a piece consists of, and what most are instead: a text in the place of a template's.
    ///
    /// A stream makes, copies and drops a million a second, so a chunk is three words and nearly always without a heap object of
    /// its own; what it says is put together when someone asks.
    enum Storage: Sendable {
        indirect case whole(Content)
        case template(ChatChunkTemplate, text: String)
    }

    /// What a piece says.
    struct Content: Sendable {
        var choices: [Choice]
        var usage: TokenUsage?
        var json: JSONValue

        /// The first answer's piece.
        var first: Choice? { choices.first { $0.index == 0 } ?? choices.first }
    }

    private(set) var storage: Storage

    private var content: Content {
        get {
            switch storage {
            case .whole(let content): content
            case .template(let template, let text): template.content(with: text)
            }
        }
        set { storage = .whole(newValue) }
    }

    /// The answers that the piece adds to; none in a piece that only tells usage.
    public var choices: [Choice] {
        get {
            switch storage {
            case .whole(let content): content.choices
            case .template(let template, let text): [template.choice(with: text)]
            }
        }
        set { content.choices = newValue }
    }

    /// The tokens that were counted, in one of the last pieces.
    public var usage: TokenUsage? {
        get {
            switch storage {
            case .whole(let content): content.usage
            case .template(let template, _): template.usage
            }
        }
        set { content.usage = newValue }
    }

    /// Everything as the server sent it.
    public var json: JSONValue {
        get {
            switch storage {
            case .whole(let content): content.json
            case .template(let template, let text): template.json(with: text)
            }
        }
        set { content.json = newValue }
    }

    /// The text that is added to the first answer; empty when there is none.
    public var text: String { words(.content) }
    /// The thoughts that are added to the first answer; empty when there are none.
    public var reasoning: String { words(.reasoning) }
    /// Why the first answer stopped, in its last piece.
    public var finishReason: FinishReason? {
        switch storage {
        case .whole(let content): content.first?.finishReason
        case .template(let template, _): template.rest.finishReason
        }
    }

    private func words(_ field: ChatChunkTemplate.Field) -> String {
        switch storage {
        case .whole(let content): content.first?[field] ?? ""
        case .template(let template, let text): template.field == field ? text : template.rest[field] ?? ""
        }
    }

    /// Reads a piece, in whichever dialect it came.
    public init(json: JSONValue) throws {
        let members = try json.members()
        storage = .whole(
            Content(
                choices: try members["choices"]?.arrayValue?.map { try Choice(json: $0) } ?? [],
                usage: members["usage"].flatMap { TokenUsage(optional: $0) },
                json: json
            )
        )
    }

    /// The piece that `template` is around `text`.
    init(_ template: ChatChunkTemplate, text: String) {
        storage = .template(template, text: text)
    }

    /// Whether both say the same, their JSON included.
    public static func == (one: Self, other: Self) -> Bool {
        one.choices == other.choices && one.usage == other.usage && one.json == other.json
    }

    /// Hashes what is said; the JSON says nothing more.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(choices)
        hasher.combine(usage)
    }
}

extension ChatChunk.Choice {
    /// The content or the reasoning.
    subscript(field: ChatChunkTemplate.Field) -> String? {
        get {
            switch field {
            case .content: content
            case .reasoning: reasoning
            }
        }
        set {
            switch field {
            case .content: content = newValue
            case .reasoning: reasoning = newValue
            }
        }
    }

    /// Whether it has nothing to add to an answer but text, and says the same about it however often it comes.
    var isPlain: Bool { (refusal ?? "").isEmpty && logprobs == nil && toolCalls.isEmpty }

    init(json: JSONValue) throws {
        let members = try json.members()
        index = members["index"]?.intValue ?? 0
        finishReason = members["finish_reason"]?.stringValue.flatMap(FinishReason.init(nonEmpty:))
        logprobs = members["logprobs"].flatMap { ChatLogprobs(optional: $0) }
        let delta = members["delta"]?.objectValue ?? members["message"]?.objectValue ?? [:]
        role = delta["role"]?.stringValue.map(ChatMessage.Role.init(rawValue:))
        content = delta["content"].flatMap { try? ChatContent(json: $0) }?.text
        reasoning = ChatMessage.reasoning(in: delta)
        refusal = delta["refusal"]?.stringValue
        toolCalls =
            delta["tool_calls"]?.arrayValue?.map { call in
                let function = call["function"]
                return ChatChunk.ToolCallDelta(
                    index: call["index"]?.intValue,
                    id: call["id"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 },
                    name: function?["name"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 },
                    arguments: ToolCall.text(of: function?["arguments"])
                )
            } ?? []
    }
}

/// Reads the chunks of one chat stream and puts the answer together.
public struct ChatReader: StreamReader {
    fileprivate struct Answer {
        let index: Int
        var message = ChatMessage(role: .assistant, content: nil)
        var text = ""
        var reasoning = ""
        var refusal = ""
        var finishReason: FinishReason?
        var logprobs: [ChatLogprobs.Token]?
        var calls = ToolCallAssembler()
    }

    private var answers: [Answer] = []
    /// Where each answer is in `answers`, by its index, and the place that was last written to.
    private var places: [Int: Int] = [:]
    private var lastPlace = 0
    private var head: JSONObject?
    private var usage: TokenUsage?
    private var templates = ChatChunkTemplates()

    init() {}

    /// Reads one chunk; an error in the stream is thrown.
    public mutating func read(_ data: ArraySlice<UInt8>, type: String) throws -> ChatChunk? {
        if type != "error", let (template, text) = templates.match(data) {
            add(text, template)
            return ChatChunk(template, text: text)
        }
        let json = try InferenceError.eventJSON(data, type: type)
        if let error = InferenceError.inStream(json) { throw error }
        let chunk = try ChatChunk(json: json)
        if type != "error" { templates.note(chunk, of: data) }
        add(chunk)
        return chunk
    }

    /// A whole answer from a server that does not stream, as one chunk.
    public mutating func read(whole json: JSONValue) throws -> ChatChunk {
        let chunk = try ChatChunk(json: json)
        guard !chunk.choices.isEmpty else { throw JSONMismatch(expected: "an object with \"choices\"", found: json) }
        add(chunk)
        return chunk
    }

    /// Whether every answer has its reason to stop.
    public var isComplete: Bool {
        !answers.isEmpty && answers.allSatisfy { $0.finishReason != nil }
    }

    /// The answer so far.
    public var whole: ChatAnswer {
        var whole = ChatAnswer(
            choices: answers.sorted { $0.index < $1.index }.map { answer in
                var message = answer.message
                message.content = answer.text.isEmpty ? nil : .text(answer.text)
                message.reasoning = answer.reasoning.isEmpty ? nil : answer.reasoning
                message.refusal = answer.refusal.isEmpty ? nil : answer.refusal
                message.toolCalls = answer.calls.calls
                var choice = ChatAnswer.Choice(index: answer.index, message: message, finishReason: answer.finishReason)
                choice.logprobs = answer.logprobs.map(ChatLogprobs.init(content:))
                return choice
            }
        )
        whole.id = head?["id"]?.stringValue
        whole.created = head?["created"]?.intValue
        whole.model = head?["model"]?.stringValue
        whole.systemFingerprint = head?["system_fingerprint"]?.stringValue
        whole.usage = usage
        return whole
    }

    private mutating func add(_ chunk: ChatChunk) {
        if head == nil { head = chunk.json.objectValue?.removing(["choices", "usage"]) }
        // On one server every chunk tells usage; the last one counts.
        if let usage = chunk.usage { self.usage = usage }
        for choice in chunk.choices { answers[place(of: choice.index)].add(choice) }
    }

    /// Adds what `template` is around `text`; the chunk it was made from has been added before.
    private mutating func add(_ text: String, _ template: ChatChunkTemplate) {
        if let usage = template.usage { self.usage = usage }
        let place = place(of: template.rest.index)
        if let role = template.rest.role, role != answers[place].message.role { answers[place].message.role = role }
        if let reason = template.rest.finishReason { answers[place].finishReason = reason }
        switch template.field {
        case .content: answers[place].text += text
        case .reasoning: answers[place].reasoning += text
        }
    }

    /// The place in `answers` of the answer with an index.
    private mutating func place(of index: Int) -> Int {
        if lastPlace < answers.count, answers[lastPlace].index == index { return lastPlace }
        lastPlace = places[index] ?? answers.count
        if lastPlace == answers.count {
            places[index] = lastPlace
            answers.append(Answer(index: index))
        }
        return lastPlace
    }
}

extension ChatReader.Answer {
    fileprivate mutating func add(_ choice: ChatChunk.Choice) {
        if let role = choice.role { message.role = role }
        if let content = choice.content { text += content }
        if let reasoning = choice.reasoning { self.reasoning += reasoning }
        if let refusal = choice.refusal { self.refusal += refusal }
        if let reason = choice.finishReason { finishReason = reason }
        if let more = choice.logprobs { logprobs = (logprobs ?? []) + more.content }
        for (position, call) in choice.toolCalls.enumerated() { calls.add(call, position: position) }
    }
}

/// Puts tool calls together from their pieces, for every dialect of streams.
struct ToolCallAssembler: Sendable {
    private struct Call {
        var id: String?
        var name = ""
        var arguments = ""
    }

    private var open: [Call] = []
    /// The call that each index of the stream means now.
    private var places: [Int: Int] = [:]

    /// Adds a piece.
    ///
    /// By the index; without one by its position among the pieces. An id that is not the call's own begins another call, for
    /// servers that number all calls 0. Ids and names are never joined, since some servers repeat them in every piece.
    mutating func add(_ piece: ChatChunk.ToolCallDelta, position: Int) {
        let index = piece.index ?? position
        var place = places[index]
        if let known = place, let id = piece.id, let own = open[known].id, own != id { place = nil }
        let current =
            place
            ?? {
                open.append(Call())
                return open.count - 1
            }()
        places[index] = current
        if open[current].id == nil { open[current].id = piece.id }
        if open[current].name.isEmpty { open[current].name = piece.name ?? "" }
        open[current].arguments += piece.arguments
    }

    /// The calls so far; no arguments are an empty object.
    var calls: [ToolCall] {
        open.enumerated().map { position, call in
            ToolCall(
                id: call.id ?? "call_\(position)",
                name: call.name,
                arguments: call.arguments.isEmpty ? "{}" : call.arguments
            )
        }
    }
}
