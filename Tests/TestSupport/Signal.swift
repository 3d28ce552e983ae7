import Synchronization

/// Something that happens once: a test waits for what a server's thread does, or the other way round.
public final class Signal: Sendable {
    private let flag = Atomic(false)

    /// A signal that has not been raised.
    public init() {}

    /// Whether it has happened.
    public var isRaised: Bool { flag.load(ordering: .acquiring) }

    /// Says that it has happened; harmless when it had.
    public func raise() { flag.store(true, ordering: .releasing) }

    /// Waits until it has happened, or for `limit` at most.
    ///
    /// - Returns: Whether it has happened.
    @discardableResult
    public func wait(within limit: Duration = .seconds(15)) async -> Bool {
        await eventually(within: limit) { self.isRaised }
    }
}

/// Looks at `condition` until it holds, or for `limit` at most.
///
/// - Returns: Whether it came to hold.
@discardableResult
public func eventually(within limit: Duration = .seconds(15), _ condition: @Sendable () -> Bool) async -> Bool {
    let end = ContinuousClock.now + limit
    while !condition() {
        // The pause goes through a task of its own, so that a cancelled test still waits.
        guard ContinuousClock.now < end else { return condition() }
        await Task.detached { try? await Task.sleep(for: .milliseconds(2)) }.value
    }
    return true
}
