#if canImport(Darwin) || URLSession

import Dispatch
import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif
import HTTPTypes
import Synchronization

/// One exchange: the lock around its state, the continuations of its two waiters, and the session's task.
///
/// Lives in its lane's bridge until the session is done with the task.
final class URLSessionExchange: Sendable {
    private struct Guarded {
        var state: URLSessionExchangeState
        /// Given up with the task, so that a body which was read does not keep the session.
        var pool: URLSessionPool?
        var headWaiter: CheckedContinuation<HTTPResponse, any Error>?
        var chunkWaiter: CheckedContinuation<[UInt8]?, any Error>?
        var task: URLSessionDataTask?
        var lane: URLSessionLane?
        #if canImport(Darwin)
        var isSuspended = false
        var wantsSuspension = false
        #else
        /// The unread bytes that memory has no place for.
        var spool: URLSessionSpool
        #endif
    }

    /// Guards everything of the exchange that changes.
    private let guarded: Mutex<Guarded>
    private let clock: URLSessionClock
    private let request: URLSessionRequest
    private let upload: URLSessionUpload?

    init(_ request: URLSessionRequest, body: RequestBody, timeouts: Timeouts, pool: URLSessionPool) throws {
        self.request = request
        clock = pool.clock
        upload = try URLSessionUpload(body)
        let state = URLSessionExchangeState(timeouts: timeouts, at: .now)
        #if canImport(Darwin)
        guarded = Mutex(Guarded(state: state, pool: pool))
        #else
        let spool = URLSessionSpool(limit: pool.configuration.maximumSpoolSize)
        guarded = Mutex(Guarded(state: state, pool: pool, spool: spool))
        #endif
    }

    // MARK: The caller's side

    /// Starts the exchange; `waiter` gets the head.
    func begin(_ waiter: CheckedContinuation<HTTPResponse, any Error>) {
        let effects = guarded.withLock { guarded -> URLSessionExchangeState.Effects? in
            guard !guarded.state.isEnded else { return nil }
            guarded.headWaiter = waiter
            return guarded.state.begun()
        }
        guard let effects else { return waiter.resume(throwing: CancellationError()) }
        perform(effects)
        guard let upload, let configuration = pool?.configuration else { return checkOut() }
        upload.prepare(configuration) { failure in
            if let failure { self.fail(failure) } else { self.checkOut() }
        }
    }

    private var pool: URLSessionPool? { guarded.withLock { $0.pool } }

    private func checkOut() {
        pool?.checkOut(for: request.origin) { self.run(on: $0) }
    }

    /// The next chunk of the body.
    func nextChunk() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try Task.checkCancellation()
            return try await withCheckedThrowingContinuation { waiter in
                let (answer, effects) = guarded.withLock { guarded in
                    refill(&guarded)
                    let (pull, effects) = guarded.state.pull(at: .now)
                    switch pull {
                    case .answer(let answer): return (Optional(answer), effects)
                    case .wait:
                        guarded.chunkWaiter = waiter
                        return (nil, effects)
                    }
                }
                perform(effects)
                if let answer { waiter.resume(with: answer) }
            }
        } onCancel: {
            cancel()
        }
    }

    func beginIteration() { guarded.withLock { $0.state.beginIteration() } }

    func recycle(_ chunk: consuming [UInt8]) {
        let chunk = chunk
        guarded.withLock { $0.state.recycle(chunk) }
    }

    func cancel() {
        let effects = guarded.withLock { guarded in
            #if canImport(Darwin)
            return guarded.state.cancel(hasMore: false)
            #else
            defer { guarded.spool = URLSessionSpool(limit: 0) }
            return guarded.state.cancel(hasMore: guarded.spool.count > 0)
            #endif
        }
        perform(effects)
    }

    func fail(_ error: TransportError) { change { $0.fail(error) } }

    func clockFired() { change { $0.fired(at: .now) } }

    var timings: TransferTimings { guarded.withLock { $0.state.timings } }

    // MARK: The session's side

    private func run(on lane: URLSessionLane) {
        guard !isEnded else { return checkIn() }
        var urlRequest = request.urlRequest
        upload?.attach(to: &urlRequest, of: self)
        let task = lane.session.dataTask(with: urlRequest)
        lane.bridge.add(self, for: task)
        let effects = guarded.withLock { guarded in
            guarded.task = task
            guarded.lane = lane
            return guarded.state.started(hasBody: upload != nil, at: .now)
        }
        perform(effects)
        task.resume()
        // An exchange that was cancelled in between found no running task; FoundationNetworking wants the start first.
        if isEnded { cancelTask() }
    }

    var isEnded: Bool { guarded.withLock { $0.state.isEnded } }

    func uploadMoved() { change { $0.uploadMoved(at: .now) } }

    func uploadStarves(_ starves: Bool) { change { $0.uploadStarves(starves, at: .now) } }

    func uploadFinished() { change { $0.uploadFinished(at: .now) } }

    /// Another stream for the same body, for a session that wants to send it again.
    func newBodyStream() -> InputStream? { upload?.newStream(for: self) }

    func received(_ response: URLResponse) {
        guard let response = response as? HTTPURLResponse else { return }
        let (head, length) = request.head(of: response)
        change { $0.received(head: head, expectedLength: length, at: .now) }
    }

    func received(_ data: Data) {
        perform(guarded.withLock { take(data, &$0) })
    }

    func measured(_ timings: TransferTimings) { guarded.withLock { $0.state.measured(timings) } }

    /// The body is complete, though the session still has something in mind.
    func bodyCompleted() { change { $0.completed(nil, at: .now) } }

    func completed(_ error: (any Error)?, response: URLResponse?) {
        if error == nil, let response = response as? HTTPURLResponse { recoverHead(of: response) }
        let hadHead = guarded.withLock { $0.headWaiter == nil }
        let failure = error.map { TransportError(urlSession: $0, afterHead: hadHead) }
        change { $0.completed(failure, at: .now) }
        checkIn()
    }

    private func checkIn() {
        let (pool, lane) = guarded.withLock { guarded in
            guarded.task = nil
            return (guarded.pool.take(), guarded.lane.take())
        }
        pool?.checkIn(for: request.origin)
        // Perhaps the last references, and this the session's own thread.
        DispatchQueue.global().async { withExtendedLifetime((pool, lane)) {} }
    }

    /// FoundationNetworking keeps the head of a redirect without a target to itself, and drops its body.
    private func recoverHead(of response: HTTPURLResponse) {
        guard guarded.withLock({ $0.headWaiter != nil }) else { return }
        received(response)
        let (_, length) = request.head(of: response)
        guard length != 0 else { return }
        fail(
            TransportError(
                .cutShort,
                "The body of a redirect without a usable Location was dropped by FoundationNetworking.",
                requestMayHaveReachedServer: true
            )
        )
    }

    // MARK: Effects

    private func change(_ event: (inout URLSessionExchangeState) -> URLSessionExchangeState.Effects) {
        perform(guarded.withLock { event(&$0.state) })
    }

    private func perform(_ effects: URLSessionExchangeState.Effects) {
        if effects.ends {
            clock.forget(self)
            upload?.stop()
        }
        if let result = effects.head {
            guarded.withLock { $0.headWaiter.take() }?.resume(with: result)
        }
        if let result = effects.chunk {
            guarded.withLock { $0.chunkWaiter.take() }?.resume(with: result)
        }
        if let deadline = effects.deadline { clock.wake(self, at: deadline) }
        if effects.asksForConnection {
            let stillConnecting = URLSessionConnections.isConnecting(toPort: request.port)
            change { $0.connectionVerdict(stillConnecting: stillConnecting, at: .now) }
        }
        if let flow = effects.flow { steer(flow) }
        if effects.cancelsTask { cancelTask() }
    }

    private func cancelTask() {
        let (task, lane) = guarded.withLock { ($0.task, $0.lane) }
        if let task { lane?.cancel(task) }
    }

    // MARK: Unread bytes

    #if canImport(Darwin)

    private func take(_ data: Data, _ guarded: inout Guarded) -> URLSessionExchangeState.Effects {
        guarded.state.received(data, stopsFlow: true, at: .now)
    }

    private func refill(_ guarded: inout Guarded) {}

    private func steer(_ flow: URLSessionExchangeState.Flow) {
        guarded.withLock { $0.wantsSuspension = flow == .stop }
        pool?.control.async { self.settle() }
    }

    /// Suspends or resumes the task as was last asked; runs on the serial control queue, so that calls cannot cross.
    private func settle() {
        let (task, suspends) = guarded.withLock { guarded -> (URLSessionDataTask?, Bool) in
            guard guarded.isSuspended != guarded.wantsSuspension else { return (nil, false) }
            guarded.isSuspended = guarded.wantsSuspension
            return (guarded.task, guarded.isSuspended)
        }
        if suspends { task?.suspend() } else { task?.resume() }
    }

    #else

    private func take(_ data: Data, _ guarded: inout Guarded) -> URLSessionExchangeState.Effects {
        guard guarded.spool.count > 0 || guarded.state.unread + data.count > Self.memoryMark else {
            return guarded.state.received(data, stopsFlow: false, at: .now)
        }
        guard guarded.state.isReceiving else { return URLSessionExchangeState.Effects() }
        do {
            try unsafe data.withUnsafeBytes { bytes in try unsafe guarded.spool.append(bytes) }
            guarded.state.spooled(data.count, at: .now)
            return URLSessionExchangeState.Effects()
        } catch {
            return guarded.state.fail(.cannotHold(error))
        }
    }

    private func refill(_ guarded: inout Guarded) {
        guard guarded.state.unread == 0, guarded.spool.count > 0 else { return }
        if let chunk = try? guarded.spool.read(Self.memoryMark) {
            guarded.state.refill(chunk)
        } else {
            guarded.spool = URLSessionSpool(limit: 0)
            _ = guarded.state.fail(.cannotHold(URLSessionSpool.Failure.system(EIO)))
        }
    }

    /// Above this many unread bytes, the further ones go to the spool: half of what the contract allows.
    private static let memoryMark = 512 * 1024

    private func steer(_ flow: URLSessionExchangeState.Flow) {}

    #endif
}

/// What a reader holds; dropping it ends the exchange.
final class URLSessionBodySource: ResponseBodySource {
    private let exchange: URLSessionExchange

    init(_ exchange: URLSessionExchange) { self.exchange = exchange }

    deinit { exchange.cancel() }

    func nextChunk() async throws -> [UInt8]? { try await exchange.nextChunk() }

    func beginIteration() { exchange.beginIteration() }

    func recycle(_ chunk: consuming [UInt8]) { exchange.recycle(chunk) }

    func cancel() { exchange.cancel() }

    var timings: TransferTimings { exchange.timings }
}

#endif
