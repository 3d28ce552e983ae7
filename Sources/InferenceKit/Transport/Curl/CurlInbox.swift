#if canImport(CInferenceCurl)
import CInferenceCurl
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Synchronization

/// The C library's `close`, whatever it is called around here.
func closeDescriptor(_ descriptor: CInt) { close(descriptor) }

/// What other threads tell the loop.
enum CurlMessage {
    /// Run this exchange.
    case start(CurlExchange)
    /// Nobody wants this exchange any more.
    case cancel(CurlExchange)
    /// The reader has taken what it had stopped at.
    case resume(CurlExchange)
    /// The producer has written, finished or failed.
    case upload(CurlExchange)
    /// Run this piece of a task on the loop's thread.
    case run(UnownedJob, CurlTaskExecutor)
    /// Nobody holds the transport any more.
    case stop

    /// Whether the thread that posts this can do what it asks for in little time: TLS computes, and bodies are read.
    var isEasilyStarted: Bool {
        guard case .start(let exchange) = self else { return false }
        return !exchange.request.isSecure && exchange.upload == nil
    }
}

/// The one way into the loop: messages behind a lock, and a descriptor that wakes the thread when it sleeps.
///
/// A message to a loop that is awake costs no system call: it looks here before it sleeps. An exchange without TLS that
/// would wake a loop with nothing else to do is started by whoever posts it, which saves a change of threads.
final class CurlInbox: Sendable {
    private struct State {
        var messages: [CurlMessage] = []
        var isSleeping = false
        /// Who may start an exchange for the loop while it sleeps, `nil` when nobody may.
        var helped: CurlTurn?
        /// Why no message is taken any more.
        var refusal: String?
    }

    /// Guards the messages, and the promise to look at them.
    private let state = Mutex(State())
    /// An eventfd; open as long as anybody could write to it.
    let descriptor: CInt

    init() {
        descriptor = inference_wake_make()
    }

    deinit {
        if descriptor >= 0 { closeDescriptor(descriptor) }
    }

    /// Hands `message` to the loop; an exchange that would start after the loop's end fails.
    func post(_ message: CurlMessage) {
        let (refusal, wakes, helped) = state.withLock { state -> (String?, Bool, CurlTurn?) in
            guard state.refusal == nil else { return (state.refusal, false, nil) }
            state.messages.append(message)
            defer { state.isSleeping = false }
            return (nil, state.isSleeping, state.isSleeping ? state.helped : nil)
        }
        if wakes, helped.map({ !message.isEasilyStarted || !$0.help() }) ?? true { inference_wake_send(descriptor) }
        if let refusal { refuse(message, because: refusal) }
    }

    /// Does what must be done about a message though there is no loop.
    func refuse(_ message: CurlMessage, because refusal: String) {
        switch message {
        case .start(let exchange):
            exchange.end(with: .failed(.transportClosed(refusal, requestMayHaveReachedServer: false)))
        case .run(let job, let executor):
            // A task must go on, wherever; never here, where the caller may hold a lock.
            Task.detached { executor.run(job) }
        default: break
        }
    }

    /// Swaps the messages for `empty`, whose storage they get next.
    func take(_ empty: inout [CurlMessage]) {
        state.withLock { state in
            state.isSleeping = false
            swap(&state.messages, &empty)
        }
    }

    /// Announces that the loop will sleep until it is woken; `false` when there is something to do first.
    ///
    /// Exchanges may be started by whoever posts them meanwhile if `helped` is given.
    func fallAsleep(helped: CurlTurn?) -> Bool {
        state.withLock { state in
            state.isSleeping = state.messages.isEmpty
            state.helped = helped
            return state.isSleeping
        }
    }

    /// As `take`, unless there is a message that only the loop's thread may handle.
    func takeStarts(_ empty: inout [CurlMessage]) -> Bool {
        state.withLock { state in
            guard state.messages.allSatisfy(\.isEasilyStarted) else { return false }
            swap(&state.messages, &empty)
            return true
        }
    }

    /// Takes no message any more, and returns those that are left.
    func close(because refusal: String) -> [CurlMessage] {
        state.withLock { state in
            state.refusal = refusal
            state.helped = nil
            defer { state.messages = [] }
            return state.messages
        }
    }
}

extension TransportError {
    /// The loop has ended.
    static func transportClosed(_ message: String, requestMayHaveReachedServer: Bool) -> Self {
        Self(.transportClosed, message, requestMayHaveReachedServer: requestMayHaveReachedServer)
    }
}
#endif
