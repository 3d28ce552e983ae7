/// What went wrong in a call.
///
/// Methods throw this one type, except that cancellation is Swift's own `CancellationError`. It never contains a token,
/// the caller's input or a medium; words that a server sent are freed of all three before they are quoted.
public struct InferenceError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, by cause; minor releases may add kinds, so handle the ones you know.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case invalidInput, authenticationFailed, permissionDenied, gated, notFound, removed, unsupportedTask
            case quotaExhausted, rateLimited, modelLoading, overloaded, tooLarge, rejected, serverFailure
            case endpointPaused, endpointScaledToZero, endpointStarting, endpointFailed, timedOut, connectionFailed,
                connectionLost, cutShort
            case undecodable, refusedRedirect
        }

        private let kind: Kind

        /// The name, as in the static member.
        public var description: String { kind.rawValue }

        /// The caller's own input is wrong; nothing was sent.
        public static var invalidInput: Self { Self(kind: .invalidInput) }
        /// No token, or one that the server does not know (401).
        public static var authenticationFailed: Self { Self(kind: .authenticationFailed) }
        /// The token is known, but may not do this (403).
        public static var permissionDenied: Self { Self(kind: .permissionDenied) }
        /// The model asks for an acceptance that this account has not given.
        public static var gated: Self { Self(kind: .gated) }
        /// No such model, route or endpoint (404).
        public static var notFound: Self { Self(kind: .notFound) }
        /// It was there once and is gone for good (410).
        public static var removed: Self { Self(kind: .removed) }
        /// The provider does not offer this task or this model.
        public static var unsupportedTask: Self { Self(kind: .unsupportedTask) }
        /// Credits or quota are used up (402, `insufficient_quota`); another try cannot help.
        public static var quotaExhausted: Self { Self(kind: .quotaExhausted) }
        /// Too many requests (429).
        public static var rateLimited: Self { Self(kind: .rateLimited) }
        /// The model is being loaded (503 with the service's own word for it).
        public static var modelLoading: Self { Self(kind: .modelLoading) }
        /// The server has no room at the moment (503, or 429 in the word of an inference server).
        public static var overloaded: Self { Self(kind: .overloaded) }
        /// The request is larger than the server takes (413).
        public static var tooLarge: Self { Self(kind: .tooLarge) }
        /// The server refuses the request as it is (400, 422 and other client errors).
        public static var rejected: Self { Self(kind: .rejected) }
        /// The server failed (424, 500, 502, 504 and other server errors).
        public static var serverFailure: Self { Self(kind: .serverFailure) }
        /// The dedicated endpoint was paused by a person.
        public static var endpointPaused: Self { Self(kind: .endpointPaused) }
        /// The dedicated endpoint has no replica and is waking up.
        public static var endpointScaledToZero: Self { Self(kind: .endpointScaledToZero) }
        /// The dedicated endpoint starts, and has no replica yet.
        public static var endpointStarting: Self { Self(kind: .endpointStarting) }
        /// The dedicated endpoint does not start.
        public static var endpointFailed: Self { Self(kind: .endpointFailed) }
        /// One of the four clocks ran out; the message says which.
        public static var timedOut: Self { Self(kind: .timedOut) }
        /// No connection was made; no byte of the request has left.
        public static var connectionFailed: Self { Self(kind: .connectionFailed) }
        /// The connection broke before a response; the server may have seen the request.
        public static var connectionLost: Self { Self(kind: .connectionLost) }
        /// The response ended before it was complete.
        public static var cutShort: Self { Self(kind: .cutShort) }
        /// The response is complete, but cannot be understood.
        public static var undecodable: Self { Self(kind: .undecodable) }
        /// The server points to another host, where credentials would not be safe.
        public static var refusedRedirect: Self { Self(kind: .refusedRedirect) }
    }

    /// The kind of failure.
    public var code: Code
    /// Words for a person.
    public var message: String
    /// The name of the argument that is wrong, when `code` is ``Code-swift.struct/invalidInput``.
    public var field: String?
    /// The response's status, if there was a response.
    public var status: Int?
    /// The id under which the server has noted the request, if it gave one.
    public var requestID: String?
    /// The model that was asked for.
    public var model: ModelID?
    /// The provider that was asked.
    public var provider: ProviderID?
    /// The attempts that were made; zero when nothing was sent.
    public var attempts: Int
    /// How long the server asked to wait before another try, or the estimate of a model that loads.
    public var retryAfter: Duration?
    /// Whether another try could help.
    public var isRetryable: Bool
    /// The error underneath, such as a ``TransportError``.
    public var underlyingError: (any Error)?
    /// The choices of the call that had failed before, in order; empty without fallbacks.
    public var failedChoices: [FailedChoice] = []
    /// The body of a response that was no success, for the few tasks whose servers put an answer there.
    var rejectedBody: RedactedBytes?
    /// What had arrived of an answer that came in pieces.
    var partialAnswer: PartialAnswer?

    /// Makes an error.
    public init(
        _ code: Code,
        _ message: String,
        field: String? = nil,
        status: Int? = nil,
        requestID: String? = nil,
        retryAfter: Duration? = nil,
        isRetryable: Bool = false,
        underlyingError: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.field = field
        self.status = status
        self.requestID = requestID
        self.attempts = 0
        self.retryAfter = retryAfter
        self.isRetryable = isRetryable
        self.underlyingError = underlyingError
    }

    /// An error of the caller's own input: `field` should have been `expected`.
    public static func invalidInput(_ field: String, expected: String) -> Self {
        Self(.invalidInput, "\(field): expected \(expected).", field: field)
    }

    /// The code, the status and the message.
    public var description: String {
        let status = status.map { " (\($0))" } ?? ""
        return "\(code)\(status): \(message)"
    }
}

/// Bytes that a server sent; kept for decoding, never shown.
struct RedactedBytes: Sendable, CustomStringConvertible, CustomReflectable {
    var bytes: [UInt8]
    var description: String { "\(bytes.count) bytes" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
