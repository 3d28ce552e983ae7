import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Control-C: the first one cancels the work, so that its connection is closed in order, the second ends the program.
enum Interrupt {
    private static let wasSeen = Atomic(false)

    /// Runs `work`, which is cancelled when the program is interrupted.
    static func cancelling<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value {
        // The signal's default, which ends the program at once, has to be off for the source below to see it.
        signal(SIGINT, SIG_IGN)
        // Unstructured so that the handler has something to cancel; awaited at the end of this function.
        let task = Task { await work() }
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler {
            if wasSeen.exchange(true, ordering: .relaxed) { _exit(ExitStatus.interrupted.rawValue) }
            task.cancel()
        }
        source.resume()
        defer { source.cancel() }
        return await task.value
    }
}
