#if canImport(Darwin) || URLSession

import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

extension TransportError {
    /// A body of which more is unread, or unsent, than can be put aside.
    static func cannotHold(_ error: any Error, mayHaveReached: Bool = true) -> Self {
        let reason =
            switch error as? URLSessionSpool.Failure {
            case .system(let number): "the temporary file for them failed (errno \(number))"
            case .full, nil: "they are more than may be put aside"
            }
        return Self(
            .tooLarge,
            "Bytes piled up that FoundationNetworking cannot make their sender hold back, and \(reason).",
            requestMayHaveReachedServer: mayHaveReached
        )
    }

    /// What a session's error means in the contract's words.
    ///
    /// The session's own words are left out, for they can quote the URL. `afterHead` says whether the response had begun.
    init(urlSession error: any Error, afterHead: Bool) {
        let code = (error as? URLError)?.code ?? .unknown
        let kind = Self.kind(of: code, afterHead: afterHead) ?? Self.kind(ofText: error, afterHead: afterHead)
        let message =
            switch kind {
            case .nameLookupFailed: "The host's name has no address"
            case .connectFailed: "No connection could be made"
            case .tlsFailed: "TLS could not be established"
            case .invalidRequest: "The system does not take this URL or request"
            case .protocolViolation: "The peer's answer is not HTTP"
            case .cutShort: "The response ended before its body did"
            case .transportClosed: "The session was shut down"
            default: "The connection was lost before a response arrived"
            }
        let neverSent: Set<Kind> = [.nameLookupFailed, .connectFailed, .tlsFailed, .invalidRequest]
        self.init(
            kind,
            "\(message) (URLError \(code.rawValue)).",
            requestMayHaveReachedServer: afterHead || !neverSent.contains(kind)
        )
    }

    private static func kind(of code: URLError.Code, afterHead: Bool) -> Kind? {
        switch code {
        case .cannotFindHost, .dnsLookupFailed: return .nameLookupFailed
        case .cannotConnectToHost, .notConnectedToInternet, .internationalRoamingOff, .callIsActive,
            .dataNotAllowed:
            return afterHead ? .cutShort : .connectFailed
        case .secureConnectionFailed, .serverCertificateHasBadDate, .serverCertificateUntrusted,
            .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid, .clientCertificateRejected,
            .clientCertificateRequired:
            return afterHead ? .cutShort : .tlsFailed
        case .badURL, .dataLengthExceedsMaximum: return .invalidRequest
        case .cannotParseResponse, .cannotDecodeContentData, .cannotDecodeRawData: return .protocolViolation
        case .networkConnectionLost: return afterHead ? .cutShort : .connectionLost
        case .cancelled: return .transportClosed
        #if canImport(Darwin)
        case .unsupportedURL, .appTransportSecurityRequiresSecureConnection: return .invalidRequest
        case .badServerResponse: return afterHead ? .cutShort : .protocolViolation
        #else
        // libcurl's "empty reply".
        case .badServerResponse: return .connectionLost
        // Only the connection's own timeout is on: ours are not the session's.
        case .timedOut: return afterHead ? .cutShort : .connectFailed
        #endif
        default: return nil
        }
    }

    /// FoundationNetworking has one code for most of libcurl's failures; the text tells them apart, and is English.
    private static func kind(ofText error: any Error, afterHead: Bool) -> Kind {
        #if !canImport(Darwin)
        let text = error.localizedDescription.lowercased()
        func mentions(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        if mentions("http/0.9", "chunk", "header", "unsupported http", "content encoding", "decod", "http2", "http/2") {
            return .protocolViolation
        }
        if afterHead { return .cutShort }
        if mentions("recv", "send") { return .connectionLost }
        if mentions("ssl", "tls", "certificate") { return .tlsFailed }
        if mentions("resolve") { return .nameLookupFailed }
        if mentions("connect to", "couldn't connect", "proxy") { return .connectFailed }
        #endif
        return afterHead ? .cutShort : .connectionLost
    }
}

#endif
