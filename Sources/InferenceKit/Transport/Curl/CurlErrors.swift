#if canImport(CInferenceCurl)
import CInferenceCurl

/// What is known of a transfer that libcurl gave up, apart from its code.
struct CurlFailure {
    /// libcurl's code.
    var code: InferenceCurlCode
    /// The server's name.
    var host: String
    /// Whether a connection stood that could carry the request.
    var wasConnected: Bool
    /// Whether any byte of the request may have left.
    var wasSent: Bool
    /// Whether the head of the response is complete.
    var hasHead: Bool
    /// Why a certificate was refused, in OpenSSL's numbers; 0 when the certificate itself was fine.
    var verification = 0
    /// The system's error, or 0.
    var systemError: CInt = 0
    /// A proxy's answer to CONNECT, or 0.
    var proxyStatus = 0
    /// libcurl's own words; may quote the URL, so they are searched but never shown.
    var detail = ""

    /// The failure in the transport's words.
    var error: TransportError {
        let (kind, message) = kindAndMessage
        return TransportError(kind, message, requestMayHaveReachedServer: wasSent)
    }

    private var kindAndMessage: (TransportError.Kind, String) {
        switch code {
        case .malformedURL: return (.invalidRequest, "The URL is malformed.")
        case .unsupportedProtocol where !wasConnected:
            return (.invalidRequest, "libcurl cannot speak to \(host) as the URL or the proxy demands.")
        case .hostNotResolved: return (.nameLookupFailed, "The name \(host) has no address.")
        case .proxyNotResolved: return (.nameLookupFailed, "The proxy's name has no address.")
        case .notConnected:
            let reason = systemError == 0 ? "" : " (error \(systemError))"
            return (.connectFailed, "No connection to \(host) could be made\(reason).")
        case .proxy: return (.connectFailed, "The proxy did not connect to \(host).")
        case .tlsConnect, .peerVerification, .tlsCertificate, .tlsCipher,
            .tlsIssuer, .tlsStatus, .tlsPin, .tlsRevocationFile:
            return (.tlsFailed, "TLS with \(host) failed: \(tlsReason).")
        case .caFile:
            return (.tlsFailed, "The file of trusted certificates cannot be read.")
        case .unsupportedProtocol, .weirdReply:
            return (.protocolViolation, "\(host) does not answer in HTTP.")
        case .badContentEncoding:
            return (.protocolViolation, "The response of \(host) is coded in a way that cannot be decoded.")
        case .receiveError where detail.contains("chunked-encoding"):
            return (.protocolViolation, "The response of \(host) is chunked against the rules.")
        case .outOfMemory:
            return (.tooLarge, "The response of \(host) needs more memory than there is.")
        case .readError:
            return (.requestBodyFailed, "The request body could not be read.")
        case .failedInit, .badArgument, .unknownOption, .notBuiltIn:
            return (.invalidRequest, "libcurl refused an option of the request (code \(code.rawValue)).")
        default: return lost
        }
    }

    /// A connection that broke, by how far it had come.
    private var lost: (TransportError.Kind, String) {
        let suffix = "(code \(code.rawValue))"
        if hasHead {
            return (.cutShort, "The response of \(host) ended before its body did \(suffix).")
        }
        if !wasConnected {
            let proxy = proxyStatus >= 300 ? "; the proxy answered \(proxyStatus)" : ""
            return (.connectFailed, "No connection to \(host) could be made\(proxy) \(suffix).")
        }
        return (.connectionLost, "The connection to \(host) was lost before the response \(suffix).")
    }

    /// Numbers of `X509_V_ERR_…` in OpenSSL's `x509_vfy.h`.
    private var tlsReason: String {
        switch verification {
        case 9: "its certificate is not valid yet"
        case 10: "its certificate has expired"
        case 18, 19, 20, 21: "its certificate comes from an unknown authority"
        case 23: "its certificate was revoked"
        case 62: "its certificate is for another host"
        // The certificate is fine, or was not judged: then it was the name.
        case 0, 1:
            code == .peerVerification
                ? "its certificate is for another host" : "no agreement was reached (code \(code.rawValue))"
        default: "its certificate was refused (verification error \(verification))"
        }
    }
}
#endif
