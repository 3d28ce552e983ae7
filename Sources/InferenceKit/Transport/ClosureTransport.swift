public import HTTPTypes

/// A transport made of one closure: for small adapters, and for layers around another transport.
///
/// A layer sees every attempt, because it is a transport around a transport:
/// ```swift
/// let tagged = ClosureTransport { request, body, timeouts in
///     var request = request
///     request.headerFields[.userAgent] = "my-app/1.0"
///     return try await inner.send(request, body: body, timeouts: timeouts)
/// }
/// ```
/// The closure takes over the contract of ``HTTPTransport``; an adapter to another HTTP library reads the body it has to
/// send with ``RequestBody/write(to:)``.
public struct ClosureTransport: HTTPTransport {
    /// Carries one exchange, as ``HTTPTransport/send(_:body:timeouts:)`` does.
    public typealias Handler =
        @Sendable (
            _ request: HTTPRequest, _ body: RequestBody, _ timeouts: Timeouts
        ) async throws -> HTTPTransportResponse

    private let handler: Handler

    /// A transport that hands every exchange to `handler`.
    public init(_ handler: @escaping Handler) {
        self.handler = handler
    }

    /// Hands the exchange to the closure.
    public func send(
        _ request: HTTPRequest,
        body: RequestBody,
        timeouts: Timeouts
    ) async throws -> HTTPTransportResponse {
        try await handler(request, body, timeouts)
    }
}
