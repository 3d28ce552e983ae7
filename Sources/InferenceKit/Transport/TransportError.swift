/// Why an exchange has no complete response.
///
/// Contains host names and numbers at most: never a header value, a body byte, a query or user information.
public struct TransportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure; minor releases may add kinds.
    public struct Kind: Hashable, Sendable, CustomStringConvertible {
        /// The name, as in the static member.
        public let description: String

        private init(_ description: String) { self.description = description }

        /// The request cannot be sent as it is: a malformed URL, header or file, or an option this build lacks.
        public static var invalidRequest: Self { Self("invalidRequest") }
        /// The host's name has no address.
        public static var nameLookupFailed: Self { Self("nameLookupFailed") }
        /// No connection could be made.
        public static var connectFailed: Self { Self("connectFailed") }
        /// TLS could not be established: a certificate that is expired, of another host or of an unknown authority.
        public static var tlsFailed: Self { Self("tlsFailed") }
        /// One of the four clocks ran out; see ``TransportError/clock``.
        public static var timedOut: Self { Self("timedOut") }
        /// The connection broke or closed before the response head was complete.
        public static var connectionLost: Self { Self("connectionLost") }
        /// The response ended before its body did.
        public static var cutShort: Self { Self("cutShort") }
        /// The peer does not speak HTTP, or breaks its rules.
        public static var protocolViolation: Self { Self("protocolViolation") }
        /// The request body's producer failed, or gave another number of bytes than it had promised.
        public static var requestBodyFailed: Self { Self("requestBodyFailed") }
        /// The response body was iterated a second time.
        public static var bodyAlreadyRead: Self { Self("bodyAlreadyRead") }
        /// The response body grew over the limit that the reader had set.
        public static var tooLarge: Self { Self("tooLarge") }
        /// The transport was shut down, or its loop failed.
        public static var transportClosed: Self { Self("transportClosed") }
    }

    /// The kind of failure.
    public var kind: Kind
    /// Words for a person.
    public var message: String
    /// The clock that fired, when `kind` is ``Kind-swift.struct/timedOut``.
    public var clock: Timeouts.Clock?
    /// Whether any byte of the request may have reached the server; when `false`, sending again cannot run it twice.
    public var requestMayHaveReachedServer: Bool

    /// Makes an error.
    public init(
        _ kind: Kind,
        _ message: String,
        clock: Timeouts.Clock? = nil,
        requestMayHaveReachedServer: Bool
    ) {
        self.kind = kind
        self.message = message
        self.clock = clock
        self.requestMayHaveReachedServer = requestMayHaveReachedServer
    }

    /// A failure of the clock `clock`.
    public static func timedOut(
        _ clock: Timeouts.Clock,
        after limit: Duration,
        requestMayHaveReachedServer: Bool
    ) -> Self {
        let what =
            switch clock {
            case .connect: "No connection was made"
            case .firstByte: "No response began"
            case .idle: "No byte moved"
            case .total: "The exchange did not end"
            }
        return Self(
            .timedOut,
            "\(what) within \(limit) (the \(clock.rawValue) clock).",
            clock: clock,
            requestMayHaveReachedServer: requestMayHaveReachedServer
        )
    }

    /// The kind and the message.
    public var description: String { "\(kind): \(message)" }
}
