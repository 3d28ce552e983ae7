import Foundation

/// A request, read whole: what a rule or a route needs to know of it.
struct Request: Sendable {
    var method: String
    /// The path as it was sent, percent-encoding included.
    var path: String
    var query: [(name: String, value: String)]
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    /// The segments of the path, decoded.
    var segments: [String] {
        path.split(separator: "/", omittingEmptySubsequences: true).map { $0.removingPercentEncoding ?? String($0) }
    }

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// All values of a query item; `name[]` counts as `name`.
    func queryValues(_ name: String) -> [String] {
        query.filter { $0.name == name || $0.name == name + "[]" }.map(\.value)
    }

    func queryValue(_ name: String) -> String? { queryValues(name).last }

    /// The media type without its parameters, in lower case; `nil` without the header.
    var contentType: String? {
        header("content-type").map { Self.mediaType($0) }
    }

    /// The token of the `Authorization` header; `nil` without the header, empty where it is not a bearer token.
    var token: String? {
        guard let value = header("authorization") else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return "" }
        return String(parts[1])
    }

    static func mediaType(_ value: String) -> String {
        value.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
    }

    static func parseQuery(_ query: String) -> [(name: String, value: String)] {
        query.split(separator: "&").map { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = parts.map { part in
                let spaced = part.replacing("+", with: " ")
                return spaced.removingPercentEncoding ?? String(spaced)
            }
            return (decoded[0], decoded.count > 1 ? decoded[1] : "")
        }
    }
}
