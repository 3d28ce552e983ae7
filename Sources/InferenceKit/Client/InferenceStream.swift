import HTTPTypes
import Synchronization

/// The answer of a model while it is made: pulled a piece at a time, so a slow reader slows the server.
///
/// Leaving the loop closes the connection. An error in the middle carries what had arrived
/// (``InferenceError/partial(of:)``); ``collect()`` reads to the end and puts the pieces together.
/// A chat may go on after its connection was lost, if it was asked to (``ChatContinuation``).
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

    init(
        _ response: HTTPTransportResponse,
        task: Operation,
        context: CallContext,
        reopen: @escaping @Sendable (Operation) async throws -> HTTPTransportResponse
    ) {
        core = StreamCore(response, task: task, context: context, reopen: reopen)
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
        private var source: StreamSource
        /// The pieces of the bytes that were pulled last, the next one at the end: taken from there it is moved, not copied.
        @usableFromInline var batch: [Operation.Chunk] = []
        private var end: StreamEnd?

        init(_ core: StreamCore<Operation>) {
            self.core = core
            source = StreamSource(core.response)
        }

        /// The next piece, or `nil` at the end.
        public mutating func next() async throws -> Operation.Chunk? {
            try await next(isolation: #isolation)
        }

        /// The next piece, or `nil` at the end; what a loop calls.
        ///
        /// The standard library's own would change executors and back for each piece. Inlined, so that a piece which is there costs
        /// no call of code that is not specialised: 0.16 of 0.66 µs of processor time for each.
        @inlinable
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Operation.Chunk? {
            if let chunk = batch.popLast() { return chunk }
            return try await pull(isolation: actor)
        }

        /// Pulls bytes until there are pieces, and takes the first.
        @usableFromInline
        mutating func pull(isolation actor: isolated (any Actor)?) async throws -> Operation.Chunk? {
            while true {
                if let end {
                    // What is asked for after an error is the end, as with every asynchronous sequence.
                    self.end = .normal
                    if case .failure(let error) = end { throw error }
                    return nil
                }
                end = try await core.fill(&batch, from: &source)
                if let chunk = batch.popLast() { return chunk }
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

/// What a stream keeps of its response: a head would take more memory than most answers that are waited for.
struct StreamResponse: Sendable {
    let body: ResponseBody
    /// A server that ignored the wish for a stream answers JSON.
    let isJSON: Bool

    init(_ response: HTTPTransportResponse) {
        body = response.body
        isJSON = response.head.headerFields.value(of: .contentType).map { MediaType($0).isJSON } ?? false
    }
}

/// Where the bytes of a stream come from now.
struct StreamSource {
    let body: ResponseBody
    var iterator: ResponseBody.Iterator
    let isJSON: Bool

    init(_ response: StreamResponse) {
        body = response.body
        iterator = response.body.makeAsyncIterator()
        isJSON = response.isJSON
    }
}

/// One stream: the bytes' decoder and the reader of its events.
final class StreamCore<Operation: StreamingTask>: Sendable {
    private struct State {
        var decoder = ServerSentEventDecoder()
        var reader: Operation.Reader
        /// JSON in place of a stream, which is read when it is complete.
        var json: [UInt8] = []
        var events = 0
        /// Whether there may be events in the bytes that were pulled.
        var hasMore = false
        /// How often the stream has gone on after its connection was lost.
        var continuations = 0
    }

    let response: StreamResponse
    private let task: Operation
    private let context: CallContext
    private let reopen: @Sendable (Operation) async throws -> HTTPTransportResponse
    /// Guards decoder and reader; one iterator uses them, and anyone may ask for what has arrived.
    private let state: Mutex<State>

    init(
        _ response: HTTPTransportResponse,
        task: Operation,
        context: CallContext,
        reopen: @escaping @Sendable (Operation) async throws -> HTTPTransportResponse
    ) {
        self.response = StreamResponse(response)
        self.task = task
        self.context = context
        self.reopen = reopen
        state = Mutex(State(reader: task.makeReader()))
    }

    var whole: Operation.Response { state.withLock { $0.reader.whole } }
    var metadata: CallMetadata { context.metadata }

    /// Pulls bytes and reads the events in them; returns the stream's end when it has come.
    func fill(_ batch: inout [Operation.Chunk], from source: inout StreamSource) async throws -> StreamEnd? {
        let end: StreamEnd?
        do {
            if state.withLock({ $0.hasMore }) {
                end = state.withLock { Self.readOn(&$0, into: &batch) }
            } else if let chunk = try await source.iterator.next() {
                end = read(chunk, isJSON: source.isJSON, into: &batch)
            } else {
                end = finish(&batch, isJSON: source.isJSON)
            }
        } catch {
            end = .failure(error)
        }
        guard let end else { return nil }
        if case .failure(let error) = end, Self.isLoss(error), let next = continuation() {
            do {
                let response = try await reopen(next)
                source.body.cancel()
                source = StreamSource(StreamResponse(response))
                return nil
            } catch {
                return ended(.failure(error), body: source.body)
            }
        }
        return ended(end, body: source.body)
    }

    private func read(_ chunk: [UInt8], isJSON: Bool, into batch: inout [Operation.Chunk]) -> StreamEnd? {
        state.withLock { state in
            if isJSON {
                state.json += chunk
                return nil
            }
            do {
                try state.decoder.append(chunk)
            } catch {
                return .failure(error)
            }
            return Self.readOn(&state, into: &batch)
        }
    }

    private static func readOn(_ state: inout State, into batch: inout [Operation.Chunk]) -> StreamEnd? {
        do {
            return try drain(&state, into: &batch)
        } catch {
            return .failure(error)
        }
    }

    private func finish(_ batch: inout [Operation.Chunk], isJSON: Bool) -> StreamEnd {
        state.withLock { state in
            do {
                if isJSON {
                    batch.append(try Self.whole(&state))
                    return .normal
                }
                state.decoder.finish()
                if let end = try Self.drain(&state, into: &batch) { return end }
                return Self.ending(of: state, isDone: false)
            } catch let error as JSONError {
                // The end of the bytes stands within an event.
                return .failure(StreamTail(error: error))
            } catch {
                return .failure(error)
            }
        }
    }

    /// Whether the bytes ended too early, which is no word of the server's.
    private static func isLoss(_ error: any Error) -> Bool {
        switch error {
        case let error as TransportError: error.kind == .cutShort || error.kind == .connectionLost
        case let error as InferenceError: error.code == .cutShort
        default: error is StreamTail
        }
    }

    /// The request that goes on after a loss, if there is one; the reader stays, and adds to what it has.
    private func continuation() -> Operation? {
        state.withLock { state in
            guard !state.reader.isComplete,
                let next = task.continuation(of: state.reader.whole, after: state.continuations)
            else { return nil }
            state.continuations += 1
            state.decoder = ServerSentEventDecoder()
            state.json = []
            state.events = 0
            state.hasMore = false
            return next
        }
    }

    /// The most pieces that are read ahead: as values they are many times as large as the bytes they are made of.
    private static var mostAhead: Int { 64 }

    /// Reads the next events that are complete, and puts the first one's piece at the end of `batch`, which is empty.
    #if hasAttribute(specialized)
    // Compilers before 6.3 do not know it.
    @specialized(where Operation == ChatCompletion)
    #endif
    private static func drain(_ state: inout State, into batch: inout [Operation.Chunk]) throws -> StreamEnd? {
        state.hasMore = true
        // In place, by moves; an array's own way retains and releases what it swaps.
        defer { unsafe batch.withUnsafeMutableBufferPointer { unsafe $0.reverse() } }
        while batch.count < mostAhead {
            guard let event = try state.decoder.next() else {
                state.hasMore = false
                return nil
            }
            if event.isDone {
                return ending(of: state, isDone: !Operation.Reader.endsItself)
            }
            // Servers send empty data to keep a connection open.
            if event.data.allSatisfy({ $0 <= 0x20 }) { continue }
            state.events += 1
            if let chunk = try state.reader.read(event.data, type: event.type) { batch.append(chunk) }
            if Operation.Reader.endsItself, state.reader.isComplete { return .normal }
        }
        return nil
    }

    /// How a stream ends to which nothing is to come; `isDone` when the server has said that the answer is complete.
    private static func ending(of state: State, isDone: Bool) -> StreamEnd {
        // `[DONE]` alone is no answer, whatever it says.
        if state.events == 0 {
            return .failure(InferenceError(.cutShort, "The stream ended without any event.", isRetryable: true))
        }
        guard isDone || state.reader.isComplete else {
            return .failure(
                InferenceError(.cutShort, "The stream ended before the answer was complete.", isRetryable: true)
            )
        }
        return .normal
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
        let cause: any Error = (error as? StreamTail)?.error ?? error
        var failure: InferenceError
        switch cause {
        case let error as InferenceError: failure = error
        case let error as TransportError: failure = InferenceError(error)
        default:
            failure = InferenceError(
                .undecodable,
                "An event of the stream of \(Operation.id) cannot be understood: \(cause)"
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

/// An event that is broken off by the end of the bytes.
private struct StreamTail: Error {
    let error: JSONError
}

extension InferenceError {
    /// What had arrived of a stream's answer when it broke off.
    ///
    /// - Parameter task: The task's type.
    /// - Returns: The part, or `nil` when the error is not one of such a stream.
    public func partial<Operation: StreamingTask>(of task: Operation.Type) -> Operation.Response? {
        partialAnswer?.value as? Operation.Response
    }

    /// The JSON of an event's data.
    ///
    /// - Throws: The error that the server reports in it, where the data is none that a reader could look at.
    static func eventJSON(_ data: ArraySlice<UInt8>, type: String) throws -> JSONValue {
        let json: JSONValue
        do {
            json = try JSONValue(jsonBytes: data)
        } catch {
            // One server forgets to escape its error's words, so that the object is no JSON.
            let text = String(decoding: data, as: UTF8.self)
            for start in [#"{"error": ""#, #"{"error":""#] where text.hasPrefix(start) && text.hasSuffix(#""}"#) {
                throw Self(.serverFailure, String(text.dropFirst(start.count).dropLast(2)), isRetryable: true)
            }
            throw error
        }
        guard type == "error" else { return json }
        // Old llama.cpp writes the error's object in a field of its own.
        throw inStream(["error": json]) ?? Self(.serverFailure, "The server reports an error without words.")
    }

    /// The error that stands in an event or an answer: a member `error` that is there and not null, or the old form
    /// without a wrapper.
    static func inStream(_ json: JSONValue) -> InferenceError? {
        // A response of the Responses API has an error beside what it had said; its reader looks at both.
        guard let members = json.objectValue, members["object"]?.stringValue != "response" else { return nil }
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
    /// Attempts are made until then, and none after, unless the task says how to go on (``ChatContinuation``): a stream that
    /// breaks off is an error that carries what had arrived.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    @concurrent
    public func stream<Operation: StreamingTask>(
        _ task: Operation,
        model: ModelID? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> InferenceStream<Operation> {
        // In a task of its own: what its frames took is given back at once, while the caller's task would keep it for as
        // long as it lives, which for a stream that waits is most of its memory.
        async let stream = choosing(model: model, options: options) { try await open(task, choice: $0) }
        return try await stream
    }

    private func open<Operation: StreamingTask>(
        _ task: Operation,
        choice: Choice
    ) async throws -> InferenceStream<Operation> {
        let context = try await context(of: Operation.self, choice: choice)
        do {
            let format = try format(of: Operation.self, at: context.provider)
            let exchange = try await exchange(context)
            let open: @Sendable (Operation) async throws -> HTTPTransportResponse = { task in
                if let open = format.open { return try await open(task, exchange) }
                return try await exchange.open(task.streamPayload(for: exchange.model))
            }
            let response = try await open(task)
            return InferenceStream(response, task: task, context: context, reopen: open)
        } catch {
            throw settled(error, context, choice)
        }
    }
}
