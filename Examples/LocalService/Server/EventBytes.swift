import FlyingSocks

/// The bytes of an ``EventScript``, an event at a time.
struct EventBytes: AsyncBufferedSequence {
    typealias Element = UInt8

    /// The failure that makes the server drop the connection without ending the body.
    struct Cut: Error {}

    var script: EventScript

    func makeAsyncIterator() -> Iterator { Iterator(script: script) }

    struct Iterator: AsyncBufferedIteratorProtocol {
        var script: EventScript
        var position = 0

        /// Never asked for: the server reads buffers.
        mutating func next() async throws -> UInt8? { nil }

        mutating func nextBuffer(suggested count: Int) async throws -> [UInt8]? {
            guard position < script.events.count else {
                if script.isCut { throw Cut() }
                return nil
            }
            if position > 0, script.interval > .zero { try await Task.sleep(for: script.interval) }
            defer { position += 1 }
            return Array("data: \(script.events[position])\n\n".utf8)
        }
    }
}
