#if os(Linux)
import HTTPTypes
import InferenceKit
import TestSupport
import Testing

extension TransportContract {
    /// How much memory large bodies take; each in a process of its own, whose memory is nobody else's.
    ///
    /// The server is in the same process, so its few buffers count too. Sanitizers keep freed memory, so that its
    /// amount says nothing under them.
    @Suite("Memory", .timeLimit(.minutes(1)), .enabled(if: !ProcessFacts.isSanitized, "not under a sanitizer"))
    struct MemoryTests {
        private static let size = 200 << 20
        private static let bound = 32 << 20

        /// Runs `exchange` twice, first small, so that what is allocated once is there, and measures the second.
        ///
        /// - Returns: By how many bytes the resident memory grew at its peak.
        private static func growth(_ exchange: (_ size: Int) async throws -> Void) async throws -> Int {
            try await exchange(4 << 20)
            ProcessFacts.resetPeak()
            let before = ProcessFacts.residentBytes
            try await exchange(size)
            return ProcessFacts.peakResidentBytes - before
        }

        private static func download(with transport: some HTTPTransport) async throws {
            let pattern = [UInt8].pattern(65_536)
            let server = try ByteServer { connection in
                while let request = try connection.readRequest() {
                    let size = Int(request.target.dropFirst()) ?? 0
                    try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
                    for _ in 0..<(size / pattern.count) { try connection.write(pattern) }
                }
            }
            let folder = try TemporaryFolder()
            let grown = try await growth { size in
                let response = try await transport.send(
                    server.request(.get, "/\(size)"),
                    body: .empty,
                    timeouts: .bounded
                )
                var check = PatternCheck(pattern)
                try await folder.writing(to: "download") { append in
                    while let chunk = try await response.body.nextChunk() {
                        check.feed(chunk)
                        try append(chunk)
                        response.body.recycle(chunk)
                    }
                }
                #expect(check.isIntact)
                #expect(folder.size(of: "download") == size)
            }
            #expect(grown < bound, "\(grown >> 10) KiB")
            print("memory: download of 200 MB to a file: \(grown >> 10) KiB of memory")
        }

        private static func upload(with transport: some HTTPTransport) async throws {
            let server = try ByteServer { connection in
                while true {
                    let head = try connection.readHead()
                    var left = head["content-length"].flatMap { Int($0) } ?? 0
                    var check = PatternCheck([UInt8](repeating: 0, count: 64 << 10))
                    while left > 0 {
                        let some = try connection.readSome(min(left, 64 << 10))
                        guard !some.isEmpty else { return }
                        check.feed(some)
                        left -= some.count
                    }
                    try connection.respond(body: "\(check.isIntact) \(check.count)")
                }
            }
            let folder = try TemporaryFolder()
            let grown = try await growth { size in
                let path = try folder.sparseFile("upload", size: size)
                let response = try await transport.fetch(server.request(.post), body: .file(path: path, length: size))
                #expect(response.text == "true \(size)")
            }
            #expect(grown < bound, "\(grown >> 10) KiB")
            print("memory: upload of 200 MB from a file: \(grown >> 10) KiB of memory")
        }

        @Test("curl: 200 MB to a file take less than 32 MB")
        func curlDownload() async {
            let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
                try await Self.download(with: CurlTransport())
            }
            result?.passOn("memory:")
        }

        @Test("curl: 200 MB from a file take less than 32 MB")
        func curlUpload() async {
            let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
                try await Self.upload(with: CurlTransport())
            }
            result?.passOn("memory:")
        }

        @Test("curl: a small compressed body that unfolds into 64 MiB holds little while its reader is stopped")
        func curlCompressed() async {
            let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
                let size = 64 << 20
                let folder = try TemporaryFolder()
                let path = try folder.sparseFile("zeros", size: size)
                try ChildProcess("gzip", ["-1", "-k", path]).waitForSuccess()
                let bytes = try folder.read("zeros.gz")
                #expect(bytes.count < 1 << 20)
                let server = try ByteServer.answering { _ in
                    .response(fields: [("Content-Encoding", "gzip")], body: bytes)
                }
                let transport = CurlTransport()
                ProcessFacts.resetPeak()
                let before = ProcessFacts.residentBytes
                let response = try await transport.send(server.request(), body: .empty, timeouts: .bounded)
                var count = try await response.body.nextChunk()?.count ?? 0
                try await Task.sleep(for: .milliseconds(300))
                let held = ProcessFacts.peakResidentBytes - before
                print("memory: compressed 64 MiB before a stopped reader: \(held >> 10) KiB of memory")
                // A compressed body unfolds by the whole of what libcurl had read before it can pause.
                #expect(held < 40 << 20, "\(held >> 10) KiB")
                while let chunk = try await response.body.nextChunk() { count += chunk.count }
                #expect(count == size)
            }
            result?.passOn("memory:")
        }

        #if URLSession
        @Test("URLSession: 200 MB to a file take less than 32 MB")
        func urlSessionDownload() async {
            let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
                try await Self.download(with: URLSessionTransport())
            }
            result?.passOn("memory:")
        }

        @Test("URLSession: 200 MB from a file take less than 32 MB")
        func urlSessionUpload() async {
            let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
                try await Self.upload(with: URLSessionTransport())
            }
            result?.passOn("memory:")
        }
        #endif
    }
}
#endif
