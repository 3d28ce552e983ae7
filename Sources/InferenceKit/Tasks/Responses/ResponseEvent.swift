/// One event of a response that comes while it is made; types that are not known here come with their JSON.
public struct ResponseEvent: Hashable, Sendable, JSONConvertible, TaskOutput {
    /// What an event says, in the wire's word.
    public struct Kind: RawRepresentable, Hashable, Sendable, JSONConvertible {
        /// The wire's word.
        public var rawValue: String
        /// Makes a kind of the wire's word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The response exists.
        public static var created: Self { Self(rawValue: "response.created") }
        /// The response waits.
        public static var queued: Self { Self(rawValue: "response.queued") }
        /// The response is being made.
        public static var inProgress: Self { Self(rawValue: "response.in_progress") }
        /// An item begins.
        public static var itemAdded: Self { Self(rawValue: "response.output_item.added") }
        /// An item is complete.
        public static var itemDone: Self { Self(rawValue: "response.output_item.done") }
        /// A part of an item begins.
        public static var partAdded: Self { Self(rawValue: "response.content_part.added") }
        /// A part of an item is complete.
        public static var partDone: Self { Self(rawValue: "response.content_part.done") }
        /// Text is added.
        public static var textDelta: Self { Self(rawValue: "response.output_text.delta") }
        /// A text is complete.
        public static var textDone: Self { Self(rawValue: "response.output_text.done") }
        /// Words of a refusal are added.
        public static var refusalDelta: Self { Self(rawValue: "response.refusal.delta") }
        /// A refusal is complete.
        public static var refusalDone: Self { Self(rawValue: "response.refusal.done") }
        /// Thoughts are added.
        public static var reasoningDelta: Self { Self(rawValue: "response.reasoning_text.delta") }
        /// Thoughts are complete.
        public static var reasoningDone: Self { Self(rawValue: "response.reasoning_text.done") }
        /// The sum of thoughts grows.
        public static var summaryDelta: Self { Self(rawValue: "response.reasoning_summary_text.delta") }
        /// The sum of thoughts is complete.
        public static var summaryDone: Self { Self(rawValue: "response.reasoning_summary_text.done") }
        /// Arguments of a call are added.
        public static var argumentsDelta: Self { Self(rawValue: "response.function_call_arguments.delta") }
        /// The arguments of a call are complete.
        public static var argumentsDone: Self { Self(rawValue: "response.function_call_arguments.done") }
        /// The response is complete; the last event.
        public static var completed: Self { Self(rawValue: "response.completed") }
        /// The response ended at a limit or by a filter; the last event.
        public static var incomplete: Self { Self(rawValue: "response.incomplete") }
        /// The response failed; a stream throws instead of handing this out.
        public static var failed: Self { Self(rawValue: "response.failed") }
        /// Something went wrong; a stream throws instead of handing this out.
        public static var error: Self { Self(rawValue: "error") }
    }

    /// What the event says.
    public var type: Kind
    /// The event's place in the stream, from 0, where the server numbers them.
    public var sequenceNumber: Int?
    /// The id of the item that the event is about.
    public var itemID: String?
    /// The item's place in the output; one server always says 0 when an item begins.
    public var outputIndex: Int?
    /// The part's place in the item.
    public var contentIndex: Int?
    /// What is added: text, thoughts, arguments; the type says which.
    public var delta: String?
    /// The item that begins or is complete.
    public var item: ResponseItem?
    /// The response as it stands, in the first and the last events.
    public var response: ModelResponse?
    /// Everything as the server sent it.
    public var json: JSONValue

    /// The text that is added; empty for events of other types.
    public var text: String { type == .textDelta ? delta ?? "" : "" }
    /// The thoughts, or their sum, that are added; empty for events of other types.
    public var reasoning: String { type == .reasoningDelta || type == .summaryDelta ? delta ?? "" : "" }
    /// The arguments of a call that are added; empty for events of other types.
    public var arguments: String { type == .argumentsDelta ? delta ?? "" : "" }

    /// Reads an event.
    public init(json: JSONValue) throws {
        try self.init(json: json, named: "message")
    }

    /// Reads an event; `name` is the type that stood beside the data, and counts where the data has none.
    init(json: JSONValue, named name: String) throws {
        let members = try json.members()
        self.json = json
        type = Kind(rawValue: members["type"]?.stringValue ?? name)
        sequenceNumber = members["sequence_number"]?.intValue
        itemID = members["item_id"]?.stringValue
        outputIndex = members["output_index"]?.intValue
        // The sums of thoughts are counted apart from the thoughts.
        contentIndex = (members["content_index"] ?? members["summary_index"])?.intValue
        delta = members["delta"]?.stringValue
        item = members["item"].flatMap { $0.objectValue == nil ? nil : ResponseItem(json: $0) }
        response = members["response"].flatMap { try? ModelResponse(json: $0) }
    }
}

/// Reads the events of one response and puts it together.
public struct ResponseReader: StreamReader {
    /// The last event of a response says itself that it is the last; `[DONE]`, which some servers add, says nothing.
    public static let endsItself = true

    private var head: ModelResponse?
    private var items: [OpenItem] = []
    /// The response of the last event.
    private var last: ModelResponse?

    init() {}

    /// Reads one event; a failed response is thrown, and so is an error in any of its forms.
    public mutating func read(_ data: ArraySlice<UInt8>, type: String) throws -> ResponseEvent? {
        let json = try InferenceError.eventJSON(data, type: "message")
        let event = try ResponseEvent(json: json, named: type)
        if event.type == .error { throw Self.error(in: json) }
        // An event of the API may have a member of this name that is about one item only.
        if !event.type.rawValue.hasPrefix("response."), let error = InferenceError.inStream(json) { throw error }
        return try add(event)
    }

    /// A whole response from a server that does not stream, as the last event.
    public mutating func read(whole json: JSONValue) throws -> ResponseEvent {
        _ = try ModelResponse(json: json)
        let isFailed = json["status"]?.stringValue == ResponseStatus.failed.rawValue
        let kind: ResponseEvent.Kind = isFailed ? .failed : .completed
        return try add(ResponseEvent(json: ["type": kind.json, "response": json]))
    }

    /// Whether the last event has come.
    public var isComplete: Bool { last != nil }

    /// The response so far.
    public var whole: ModelResponse {
        var whole = last ?? head ?? ModelResponse()
        // One server tells a failed response without what it had said before.
        if whole.output.isEmpty { whole.output = items.map(\.item) }
        return whole
    }

    private mutating func add(_ event: ResponseEvent) throws -> ResponseEvent {
        switch event.type {
        case .created, .queued, .inProgress: head = event.response ?? head
        case .completed, .incomplete, .failed:
            var response = event.response ?? whole
            // The word after `response.`, whatever the response says of itself.
            response.status = ResponseStatus(rawValue: String(event.type.rawValue.dropFirst(9)))
            last = response
            if let failure = response.failure { throw failure }
        case .itemAdded:
            if let item = event.item { items.append(OpenItem(item, index: event.outputIndex)) }
        case .itemDone:
            guard let item = event.item else { break }
            if let place = place(id: item.id, index: event.outputIndex) {
                items[place].complete(item)
            } else {
                items.append(OpenItem(item, index: event.outputIndex))
            }
        default: OpenItem.Piece(event).map { items[place(of: event)].add($0) }
        }
        return event
    }

    /// The item that an event is about; one that was never announced begins here.
    private mutating func place(of event: ResponseEvent) -> Int {
        if let place = place(id: event.itemID, index: event.outputIndex) { return place }
        items.append(OpenItem(event))
        return items.count - 1
    }

    /// By the id, since a server has been seen to number all items 0; by the number where there is no id.
    private func place(id: String?, index: Int?) -> Int? {
        if let id { return items.lastIndex { $0.id == id } }
        return items.lastIndex { $0.index == index }
    }

    private static func error(in json: JSONValue) -> InferenceError {
        let inner = json["error"].flatMap { $0.isNull ? nil : $0 }
        let facts = inner ?? .object((json.objectValue ?? [:]).removing(["type", "error"]))
        return InferenceError.inStream(["error": facts])
            ?? InferenceError(.serverFailure, "The server reports an error without words.", isRetryable: true)
    }
}

/// An item of a response that is still being made.
private struct OpenItem: Sendable {
    /// What an event adds to an item.
    struct Piece {
        enum Kind { case text, refusal, reasoning, summary, arguments }
        var kind: Kind
        var index: Int
        var text: String
        /// Whether the text is the whole, in place of what came in pieces.
        var isWhole: Bool

        init?(_ event: ResponseEvent) {
            let whole: String?
            switch event.type {
            case .textDelta, .textDone: (kind, whole) = (.text, "text")
            case .refusalDelta, .refusalDone: (kind, whole) = (.refusal, "refusal")
            case .reasoningDelta, .reasoningDone: (kind, whole) = (.reasoning, "text")
            case .summaryDelta, .summaryDone: (kind, whole) = (.summary, "text")
            case .argumentsDelta, .argumentsDone: (kind, whole) = (.arguments, "arguments")
            default: return nil
            }
            isWhole = event.type.rawValue.hasSuffix(".done")
            guard let text = isWhole ? whole.flatMap({ event.json[$0]?.stringValue }) : event.delta else { return nil }
            index = event.contentIndex ?? 0
            self.text = text
        }
    }

    let id: String?
    let index: Int?
    /// The item as it was announced.
    private var base: ResponseItem
    /// What has been added since, by kind and place; texts are kept apart so that adding to one copies nothing.
    private var pieces: [Piece] = []

    init(_ item: ResponseItem, index: Int?) {
        id = item.id
        self.index = index
        base = item
    }

    init(_ event: ResponseEvent) {
        id = event.itemID
        index = event.outputIndex
        switch Piece(event)?.kind {
        case .reasoning, .summary: base = .reasoning(ResponseReasoning(id: event.itemID))
        case .arguments:
            var call = ResponseFunctionCall(callID: event.itemID ?? "", name: "", arguments: "")
            call.id = event.itemID
            call.name = event.json["name"]?.stringValue ?? ""
            base = .functionCall(call)
        default:
            var message = ResponseMessage(role: .assistant, content: [])
            message.id = event.itemID
            base = .message(message)
        }
    }

    mutating func add(_ piece: Piece) {
        if let place = pieces.lastIndex(where: { $0.kind == piece.kind && $0.index == piece.index }) {
            if piece.isWhole {
                pieces[place].text = piece.text
            } else {
                pieces[place].text += piece.text
            }
        } else {
            pieces.append(piece)
        }
    }

    mutating func complete(_ item: ResponseItem) {
        base = item
        pieces = []
    }

    /// The item with what has been added.
    var item: ResponseItem {
        guard !pieces.isEmpty else { return base }
        func texts(_ kind: Piece.Kind) -> [String] {
            pieces.filter { $0.kind == kind }.sorted(on: \.index).map(\.text)
        }
        switch base {
        case .message(var message):
            message.content = pieces.sorted(on: \.index).map {
                $0.kind == .refusal ? .refusal($0.text) : .text($0.text)
            }
            return .message(message)
        case .reasoning(var reasoning):
            reasoning.content = texts(.reasoning)
            reasoning.summary = texts(.summary)
            return .reasoning(reasoning)
        case .functionCall(var call):
            call.arguments = texts(.arguments).joined()
            return .functionCall(call)
        case .functionCallOutput, .other: return base
        }
    }
}
