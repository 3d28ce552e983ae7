import HTTPTypes
import InferenceKit
import TestSupport
import Testing

extension TransportContract {
    /// Sentence 6: four clocks, each of which fires when it should, names itself, and does not fire when it should not.
    ///
    /// Limits are short where a clock must fire and the other clocks are far away; where one must not fire, the margin is
    /// several times what a busy machine is late by.
    @Suite("Clocks", .timeLimit(.minutes(1)))
    struct ClockTests {
        private static let short = Duration.milliseconds(150)
        private static let long = Duration.seconds(20)

        private func check(
            _ error: TransportError?,
            names clock: Timeouts.Clock,
            mayHaveReached: Bool,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(error?.kind == .timedOut, sourceLocation: sourceLocation)
            #expect(error?.clock == clock, sourceLocation: sourceLocation)
            #expect(error?.requestMayHaveReachedServer == mayHaveReached, sourceLocation: sourceLocation)
            #expect(error?.message.contains(clock.rawValue) == true, sourceLocation: sourceLocation)
        }

        // MARK: Firing

        @Test("The connect clock fires when no connection comes to stand", arguments: TransportSubject.all)
        func connect(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let hole = try BlackHole()
            let timeouts = Timeouts(connect: Self.short, firstByte: Self.long, idle: Self.long, total: Self.long)
            let error = await transport.failure(of: hole.request(), timeouts: timeouts)
            check(error, names: .connect, mayHaveReached: false)
        }

        @Test("The first-byte clock fires when no response begins", arguments: TransportSubject.all, [false, true])
        func firstByte(_ subject: TransportSubject, withBody: Bool) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                connection.waitForClose()
            }
            let timeouts = Timeouts(connect: Self.long, firstByte: Self.short, idle: Self.long, total: Self.long)
            let body = withBody ? RequestBody.bytes(.pattern(100_000)) : .empty
            let error = await transport.failure(of: server.request(.post), body: body, timeouts: timeouts)
            check(error, names: .firstByte, mayHaveReached: true)
            #expect(await eventually(within: .seconds(5)) { server.closedByPeer == 1 })
        }

        @Test("The idle clock fires when a response body stands still", arguments: TransportSubject.all)
        func idleInResponse(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
                connection.waitForClose()
            }
            let timeouts = Timeouts(connect: Self.long, firstByte: Self.long, idle: Self.short, total: Self.long)
            let response = try await transport.send(server.request(), body: .empty, timeouts: timeouts)
            var bytes: [UInt8] = []
            let error = await #expect(throws: TransportError.self) {
                while let chunk = try await response.body.nextChunk() { bytes += chunk }
            }
            check(error, names: .idle, mayHaveReached: true)
            #expect(bytes == Array("hello".utf8))
            #expect(await eventually(within: .seconds(5)) { server.closedByPeer == 1 })
        }

        @Test("The idle clock fires when an upload stands still", arguments: TransportSubject.all)
        func idleInUpload(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer(receiveBuffer: 64 << 10) { connection in
                _ = try connection.readHead()
                // A peer that reads on after the cut would let a stalled client see progress.
                try connection.wait(.seconds(20))
            }
            let timeouts = Timeouts(
                connect: Self.long,
                firstByte: Self.long,
                idle: .milliseconds(300),
                total: Self.long
            )
            let error = await transport.failure(
                of: server.request(.post),
                body: .bytes([UInt8](repeating: 1, count: 32 << 20)),
                timeouts: timeouts
            )
            check(error, names: .idle, mayHaveReached: true)
        }

        @Test("The total clock fires while connecting", arguments: TransportSubject.all)
        func totalWhileConnecting(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let hole = try BlackHole()
            let error = await transport.failure(
                of: hole.request(),
                timeouts: Timeouts(connect: Self.long, total: Self.short)
            )
            check(error, names: .total, mayHaveReached: false)
        }

        @Test("The total clock fires before the head", arguments: TransportSubject.all)
        func totalBeforeHead(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                connection.waitForClose()
            }
            let error = await transport.failure(
                of: server.request(),
                timeouts: Timeouts(firstByte: Self.long, total: Self.short)
            )
            check(error, names: .total, mayHaveReached: true)
        }

        @Test("The total clock fires in a body that never stands still", arguments: TransportSubject.all)
        func totalInBody(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                while true {
                    try connection.write([1])
                    try connection.wait(.milliseconds(20))
                }
            }
            let timeouts = Timeouts(idle: Self.long, total: .milliseconds(300))
            let error = await transport.failure(of: server.request(), timeouts: timeouts)
            check(error, names: .total, mayHaveReached: true)
            #expect(await eventually(within: .seconds(5)) { server.closedByPeer == 1 })
        }

        @Test("The total clock goes on while the reader pauses", arguments: TransportSubject.keeping(.stopsSender))
        func totalWhilePaused(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
                try connection.writeUntilBlocked(.pattern(65_536), quiet: .seconds(20), limit: 100_000_000)
            }
            let response = try await transport.send(
                server.request(),
                body: .empty,
                timeouts: Timeouts(idle: Self.long, total: .milliseconds(500))
            )
            _ = try await response.body.nextChunk()
            #expect(await eventually(within: .seconds(10)) { server.closedByPeer == 1 })
            let error = await #expect(throws: TransportError.self) {
                while try await response.body.nextChunk() != nil {}
            }
            check(error, names: .total, mayHaveReached: true)
        }

        // MARK: Not firing

        @Test(
            "The connect clock ends with the connection, and does not run on a reused one",
            arguments: TransportSubject.all
        )
        func connectEnds(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                while try connection.readRequest() != nil {
                    try connection.wait(.milliseconds(900))
                    try connection.respond(body: "late")
                }
            }
            for _ in 0..<2 {
                let timeouts = Timeouts(connect: .milliseconds(400), total: Self.long)
                #expect(try await transport.fetch(server.request(), timeouts: timeouts).text == "late")
            }
        }

        @Test("The first-byte clock does not run during the upload", arguments: TransportSubject.all)
        func firstByteAfterUpload(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.respond(body: "ok")
                connection.waitForClose()
            }
            let body = RequestBody.stream(length: 6, replayable: true) { writer in
                for byte in UInt8(0)..<6 {
                    try await writer.write([byte])
                    try await Task.sleep(for: .milliseconds(200))
                }
            }
            let timeouts = Timeouts(firstByte: .milliseconds(600), total: Self.long)
            #expect(try await transport.fetch(server.request(.post), body: body, timeouts: timeouts).text == "ok")
        }

        @Test(
            "The first-byte clock ends with the first byte, head and body may take longer",
            arguments: TransportSubject.all
        )
        func firstByteEnds(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                let bytes = [UInt8].response(body: Array("slow".utf8))
                try connection.write(bytes, splitAt: [9, bytes.count - 4, bytes.count - 2], pause: .milliseconds(400))
                connection.waitForClose()
            }
            let timeouts = Timeouts(firstByte: .milliseconds(600), total: Self.long)
            #expect(try await transport.fetch(server.request(), timeouts: timeouts).text == "slow")
        }

        @Test("The idle clock does not run while the reader pauses", arguments: TransportSubject.all)
        func idleWhilePaused(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let total = 24 << 20
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
                for _ in 0..<(total >> 16) { try connection.write(.pattern(65_536)) }
                connection.waitForClose()
            }
            let timeouts = Timeouts(idle: .milliseconds(500), total: Self.long)
            let response = try await transport.send(server.request(), body: .empty, timeouts: timeouts)
            try await Task.sleep(for: .milliseconds(1200))
            var count = 0
            while let chunk = try await response.body.nextChunk() {
                if count == 0 { try await Task.sleep(for: .milliseconds(1200)) }
                count += chunk.count
            }
            #expect(count == total)
        }

        @Test("The idle clock begins anew with each byte", arguments: TransportSubject.all)
        func idleBeginsAnew(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
                try connection.drip(Array("0123456789".utf8), every: .milliseconds(150))
                connection.waitForClose()
            }
            let timeouts = Timeouts(idle: .milliseconds(700), total: Self.long)
            #expect(try await transport.fetch(server.request(), timeouts: timeouts).text == "0123456789")
        }

        @Test("The idle clock does not run while the server thinks", arguments: TransportSubject.all)
        func idleBeforeHead(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                _ = try connection.readRequest()
                try connection.wait(.milliseconds(1000))
                try connection.respond(body: "thought")
                connection.waitForClose()
            }
            let timeouts = Timeouts(idle: .milliseconds(300), total: Self.long)
            let response = try await transport.fetch(server.request(.post), body: .bytes([1]), timeouts: timeouts)
            #expect(response.text == "thought")
        }

        @Test("The idle clock does not run while a producer has nothing to send", arguments: TransportSubject.all)
        func idleWhileProducing(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                let request = try connection.readRequest()
                try connection.respond(body: request?.bodyText ?? "")
                connection.waitForClose()
            }
            let body = RequestBody.stream(length: nil, replayable: true) { writer in
                try await writer.write(Array("one ".utf8))
                try await Task.sleep(for: .milliseconds(1000))
                try await writer.write(Array("two".utf8))
            }
            let timeouts = Timeouts(idle: .milliseconds(300), total: Self.long)
            #expect(try await transport.fetch(server.request(.post), body: body, timeouts: timeouts).text == "one two")
        }

        @Test(
            "Clocks that are nil do not run, and one exchange's clock is not another's",
            arguments: TransportSubject.all
        )
        func noClocks(_ subject: TransportSubject) async throws {
            let transport = try subject.make()
            let server = try ByteServer { connection in
                while let request = try connection.readRequest() {
                    try connection.wait(.milliseconds(800))
                    try connection.respond(body: request.target)
                }
            }
            async let unlimited = transport.fetch(server.request(.get, "/a"), timeouts: Timeouts())
            let error = await transport.failure(of: server.request(.get, "/b"), timeouts: Timeouts(total: Self.short))
            check(error, names: .total, mayHaveReached: true)
            #expect(try await unlimited.text == "/a")
        }
    }
}
