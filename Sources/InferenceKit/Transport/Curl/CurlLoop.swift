#if canImport(CInferenceCurl)
import CInferenceCurl
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Runs all exchanges of a transport on one thread.
///
/// That thread alone calls libcurl, but for a caller that finds it asleep: see `help`. Whose turn it is, `CurlTurn` guards.
///
/// epoll with `curl_multi_socket_action` rather than `curl_multi_poll`: equally fast when all connections are busy, and
/// a round costs what is active, not what is open, when a thousand streams are idle.
@safe final class CurlLoop {
    /// The most handles to keep between exchanges.
    private static let mostIdleTransfers = 256

    /// The most rounds of messages before the sockets are looked at again.
    private static let mostRoundsWithoutPoll = 8

    /// How long the thread sleeps, in nanoseconds, after a caller started an exchange.
    private static let shortSleep: Int64 = 1_000_000_000

    /// libcurl must be initialised before any thread uses it, once.
    private static let globalCode: InferenceCurlCode = inference_curl_start()

    /// This round's time in nanoseconds.
    private(set) var now: Int64 = 0
    /// TLS sessions, which libcurl would otherwise keep with each handle.
    @safe let share: UnsafeMutableRawPointer

    private let inbox: CurlInbox
    private let configuration: CurlTransport.Configuration
    @safe private let multi: UnsafeMutableRawPointer
    private let poller: CInt
    private var running: [CurlTransfer] = []
    private var idle: [CurlTransfer] = []
    private var dirty: [CurlTransfer] = []
    private var deadlines = CurlDeadlines<CurlTransfer>()
    /// When libcurl wants to be called though no socket is ready.
    private var curlDeadline: Int64?
    /// Whether nobody holds the transport any more; what runs is carried to its end.
    private var isClosing = false
    private var messages: [CurlMessage] = []
    /// When the thread wakes by itself, if it sleeps.
    private var wakesAt: Int64 = .max
    /// The most exchanges that ran at once since the thread last went to sleep.
    private var mostRunning = 0
    /// Until when the thread sleeps for short times only, since callers start exchanges.
    private var helpedUntil: Int64 = .min

    private init?(_ configuration: CurlTransport.Configuration, serving inbox: CurlInbox) {
        guard Self.globalCode == .OK, inbox.descriptor >= 0 else { return nil }
        guard let multi = unsafe inference_curl_multi_make(), let share = unsafe inference_curl_share_make() else {
            return nil
        }
        self.multi = unsafe multi
        self.share = unsafe share
        self.inbox = inbox
        self.configuration = configuration
        poller = inference_poll_make()
        guard poller >= 0, inference_poll_watch(poller, inbox.descriptor, CInt(InferenceCurlPollIn), 0) == 0, prepare()
        else { return nil }
    }

    private func prepare() -> Bool {
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe inference_curl_multi_limit(multi, .maxIdle, configuration.maxIdleConnections)
        if let most = configuration.maxConnectionsPerHost {
            unsafe inference_curl_multi_limit(multi, .maxPerHost, most)
        }
        if let most = configuration.maxConnections {
            unsafe inference_curl_multi_limit(multi, .maxConnections, most)
        }
        unsafe inference_curl_multi_limit(multi, .maxStreams, 256)
        return unsafe inference_curl_multi_callbacks(
            multi,
            { _, socket, what, loop, known in
                unsafe CurlLoop.from(loop).watch(socket, Int(what), isKnown: known != nil)
                return 0
            },
            { _, milliseconds, loop in
                unsafe CurlLoop.from(loop).setTimer(milliseconds)
                return 0
            },
            me
        ) == 0
    }

    deinit {
        idle = []
        unsafe inference_curl_multi_free(multi)
        unsafe inference_curl_share_free(share)
        if poller >= 0 { closeDescriptor(poller) }
    }

    // MARK: The thread

    private final class Start {
        let configuration: CurlTransport.Configuration
        let inbox: CurlInbox

        init(_ configuration: CurlTransport.Configuration, _ inbox: CurlInbox) {
            self.configuration = configuration
            self.inbox = inbox
        }
    }

    /// Starts a thread that serves `inbox` until it is told to stop.
    static func startThread(_ configuration: CurlTransport.Configuration, serving inbox: CurlInbox) {
        let start = unsafe Unmanaged.passRetained(Start(configuration, inbox))
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { context in
                guard let context = unsafe context else { return nil }
                CurlLoop.serve(unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue())
                return nil
            },
            start.toOpaque()
        )
        guard code != 0 else {
            pthread_detach(thread)
            return
        }
        unsafe start.release()
        refuse(inbox, because: "The transport's thread could not be started (error \(code)).")
    }

    private static func serve(_ start: Start) {
        unsafe inference_name_thread("inference-curl")
        // A write to a closed connection is an error code here, and no signal for the whole process.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        guard let turn = CurlTurn(), let loop = CurlLoop(start.configuration, serving: start.inbox) else {
            refuse(start.inbox, because: "The transport's loop could not be set up.")
            return
        }
        turn.set(loop)
        loop.run(turn)
        turn.set(nil)
        refuse(start.inbox, because: "The transport was closed.")
    }

    private static func refuse(_ inbox: CurlInbox, because reason: String) {
        for message in inbox.close(because: reason) { inbox.refuse(message, because: reason) }
    }

    /// Takes turns until there is nothing to do any more; what is called in here is inside a turn.
    private func run(_ turn: CurlTurn) {
        var events = [InferencePollEvent](repeating: InferencePollEvent(), count: 64)
        var count = 0
        while let patience = turn.take({ $0.round(events[..<count], helped: turn) }) ?? nil {
            count = max(0, Int(unsafe inference_poll_wait(poller, &events, CInt(events.count), patience)))
        }
    }

    /// What the thread does between two looks at the sockets: how long the next may last, `nil` when that was all.
    private func round(_ events: ArraySlice<InferencePollEvent>, helped: CurlTurn) -> CInt? {
        wakesAt = .max
        now = Self.clock()
        for event in events { handle(event) }
        turn()
        var roundsWithoutPoll = 0
        while !isClosing || !running.isEmpty {
            inbox.take(&messages)
            now = Self.clock()
            for message in messages { handle(message) }
            messages.removeAll(keepingCapacity: true)
            turn()
            guard !isClosing || !running.isEmpty else { return nil }
            // What came in meanwhile, above all from tasks on this thread, goes first; sockets wait for few rounds only.
            let sleeps = fallAsleep(helped)
            if !sleeps, roundsWithoutPoll < Self.mostRoundsWithoutPoll {
                roundsWithoutPoll += 1
                continue
            }
            return sleeps ? patience() : 0
        }
        return nil
    }

    /// Announces that this thread will sleep, unless there is something to do first.
    ///
    /// Help is welcome from callers that start one exchange after the other; many at once would only stand in each other's
    /// way.
    private func fallAsleep(_ helped: CurlTurn) -> Bool {
        defer { mostRunning = running.count }
        return inbox.fallAsleep(helped: running.isEmpty && mostRunning <= 1 ? helped : nil)
    }

    /// Starts exchanges on the thread of their caller while this thread sleeps; `false` when it must be woken nevertheless.
    func help(_ helped: CurlTurn) -> Bool {
        guard running.isEmpty, !isClosing, inbox.takeStarts(&messages) else { return false }
        now = Self.clock()
        helpedUntil = now + Self.shortSleep
        for message in messages { handle(message) }
        messages.removeAll(keepingCapacity: true)
        turn()
        // What ran out before the thread wakes would not be noticed.
        guard due >= wakesAt || due == .max else { return false }
        return fallAsleep(helped)
    }

    // MARK: A round

    /// What follows after messages or events: libcurl's timers, finished transfers, clocks, and the readers.
    private func turn() {
        if let due = curlDeadline, due <= now {
            curlDeadline = nil
            unsafe inference_curl_multi_timeout(multi)
        }
        var code = InferenceCurlCode.OK
        while let context = unsafe inference_curl_multi_next_done(multi, &code) {
            let transfer = unsafe CurlTransfer.from(context)
            finish(transfer, with: transfer.outcome(of: code))
        }
        fireClocks()
        flush()
    }

    private func handle(_ message: CurlMessage) {
        switch message {
        case .start(let exchange): start(exchange)
        case .cancel(let exchange):
            if let transfer = unsafe exchange.transfer { finish(transfer, with: .cancelled) }
        case .resume(let exchange): unsafe exchange.transfer?.resume()
        case .upload(let exchange): unsafe exchange.transfer?.resumeUpload()
        case .run(let job, let executor): executor.run(job)
        case .stop: isClosing = true
        }
    }

    private func handle(_ event: InferencePollEvent) {
        if event.descriptor == inbox.descriptor {
            inference_wake_clear(event.descriptor)
        } else {
            unsafe inference_curl_multi_socket(multi, event.descriptor, event.ready)
        }
    }

    private func start(_ exchange: CurlExchange) {
        guard !exchange.hasEnded else {
            exchange.upload?.close()
            return
        }
        do {
            let transfer = try idle.popLast() ?? makeTransfer()
            do {
                try transfer.begin(exchange, at: now)
            } catch {
                transfer.abandon()
                idle.append(transfer)
                throw error
            }
            guard unsafe inference_curl_multi_add(multi, transfer.easy) == 0 else {
                transfer.abandon()
                throw TransportError.transportClosed("libcurl takes no more.", requestMayHaveReachedServer: false)
            }
            transfer.index = running.count
            running.append(transfer)
            mostRunning = max(mostRunning, running.count)
            clocksChanged(transfer)
        } catch {
            let error = error as? TransportError
            exchange.end(with: .failed(error ?? .invalidRequest("The request cannot be sent.")))
        }
    }

    private func makeTransfer() throws -> CurlTransfer {
        guard let easy = unsafe inference_curl_make() else {
            throw TransportError.transportClosed("libcurl has no memory left.", requestMayHaveReachedServer: false)
        }
        return try unsafe CurlTransfer(easy, loop: self, configuration: configuration)
    }

    /// Takes `transfer` from libcurl, which closes its connection or stream unless it is done with it.
    func finish(_ transfer: CurlTransfer, with end: CurlEnd) {
        guard transfer.end == nil else { return }
        transfer.finish(with: end)
        // An HTTP/2 stream that is given up: libcurl keeps its reset until something else is sent, so that is seen to, and
        // a connection that nobody else uses is closed.
        var port: CInt?
        if case .complete = end {} else { port = transfer.sharedPort }
        if port != nil { transfer.forbidReuse(true) }
        unsafe inference_curl_multi_remove(multi, transfer.easy)
        if port != nil { transfer.forbidReuse(false) }
        deadlines.remove(transfer)
        let last = running.removeLast()
        if last !== transfer {
            running[transfer.index] = last
            last.index = transfer.index
        }
        markDirty(transfer)
        guard let port else { return }
        let others = running.lazy.filter { $0.sharedPort == port }
        (others.first { !$0.isPaused } ?? others.first)?.nudge()
    }

    /// Notes that `transfer` has something for its reader; all are told at the end of the round.
    func markDirty(_ transfer: CurlTransfer) {
        guard !transfer.isDirty else { return }
        transfer.isDirty = true
        dirty.append(transfer)
    }

    private func flush() {
        var next = 0
        // A reader that waits makes its transfer go on, and that may bring more in the same round.
        while next < dirty.count {
            let transfer = dirty[next]
            next += 1
            if transfer.flush(), idle.count < Self.mostIdleTransfers { idle.append(transfer) }
        }
        dirty.removeAll(keepingCapacity: true)
    }

    // MARK: Time

    private static func clock() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private func setTimer(_ milliseconds: Int) {
        curlDeadline =
            milliseconds < 0 ? nil : (milliseconds == 0 ? now : Self.clock() + Int64(milliseconds) * 1_000_000)
    }

    /// When something is due though no socket is ready.
    private var due: Int64 { min(deadlines.first?.deadline ?? .max, curlDeadline ?? .max) }

    /// How long to sleep, in epoll's milliseconds; rounded up, so as not to wake before it is time.
    private func patience() -> CInt {
        var due = due
        // Callers that start one exchange after the other have clocks that run out later, so they need not wake the thread
        // to tell it of them.
        if helpedUntil > now { due = min(due, helpedUntil) }
        wakesAt = due
        guard due < .max else { return -1 }
        return CInt(clamping: max(0, (due - now + 999_999) / 1_000_000))
    }

    /// Looks earlier at `transfer` if one of its clocks now runs out earlier.
    func clocksChanged(_ transfer: CurlTransfer) {
        guard let next = transfer.clocks.next, next.at < transfer.deadline || transfer.deadlineIndex == nil else {
            return
        }
        transfer.deadline = next.at
        deadlines.update(transfer)
    }

    private func fireClocks() {
        while let transfer = deadlines.first, transfer.deadline <= now {
            guard let next = transfer.clocks.next else {
                deadlines.remove(transfer)
                continue
            }
            guard next.at <= now else {
                transfer.deadline = next.at
                deadlines.update(transfer)
                continue
            }
            let limit = transfer.exchange?.timeouts[next.clock] ?? .zero
            finish(
                transfer,
                with: .failed(.timedOut(next.clock, after: limit, requestMayHaveReachedServer: transfer.wasSent))
            )
        }
    }

    // MARK: Sockets

    private static func from(_ context: UnsafeMutableRawPointer?) -> CurlLoop {
        guard let context = unsafe context else { preconditionFailure("libcurl lost the context of a callback") }
        return unsafe Unmanaged<CurlLoop>.fromOpaque(context).takeUnretainedValue()
    }

    private func watch(_ socket: CInt, _ what: Int, isKnown: Bool) {
        guard what != InferenceCurlPollRemove else {
            _ = inference_poll_forget(poller, socket)
            return
        }
        // A descriptor that was closed and opened again may be known to one side only.
        if inference_poll_watch(poller, socket, CInt(what), isKnown ? 1 : 0) != 0 {
            _ = inference_poll_watch(poller, socket, CInt(what), isKnown ? 0 : 1)
        }
        // Anything but NULL tells the next call that the socket is being watched.
        if !isKnown { unsafe inference_curl_multi_assign(multi, socket, Unmanaged.passUnretained(self).toOpaque()) }
    }
}
#endif
