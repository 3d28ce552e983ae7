/// What a model answered by the Responses API.
public struct ModelResponse: JSONConvertible, TaskOutput, Hashable, Sendable {
    /// The server's id of the response.
    public var id: String?
    /// Seconds since 1970 when the response was made; a server may send a fraction.
    public var created: Double?
    /// How far the response is.
    public var status: ResponseStatus?
    /// The model that answered, in the server's word.
    public var model: String?
    /// The items, in their order.
    public var output: [ResponseItem]
    /// The tokens that were counted.
    public var usage: TokenUsage?
    /// Why the response is ``ResponseStatus/incomplete``: `max_output_tokens`, `content_filter` or a server's own word.
    public var incompleteReason: String?
    /// What went wrong, when the response is ``ResponseStatus/failed``.
    public var error: JSONValue?
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes a response.
    public init(output: [ResponseItem] = []) {
        self.output = output
        additional = [:]
    }

    /// The texts of all messages, joined.
    public var text: String {
        output.reduce(into: "") { if case .message(let message) = $1 { $0 += message.text } }
    }

    /// The thoughts, joined; their sums where the server tells only those.
    public var reasoning: String {
        output.reduce(into: "") { if case .reasoning(let item) = $1 { $0 += item.text } }
    }

    /// The tools that the model wants called, in their order.
    public var toolCalls: [ToolCall] {
        output.compactMap { if case .functionCall(let call) = $0 { call.toolCall } else { nil } }
    }

    /// The items as input of the next turn.
    ///
    /// Thoughts are left out, since the router refuses them there; OpenAI wants them, so give `output` itself to it.
    public var history: [ResponseItem] {
        output.filter { if case .reasoning = $0 { false } else { true } }
    }

    /// Reads a response.
    public init(json: JSONValue) throws {
        let members = try json.members()
        guard let items = members["output"]?.arrayValue ?? (members["object"] == "response" ? [] : nil) else {
            throw JSONMismatch(expected: "an object with \"output\"", found: json)
        }
        output = items.map(ResponseItem.init)
        id = members["id"]?.stringValue
        created = members["created_at"]?.doubleValue
        status = members["status"]?.stringValue.map(ResponseStatus.init(rawValue:))
        model = members["model"]?.stringValue
        usage = members["usage"].flatMap { TokenUsage(optional: $0) }
        incompleteReason = members["incomplete_details"]?["reason"]?.stringValue
        error = members["error"].flatMap { $0.isNull ? nil : $0 }
        additional = members.removing([
            "id", "object", "created_at", "status", "model", "output", "usage", "incomplete_details", "error",
        ])
    }

    /// The response as the server has it.
    public var json: JSONValue {
        var members: JSONObject = [:]
        members["id"] = id?.json
        members["object"] = "response"
        members["created_at"] = created?.json
        members["status"] = status?.json
        members["model"] = model?.json
        members["output"] = output.json
        members["usage"] = usage?.json
        members["incomplete_details"] = incompleteReason.map { ["reason": .string($0)] }
        members["error"] = error
        return .object(members.merging(additional))
    }

    /// The error that a failed response is; it carries the response.
    var failure: InferenceError? {
        guard status == .failed || (status == nil && error != nil) else { return nil }
        var failure =
            error.flatMap { InferenceError.inStream(["error": $0]) }
            ?? InferenceError(.serverFailure, "The response failed, without words.", isRetryable: true)
        failure.partialAnswer = PartialAnswer(self)
        return failure
    }
}

/// How far a response or an item is, in the server's word.
public struct ResponseStatus: RawRepresentable, Hashable, Sendable, JSONConvertible {
    /// The server's word.
    public var rawValue: String
    /// Makes a status of the server's word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// It waits.
    public static var queued: Self { Self(rawValue: "queued") }
    /// It is being made.
    public static var inProgress: Self { Self(rawValue: "in_progress") }
    /// It is there.
    public static var completed: Self { Self(rawValue: "completed") }
    /// It ended before it was complete, at a limit or by a filter.
    public static var incomplete: Self { Self(rawValue: "incomplete") }
    /// The server could not make it.
    public static var failed: Self { Self(rawValue: "failed") }
    /// Somebody ended it.
    public static var cancelled: Self { Self(rawValue: "cancelled") }
}
