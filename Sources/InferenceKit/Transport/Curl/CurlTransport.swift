#if canImport(CInferenceCurl)
public import HTTPTypes

/// Carries exchanges over libcurl; the transport of Linux.
///
/// One thread runs one libcurl multi handle, which keeps connections, names and TLS sessions for reuse; every exchange of
/// this transport runs there. Making a transport is cheap, but connections are shared only within it, so keep one.
/// When the last reference is dropped, exchanges that run are carried to their end, and then the thread ends with the
/// connections.
///
/// TLS certificates are always verified, at TLS 1.2 or later. Cookies, `.netrc` and `.curlrc` are not read.
///
/// Two sentences of the contract are not kept for compressed bodies. What libcurl has read before it can pause unfolds as a
/// whole, so a body that unfolds a thousandfold can hold some 30 MB before a reader that stops; and a compressed stream
/// that ends early, though all of its `Content-Length` came, is taken for its end. A request with an `Accept-Encoding` of
/// its own gets the bytes as they are.
///
/// - Note: libcurl 7.88 stops a whole HTTP/2 connection while one of its streams has more unread bytes than the transport
///   may hold; a reader that stalls for long in a large body is better served by ``HTTPVersion/http1``.
public final class CurlTransport: HTTPTransport {
    /// Which version of HTTP to speak.
    public enum HTTPVersion: Hashable, Sendable {
        /// HTTP/2 where TLS negotiates it, with many exchanges on one connection; HTTP/1.1 otherwise.
        ///
        /// Before libcurl 8.1 request bodies of more than 64 KiB, and those of files and producers, go over HTTP/1.1.
        case automatic
        /// HTTP/1.1 always.
        case http1
    }

    /// Where exchanges go through.
    public enum Proxy: Hashable, Sendable {
        /// As `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` say when the exchange starts.
        case environment
        /// Straight to the server, whatever the environment says.
        case none
        /// Through the proxy at a URL, for every host; schemes `http`, `https`, `socks5` and libcurl's others.
        case url(String)
    }

    /// What all exchanges of a transport share.
    public struct Configuration: Hashable, Sendable {
        /// Which version of HTTP to speak.
        public var httpVersion = HTTPVersion.automatic
        /// Where exchanges go through.
        public var proxy = Proxy.environment
        /// A file of PEM certificates to trust instead of the system's authorities; `nil` trusts the system's.
        public var caFile: String?
        /// A Unix socket to connect to in place of every host; `nil` connects to the host.
        public var unixSocketPath: String?
        /// The most connections to one host, or `nil` for no limit.
        ///
        /// An exchange that waits for a connection to come free counts as connecting.
        public var maxConnectionsPerHost: Int?
        /// The most connections in all, or `nil` for no limit.
        public var maxConnections: Int?
        /// The most connections to keep for reuse.
        ///
        /// libcurl counts those that are used at the moment, too: with more exchanges than this at once, connections are
        /// closed that the next exchanges would have used.
        public var maxIdleConnections = 4_096

        /// Makes a configuration with the defaults of its properties.
        public init() {}
    }

    let inbox: CurlInbox

    /// Makes a transport and starts its thread.
    ///
    /// A thread that cannot be started, or a configuration that libcurl refuses, shows as the failure of every exchange.
    public init(_ configuration: Configuration = Configuration()) {
        inbox = CurlInbox()
        CurlLoop.startThread(configuration, serving: inbox)
    }

    deinit { inbox.post(.stop) }

    /// Sends `request`; see ``HTTPTransport/send(_:body:timeouts:)``.
    public func send(
        _ request: HTTPRequest,
        body: RequestBody,
        timeouts: Timeouts
    ) async throws -> HTTPTransportResponse {
        guard !Task.isCancelled else { throw CancellationError() }
        let exchange = CurlExchange(try CurlRequest(request, body: body), timeouts: timeouts, inbox: inbox)
        // Posted before the handler is there, so that a cancellation can only come after it.
        inbox.post(.start(exchange))
        exchange.startProducer()
        let source = CurlBodySource(exchange)
        let head = try await exchange.head()
        return HTTPTransportResponse(head: head, body: ResponseBody(source))
    }
}
#endif
