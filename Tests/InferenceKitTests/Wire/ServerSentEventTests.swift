import Testing

@testable import InferenceKit

/// Feeds chunks in turn and collects all events.
private func events(_ chunks: [[UInt8]]) throws -> [ServerSentEvent] {
    var decoder = ServerSentEventDecoder()
    var events: [ServerSentEvent] = []
    for chunk in chunks {
        try decoder.append(chunk)
        while let event = try decoder.next() { events.append(event) }
    }
    decoder.finish()
    while let event = try decoder.next() { events.append(event) }
    return events
}

private func datas(_ chunks: String...) throws -> [String] {
    try events(chunks.map { Array($0.utf8) }).map { String(decoding: $0.data, as: UTF8.self) }
}

@Suite struct ServerSentEvents {
    // The numbers are those of the table of test vectors.
    @Test func vectors1To5() throws {
        #expect(try datas("data: a\n\n") == ["a"])
        #expect(try datas("data:a\n\n") == ["a"])
        #expect(try datas("data:  a\n\n") == [" a"])
        #expect(try datas("data: a\ndata: b\n\n") == ["a\nb"])
        #expect(try datas("data\n\n") == [""])
    }

    @Test func vectors6To9() throws {
        #expect(try datas(": ping\n\ndata: a\n\n") == ["a"])
        #expect(try datas("data: a\r\n\r\n") == ["a"])
        #expect(try datas("data: a\r\r") == ["a"])
        #expect(try datas("data: a\r", "\n\r\n") == ["a"])
        #expect(try datas("\u{FEFF}data: a\n\n") == ["a"])
    }

    @Test func vectors10And11() throws {
        let reset = try events([Array("event: e\n\ndata: a\n\n".utf8)])
        #expect(reset.map(\.type) == ["message"])
        let ids = try events([Array("id: 1\ndata: a\n\ndata: b\n\n".utf8)])
        #expect(ids.map(\.lastEventID) == ["1", "1"])
        let types = try events([Array("event: x\ndata: a\n\nevent: x\nevent: y\ndata: b\n\ndata: c\n\n".utf8)])
        #expect(types.map(\.type) == ["x", "y", "message"])
    }

    @Test func vectors12To14() throws {
        let bytes = Array("data: é\n\n".utf8)
        let cut = try events([Array(bytes[..<7]), Array(bytes[7...])])
        #expect(cut.map { String(decoding: $0.data, as: UTF8.self) } == ["é"])
        #expect(try datas("data: a") == ["a"])
        #expect(try datas("data: a\n") == ["a"])
        #expect(try datas("data: x\u{2028}y\n\n") == ["x\u{2028}y"])
    }

    @Test func vector15() throws {
        for text in ["data:[DONE]\n\n", "data: [DONE]\n\n", "data: [DONE] \n\n"] {
            #expect(try events([Array(text.utf8)]).map(\.isDone) == [true])
        }
        for text in ["data: [DONE\n\n", "data: [DONE]x\n\n", "data:\n\n", "data: {}\n\n"] {
            #expect(try events([Array(text.utf8)]).map(\.isDone) == [false])
        }
    }

    @Test func vectors16To18() throws {
        let error = try events([
            Array((#"error: {"code":500,"message":"boom","type":"server_error"}"# + "\n\n").utf8)
        ])
        #expect(error.map(\.type) == ["error"])
        #expect(
            String(decoding: error[0].data, as: UTF8.self)
                == #"{"code":500,"message":"boom","type":"server_error"}"#
        )
        var decoder = ServerSentEventDecoder()
        try decoder.append(Array("retry: 10x\ndata: a\n\n".utf8))
        #expect(try decoder.next()?.data == [0x61])
        #expect(decoder.reconnectionTime == nil)
        try decoder.append(Array("retry: 1500\nretry:\nretry: 99999999999999999999999\n\n".utf8))
        #expect(try decoder.next() == nil)
        #expect(decoder.reconnectionTime == 1500)
        let ids = try events([Array("id: z\n\nid: a\0b\ndata: c\n\n".utf8)])
        #expect(ids.map(\.lastEventID) == ["z"])
    }

    @Test func ignoresWhatItDoesNotKnow() throws {
        #expect(try datas("dat: x\ndataa: y\nfoo\n:\ndata : z\n\ndata: a\n\n") == ["a"])
        #expect(try datas("\n\n\r\n\r", "") == [])
        #expect(try datas("\u{FEFF}\u{FEFF}data: a\n\ndata: b\n\n") == ["b"])
        #expect(try datas("\u{FEFF}\ndata: b\n\n") == ["b"])
        #expect(try datas("id:\nevent:\ndata:\ndata:\n\n") == ["\n"])
    }

    /// Streams of every kind that is tested above, and random ones from the same alphabet.
    static let corpus: [[UInt8]] = {
        var streams = [
            "\u{FEFF}: hello\r\n\r\ndata: {\"a\":1}\r\ndata: more\r\n\r\nevent: done\ndata: é😀\u{2028}\n\n",
            "id: 1\rdata: a\r\revent: x\rdata\r\rdata: [DONE]\r\r",
            "error: {\"code\":1}\n\nretry: 20\nid: 7\ndata: x\n\ndata: no end",
            "data: a\n\rdata: b\r\n\ndata: c\n\r\n",
        ].map { Array($0.utf8) }
        var random = SeededGenerator(seed: 77)
        let pieces = [
            "data", ":", " ", "\n", "\r", "\r\n", "event", "id", "x", "é", "error", "\0", "\n\n", "retry: 5",
            "\u{FEFF}",
        ]
        for _ in 0..<60 {
            var text = ""
            for _ in 0..<Int.random(in: 1...40, using: &random) { text += pieces.randomElement(using: &random) ?? "" }
            streams.append(Array(text.utf8))
        }
        // Whole lines, so that most events are plain; fed a byte at a time none is read as one.
        let lines = [
            "data: abc", "data:abcd", "data: [DONE]", "data:  a longer line", "data: x\u{2028}y", "data: \0", "data",
            "",
            "event: x", "id: 3", ": comment", "datas: 12345", "error: boom", "\u{FEFF}data: abc",
        ]
        for _ in 0..<60 {
            var text = ""
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let isPlain = Int.random(in: 0..<4, using: &random) > 0
                text += lines[Int.random(in: 0..<(isPlain ? 6 : lines.count), using: &random)]
                let ends = isPlain ? ["\n\n", "\n\n", "\n"] : ["\n", "\r", "\r\n", "\n\r", "\r\n\r\n"]
                text += ends.randomElement(using: &random) ?? ""
            }
            streams.append(Array(text.utf8))
        }
        return streams
    }()

    @Test func cutsChangeNothing() throws {
        var cuts = 0
        for stream in Self.corpus {
            let whole = try events([stream])
            #expect(try events(stream.map { [$0] }) == whole)
            for cut in 0...stream.count {
                #expect(try events([Array(stream[..<cut]), Array(stream[cut...])]) == whole)
                cuts += 1
            }
            var random = SeededGenerator(seed: UInt64(stream.count))
            for _ in 0..<20 {
                var chunks: [[UInt8]] = []
                var rest = stream[...]
                while !rest.isEmpty {
                    let length = Int.random(in: 1...min(rest.count, 9), using: &random)
                    chunks.append(Array(rest.prefix(length)))
                    rest.removeFirst(length)
                }
                #expect(try events(chunks) == whole)
            }
        }
        print("Server-sent events: \(Self.corpus.count) streams, \(cuts) cuts")
    }

    @Test func eventsLieInTheirChunk() throws {
        var decoder = ServerSentEventDecoder()
        let chunk = Array("data: abc\n\ndata: def\n\n".utf8)
        let address = chunk.withUnsafeBufferPointer { $0.baseAddress }
        try decoder.append(chunk)
        let event = try #require(try decoder.next())
        #expect(event.data.withUnsafeBufferPointer { $0.baseAddress } == address.map { $0 + 6 })
    }

    @Test func limitsTheLengthOfAnEvent() throws {
        var decoder = ServerSentEventDecoder(limit: 100)
        let tooLong = ServerSentEventDecoder.TooLong(limit: 100)
        // Many whole events in one chunk are no long event.
        try decoder.append(Array(String(repeating: "data: a\n\n", count: 100).utf8))
        while try decoder.next() != nil {}
        #expect(throws: tooLong) {
            for _ in 0..<30 {
                try decoder.append(Array("data: ".utf8))
                while try decoder.next() != nil {}
            }
        }
        var lines = ServerSentEventDecoder(limit: 100)
        #expect(throws: tooLong) {
            for _ in 0..<30 {
                try lines.append(Array("data: 12345\n".utf8))
                while try lines.next() != nil {}
            }
        }
    }
}
