public import HTTPTypes

/// Carries one HTTP exchange; the only door between this library and a network.
///
/// What follows is a contract. `CurlTransport`, `URLSessionTransport` and `MockTransport` are held to it by one suite of
/// tests, a sentence at a time, and a transport of your own should be too.
///
/// 1. `send` returns once the response head has arrived, whatever its status; a 404 is a response, not an error.
///    Informational heads (1xx) are not responses.
/// 2. The body arrives as it is pulled. A reader that stops pulling stops the sender: a transport never holds more than
///    1 MiB of unread bytes, and pausing a reader never counts against the idle clock.
/// 3. The body may be iterated once; a second iteration throws ``TransportError/Kind-swift.struct/bodyAlreadyRead``.
/// 4. Dropping the response, or the iterator of its body, read to the end or not, ends the exchange and frees its
///    connection at once.
/// 5. Cancelling the task ends the exchange promptly with `CancellationError`, before the head as well as in the body,
///    and the cancellation reaches the socket.
/// 6. The four clocks of ``Timeouts`` are enforced, and the error names the one that fired.
/// 7. A body cut short is an error, never a normal end: fewer bytes than `Content-Length`, a chunked body without its
///    last chunk, a TLS connection closed without its closing alert in a body that only the close ends.
/// 8. A transport never retries, and never follows a redirect: a 3xx is a response like any other, so that credentials
///    cannot travel to another host behind the caller's back.
/// 9. Compressed bodies that the transport itself asked for (`Accept-Encoding`) arrive decoded.
/// 10. A failure says whether any byte of the request may have reached the server.
/// 11. Request bodies stream: a file is never loaded, and a producer's `write` returns once its chunk was taken.
/// 12. Every call is independent: one exchange that fails, hangs or is cancelled disturbs no other.
///
/// Failures are ``TransportError`` or `CancellationError`, and name no header value and no body byte.
public protocol HTTPTransport: Sendable {
    /// Sends `request` with `body` and returns when the response head has arrived.
    ///
    /// - Parameters:
    ///   - request: The head: method, scheme, authority, path and header fields. `Content-Length` and `Host` are the
    ///     transport's own business.
    ///   - body: The bytes to send.
    ///   - timeouts: The clocks of this exchange; `nil` fields do not run.
    /// - Returns: The head, and the body still to be pulled.
    /// - Throws: ``TransportError``, or `CancellationError` when the task is cancelled.
    func send(
        _ request: HTTPRequest,
        body: RequestBody,
        timeouts: Timeouts
    ) async throws -> HTTPTransportResponse
}

/// A response head, and its body still to be pulled.
public struct HTTPTransportResponse: Sendable {
    /// Status and header fields; of a compressed body that was decoded, without `Content-Encoding` and `Content-Length`.
    public var head: HTTPResponse
    /// The body.
    public var body: ResponseBody

    /// Makes a response.
    public init(head: HTTPResponse, body: ResponseBody) {
        self.head = head
        self.body = body
    }
}
