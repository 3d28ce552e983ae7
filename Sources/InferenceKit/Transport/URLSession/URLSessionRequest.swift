#if canImport(Darwin) || URLSession

import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif
import HTTPTypes

/// A request head in Foundation's form, and back the other way its response.
struct URLSessionRequest: Sendable {
    let urlRequest: URLRequest
    /// Scheme, host and port; what a connection can be used again for.
    let origin: String
    let port: Int
    private let method: HTTPRequest.Method

    init(_ request: HTTPRequest, body: RequestBody) throws {
        guard let scheme = request.scheme?.lowercased(), scheme == "http" || scheme == "https" else {
            throw TransportError.cannotSend("The URL's scheme is neither http nor https.")
        }
        guard let authority = request.authority, !authority.isEmpty, !authority.contains("@") else {
            throw TransportError.cannotSend("The URL has no host, or names a user.")
        }
        #if !canImport(Darwin)
        // FoundationNetworking compares the host with libcurl's notion of it, which has brackets.
        guard !authority.hasPrefix("[") else {
            throw TransportError.cannotSend("FoundationNetworking takes no IPv6 address for a host.")
        }
        #endif
        let path = request.path ?? "/"
        guard (authority + path).utf8.allSatisfy({ 0x21...0x7E ~= $0 }), path.hasPrefix("/"), !path.contains("#"),
            !authority.contains(where: { "/?#\\".contains($0) }),
            let url = URL(string: "\(scheme)://\(authority)\(path)", encodingInvalidCharacters: false),
            let host = url.host(), !host.isEmpty
        else {
            throw TransportError.cannotSend("The URL is malformed.")
        }
        method = request.method
        if method == .get || method == .head, body.length != 0 {
            throw TransportError.cannotSend("URLSession sends no body with a \(method.rawValue) request.")
        }
        port = url.port ?? (scheme == "https" ? 443 : 80)
        origin = "\(scheme)://\(host.lowercased()):\(port)"

        var urlRequest = URLRequest(url: url, cachePolicy: .reloadIgnoringLocalCacheData)
        urlRequest.httpMethod = method.rawValue
        urlRequest.httpShouldHandleCookies = false
        // The transport has clocks of its own; ten years, for FoundationNetworking counts in whole milliseconds.
        urlRequest.timeoutInterval = 315_360_000
        try Self.setFields(request.headerFields, of: &urlRequest)
        Self.setLength(of: body, in: &urlRequest)
        self.urlRequest = urlRequest
    }

    private static func setFields(_ fields: HTTPFields, of urlRequest: inout URLRequest) throws {
        let ours: Set<String> = ["host", "content-length", "transfer-encoding", "connection", "expect"]
        for field in fields {
            let name = field.name.canonicalName
            guard field.value.utf8.allSatisfy({ $0 != 0 && $0 != 10 && $0 != 13 }) else {
                throw TransportError.cannotSend(
                    "The value of the header field \(field.name) has a line break in it."
                )
            }
            guard !ours.contains(name) else { continue }
            let separator = name == "cookie" ? "; " : ", "
            let value = urlRequest.value(forHTTPHeaderField: field.name.rawName).map { $0 + separator + field.value }
            urlRequest.setValue(value ?? field.value, forHTTPHeaderField: field.name.rawName)
        }
    }

    private static func setLength(of body: RequestBody, in urlRequest: inout URLRequest) {
        guard body.length != 0 else { return }
        if let length = body.length { urlRequest.setValue(String(length), forHTTPHeaderField: "Content-Length") }
        #if !canImport(Darwin)
        // To libcurl a name with nothing but blanks behind it means "do not send this one". FoundationNetworking would
        // have it chunk every streamed body, and call a body without a type a form.
        if body.length != nil { urlRequest.setValue(" ", forHTTPHeaderField: "Transfer-Encoding") }
        if urlRequest.value(forHTTPHeaderField: "Content-Type") == nil {
            urlRequest.setValue(" ", forHTTPHeaderField: "Content-Type")
        }
        #endif
    }

    /// The response's head, and the number of body bytes that it promises; `nil` if it does not, or they arrive decoded.
    func head(of response: HTTPURLResponse) -> (HTTPResponse, length: Int?) {
        var head = HTTPResponse(status: HTTPResponse.Status(code: min(max(response.statusCode, 0), 999)))
        for (name, value) in response.allHeaderFields {
            guard let name = (name as? String).flatMap({ HTTPField.Name($0) }), let value = value as? String else {
                continue
            }
            head.headerFields.append(HTTPField(name: name, value: value))
        }
        guard method != .head, head.status.code != 204, head.status.code != 304 else { return (head, 0) }
        if let encoding = head.headerFields[.contentEncoding]?.lowercased(), Self.decoded.contains(encoding) {
            head.headerFields[.contentEncoding] = nil
            head.headerFields[.contentLength] = nil
            return (head, nil)
        }
        guard head.headerFields[.transferEncoding] == nil else { return (head, nil) }
        return (head, head.headerFields[.contentLength].flatMap { Int($0) })
    }

    /// The codings that the system asks for and undoes by itself.
    private static let decoded: Set<String> = {
        #if canImport(Darwin)
        ["gzip", "x-gzip", "deflate", "br"]
        #else
        ["gzip", "x-gzip", "deflate", "br", "zstd"]
        #endif
    }()
}

extension TransportError {
    static func cannotSend(_ message: String) -> Self {
        Self(.invalidRequest, message, requestMayHaveReachedServer: false)
    }
}

#endif
