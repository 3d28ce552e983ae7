#if canImport(Darwin) || URLSession

import Dispatch
import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif
import Synchronization

/// A session and its delegate.
final class URLSessionLane: Sendable {
    let session: URLSession
    let bridge: URLSessionBridge
    #if !canImport(Darwin)
    let queue = URLSessionInlineQueue()
    #endif

    init(_ configuration: URLSessionTransport.Configuration) {
        #if canImport(Darwin)
        let queue: OperationQueue? = nil
        bridge = URLSessionBridge()
        #else
        bridge = URLSessionBridge(queue)
        #endif
        session = URLSession(configuration: configuration.urlSession, delegate: bridge, delegateQueue: queue)
    }

    /// Cancels `task`, which may be ending just now.
    func cancel(_ task: URLSessionTask) {
        #if canImport(Darwin)
        task.cancel()
        #else
        queue.cancelling(task) { task.cancel() }
        #endif
    }

    // A session keeps its delegate, and its connections, until it is told that no more work will come.
    deinit { session.finishTasksAndInvalidate() }
}

#if canImport(Darwin)

/// Lends the one session of a transport to all its exchanges.
final class URLSessionPool: Sendable {
    let clock = URLSessionClock()
    let configuration: URLSessionTransport.Configuration
    /// Puts the calls that suspend and resume tasks into one order.
    let control = DispatchQueue(label: "InferenceKit.URLSessionTransport")
    private let lane: URLSessionLane

    init(_ configuration: URLSessionTransport.Configuration) {
        self.configuration = configuration
        lane = URLSessionLane(configuration)
    }

    func checkOut(for origin: String, _ use: @escaping @Sendable (URLSessionLane) -> Void) { use(lane) }

    func checkIn(for origin: String) {}
}

#else

/// Lends the one session of a transport to its exchanges, to so many for each host at a time.
///
/// libcurl would queue the further ones too, but with the connect clock running.
final class URLSessionPool: Sendable {
    private struct State {
        var busy: [String: Int] = [:]
        var waiting: [String: [@Sendable (URLSessionLane) -> Void]] = [:]
    }

    let clock = URLSessionClock()
    let configuration: URLSessionTransport.Configuration
    private let lane: URLSessionLane
    /// Guards how many exchanges each host has, and who waits.
    private let state = Mutex(State())

    init(_ configuration: URLSessionTransport.Configuration) {
        self.configuration = configuration
        lane = URLSessionLane(configuration)
    }

    /// Calls `use` now, or when an exchange with the same host has ended.
    func checkOut(for origin: String, _ use: @escaping @Sendable (URLSessionLane) -> Void) {
        let isFree = state.withLock { state in
            guard state.busy[origin, default: 0] < configuration.maximumConnectionsPerHost else {
                state.waiting[origin, default: []].append(use)
                return false
            }
            state.busy[origin, default: 0] += 1
            return true
        }
        if isFree { use(lane) }
    }

    /// Notes that an exchange has ended, for which `checkOut` had called.
    func checkIn(for origin: String) {
        let next = state.withLock { state -> (@Sendable (URLSessionLane) -> Void)? in
            if state.waiting[origin]?.isEmpty == false { return state.waiting[origin]?.removeFirst() }
            state.waiting[origin] = nil
            state.busy[origin, default: 1] -= 1
            if state.busy[origin] == 0 { state.busy[origin] = nil }
            return nil
        }
        // The thread may be the session's own, which the start of a task waits for.
        if let next { DispatchQueue.global().async { [lane] in next(lane) } }
    }
}

/// Runs a session's callbacks where they arise, on the queue of its libcurl, but for the moments of a cancellation.
///
/// On a queue of their own they would pile up without bound while libcurl reads on. The queue of libcurl is one for all
/// sessions of the process, so nothing that is called here may wait for anything.
///
/// FoundationNetworking cancels in two steps, and traps when a task ends between them: its last callback strikes the
/// task from the list in which the second step looks it up. So while a cancellation is under way no callback runs.
///
/// Unchecked, because its superclass is and a subclass must say it again: what it adds are two constants, each `Sendable`
/// by itself, a mutex that guards all that changes and a serial queue.
final class URLSessionInlineQueue: OperationQueue, @unchecked Sendable {
    private struct State {
        var isHeld = false
        var held: [@Sendable () -> Void] = []
    }

    /// Guards what is held back.
    private let state = Mutex(State())
    /// One cancellation at a time.
    private let cancellations = DispatchQueue(label: "InferenceKit.URLSessionInlineQueue")

    /// So many callbacks are held back at most, of 16 KiB each: libcurl can read on for long before it lets a
    /// cancellation have its turn, and the last callback of a task, which is the one that matters, is among the latest.
    private static let maximumHeld = 256

    override func addOperation(_ block: @escaping @Sendable () -> Void) {
        let next = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.isHeld else { return block }
            state.held.append(block)
            return state.held.count > Self.maximumHeld ? state.held.removeFirst() : nil
        }
        next?()
    }

    /// Runs `cancel`, which cancels `task`, to the end of both its steps; returns at once.
    func cancelling(_ task: URLSessionTask, _ cancel: @escaping @Sendable () -> Void) {
        cancellations.async { [self] in
            state.withLock { $0.isHeld = true }
            cancel()
            // The second step stands in the task's own serial queue by now; this getter waits its turn behind it.
            _ = task.priority
            while true {
                let blocks = state.withLock { state in
                    let blocks = state.held
                    state.held = []
                    state.isHeld = !blocks.isEmpty
                    return blocks
                }
                guard !blocks.isEmpty else { return }
                for block in blocks { block() }
            }
        }
    }
}

#endif

#endif
