import Synchronization

/// The answers to the last requests, by everything that makes two requests equal.
final class AnswerCache: Sendable {
    /// What makes two requests equal.
    struct Key: Hashable {
        var path: String
        var contentType: String?
        var accept: String?
        var body: [UInt8]
    }

    /// The most answers kept, and the largest body or answer: a bound on memory, not on use.
    private static let capacity = 256
    private static let sizeLimit = 1_048_576

    private struct Entries {
        var answers: [Key: Reply] = [:]
        var order: [Key] = []
    }

    /// Guards the answers.
    private let entries = Mutex(Entries())

    subscript(key: Key) -> Reply? {
        entries.withLock { $0.answers[key] }
    }

    func keep(_ reply: Reply, for key: Key) {
        guard case .bytes(let bytes) = reply.body, max(bytes.count, key.body.count) <= Self.sizeLimit else { return }
        entries.withLock { entries in
            if entries.answers.updateValue(reply, forKey: key) == nil { entries.order.append(key) }
            if entries.order.count > Self.capacity { entries.answers[entries.order.removeFirst()] = nil }
        }
    }
}
