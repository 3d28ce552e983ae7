#if canImport(CInferenceCurl)
import CInferenceCurl

/// Whose turn it is with the loop: its thread's, or for a moment that of a caller who starts an exchange while it sleeps.
///
/// A lock of the C library rather than a `Mutex`, since the thread sanitizer knows it: it sees everything that the two do.
@safe final class CurlTurn: @unchecked Sendable {
    // Sendable because `loop` is touched only while `lock` is held, and `lock` only made and freed otherwise.
    @safe private let lock: UnsafeMutableRawPointer
    private var loop: CurlLoop?

    /// Fails when there is no memory left.
    init?() {
        guard let lock = unsafe inference_lock_make() else { return nil }
        self.lock = unsafe lock
    }

    deinit { unsafe inference_lock_free(lock) }

    /// Gives the loop away, or takes it back; on the loop's thread.
    func set(_ loop: CurlLoop?) {
        unsafe inference_lock_take(lock)
        self.loop = loop
        unsafe inference_lock_give(lock)
    }

    /// The loop's thread does its part.
    func take<Result>(_ work: (CurlLoop) -> Result) -> Result? {
        unsafe inference_lock_take(lock)
        defer { unsafe inference_lock_give(lock) }
        return loop.map(work)
    }

    /// Starts what waits to be started, on the caller's thread; `false` when the loop must be woken all the same.
    func help() -> Bool {
        guard unsafe inference_lock_try(lock) != 0 else { return false }
        defer { unsafe inference_lock_give(lock) }
        // A write to a closed connection is an error code here, as on the loop's thread.
        let blocks = inference_pipe_block() != 0
        defer { if blocks { inference_pipe_unblock() } }
        return loop?.help(self) ?? false
    }
}
#endif
