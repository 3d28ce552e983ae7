import Foundation
import LocalService

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A client of a local service that shares nothing with the library: requests by URLSession, answers by JSONSerialization.
struct LocalServiceProbe: Sendable {
    static let classifier = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"

    let service: LocalService

    /// Runs `body` with a service of its own, and stops it after.
    static func with(
        _ configuration: LocalService.Configuration = LocalService.Configuration(),
        _ body: (LocalServiceProbe) async throws -> Void
    ) async throws {
        let service = try await LocalService.start(configuration)
        do {
            try await body(LocalServiceProbe(service: service))
        } catch {
            await service.stop()
            throw error
        }
        await service.stop()
    }

    /// A status, its headers by lower-case name, and the body.
    struct Answer {
        var status: Int
        var headers: [String: String]
        var body: Data

        var text: String { String(decoding: body, as: UTF8.self) }
        var json: Any? { try? JSONSerialization.jsonObject(with: body, options: .fragmentsAllowed) }
        var object: [String: Any] { json as? [String: Any] ?? [:] }
        var list: [Any] { json as? [Any] ?? [] }
        var objects: [[String: Any]] { json as? [[String: Any]] ?? [] }
        /// The text under `error`, or the texts of a list joined.
        var error: String? {
            object["error"] as? String ?? (object["error"] as? [String])?.joined(separator: "; ")
        }
        /// The `data` of each event of a stream.
        var events: [String] {
            text.components(separatedBy: "\n\n").filter { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) }
        }
        var eventObjects: [[String: Any]] {
            events.compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
        }
    }

    /// Redirects are answers here, not something to follow.
    private final class NoRedirects: NSObject, URLSessionTaskDelegate {
        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            willPerformHTTPRedirection response: HTTPURLResponse,
            newRequest request: URLRequest,
            completionHandler: @escaping (URLRequest?) -> Void
        ) {
            completionHandler(nil)
        }
    }

    private static let session = URLSession(
        configuration: .ephemeral,
        delegate: NoRedirects(),
        delegateQueue: nil
    )

    func send(
        _ method: String,
        _ path: String,
        body: Data? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        guard let url = URL(string: service.url + path) else { throw URLError(.badURL) }
        var request = URLRequest(url: url, timeoutInterval: 20)
        request.httpMethod = method
        request.httpBody = body
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await Self.session.data(for: request)
        let http = response as? HTTPURLResponse
        var fields: [String: String] = [:]
        for (name, value) in http?.allHeaderFields ?? [:] { fields["\(name)".lowercased()] = "\(value)" }
        return Answer(status: http?.statusCode ?? 0, headers: fields, body: data)
    }

    func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", path, headers: headers)
    }

    func post(_ path: String, json: String, headers: [String: String] = [:]) async throws -> Answer {
        let typed = headers.merging(["Content-Type": "application/json"]) { mine, _ in mine }
        return try await send("POST", path, body: Data(json.utf8), headers: typed)
    }

    /// Calls a model's own task, or `task` by the route that names it.
    func infer(
        _ model: String,
        task: String? = nil,
        _ json: String,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        let suffix = task.map { "/pipeline/" + $0 } ?? ""
        return try await post("/hf-inference/models/\(model)\(suffix)", json: json, headers: headers)
    }
}
