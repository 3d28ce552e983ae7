public import HTTPTypes
import Synchronization

/// A transport without a network: it gives scripted answers and records what was sent.
///
/// ```swift
/// let transport = MockTransport(.status(503, json: #"{"error": "busy"}"#), .json(#"{"ok": true}"#))
/// transport.answer(.get("/api/models/org/model"), with: .json("{}"), times: nil)
/// // … use it where a transport is wanted …
/// #expect(transport.calls.map(\.path) == ["/models/org/model", "/models/org/model"])
/// #expect(transport.calls[0].bodyText == #"{"inputs":"hello"}"#)
/// try transport.verify()  // no answer is left over, and no call was unexpected
/// ```
/// A call gets the first answer, in the order in which they were added, whose rule matches its request and which is not
/// used up. A call for which there is none fails with ``TransportError/Kind-swift.struct/invalidRequest``, in words that
/// name its method and path.
///
/// It keeps the contract of ``HTTPTransport``, except that nothing is compressed. Time is counted from the delays of the
/// script alone: the clocks of ``Timeouts`` fire exactly where the script says so, however long `sleep` really takes.
public final class MockTransport: HTTPTransport {
    /// Waits for a delay of the script; throws `CancellationError` when the task is cancelled.
    public typealias Sleep = @Sendable (Duration) async throws -> Void
    /// Makes an answer from what was sent; may throw instead, and `send` then throws the same.
    public typealias Responder = @Sendable (Call) throws -> Answer

    /// One recorded call.
    public struct Call: Sendable, CustomStringConvertible {
        /// How far a call has come.
        public enum Progress: Hashable, Sendable {
            /// `send` has not returned yet.
            case waiting
            /// The head was returned; the body has not ended.
            case responding
            /// The body was read to its end.
            case finished
            /// The reader left early: it dropped the response or its iterator, or was cancelled.
            case cancelled
            /// It failed with this error.
            case failed(TransportError)
        }

        /// The request's head.
        public let request: HTTPRequest
        /// The clocks it was sent with.
        public let timeouts: Timeouts
        /// The request body's declared length, `nil` when only the producer knows.
        public let declaredLength: Int?
        /// The request body as far as it was read, files and producers included.
        public internal(set) var body: [UInt8] = []
        /// How far it has come.
        public internal(set) var progress: Progress = .waiting
        /// The bytes of the response body that were pulled.
        public internal(set) var bytesPulled = 0

        /// The path with its query.
        public var path: String { request.path ?? "" }
        /// The request body as text; what is not UTF-8 is replaced.
        public var bodyText: String { String(decoding: body, as: UTF8.self) }

        /// Method and path without query: no header value and no body byte, so that it may stand in a log.
        public var description: String { "\(request.method.rawValue) \(request.pathWithoutQuery)" }
    }

    /// What ``verify()`` found wrong.
    public struct VerificationError: Error, Hashable, Sendable, CustomStringConvertible {
        /// The rules of the answers that were not used, one each.
        public var unusedAnswers: [String]
        /// Method and path of each call that had no answer.
        public var unexpectedCalls: [String]

        /// Both lists in words.
        public var description: String {
            var parts: [String] = []
            if !unusedAnswers.isEmpty {
                parts.append("answers left over for: " + unusedAnswers.joined(separator: ", "))
            }
            if !unexpectedCalls.isEmpty { parts.append("unexpected calls: " + unexpectedCalls.joined(separator: ", ")) }
            return "MockTransport: " + parts.joined(separator: "; ") + "."
        }
    }

    private let log = MockLog()
    private let sleep: Sleep

    /// A transport without answers; see ``answer(_:with:times:)``.
    ///
    /// - Parameter sleep: Waits for the script's delays; real time by default. A test that need not wait passes
    ///   `{ _ in }`.
    public init(sleep: @escaping Sleep = { try await Task.sleep(for: $0) }) {
        self.sleep = sleep
    }

    /// A transport that gives each answer once, in order, whatever the request.
    public convenience init(_ answers: Answer..., sleep: @escaping Sleep = { try await Task.sleep(for: $0) }) {
        self.init(answers, sleep: sleep)
    }

    /// A transport that gives each answer of a list once, in order, whatever the request.
    public convenience init(_ answers: [Answer], sleep: @escaping Sleep = { try await Task.sleep(for: $0) }) {
        self.init(sleep: sleep)
        for answer in answers { self.answer(with: answer) }
    }

    /// Adds an answer to the script.
    ///
    /// - Parameters:
    ///   - rule: The requests it is for.
    ///   - answer: What they get.
    ///   - times: How many calls get it; `nil` for any number, none included.
    public func answer(_ rule: Rule = .any, with answer: Answer, times: Int? = 1) {
        log.add(rule, times: times, script: .answer(answer))
    }

    /// Adds an answer that is made from what was sent.
    ///
    /// - Parameters:
    ///   - rule: The requests it is for.
    ///   - times: How many calls get it; `nil` for any number, none included.
    ///   - responder: Called with the whole request, its body read to the end; what its answer says of the time before
    ///     (`connectDelay`, `requestBytesRead`) comes too late and is passed over.
    public func answer(_ rule: Rule = .any, times: Int? = 1, by responder: @escaping Responder) {
        log.add(rule, times: times, script: .responder(responder))
    }

    /// What was sent so far, in the order of the calls; unexpected ones included.
    public var calls: [Call] { log.calls }

    /// Returns once at least `count` calls have begun.
    ///
    /// - Throws: `CancellationError`.
    public func waitForCalls(_ count: Int) async throws {
        let (signal, continuation) = AsyncStream<Never>.makeStream()
        log.wake(continuation, atCall: count)
        for await _ in signal {}
        try Task.checkCancellation()
    }

    /// Checks that the script was played to its end.
    ///
    /// - Throws: ``VerificationError`` when an answer with a number of times is left over, or a call was unexpected.
    public func verify() throws(VerificationError) {
        if let problem = log.problem { throw problem }
    }

    /// Gives the first answer whose rule matches, or fails in clear words.
    public func send(
        _ request: HTTPRequest,
        body: RequestBody,
        timeouts: Timeouts
    ) async throws -> HTTPTransportResponse {
        try Task.checkCancellation()
        let (index, script) = log.begin(request, body: body, timeouts: timeouts)
        do {
            guard let script else { throw log.unexpected(index) }
            return try await respond(to: index, with: script, body: body, timeouts: timeouts)
        } catch {
            log.end(index, with: error)
            throw error
        }
    }

    private func respond(
        to index: Int,
        with script: MockLog.Script,
        body: RequestBody,
        timeouts: Timeouts
    ) async throws -> HTTPTransportResponse {
        var timeline = MockTimeline(timeouts: timeouts, sleep: sleep)
        let answer: Answer
        switch script {
        case .answer(let fixed):
            try await timeline.pass(fixed.connectDelay, on: .connect, hasSent: false)
            try await read(body, upTo: fixed.requestBytesRead, into: index)
            answer = fixed
        case .responder(let responder):
            try await read(body, upTo: nil, into: index)
            answer = try responder(log.call(index))
        }

        switch answer.opening {
        case .failure(let error):
            try await timeline.pass(answer.headDelay, on: .firstByte)
            throw error
        case .silence:
            try await timeline.pass(nil, on: .firstByte)
            throw CancellationError()
        case .head(let head):
            try await timeline.pass(answer.headDelay, on: .firstByte)
            timeline.timings.firstByte = timeline.elapsed
            let request = log.call(index).request
            let hasNoBody = request.method == .head || head.status.code == 204 || head.status.code == 304
            log.update(index) { $0.progress = .responding }
            let source = MockBodySource(
                steps: hasNoBody ? [] : answer.steps,
                length: hasNoBody ? nil : head.headerFields[.contentLength].flatMap { Int($0) },
                timeline: timeline,
                log: log,
                index: index
            )
            return HTTPTransportResponse(head: head, body: ResponseBody(source))
        }
    }

    /// Records the request body, or the beginning of it that the script wants.
    private func read(_ body: RequestBody, upTo limit: Int?, into index: Int) async throws {
        struct Enough: Error {}
        let log = log
        do {
            try await body.write(
                to: BodyWriter { chunk in
                    try Task.checkCancellation()
                    let isEnough = log.update(index) { call in
                        let room = (limit ?? .max) - call.body.count
                        call.body.append(contentsOf: chunk.prefix(room))
                        return chunk.count > room
                    }
                    if isEnough { throw Enough() }
                }
            )
        } catch is Enough {
            // An early answer: the rest of the body is not wanted.
        }
    }
}
