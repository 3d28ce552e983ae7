import Synchronization

/// The last requests, for those who want to look.
final class RequestLog: Sendable {
    private static let capacity = 10_000

    /// Guards the list.
    private let list = Mutex<[LocalService.RecordedRequest]>([])

    /// How many are kept.
    var count: Int { list.withLock { $0.count } }

    var all: [LocalService.RecordedRequest] { list.withLock { $0 } }

    func append(_ request: Request) {
        let recorded = LocalService.RecordedRequest(
            method: request.method,
            path: request.path,
            headerNames: request.headers.map { $0.name.lowercased() }.sorted(),
            bodySize: request.body.count
        )
        list.withLock { list in
            list.append(recorded)
            if list.count > Self.capacity { list.removeFirst(list.count - Self.capacity) }
        }
    }
}
