import HTTPTypes
import Synchronization

/// What the copies of a client share: its retry budget, answers worth keeping, and the limits that servers told.
final class ClientMemory: Sendable {
    /// The retries that may be spent.
    let budget: RetryBudget
    /// Answers of the Hub and the router, by question and token.
    let answers = SharedLookups<KeptAnswer>()
    /// Guards the last known state of each limit, by host and name.
    private let limits = Mutex<[String: NotedLimit]>([:])

    /// Guards the head of the last request, without fields: most calls of a client go where the last one went.
    private let lastHead = Mutex<(method: HTTPRequest.Method, url: String, head: HTTPRequest)?>(nil)

    init(retryBudget: Int) {
        budget = RetryBudget(capacity: retryBudget)
    }

    /// The head of a request to `url`, without fields.
    ///
    /// - Throws: ``URLReference/Problem`` when the URL is none.
    func head(_ method: HTTPRequest.Method, url: String) throws(URLReference.Problem) -> HTTPRequest {
        if let last = lastHead.withLock({ $0 }), last.url == url, last.method == method { return last.head }
        let parts = try URLReference(parsing: url)
        let head = HTTPRequest(
            method: method,
            scheme: parts.scheme,
            authority: parts.authority,
            path: parts.pathAndQuery
        )
        lastHead.withLock { $0 = (method, url, head) }
        return head
    }

    /// Notes the state of a limit.
    func note(_ limit: RateLimit, host: String, at time: Duration) {
        let state = NotedLimit(host: host, limit: limit, time: time)
        limits.withLock { limits in
            // Hosts are few; a client that meets more than this has a use that these states do not serve.
            if limits.count >= 256 { limits.removeAll() }
            limits["\(host) \(limit.bucket ?? "")"] = state
        }
    }

    /// The last known states.
    var rateLimits: [NotedLimit] {
        limits.withLock { Array($0.values) }
    }
}

/// The state of a limit at a host, and when it was told.
struct NotedLimit: Sendable {
    var host: String
    var limit: RateLimit
    var time: Duration
}
