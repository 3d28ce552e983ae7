public import HTTPTypes

extension MockTransport {
    /// Which requests a scripted answer is for.
    public struct Rule: Sendable, CustomStringConvertible {
        /// Words for a failure message, such as `POST /v1/chat/completions`.
        public let description: String

        let matches: @Sendable (HTTPRequest) -> Bool

        /// A rule of your own.
        ///
        /// - Parameters:
        ///   - description: Words for the message when the answer was never used.
        ///   - matches: Looks at the request's head and says whether the answer is for it.
        public init(_ description: String, matches: @escaping @Sendable (HTTPRequest) -> Bool) {
            self.description = description
            self.matches = matches
        }

        /// Every request.
        public static var any: Self { Self("any request") { _ in true } }

        /// Requests of one method.
        public static func method(_ method: HTTPRequest.Method) -> Self {
            Self("\(method.rawValue) requests") { $0.method == method }
        }

        /// Requests for one path; the query is compared only when `path` has one.
        public static func path(_ path: String) -> Self {
            Self(path) { request in
                path.contains("?") ? request.path == path : request.pathWithoutQuery == path
            }
        }

        /// Requests whose path begins so.
        public static func pathPrefix(_ prefix: String) -> Self {
            Self("\(prefix)…") { $0.pathWithoutQuery.hasPrefix(prefix) }
        }

        /// Requests to one host, spelled as in the authority: with its port, if it has one.
        public static func authority(_ authority: String) -> Self {
            Self("requests to \(authority)") { $0.authority == authority }
        }

        /// GET requests for one path.
        public static func get(_ path: String) -> Self {
            Self("GET \(path)") { $0.method == .get && Self.path(path).matches($0) }
        }

        /// POST requests for one path.
        public static func post(_ path: String) -> Self {
            Self("POST \(path)") { $0.method == .post && Self.path(path).matches($0) }
        }

        /// Requests that both rules match.
        public func and(_ other: Self) -> Self {
            Self("\(self) and \(other)") { matches($0) && other.matches($0) }
        }
    }
}

extension HTTPRequest {
    /// The path up to its query, which may hold secrets and so stays out of messages.
    var pathWithoutQuery: String {
        guard let path else { return "" }
        return String(path.prefix { $0 != "?" && $0 != "#" })
    }
}
