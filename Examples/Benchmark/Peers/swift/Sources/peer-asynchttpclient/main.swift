import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import PeerSupport

let work = PeerWork.fromArguments()
var configuration = HTTPClient.Configuration()
configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(64, work.concurrency)
let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)

var template = HTTPClientRequest(url: work.url)
template.method = .POST
template.headers.add(name: "Content-Type", value: "application/json")
template.body = .bytes(ByteBuffer(bytes: work.body))
let request = template

try await work.run("asynchttpclient") {
    let start = PeerClock.now
    let response = try await client.execute(request, timeout: .seconds(600))
    guard response.status == .ok else { throw URLError(.badServerResponse) }
    switch work.kind {
    case .small:
        let body = try await response.body.collect(upTo: 1 << 20)
        return .init(operations: 1, bytes: body.readableBytes, latencies: [PeerClock.now - start])
    case .embeddings:
        let body = try await response.body.collect(upTo: 1 << 30)
        let rows = try JSONDecoder().decode([[Double]].self, from: body)
        guard !rows.isEmpty else { throw URLError(.cannotParseResponse) }
        return .init(operations: 1, bytes: body.readableBytes, latencies: [PeerClock.now - start])
    case .stream:
        var events = PeerEvents(isPaced: work.url.contains("pace="), start: start)
        for try await buffer in response.body {
            try buffer.withUnsafeReadableBytes { try events.append($0) }
        }
        return events.outcome
    }
}
try await client.shutdown().get()
