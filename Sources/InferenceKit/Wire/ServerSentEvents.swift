/// One event of a `text/event-stream`.
struct ServerSentEvent: Sendable, Hashable {
    /// The event's type; `message` unless the server says otherwise.
    var type: String
    /// The lines of its data, joined by line feeds; a part of the received bytes where that is possible.
    var data: ArraySlice<UInt8>
    /// The id that was last set in the stream, by this event or an earlier one.
    var lastEventID: String

    /// Whether the data is `[DONE]`, the end of streams in OpenAI's manner, with or without spaces around it.
    var isDone: Bool {
        guard let start = data.firstIndex(where: { $0 != 0x20 }), data[start] == UInt8(ascii: "[") else { return false }
        return data[start...].prefix(6).elementsEqual("[DONE]".utf8)
            && data[start...].dropFirst(6).allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }
}

/// Takes events out of the bytes of a stream, however these are cut into chunks.
///
/// The algorithm of the HTML standard ("Server-sent events", 9.2.6) as a state machine without input or output:
/// ``append(_:)`` bytes, then call ``next()`` until it returns `nil`. It departs from the standard in two places, both
/// for servers that exist: an event that the end of the stream cuts off before its blank line is still delivered, and a
/// line `error: …`, which old llama.cpp servers send, is an event of type `error`.
///
/// An event whose data is one line is a slice of the chunk it came in; nothing is copied, and no string is made but for
/// types and ids that change.
struct ServerSentEventDecoder: Sendable {
    /// An event grew over the limit.
    struct TooLong: Error, Hashable, CustomStringConvertible {
        /// The most bytes an event may have.
        var limit: Int

        var description: String { "An event of the stream is longer than the limit of \(limit) bytes." }
    }

    /// The reconnection time that the server asked for last, in milliseconds; recorded, and of no consequence for the
    /// answer to a POST.
    private(set) var reconnectionTime: Int?

    private let limit: Int
    private var buffer: [UInt8] = []
    /// Where the first line begins that has not been read.
    private var position = 0
    /// The first of each line end from `position` on, or the end of the buffer; kept, so that neither is looked for twice.
    private var nextLF = 0
    private var nextCR = 0
    /// Whether a CR was the last byte, so that a LF in front of the next chunk belongs to it.
    private var skipsLF = false
    private var isFirstLine = true
    private var isFinished = false

    // The event being read.
    /// Whether no line of it has come.
    private var isAtStart = false
    private var hasData = false
    /// The first line of its data in `buffer`, unless `joined` has it.
    private var firstData = 0..<0
    /// Two or more lines of data.
    private var joined: [UInt8]?
    private var type = Self.defaultType

    private var lastEventID = ""
    /// The last type that was not the default; servers repeat few.
    private var knownType = ""

    private static let defaultType = "message"

    /// A decoder at the start of a stream; an event of more than `limit` bytes is an error.
    init(limit: Int = 64 << 20) {
        self.limit = limit
    }

    /// Takes the next bytes of the stream.
    mutating func append(_ chunk: [UInt8]) throws(TooLong) {
        guard !chunk.isEmpty else { return }
        let kept = hasData && joined == nil ? firstData.lowerBound : position
        if kept == buffer.count {
            // Everything was read, and the chunk takes the buffer's place.
            buffer = chunk
            position = 0
            nextLF = index(of: 0x0A, from: 0)
            nextCR = index(of: 0x0D, from: 0)
        } else {
            // What is left is the beginning of one event, and short as a rule: it is moved to the front, so that the buffer does
            // not grow.
            if kept > 0 {
                buffer.removeFirst(kept)
                position -= kept
                nextLF -= kept
                nextCR -= kept
                firstData = firstData.lowerBound - kept..<firstData.upperBound - kept
            }
            let end = buffer.count
            buffer.append(contentsOf: chunk)
            if nextLF == end { nextLF = index(of: 0x0A, from: end) }
            if nextCR == end { nextCR = index(of: 0x0D, from: end) }
        }
        if skipsLF {
            skipsLF = false
            if buffer[position] == 0x0A {
                position += 1
                if nextLF < position { nextLF = index(of: 0x0A, from: position) }
            }
        }
        // Whole events in the chunk do not count, but what comes before the first line end of a long one does.
        let pending = (joined?.count ?? 0) + min(nextLF, nextCR)
        guard pending <= limit else { throw TooLong(limit: limit) }
    }

    /// Notes the end of the stream; ``next()`` then gives the event that was not ended by a blank line, if there is one.
    mutating func finish() {
        isFinished = true
    }

    /// The next event that is complete, or `nil` when more bytes are needed.
    mutating func next() throws(TooLong) -> ServerSentEvent? {
        if let event = plainEvent() { return event }
        while true {
            let end = min(nextLF, nextCR)
            guard end < buffer.count else { return try lastEvent() }
            let line = position..<end
            passLineEnd(at: end)
            if line.isEmpty {
                isFirstLine = false
                let event = dispatch()
                isAtStart = true
                if let event { return event }
            } else {
                isAtStart = false
                try read(line)
            }
        }
    }

    /// The next event if it is one line of data and a blank one, both ended by a line feed, as nearly all are.
    @inline(__always)
    private mutating func plainEvent() -> ServerSentEvent? {
        let (start, end) = (position, nextLF)
        guard isAtStart, end < nextCR, end - start >= 8 else { return nil }
        let value: Range<Int>? = unsafe buffer.withUnsafeBufferPointer { bytes in
            let reader = unsafe ByteReader(bytes)
            guard end + 1 < reader.end, reader.byte(at: end + 1) == 0x0A,
                reader.word(at: start) & 0xFF_FFFF_FFFF == Self.dataField
            else { return nil }
            return start + (reader.byte(at: start + 5) == 0x20 ? 6 : 5)..<end
        }
        guard let value else { return nil }
        position = end + 2
        nextLF = index(of: 0x0A, from: position)
        return ServerSentEvent(type: Self.defaultType, data: buffer[value], lastEventID: lastEventID)
    }

    /// `data:`, the first in the lowest byte.
    private static var dataField: UInt64 { 0x3A_6174_6164 }

    private mutating func lastEvent() throws(TooLong) -> ServerSentEvent? {
        guard isFinished else { return nil }
        let rest = position..<buffer.count
        position = buffer.count
        if !rest.isEmpty { try read(rest) }
        return dispatch()
    }

    private mutating func passLineEnd(at end: Int) {
        position = end + 1
        if end == nextCR {
            if position == buffer.count {
                skipsLF = true
            } else if buffer[position] == 0x0A {
                position += 1
            }
            nextCR = index(of: 0x0D, from: position)
        }
        if nextLF < position { nextLF = index(of: 0x0A, from: position) }
    }

    /// Ends the event that was being read and returns it, unless it has no data.
    private mutating func dispatch() -> ServerSentEvent? {
        defer {
            hasData = false
            joined = nil
            type = Self.defaultType
        }
        guard hasData else { return nil }
        return ServerSentEvent(type: type, data: joined.map { $0[...] } ?? buffer[firstData], lastEventID: lastEventID)
    }

    /// Reads a line that is not empty.
    private mutating func read(_ line: Range<Int>) throws(TooLong) {
        var line = line
        if isFirstLine {
            isFirstLine = false
            if buffer[line].starts(with: [0xEF, 0xBB, 0xBF]) {
                line.removeFirst(3)
                if line.isEmpty { return }
            }
        }
        switch buffer[line.lowerBound] {
        case UInt8(ascii: "d"): if let value = value(of: "data", in: line) { try append(value) }
        case UInt8(ascii: "e"):
            if let value = value(of: "event", in: line) {
                setType(value)
            } else if let value = value(of: "error", in: line) {
                type = "error"
                try append(value)
            }
        case UInt8(ascii: "i"):
            if let value = value(of: "id", in: line), !buffer[value].contains(0),
                !lastEventID.utf8.elementsEqual(buffer[value])
            {
                lastEventID = String(decoding: buffer[value], as: UTF8.self)
            }
        case UInt8(ascii: "r"): if let value = value(of: "retry", in: line) { setReconnectionTime(value) }
        default: break
        }
    }

    /// Where the value of a line is whose field is `field`; `nil` for another field.
    private func value(of field: StaticString, in line: Range<Int>) -> Range<Int>? {
        let count = field.utf8CodeUnitCount
        guard line.count >= count else { return nil }
        for index in 0..<count where unsafe buffer[line.lowerBound + index] != field.utf8Start[index] { return nil }
        var start = line.lowerBound + count
        guard start < line.upperBound else { return start..<start }
        guard buffer[start] == UInt8(ascii: ":") else { return nil }
        start += 1
        if start < line.upperBound, buffer[start] == 0x20 { start += 1 }
        return start..<line.upperBound
    }

    private mutating func append(_ value: Range<Int>) throws(TooLong) {
        guard hasData else {
            hasData = true
            firstData = value
            return
        }
        if joined == nil { joined = Array(buffer[firstData]) }
        joined?.append(0x0A)
        joined?.append(contentsOf: buffer[value])
        guard (joined?.count ?? 0) <= limit else { throw TooLong(limit: limit) }
    }

    private mutating func setType(_ value: Range<Int>) {
        if value.isEmpty {
            type = Self.defaultType
        } else {
            if !knownType.utf8.elementsEqual(buffer[value]) {
                knownType = String(decoding: buffer[value], as: UTF8.self)
            }
            type = knownType
        }
    }

    private mutating func setReconnectionTime(_ value: Range<Int>) {
        guard buffer[value].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return }
        if let time = Int(String(decoding: buffer[value], as: UTF8.self)) { reconnectionTime = time }
    }

    /// The first such byte from `start` on, or the end of the buffer.
    private func index(of byte: UInt8, from start: Int) -> Int {
        unsafe buffer.withUnsafeBufferPointer { unsafe ByteReader($0).index(of: byte, from: start) }
    }
}
