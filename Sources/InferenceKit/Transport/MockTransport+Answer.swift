public import HTTPTypes

extension MockTransport {
    /// What a scripted server says to one request.
    ///
    /// Start from a ready-made one and change what the test is about:
    /// ```swift
    /// .json(#"[{"label": "POSITIVE", "score": 0.9}]"#)
    /// .status(503, json: #"{"error": "loading", "estimated_time": 2}"#).header("Retry-After", "2")
    /// .events([#"{"token": "Hello"}"#, "[DONE]"]).pausing(.seconds(1))
    /// .json(reply).chunked(every: 1)           // every byte a chunk of its own
    /// .bytes(image, mediaType: "image/png").cut(after: 100)
    /// .failure(TransportError(.connectFailed, "Refused.", requestMayHaveReachedServer: false))
    /// ```
    public struct Answer: Sendable {
        /// How an answer begins.
        public enum Opening: Sendable {
            /// With a response head.
            case head(HTTPResponse)
            /// Not at all: `send` throws the error.
            case failure(TransportError)
            /// Not at all: `send` waits until it is cancelled or one of its clocks fires.
            case silence
        }

        /// One step of a response body.
        public enum Step: Hashable, Sendable {
            /// These bytes arrive in one chunk; an empty chunk is passed over.
            case chunk([UInt8])
            /// Nothing arrives for a while.
            case wait(Duration)
            /// Nothing arrives any more, and the connection stays open.
            case hang
            /// The body breaks off with this error.
            case fail(TransportError)
        }

        /// How the answer begins.
        public var opening: Opening
        /// What follows the head, in order; a body that the steps leave shorter than its `Content-Length` ends in
        /// ``TransportError/Kind-swift.struct/cutShort``.
        public var steps: [Step]
        /// How long the connection takes to stand; the connect clock runs meanwhile.
        public var connectDelay: Duration
        /// How long the head takes after the request's last byte; the first-byte clock runs meanwhile.
        public var headDelay: Duration
        /// How many bytes of the request body are read before the answer; `nil` reads it whole.
        public var requestBytesRead: Int?

        /// Makes an answer of all its parts.
        public init(
            _ opening: Opening,
            steps: [Step] = [],
            connectDelay: Duration = .zero,
            headDelay: Duration = .zero,
            requestBytesRead: Int? = nil
        ) {
            self.opening = opening
            self.steps = steps
            self.connectDelay = connectDelay
            self.headDelay = headDelay
            self.requestBytesRead = requestBytesRead
        }
    }
}

// Ready-made answers.
extension MockTransport.Answer {
    /// Status 200 and JSON.
    public static func json(_ json: String) -> Self { .status(200, json: json) }

    /// A status and JSON.
    public static func status(_ code: Int, json: String) -> Self {
        .status(code, body: Array(json.utf8), mediaType: "application/json")
    }

    /// A status and a body of any type; without one by default.
    public static func status(_ code: Int, body: [UInt8] = [], mediaType: String? = nil) -> Self {
        var head = HTTPResponse(status: HTTPResponse.Status(code: code))
        if let mediaType { head.headerFields[.contentType] = mediaType }
        return Self(.head(head), steps: body.isEmpty ? [] : [.chunk(body)])
    }

    /// Status 200 and bytes.
    public static func bytes(_ bytes: [UInt8], mediaType: String) -> Self {
        .status(200, body: bytes, mediaType: mediaType)
    }

    /// Status 200 and server-sent events, one chunk each.
    ///
    /// - Parameter events: The data of each event; a line break in it starts a further `data:` line.
    /// - Returns: The answer.
    public static func events(_ events: [String]) -> Self {
        var answer = Self.status(200, mediaType: "text/event-stream")
        answer.steps = events.map { event in
            let lines = event.split(separator: "\n", omittingEmptySubsequences: false)
            return .chunk(Array((lines.map { "data: \($0)\n" }.joined() + "\n").utf8))
        }
        return answer
    }

    /// Status 200 and a body in these chunks.
    public static func chunks(_ chunks: [[UInt8]], mediaType: String) -> Self {
        var answer = Self.status(200, mediaType: mediaType)
        answer.steps = chunks.map { .chunk($0) }
        return answer
    }

    /// No response: `send` throws `error`.
    public static func failure(_ error: TransportError) -> Self { Self(.failure(error)) }

    /// No response ever: `send` waits until it is cancelled or one of its clocks fires.
    public static var silence: Self { Self(.silence) }
}

// Changes to an answer.
extension MockTransport.Answer {
    /// With one more header field.
    ///
    /// A name that is no HTTP token is left out.
    public func header(_ name: String, _ value: String) -> Self {
        guard case .head(var head) = opening, let name = HTTPField.Name(name) else { return self }
        head.headerFields.append(HTTPField(name: name, value: value))
        var copy = self
        copy.opening = .head(head)
        return copy
    }

    /// With the head `delay` later.
    public func delayed(_ delay: Duration) -> Self {
        var copy = self
        copy.headDelay += delay
        return copy
    }

    /// With a connection that takes `delay` to stand.
    public func connecting(_ delay: Duration) -> Self {
        var copy = self
        copy.connectDelay += delay
        return copy
    }

    /// With the answer given once `count` bytes of the request body were read; the rest is never read.
    public func readingRequest(upTo count: Int) -> Self {
        var copy = self
        copy.requestBytesRead = count
        return copy
    }

    /// With a pause before every chunk but the first.
    public func pausing(_ pause: Duration) -> Self {
        var copy = self
        copy.steps = []
        for step in steps {
            if case .chunk = step, !copy.steps.isEmpty { copy.steps.append(.wait(pause)) }
            copy.steps.append(step)
        }
        return copy
    }

    /// With the same bytes in chunks of `size` bytes; waits stay where they were.
    public func chunked(every size: Int) -> Self {
        let size = max(1, size)
        var copy = self
        copy.steps = steps.flatMap { step -> [Step] in
            guard case .chunk(let bytes) = step else { return [step] }
            return stride(from: 0, to: bytes.count, by: size).map { start in
                .chunk(Array(bytes[start..<min(start + size, bytes.count)]))
            }
        }
        return copy
    }

    /// With the body broken off after `count` bytes.
    ///
    /// - Parameters:
    ///   - count: The bytes that still arrive.
    ///   - error: How it breaks off; ``TransportError/Kind-swift.struct/cutShort`` by default.
    /// - Returns: The changed answer.
    public func cut(after count: Int, with error: TransportError? = nil) -> Self {
        truncated(after: count, then: .fail(error ?? .bodyCutShort))
    }

    /// With nothing after the first `count` bytes of the body, though the connection stays open.
    public func hanging(after count: Int = .max) -> Self {
        truncated(after: count, then: .hang)
    }

    private func truncated(after count: Int, then last: Step) -> Self {
        var copy = self
        copy.steps = []
        var left = max(0, count)
        for step in steps where left > 0 {
            if case .chunk(let bytes) = step {
                copy.steps.append(.chunk(Array(bytes.prefix(left))))
                left -= min(left, bytes.count)
            } else {
                copy.steps.append(step)
            }
        }
        copy.steps.append(last)
        return copy
    }
}

extension TransportError {
    /// The error of a scripted body that breaks off.
    static var bodyCutShort: Self {
        Self(.cutShort, "The response ended before its body did.", requestMayHaveReachedServer: true)
    }
}
