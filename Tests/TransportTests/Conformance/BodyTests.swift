import HTTPTypes
import InferenceKit
import TestSupport
import Testing

extension TransportContract {
    /// Sentences 3, 7 and 9: bodies are whole or an error, and read once.
    @Suite("Response bodies", .timeLimit(.minutes(1)))
    struct BodyTests {
        private static let chunked = Array(
            ("5;name=value\r\nhello\r\n1\r\n \r\n000005;q=\"a;b\"\r\nworld\r\nA\r\n0123456789\r\na\r\nabcdefghij\r\n"
                + "0;last\r\nX-Trailer: yes\r\nX-Other:\r\n\r\n").utf8
        )
        private static let dechunked = "hello world0123456789abcdefghij"
        private static let chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

        /// Reads a body by hand; returns what came and what it ended with.
        private func read(_ body: ResponseBody) async -> (bytes: [UInt8], error: (any Error)?) {
            var bytes: [UInt8] = []
            do {
                while let chunk = try await body.nextChunk() {
                    #expect(!chunk.isEmpty, "a chunk is never empty")
                    bytes += chunk
                }
                return (bytes, nil)
            } catch {
                return (bytes, error)
            }
        }

        @Test("A body of many sizes arrives byte for byte", arguments: TransportSubject.all)
        func sizes(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer.answering { request in
                .response(body: .pattern(Int(request.target.dropFirst()) ?? 0))
            }
            for size in [1, 2, 1023, 16_384, 16_385, 65_536, 262_144, 300_001, 2 << 20] {
                let response = try await transport.fetch(server.request(.get, "/\(size)"))
                #expect(response.body == .pattern(size))
            }
            #expect(server.connectionCount <= subject.sequentialConnections)
        }

        @Test(
            "Chunks with extensions, odd sizes and trailers are put together, wherever the network cuts them",
            arguments: TransportSubject.keeping(.trailers),
            [0, 1, 2, 3, 5, 8, 13]
        )
        func chunkedBodies(_ subject: TransportSubject, step: Int) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                while try connection.readRequest() != nil {
                    try connection.write(Self.chunkedHead)
                    let borders = step == 0 ? [] : Array(stride(from: step, to: Self.chunked.count, by: step))
                    try connection.write(Self.chunked, splitAt: borders, pause: .milliseconds(1))
                }
            }
            for _ in 0..<2 { #expect(try await transport.fetch(server.request()).text == Self.dechunked) }
            #expect(server.connectionCount <= subject.sequentialConnections)
        }

        @Test(
            "A chunked body without its last chunk is cut short",
            arguments: TransportSubject.all,
            ["", "5\r\nhello", "5\r\nhello\r\n", "5\r\nhello\r\n5", "5\r\nhello\r\n5\r\nwo"]
        )
        func chunkedCut(_ subject: TransportSubject, sent: String) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write(Self.chunkedHead)
                try connection.wait(.milliseconds(20))
                try connection.write(sent)
            }
            let response = try await transport.send(server.request(), body: .empty, timeouts: .bounded)
            let (_, error) = await read(response.body)
            #expect((error as? TransportError)?.kind == .cutShort)
            #expect((error as? TransportError)?.requestMayHaveReachedServer == true)
        }

        @Test(
            "A chunk without a right size is an error",
            arguments: TransportSubject.all,
            ["xyz\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "5\r\nhelloworld\r\n0\r\n\r\n", "\r\n\r\n"]
        )
        func badChunks(_ subject: TransportSubject, sent: String) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write(Self.chunkedHead + sent)
            }
            let error = await transport.failure(of: server.request())
            #expect(error?.kind == .protocolViolation || error?.kind == .cutShort)
        }

        @Test(
            "Fewer bytes than Content-Length: what came is delivered, then the body is cut short, and stays so",
            arguments: TransportSubject.all,
            [0, 1, 9_999]
        )
        func shortBody(_ subject: TransportSubject, sent: Int) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
                try connection.wait(.milliseconds(20))
                try connection.write(.pattern(sent))
            }
            let response = try await transport.send(server.request(), body: .empty, timeouts: .bounded)
            let (bytes, error) = await read(response.body)
            #expect(bytes == .pattern(sent))
            #expect((error as? TransportError)?.kind == .cutShort)
            #expect((error as? TransportError)?.requestMayHaveReachedServer == true)
            let (_, again) = await read(response.body)
            #expect(again as? TransportError == error as? TransportError)
        }

        @Test(
            "More bytes than Content-Length: the surplus is not body, and not the next response",
            arguments: TransportSubject.all
        )
        func longBody(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                while let request = try connection.readRequest() {
                    let surplus = request.target == "/long" ? "HTTP/1.1 500 Smuggled\r\nContent-Length: 0\r\n\r\n" : ""
                    try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello\(surplus)")
                }
            }
            #expect(try await transport.fetch(server.request(.get, "/long")).text == "hello")
            let next = try await transport.fetch(server.request(.get, "/next"))
            #expect(next.status == 200)
            #expect(next.text == "hello")
        }

        @Test(
            "A reset in the body cuts it short, however the body is framed",
            arguments: TransportSubject.all,
            [
                "Content-Length: 100\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n64\r\n",
                "Connection: close\r\n\r\n",
            ]
        )
        func resetInBody(_ subject: TransportSubject, framing: String) async throws {
            let transport = try subject.make()
            let isReading = Signal()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\n\(framing)part")
                try connection.wait(for: isReading)
                try connection.wait(.milliseconds(30))
                connection.reset()
            }
            let response = try await transport.send(server.request(), body: .empty, timeouts: .bounded)
            isReading.raise()
            let (_, error) = await read(response.body)
            #expect((error as? TransportError)?.kind == .cutShort)
        }

        @Test("A body that only the close ends is whole when the close comes", arguments: TransportSubject.all)
        func closeDelimited(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                try connection.write(.pattern(100_000))
            }
            #expect(try await transport.fetch(server.request()).body == .pattern(100_000))
            #expect(try await transport.fetch(server.request()).body == .pattern(100_000))
            #expect(server.connectionCount == 2)
        }

        @Test("Each byte of a dripping body can be read as it comes", arguments: TransportSubject.all)
        func drip(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let taken = (0..<5).map { _ in Signal() }
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
                // The next byte is only sent when the reader has had the last one.
                for (index, byte) in "hello".utf8.enumerated() {
                    try connection.write([byte])
                    try connection.wait(for: taken[index])
                }
                connection.waitForClose()
            }
            let response = try await transport.send(server.request(), body: .empty, timeouts: .bounded)
            var seen: [UInt8] = []
            for try await chunk in response.body {
                for byte in chunk {
                    taken[seen.count].raise()
                    seen.append(byte)
                }
            }
            #expect(seen == Array("hello".utf8))
        }

        @Test("The end stays the end", arguments: TransportSubject.all)
        func endStays(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer.answering { _ in .response(body: [1, 2, 3]) }
            let response = try await transport.send(server.request(), body: .empty, timeouts: .bounded)
            let (bytes, error) = await read(response.body)
            #expect(bytes == [1, 2, 3])
            #expect(error == nil)
            #expect(try await response.body.nextChunk() == nil)
            #expect(try await response.body.nextChunk() == nil)
        }

        @Test("A second iteration throws bodyAlreadyRead", arguments: TransportSubject.all)
        func secondIteration(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer.answering { _ in .response(body: [1, 2, 3]) }
            let response = try await transport.send(server.request(), body: .empty, timeouts: .bounded)
            for try await _ in response.body {}
            let error = await #expect(throws: TransportError.self) { for try await _ in response.body {} }
            #expect(error?.kind == .bodyAlreadyRead)
        }

        @Test("Handed-back storage never changes what is read", arguments: TransportSubject.all)
        func recycling(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let pattern = [UInt8].pattern(65_521)
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(pattern.count * 64)\r\n\r\n")
                for _ in 0..<64 { try connection.write(pattern) }
                connection.waitForClose()
            }
            let response = try await transport.send(server.request(), body: .empty, timeouts: .bounded)
            var check = PatternCheck(pattern)
            while let chunk = try await response.body.nextChunk() {
                check.feed(chunk)
                response.body.recycle(chunk)
            }
            #expect(check.isIntact)
            #expect(check.count == pattern.count * 64)
        }

        @Test("collect(upTo:) refuses a longer body and frees its connection", arguments: TransportSubject.all)
        func collectLimit(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
                guard subject.gaps.contains(.stopsSender) else {
                    try connection.writeUntilBlocked(.pattern(65_536), quiet: .seconds(10), limit: 1_000_000_000)
                    return
                }
                // FoundationNetworking takes no cancellation while there is something to read; see the tests of the flow.
                for _ in 0..<8_000 {
                    try connection.write(.pattern(65_536))
                    try connection.wait(.milliseconds(2))
                }
            }
            let response = try await transport.send(server.request(), body: .empty, timeouts: .bounded)
            let error = await #expect(throws: TransportError.self) {
                _ = try await response.body.collect(upTo: 100_000)
            }
            #expect(error?.kind == .tooLarge)
            #expect(await eventually { server.closedByPeer == 1 })
            if !subject.gaps.contains(.stopsSender) { #expect(server.bytesSent < 32 << 20) }
        }

        @Test(
            "A compressed body arrives decoded, without its encoding and length",
            arguments: TransportSubject.all,
            [false, true]
        )
        func gzip(_ subject: TransportSubject, isChunked: Bool) async throws {
            let transport = try subject.make()
            let plain = [UInt8].pattern(150_000)
            let server = try ByteServer { connection in
                while let request = try connection.readRequest() {
                    guard request["accept-encoding"]?.contains("gzip") == true else {
                        try connection.respond(fields: [("X-Plain", "1")])
                        continue
                    }
                    let bytes = [UInt8].gzip(plain)
                    let fields = [("Content-Encoding", "gzip"), ("Content-Type", "text/plain")]
                    if isChunked {
                        try connection.write(
                            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: text/plain\r\n"
                                + "Transfer-Encoding: chunked\r\n\r\n"
                        )
                        for start in stride(from: 0, to: bytes.count, by: 7919) {
                            let chunk = bytes[start..<min(start + 7919, bytes.count)]
                            try connection.write("\(String(chunk.count, radix: 16))\r\n")
                            try connection.write(Array(chunk))
                            try connection.write("\r\n")
                        }
                        try connection.write("0\r\n\r\n")
                    } else {
                        try connection.write(.response(fields: fields, body: bytes))
                    }
                }
            }
            let response = try await transport.fetch(server.request())
            // A transport that did not ask for compression has nothing to decode.
            guard response["X-Plain"] == nil else { return }
            #expect(response.body == plain)
            #expect(response["Content-Type"] == "text/plain")
            #expect(response["Content-Encoding"] == nil)
            #expect(response["Content-Length"] == nil)
        }

        @Test(
            "A compressed body that breaks off or is broken is an error",
            arguments: TransportSubject.all,
            ["cut", "flipped", "short"]
        )
        func brokenGzip(_ subject: TransportSubject, damage: String) async throws {
            guard damage != "short" || !subject.gaps.contains(.unfinishedEncodings) else { return }
            let transport = try subject.make()
            let server = try ByteServer { connection in
                let request = try connection.readHead()
                guard request["accept-encoding"]?.contains("gzip") == true else { return }
                var bytes = [UInt8].gzip(.pattern(100_000))
                let length = bytes.count
                switch damage {
                case "cut": bytes.removeLast(1000)  // fewer bytes than Content-Length
                case "short": bytes.removeLast(1000)  // all that Content-Length says, and yet no whole stream
                default: bytes[10] = 0xff  // a kind of block that there is not
                }
                try connection.write(
                    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                        + "Content-Length: \(damage == "short" ? bytes.count : length)\r\n\r\n"
                )
                try connection.write(bytes)
            }
            let error = await transport.failure(of: server.request())
            #expect([.cutShort, .protocolViolation, .connectionLost].contains(error?.kind))
        }
    }
}

extension [UInt8] {
    /// These bytes as a gzip stream of stored blocks: valid, and made without a compressor.
    static func gzip(_ plain: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
        var start = 0
        repeat {
            let count = Swift.min(65_535, plain.count - start)
            let isLast: UInt8 = start + count == plain.count ? 1 : 0
            stream.append(isLast)
            for number in [UInt16(count), ~UInt16(count)] {
                stream += [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
            }
            stream += plain[start..<(start + count)]
            start += count
        } while start < plain.count
        let table: [UInt32] = (0..<256).map { index in
            var value = UInt32(index)
            for _ in 0..<8 { value = value & 1 == 1 ? 0xedb8_8320 ^ (value >> 1) : value >> 1 }
            return value
        }
        var remainder = ~UInt32(0)
        for byte in plain {
            let index = Int(UInt8(truncatingIfNeeded: remainder) ^ byte)
            remainder = table[index] ^ (remainder >> 8)
        }
        let crc = ~remainder
        for number in [crc, UInt32(plain.count)] {
            stream += (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        }
        return stream
    }
}
