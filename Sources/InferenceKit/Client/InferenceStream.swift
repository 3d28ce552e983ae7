import HTTPTypes
import Synchronization

/// The answer of a model while it is made: pulled a piece at a time, so a slow reader slows the server.
///
/// Leaving the loop closes the connection. An error in the middle carries what had arrived
/// (``InferenceError/partial(of:)``); ``collect()`` reads to the end and puts the pieces together.
///
/// ```swift
/// for try await chunk in try await client.chatCompletionStream("Why is the sky blue?", model: "org/model") {
///     print(chunk.text, terminator: "")
/// }
/// ```
public struct InferenceStream<Operation: StreamingTask>: AsyncSequence, Sendable {
    /// One piece of the answer.
    public typealias Element = Operation.Chunk

    private let core: StreamCore<Operation>

    init(_ response: HTTPTransportResponse, task: Operation, context: CallContext) {
        core = StreamCore(response, task: task, context: context)
    }

    /// What has arrived so far, put together.
    public var partial: Operation.Response { core.whole }

    /// What is known about the call; complete once the stream has ended.
    public var metadata: CallMetadata { core.metadata }

    /// Starts the one iteration of the stream.
    public func makeAsyncIterator() -> Iterator {
        Iterator(core)
    }

    /// Reads to the end and returns the whole answer.
    ///
    /// - Throws: ``InferenceError`` that carries what had arrived, or `CancellationError`.
    public func collect() async throws -> Operation.Response {
        var iterator = makeAsyncIterator()
        while try await iterator.next() != nil {}
        return core.whole
    }

    /// Pulls the pieces; dropping it closes the connection.
    public struct Iterator: AsyncIteratorProtocol {
        private let core: StreamCore<Operation>
        private var body: ResponseBody.Iterator
        /// The pieces of the bytes that were pulled last, and how many were handed out.
        private var batch: [Operation.Chunk] = []
        private var position = 0
        private var end: StreamEnd?

        init(_ core: StreamCore<Operation>) {
            self.core = core
            body = core.response.body.makeAsyncIterator()
        }

        /// The next piece, or `nil` at the end.
        public mutating func next() async throws -> Operation.Chunk? {
            while true {
                if position < batch.count {
                    position += 1
                    return batch[position - 1]
                }
                if let end {
                    // What is asked for after an error is the end, as with every asynchronous sequence.
                    self.end = .normal
                    if case .failure(let error) = end { throw error }
                    return nil
                }
                batch.removeAll(keepingCapacity: true)
                position = 0
                end = try await core.fill(&batch, from: &body)
            }
        }
    }
}

@available(*, unavailable)
extension InferenceStream.Iterator: Sendable {}

/// How a stream ends.
enum StreamEnd {
    case normal
    case failure(any Error)
}

/// One stream: the bytes' decoder and the reader of its events.
final class StreamCore<Operation: StreamingTask>: Sendable {
    private struct State {
        var decoder = ServerSentEventDecoder()
        var reader: Operation.Reader
        /// A server that ignored the wish for a stream answers JSON, which is read when it is complete.
        var json: [UInt8] = []
        var events = 0
        var hasEnded = false
    }

    let response: HTTPTransportResponse
    private let context: CallContext
    private let isJSON: Bool
    /// Guards decoder and reader; one iterator uses them, and anyone may ask for what has arrived.
    private let state: Mutex<State>

    init(_ response: HTTPTransportResponse, task: Operation, context: CallContext) {
        self.response = response
        self.context = context
        isJSON = response.head.headerFields[.contentType].map { MediaType($0).isJSON } ?? false
        state = Mutex(State(reader: task.makeReader()))
    }

    var whole: Operation.Response { state.withLock { $0.reader.whole } }
    var metadata: CallMetadata { context.metadata }

    /// Pulls bytes and reads the events in them; returns the stream's end when it has come.
    func fill(_ batch: inout [Operation.Chunk], from body: inout ResponseBody.Iterator) async throws -> StreamEnd? {
        do {
            guard let chunk = try await body.next() else { return finish(&batch, last: true) }
            let end = state.withLock { state in
                if isJSON {
                    state.json += chunk
                    return nil as StreamEnd?
                }
                do {
                    try state.decoder.append(chunk)
                    return try Self.drain(&state, into: &batch)
                } catch {
                    return .failure(error)
                }
            }
            guard let end else { return nil }
            return ended(end, body: response.body)
        } catch {
            return ended(.failure(error), body: response.body)
        }
    }

    private func finish(_ batch: inout [Operation.Chunk], last: Bool) -> StreamEnd {
        let end = state.withLock { state -> StreamEnd in
            do {
                if isJSON {
                    batch.append(try Self.whole(&state))
                    return .normal
                }
                state.decoder.finish()
                if let end = try Self.drain(&state, into: &batch) { return end }
                if state.events == 0 {
                    return .failure(InferenceError(.cutShort, "The stream ended without any event.", isRetryable: true))
                }
                guard state.reader.isComplete else {
                    return .failure(
                        InferenceError(.cutShort, "The stream ended before the answer was complete.", isRetryable: true)
                    )
                }
                return .normal
            } catch {
                return .failure(error)
            }
        }
        return ended(end, body: response.body)
    }

    /// Reads every event that is complete.
    private static func drain(_ state: inout State, into batch: inout [Operation.Chunk]) throws -> StreamEnd? {
        while let event = try state.decoder.next() {
            if event.isDone {
                // `[DONE]` alone is no answer, whatever it says.
                guard state.events > 0 else {
                    return .failure(InferenceError(.cutShort, "The stream ended without any event.", isRetryable: true))
                }
                return .normal
            }
            // Servers send empty data to keep a connection open.
            if event.data.allSatisfy({ $0 <= 0x20 }) { continue }
            state.events += 1
            if let chunk = try state.reader.read(event.data, type: event.type) { batch.append(chunk) }
        }
        return nil
    }

    private static func whole(_ state: inout State) throws -> Operation.Chunk {
        let json = try JSONValue(jsonBytes: state.json)
        if let error = InferenceError.inStream(json) { throw error }
        return try state.reader.read(whole: json)
    }

    /// Notes the end, lets the connection go, and gives an error what it should carry.
    private func ended(_ end: StreamEnd, body: ResponseBody) -> StreamEnd {
        body.cancel()
        context.note { $0.timings = body.timings }
        guard case .failure(let error) = end else {
            context.tell(.finished)
            return end
        }
        if error is CancellationError {
            context.tell(.cancelled)
            return end
        }
        var failure: InferenceError
        switch error {
        case let error as InferenceError: failure = error
        case let error as TransportError: failure = InferenceError(error)
        default:
            failure = InferenceError(
                .undecodable,
                "An event of the stream of \(Operation.id) cannot be understood: \(error)"
            )
        }
        failure.message = context.redactor.clean(failure.message)
        failure.partialAnswer = PartialAnswer(state.withLock { $0.reader.whole })
        // A part of the answer was delivered, so nothing may silently begin anew.
        let wrapped = InferenceError.wrapping(failure, context: context)
        context.tell(.failed(failure.code))
        return .failure(wrapped)
    }
}

extension InferenceError {
    /// What had arrived of a stream's answer when it broke off.
    ///
    /// - Parameter task: The task's type.
    /// - Returns: The part, or `nil` when the error is not one of such a stream.
    public func partial<Operation: StreamingTask>(of task: Operation.Type) -> Operation.Response? {
        partialAnswer?.value as? Operation.Response
    }

    /// The error that stands in an event or an answer: a member `error` that is there and not null, or the old form
    /// without a wrapper.
    static func inStream(_ json: JSONValue) -> InferenceError? {
        guard let members = json.objectValue else { return nil }
        let isError =
            members["error"].map { !$0.isNull && $0.boolValue != false } ?? (members["object"]?.stringValue == "error")
        guard isError else { return nil }
        let facts = ErrorFacts(json: json)
        let text = facts.message ?? "The server reports an error without words."
        let kind = facts.kind ?? ""
        let isClientError = facts.status.map { $0 < 500 && $0 != 424 } ?? false
        let refusals = ["valid", "invalid_request", "template", "tool_error", "exceed_context"]
        let code: InferenceError.Code
        if facts.isQuota {
            code = .quotaExhausted
        } else if kind.contains("rate_limit") {
            code = .rateLimited
        } else if kind.contains("overloaded") || facts.status == 429 {
            code = .overloaded
        } else if isClientError || refusals.contains(where: kind.contains) {
            code = .rejected
        } else {
            code = .serverFailure
        }
        return InferenceError(code, text, isRetryable: code == .overloaded || code == .serverFailure)
    }
}

/// A part of an answer that an error carries; never shown.
struct PartialAnswer: Sendable, CustomStringConvertible, CustomReflectable {
    let value: any Sendable
    init(_ value: any Sendable) { self.value = value }
    var description: String { "a part of the answer" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

// MARK: - Starting one

extension InferenceClient {
    /// Starts a task whose answer comes in pieces; returns once the server has begun to answer.
    ///
    /// Attempts are made until then, and never after: a stream that breaks off is an error that carries what had arrived.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    @concurrent
    public func stream<Operation: StreamingTask>(
        _ task: Operation,
        model: ModelID? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> InferenceStream<Operation> {
        try await choosing(model: model, options: options) { try await open(task, choice: $0) }
    }

    private func open<Operation: StreamingTask>(
        _ task: Operation,
        choice: Choice
    ) async throws -> InferenceStream<Operation> {
        let context = try await context(
            Operation.id,
            isCostly: Operation.isCostly,
            choice: choice,
            routesItself: Operation.isRouted
        )
        do {
            guard let format = context.provider.formats[Operation.self] else {
                throw InferenceError(
                    .unsupportedTask,
                    "The provider \(context.provider.id) does not offer \(Operation.id)."
                )
            }
            let exchange = try await exchange(context)
            let response =
                if let open = format.open {
                    try await open(task, exchange)
                } else {
                    try await exchange.open(task.streamPayload(for: exchange.model))
                }
            return InferenceStream(response, task: task, context: context)
        } catch {
            throw settled(error, context, choice)
        }
    }
}
