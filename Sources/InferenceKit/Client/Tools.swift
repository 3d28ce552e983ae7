/// A function of yours that a model may call: a name, what it is for, a type for its arguments, and what it does.
///
/// ```swift
/// struct Place: Decodable { var city: String }
/// let weather = try Tool("get_weather", "The weather of a city") { (place: Place) in "Sunny in \(place.city)" }
/// ```
public struct Tool: Sendable {
    /// What the model is told.
    public let definition: ToolDefinition
    private let call: @Sendable (JSONValue) async throws -> String

    /// Makes a tool; the schema of its arguments is found from their type.
    ///
    /// - Parameters:
    ///   - name: Letters, digits, `_` and `-`, at most 64.
    ///   - description: What the tool does, in words for the model.
    ///   - body: What it does; the text it returns goes to the model. An error that it throws is reported to the model.
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput``.
    public init<Arguments: Decodable & Sendable>(
        _ name: String,
        _ description: String,
        body: @escaping @Sendable (Arguments) async throws -> String
    ) throws {
        try self.init(
            ToolDefinition(name: name, description: description, parameters: try JSONSchema.of(Arguments.self))
        ) { arguments in
            try await body(try JSONValueDecoder.decode(Arguments.self, from: arguments))
        }
    }

    /// Makes a tool of a definition of your own; its arguments come as JSON.
    ///
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput``.
    public init(
        _ definition: ToolDefinition,
        body: @escaping @Sendable (JSONValue) async throws -> String
    ) throws {
        guard ToolDefinition.isValid(name: definition.name) else {
            throw InferenceError.invalidInput("name", expected: "1 to 64 letters, digits, '_' or '-'")
        }
        self.definition = definition
        call = body
    }

    /// Runs the tool; whatever goes wrong becomes words for the model, except cancellation.
    func result(of arguments: String) async throws -> (text: String, isError: Bool) {
        let json: JSONValue
        do {
            json = try JSONValue(jsonBytes: Array(arguments.utf8))
        } catch {
            return ("Error: the arguments are not JSON.", true)
        }
        do {
            return (try await call(json), false)
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as DecodingError {
            return ("Error: the arguments do not follow the schema: \(Self.words(for: error)).", true)
        } catch {
            return ("Error: \(error)", true)
        }
    }

    private static func words(for error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            context.codingPath.map(\.stringValue).joined(separator: ".") + " " + context.debugDescription
        @unknown default: "another form is expected"
        }
    }
}

/// The limits of a conversation in which a model calls tools.
public struct ToolLimits: Sendable {
    /// The most times that the model is asked.
    ///
    /// Default: 8.
    public var turns: Int
    /// The most time for everything together.
    ///
    /// Default: 5 minutes.
    public var total: Duration
    /// The most tools that run at once.
    ///
    /// Default: 4.
    public var parallelCalls: Int
    /// Asked before each call; `false` tells the model that the call was not allowed.
    ///
    /// Default: everything is.
    public var approve: @Sendable (ToolCall) async -> Bool

    /// Makes limits.
    public init(
        turns: Int = 8,
        total: Duration = .seconds(300),
        parallelCalls: Int = 4,
        approve: @escaping @Sendable (ToolCall) async -> Bool = { _ in true }
    ) {
        self.turns = turns
        self.total = total
        self.parallelCalls = parallelCalls
        self.approve = approve
    }
}

/// One step of a conversation with tools.
public enum ToolEvent: Sendable {
    /// The model is asked, for the turn of this number, counted from one.
    case turn(Int)
    /// The model has answered.
    case answer(ChatAnswer)
    /// A tool is about to run.
    case calling(ToolCall)
    /// A tool's result goes to the model; an error is reported to it in words.
    case result(ToolCall, text: String, isError: Bool)
}

/// How a conversation with tools went.
public struct ToolOutcome: Sendable {
    /// Why it ended.
    public enum Ending: Hashable, Sendable {
        /// The model answered without calling a tool.
        case answered
        /// The model still called tools at the limit of turns.
        case turnLimit
        /// The time was over.
        case timeLimit
    }

    /// Why it ended.
    public var ending: Ending
    /// Everything that was said, calls and results included; it can go on from here.
    public var conversation: Conversation
    /// The model's last answer, if there was one.
    public var answer: ChatAnswer?
    /// How often the model was asked.
    public var turns: Int
}

extension InferenceClient {
    /// Lets a model call tools until it answers, or a limit is reached; what was said until then is returned, not lost.
    ///
    /// - Parameters:
    ///   - conversation: The conversation so far.
    ///   - tools: The tools; names must differ.
    ///   - model: The model, or `nil` for the client's default.
    ///   - limits: The limits, which are hard.
    ///   - options: What the calls do differently from the client.
    ///   - configure: Sets parameters of every turn.
    ///   - onEvent: Told each step while it happens.
    /// - Returns: Why it ended, and everything that was said.
    /// - Throws: ``InferenceError`` when the model cannot be asked, or `CancellationError`.
    public func chatCompletion(
        _ conversation: Conversation,
        tools: [Tool],
        model: ModelID? = nil,
        limits: ToolLimits = ToolLimits(),
        options: CallOptions = CallOptions(),
        configure: (inout ChatCompletion) -> Void = { _ in },
        onEvent: @Sendable (ToolEvent) -> Void = { _ in }
    ) async throws -> ToolOutcome {
        guard Set(tools.map(\.definition.name)).count == tools.count else {
            throw InferenceError.invalidInput("tools", expected: "tools of different names")
        }
        guard limits.turns >= 1, limits.parallelCalls >= 1, limits.total > .zero else {
            throw InferenceError.invalidInput("limits", expected: "at least one turn, one call and some time")
        }
        let clock = configuration.clock
        let deadline = clock.now() + limits.total
        var outcome = ToolOutcome(ending: .turnLimit, conversation: conversation, answer: nil, turns: 0)
        var task = ChatCompletion(messages: conversation.messages)
        task.tools = tools.isEmpty ? nil : tools.map(\.definition)
        configure(&task)
        while outcome.turns < limits.turns {
            let remaining = deadline - clock.now()
            guard remaining > .zero else {
                outcome.ending = .timeLimit
                return outcome
            }
            outcome.turns += 1
            onEvent(.turn(outcome.turns))
            task.messages = outcome.conversation.messages
            var options = options
            var timeouts = options.timeouts ?? Timeouts()
            timeouts.total = min(timeouts.total ?? configuration.timeouts.total ?? remaining, remaining)
            options.timeouts = timeouts
            let answer = try await run(task, model: model, options: options)
            onEvent(.answer(answer))
            outcome.answer = answer
            outcome.conversation.append(answer)
            guard !answer.toolCalls.isEmpty else {
                outcome.ending = .answered
                return outcome
            }
            outcome.conversation.messages += try await results(
                of: answer.toolCalls,
                tools: tools,
                limits: limits,
                onEvent: onEvent
            )
        }
        return outcome
    }

    /// Runs the calls of one answer, some at once, and returns their results in the calls' order.
    private func results(
        of calls: [ToolCall],
        tools: [Tool],
        limits: ToolLimits,
        onEvent: @Sendable (ToolEvent) -> Void
    ) async throws -> [ChatMessage] {
        var messages = [ChatMessage?](repeating: nil, count: calls.count)
        try await withThrowingTaskGroup(of: (Int, String, Bool).self) { group in
            var next = 0
            var running = 0
            while next < calls.count || running > 0 {
                while next < calls.count, running < limits.parallelCalls {
                    let index = next
                    let call = calls[index]
                    next += 1
                    running += 1
                    onEvent(.calling(call))
                    let tool = tools.first { $0.definition.name == call.name }
                    let approve = limits.approve
                    group.addTask {
                        guard let tool else { return (index, "Error: there is no tool \"\(call.name)\".", true) }
                        guard await approve(call) else { return (index, "Error: the call was not allowed.", true) }
                        let result = try await tool.result(of: call.arguments)
                        return (index, result.text, result.isError)
                    }
                }
                guard let (index, text, isError) = try await group.next() else { break }
                running -= 1
                messages[index] = .tool(text, for: calls[index])
                onEvent(.result(calls[index], text: text, isError: isError))
            }
        }
        return messages.compactMap { $0 }
    }
}
