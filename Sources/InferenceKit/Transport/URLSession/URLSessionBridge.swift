#if canImport(Darwin) || URLSession

import Dispatch
import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif
import Synchronization

/// A session's delegate: hands each callback to the exchange whose task it concerns.
final class URLSessionBridge: NSObject, URLSessionDataDelegate, Sendable {
    /// Guards the exchanges by the number of their task.
    private let exchanges = Mutex<[Int: URLSessionExchange]>([:])

    #if !canImport(Darwin)
    private let queue: URLSessionInlineQueue

    init(_ queue: URLSessionInlineQueue) { self.queue = queue }
    #endif

    func add(_ exchange: URLSessionExchange, for task: URLSessionTask) {
        exchanges.withLock { $0[task.taskIdentifier] = exchange }
    }

    private func exchange(of task: URLSessionTask) -> URLSessionExchange? {
        exchanges.withLock { $0[task.taskIdentifier] }
    }

    func urlSession(
        _ session: URLSession,
        dataTask: URLSessionDataTask,
        didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        exchange(of: dataTask)?.received(response)
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        exchange(of: dataTask)?.received(data)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        exchanges.withLock { $0.removeValue(forKey: task.taskIdentifier) }?
            .completed(error, response: task.response)
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        #if !canImport(Darwin)
        // FoundationNetworking traps on an answer that comes after the task was cancelled.
        guard exchange(of: task)?.isEnded == false else { return }
        #endif
        completionHandler(nil)
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        #if canImport(Darwin)
        // Trust in a server is the system's to judge; credentials are the caller's, in the header fields, or nobody's.
        let isTrust = challenge.protectionSpace.authenticationMethod == NSURLAuthenticationMethodServerTrust
        completionHandler(isTrust ? .performDefaultHandling : .rejectProtectionSpace, nil)
        #else
        // FoundationNetworking asks once the whole 401 has arrived, and knows no answer that lets the response stand: the
        // exchange ends here, and what is then cancelled is only the task.
        exchange(of: task)?.bodyCompleted()
        queue.cancelling(task) { completionHandler(.cancelAuthenticationChallenge, nil) }
        #endif
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        needNewBodyStream completionHandler: @escaping @Sendable (InputStream?) -> Void
    ) {
        completionHandler(exchange(of: task)?.newBodyStream())
    }

    #if canImport(Darwin)

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        didSendBodyData bytesSent: Int64,
        totalBytesSent: Int64,
        totalBytesExpectedToSend: Int64
    ) {
        let exchange = exchange(of: task)
        exchange?.uploadMoved()
        if totalBytesSent == totalBytesExpectedToSend { exchange?.uploadFinished() }
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        didFinishCollecting metrics: URLSessionTaskMetrics
    ) {
        guard let last = metrics.transactionMetrics.last, let start = last.fetchStartDate else { return }
        func since(_ date: Date?) -> Duration? { date.map { .seconds($0.timeIntervalSince(start)) } }
        var timings = TransferTimings()
        timings.nameLookup = since(last.domainLookupEndDate)
        timings.connect = since(last.secureConnectionStartDate ?? last.connectEndDate)
        timings.tls = since(last.secureConnectionEndDate)
        timings.firstByte = since(last.responseStartDate)
        timings.reusedConnection = last.isReusedConnection
        timings.httpVersion = last.networkProtocolName
        exchange(of: task)?.measured(timings)
    }

    #endif
}

#endif
