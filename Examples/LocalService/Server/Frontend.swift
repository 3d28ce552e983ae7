import FlyingFox
import Foundation
import Synchronization

/// Takes requests off the HTTP server, has them answered, and puts on each answer what every answer carries.
final class Frontend: HTTPHandler {
    /// The longest body that is read, in bytes; the rest of a longer one is thrown away unread by anyone.
    private static let bodyLimit = 64 * 1_048_576

    private let router: Router
    /// Guards the count that request ids are made of.
    private let count = Mutex(0)

    init(_ configuration: LocalService.Configuration) {
        router = Router(Backend(configuration))
    }

    var requests: RequestLog { router.backend.log }

    func setBase(_ url: String) { router.backend.base.withLock { $0 = url } }

    func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
        var body: [UInt8] = []
        var isTooLong = false
        for try await chunk in request.bodySequence where !isTooLong {
            isTooLong = body.count + chunk.count > Self.bodyLimit
            if !isTooLong { body += chunk }
        }
        let received = Request(
            method: request.method.rawValue,
            path: request.target.path(),
            query: Request.parseQuery(request.target.query()),
            headers: request.headers.map { ($0.key.rawValue, $0.value) },
            body: body
        )
        requests.append(received)
        let reply =
            isTooLong ? .text("length limit exceeded", status: 413) : await router.reply(to: received)
        return response(reply, to: received)
    }

    private func response(_ reply: Reply, to request: Request) -> HTTPResponse {
        var headers = HTTPHeaders()
        for header in reply.headers { headers.addValue(header.value, for: HTTPHeader(header.name)) }
        headers[HTTPHeader("x-served-by")] = "local-service"
        headers[HTTPHeader("x-request-id")] = requestID(of: request)
        let status = HTTPStatusCode(reply.status, phrase: Self.phrases[reply.status] ?? "Status")
        switch reply.body {
        case .bytes(let bytes):
            guard request.method == "HEAD" else {
                return HTTPResponse(statusCode: status, headers: headers, body: Data(bytes))
            }
            headers[.contentLength] = String(bytes.count)
            return HTTPResponse(statusCode: status, headers: headers)
        case .events(let script):
            return HTTPResponse(
                statusCode: status,
                headers: headers,
                body: HTTPBodySequence(from: EventBytes(script: script))
            )
        }
    }

    /// The caller's own trace id where it sent one, else one in the router's form.
    private func requestID(of request: Request) -> String {
        if let trace = request.header("x-amzn-trace-id") { return trace }
        let number = count.withLock { count in
            count += 1
            return count
        }
        let hash = String(Hash.fnv1a("\(number)/\(request.path)"), radix: 16)
        return "Root=1-\(String(number, radix: 16))-\(hash);\(UUID().uuidString.lowercased())"
    }

    private static let phrases = [
        200: "OK", 204: "No Content", 304: "Not Modified", 307: "Temporary Redirect", 400: "Bad Request",
        401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        409: "Conflict", 410: "Gone", 413: "Payload Too Large", 422: "Unprocessable Entity", 424: "Failed Dependency",
        429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
    ]
}
