#if os(Linux)
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("curl: tasks on the transport's thread", .timeLimit(.minutes(2)))
struct CurlTaskExecutorTests {
    private static var threadName: String {
        let file = open("/proc/thread-self/comm", O_RDONLY)
        defer { close(file) }
        var name = [UInt8](repeating: 0, count: 64)
        let count = read(file, &name, name.count)
        return String(decoding: name.prefix(max(count, 0)).filter { $0 != 0x0A }, as: UTF8.self)
    }

    @Test("Calls in turn begin and end on that thread")
    func inTurn() async throws {
        let server = try ByteServer.answering { .response(body: $0.body) }
        let transport = CurlTransport()
        try await withTaskExecutorPreference(transport.taskExecutor) {
            for number in 0..<200 {
                let body = Array("\(number)".utf8)
                let response = try await transport.fetch(server.request(.post), body: .bytes(body))
                #expect(response.body == body)
                #expect(Self.threadName == "inference-curl")
            }
        }
        #expect(server.connectionCount == 1)
        // Behind the scope everything is as before.
        #expect(try await transport.fetch(server.request(.post), body: .bytes([1])).body == [1])
        #expect(Self.threadName != "inference-curl")
    }

    @Test("Child tasks, large bodies both ways and producers get on there, too")
    func together() async throws {
        let server = try ByteServer.answering { .response(body: $0.body) }
        let transport = CurlTransport()
        try await withTaskExecutorPreference(transport.taskExecutor) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<24 {
                    group.addTask {
                        let bytes = [UInt8].pattern(number * 40_000)
                        let body: RequestBody =
                            number % 2 == 0
                            ? .bytes(bytes)
                            : .stream(length: bytes.count, replayable: false) { writer in
                                for start in stride(from: 0, to: bytes.count, by: 30_000) {
                                    try await writer.write(Array(bytes[start..<min(start + 30_000, bytes.count)]))
                                    await Task.yield()
                                }
                            }
                        let answer = try await transport.fetch(server.request(.post), body: body).body
                        #expect(answer == bytes)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("Tasks that never rest do not keep the sockets waiting for ever")
    func busy() async throws {
        let server = try ByteServer.answering { .response(body: $0.body) }
        let transport = CurlTransport()
        let isDone = Signal()
        try await withTaskExecutorPreference(transport.taskExecutor) {
            async let noise: Void = {
                while !isDone.isRaised { await Task.yield() }
            }()
            for _ in 0..<20 {
                let answer = try await transport.fetch(server.request(.post), body: .bytes([7])).body
                #expect(answer == [7])
            }
            isDone.raise()
            await noise
        }
    }

    @Test("A cancelled call ends there, and its connection with it")
    func cancellation() async throws {
        let server = try ByteServer { connection in
            _ = try connection.readRequest()
            connection.waitForClose()
        }
        let transport = CurlTransport()
        await withTaskExecutorPreference(transport.taskExecutor) {
            let call = Task { try await transport.fetch(server.request()) }
            #expect(await eventually { server.connectionCount == 1 })
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
        }
        #expect(await eventually(within: .seconds(20)) { server.closedByPeer == 1 })
    }

    @Test("The thread lives as long as somebody may hand it tasks")
    func lifetime() async throws {
        let server = try ByteServer.answering { .response(body: $0.body) }
        let executor = CurlTransport().taskExecutor
        let other = CurlTransport()
        let body = try await withTaskExecutorPreference(executor) {
            try await other.fetch(server.request(.post), body: .bytes([3])).body
        }
        #expect(body == [3])
    }
}
#endif
