#if canImport(Darwin) || URLSession

import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif
public import HTTPTypes

/// Carries exchanges over the system's `URLSession`; the default on Apple platforms.
///
/// On Linux it is there with the package trait `URLSession`, over FoundationNetworking, whose import pulls full
/// Foundation into a program; `CurlTransport` is the default there, and the better choice.
///
/// A session keeps its connections for later exchanges, as long as the transport lives; exchanges under way outlive the
/// transport. Cookies, caches and stored credentials are off. Certificates are always verified.
///
/// ## Where URLSession departs from the contract
///
/// On every platform:
/// - The system adds header fields of its own (`User-Agent`, `Accept-Language`, `Accept-Encoding`), and decodes a
///   compressed body also when the caller asked for the coding (sentence 9).
/// - A GET or HEAD request cannot have a body, and is refused with one.
/// - Response fields arrive without their order; fields of one name are joined.
/// - A path with `.` or `..` in it is sent without them.
/// - A request without a body gives no sign of when its connection stood (sentence 6): its first-byte clock counts from
///   the start, and its connect clock runs on Linux only, until TCP stands.
///
/// On Apple platforms:
/// - A body that was known to be replayable may be sent again by the system when a connection breaks (sentence 8).
///
/// On Linux, with FoundationNetworking as of Swift 6.3, whose libcurl runs on one queue for the whole process, and cannot
/// be told to pause:
/// - **A server that closes the connection between its status line and the end of its head, or that sends trailer
///   fields after a chunked body, ends the process**: traps in FoundationNetworking that nothing outside it can keep from
///   being reached (sentences 7 and 12). Use `CurlTransport` with servers that are not your own.
/// - A reader that does not pull does not stop the server (sentence 2). Of the unread bytes 512 KiB are held in memory;
///   further ones go to a temporary file without a name, up to ``Configuration/maximumSpoolSize``, and then the exchange
///   fails with ``TransportError/Kind-swift.struct/tooLarge``.
/// - A producer's body is collected in the same way before anything is sent, so the network does not slow the producer
///   (sentence 11). Files are streamed.
/// - A request without a body that breaks on a connection used before is sent once more by libcurl (sentence 8).
/// - The head of a redirect is given once its body is complete, and the body is in memory until then (sentences 1 and
///   2). Of a 301, 302, 303, 305, 307 or 308 without a usable `Location` the body is lost: reading it throws
///   ``TransportError/Kind-swift.struct/cutShort``.
/// - All of the process's exchanges over `URLSession` share that queue: many fast bodies at a time slow the others, and
///   put off cancellations and ends (sentences 5 and 12).
/// - A host cannot be an IPv6 address, and a status line needs its reason, or at least the blank before it.
/// - Proxies come from the environment only (`http_proxy`, `https_proxy`, `no_proxy`), and there is no other certificate
///   store than the system's.
/// - Timings are the first byte's and the last byte's only.
public final class URLSessionTransport: HTTPTransport {
    /// What all exchanges of a transport share.
    public struct Configuration: Sendable {
        /// The most connections to one host, at least 1; further exchanges wait, with their total clock running.
        ///
        /// Over HTTP/2, which multiplexes on Apple platforms, one connection carries many exchanges.
        public var maximumConnectionsPerHost: Int {
            didSet { maximumConnectionsPerHost = max(1, maximumConnectionsPerHost) }
        }

        #if canImport(Darwin)
        /// Whether the proxies of the system's settings are used.
        public var usesSystemProxies = true
        #else
        /// The most bytes of a body that an exchange keeps in a temporary file, where the contract wants the other side
        /// to wait; 64 MiB unless said otherwise, and with 0 none ever touches a disk.
        public var maximumSpoolSize = 64 << 20
        #endif

        /// Makes a configuration.
        ///
        /// - Parameter maximumConnectionsPerHost: The most connections to one host; 64 unless said otherwise.
        public init(maximumConnectionsPerHost: Int = 64) {
            self.maximumConnectionsPerHost = max(1, maximumConnectionsPerHost)
        }

        var urlSession: URLSessionConfiguration {
            let configuration = URLSessionConfiguration.ephemeral
            configuration.httpMaximumConnectionsPerHost = maximumConnectionsPerHost
            configuration.httpCookieStorage = nil
            configuration.httpCookieAcceptPolicy = .never
            configuration.httpShouldSetCookies = false
            configuration.urlCache = nil
            configuration.urlCredentialStorage = nil
            configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
            // The transport has clocks of its own: ten years.
            configuration.timeoutIntervalForRequest = 315_360_000
            configuration.timeoutIntervalForResource = 315_360_000
            #if canImport(Darwin)
            configuration.waitsForConnectivity = false
            configuration.tlsMinimumSupportedProtocolVersion = .TLSv12
            if !usesSystemProxies { configuration.connectionProxyDictionary = [:] }
            #endif
            return configuration
        }
    }

    private let pool: URLSessionPool

    /// Makes a transport; its connections are closed when it and the exchanges under way are gone.
    public init(_ configuration: Configuration = Configuration()) {
        pool = URLSessionPool(configuration)
    }

    /// Sends `request` with `body` and returns when the response head has arrived; see ``HTTPTransport``.
    ///
    /// - Throws: ``TransportError``, or `CancellationError` when the task is cancelled.
    public func send(
        _ request: HTTPRequest,
        body: RequestBody,
        timeouts: Timeouts
    ) async throws -> HTTPTransportResponse {
        try Task.checkCancellation()
        let exchange = try URLSessionExchange(
            URLSessionRequest(request, body: body),
            body: body,
            timeouts: timeouts,
            pool: pool
        )
        let source = URLSessionBodySource(exchange)
        let head = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { exchange.begin($0) }
        } onCancel: {
            exchange.cancel()
        }
        return HTTPTransportResponse(head: head, body: ResponseBody(source))
    }
}

#endif
