#if os(Linux)
import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("Many chat streams in one client", .serialized)
struct ChatStreamLoadTests {
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"

    private static func event(_ text: String, finish: String = "null") -> String {
        #"data: {"choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":\#(finish)}]}"# + "\n\n"
    }

    private func client() -> InferenceClient {
        InferenceClient(.init(token: .none, transport: CurlTransport()))
    }

    private func options(_ server: ByteServer) -> CallOptions {
        CallOptions(target: .url("http://\(server.authority)/v1"), timeouts: Timeouts(total: .seconds(300)))
    }

    @Test("64 streams, readers at different speeds: none starves, and one that is cancelled disturbs no other")
    func manyReaders() async throws {
        let server = try ByteServer { connection in
            _ = try connection.readRequest()
            try connection.write(Self.head)
            for number in 0..<100 { try connection.write(Self.event("\(number) ")) }
            try connection.write(Self.event("end", finish: #""stop""#) + "data: [DONE]\n\n")
            connection.finishWriting()
            connection.waitForClose()
        }
        let client = client()
        let options = options(server)
        let expected = (0..<100).map { "\($0) " }.joined() + "end"
        let texts = try await withThrowingTaskGroup(of: String?.self) { group in
            for reader in 0..<64 {
                group.addTask {
                    let stream = try await client.chatCompletionStream("Hi", model: "m", options: options)
                    var count = 0
                    for try await _ in stream {
                        count += 1
                        // Every eighth reader gives up early, the others yield more or less often.
                        if reader % 8 == 7, count == 20 { return nil }
                        for _ in 0..<(reader % 5) { await Task.yield() }
                    }
                    return stream.partial.text
                }
            }
            let cancelled = Task {
                try await client.chatCompletionStream("Hi", model: "m", options: options).collect()
            }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            return try await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(texts.count == 64)
        #expect(texts.compactMap { $0 }.count == 56)
        #expect(texts.compactMap { $0 }.allSatisfy { $0 == expected })
    }

    @Test("A reader that stops holds back its server, not the other streams, and leaving tells the server")
    func stoppedReader() async throws {
        let big = [UInt8](Self.event(String(repeating: "x", count: 4_000)).utf8)
        let server = try ByteServer { connection in
            let request = try connection.readRequest()
            try connection.write(Self.head)
            if request?.bodyText.contains("slow") == true {
                for _ in 0..<16_000 { try connection.write(big) }
            } else {
                try connection.write(Self.event("quick", finish: #""stop""#))
            }
            connection.finishWriting()
            connection.waitForClose()
        }
        let client = client()
        let options = options(server)
        var slow: InferenceStream<ChatCompletion>? = try await client.chatCompletionStream(
            "slow",
            model: "m",
            options: options
        )
        var iterator = slow?.makeAsyncIterator()
        _ = try await iterator?.next()
        for _ in 0..<32 {
            let answer = try await client.chatCompletionStream("quick", model: "m", options: options).collect()
            #expect(answer.text == "quick")
        }
        // What the sockets hold on both sides, and what the transport may hold: far less than the 64 MB to come.
        #expect(server.bytesSent < 16 << 20)
        iterator = nil
        slow = nil
        #expect(await eventually(within: .seconds(10)) { server.runningConnections == 0 })
    }
}
#endif
