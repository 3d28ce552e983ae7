/// The time that waits and deadlines go by; tests put their own in place of the machine's.
public struct InferenceClock: Sendable {
    /// Time since an origin that never changes while the process runs.
    public var now: @Sendable () -> Duration
    /// Seconds since 1970, for the dates that servers send.
    public var secondsSince1970: @Sendable () -> Double
    /// Sleeps for a time.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void

    /// Makes a clock.
    public init(
        now: @escaping @Sendable () -> Duration,
        secondsSince1970: @escaping @Sendable () -> Double,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.secondsSince1970 = secondsSince1970
        self.sleep = sleep
    }

    /// The machine's clock, which runs on while the machine sleeps.
    public static let continuous: Self = {
        let origin = ContinuousClock.now
        return Self(
            now: { ContinuousClock.now - origin },
            secondsSince1970: { systemSecondsSince1970() },
            sleep: { try await Task.sleep(for: $0, clock: .continuous) }
        )
    }()
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#endif
#if canImport(CInferenceCurl)
// In an optimised build, `timespec` counts as declared where its header was read first.
import CInferenceCurl
#endif

private func systemSecondsSince1970() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
