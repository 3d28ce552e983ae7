import Foundation
import PeerSupport
import Synchronization

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Collects what the session tells of each task.
final class Delegate: NSObject, URLSessionDataDelegate, Sendable {
    private struct Stream {
        var events: PeerEvents
        var end: CheckedContinuation<PeerWork.Outcome, any Error>
    }

    private let streams = Mutex<[Int: Stream]>([:])

    func expect(_ task: URLSessionTask, isPaced: Bool, _ end: CheckedContinuation<PeerWork.Outcome, any Error>) {
        let identifier = task.taskIdentifier
        streams.withLock {
            $0[identifier] = Stream(events: PeerEvents(isPaced: isPaced, start: PeerClock.now), end: end)
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let identifier = dataTask.taskIdentifier
        do {
            try streams.withLock { streams in
                try data.withUnsafeBytes { try streams[identifier]?.events.append($0) }
            }
        } catch {
            dataTask.cancel()
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let identifier = task.taskIdentifier
        guard let stream = streams.withLock({ $0.removeValue(forKey: identifier) }) else { return }
        if let error { stream.end.resume(throwing: error) } else { stream.end.resume(returning: stream.events.outcome) }
    }
}

let work = PeerWork.fromArguments()
let configuration = URLSessionConfiguration.ephemeral
configuration.httpMaximumConnectionsPerHost = max(64, work.concurrency)
configuration.urlCache = nil
let delegate = Delegate()
let session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: nil)

guard let url = URL(string: work.url) else { exit(64) }
var template = URLRequest(url: url)
template.httpMethod = "POST"
template.setValue("application/json", forHTTPHeaderField: "Content-Type")
template.httpBody = Data(work.body)
template.timeoutInterval = 600
let request = template

try await work.run("urlsession") {
    let start = PeerClock.now
    guard work.kind != .stream else {
        return try await withCheckedThrowingContinuation { end in
            let task = session.dataTask(with: request)
            delegate.expect(task, isPaced: work.url.contains("pace="), end)
            task.resume()
        }
    }
    let (data, response) = try await session.data(for: request)
    guard (response as? HTTPURLResponse)?.statusCode == 200 else { throw URLError(.badServerResponse) }
    if work.kind == .embeddings {
        let rows = try JSONDecoder().decode([[Double]].self, from: data)
        guard !rows.isEmpty else { throw URLError(.cannotParseResponse) }
    }
    return .init(operations: 1, bytes: data.count, latencies: [PeerClock.now - start])
}
exit(0)
