import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// One connection of a ``ByteServer``; its methods block, and belong to the handler's thread.
///
/// The counters may be looked at from anywhere.
public final class ByteConnection: Sendable {
    /// The peer is gone, the server was stopped, or its time is up.
    public struct Ended: Error {}

    /// How a peer left.
    public enum Departure: Hashable, Sendable {
        /// It closed its end in order.
        case closed
        /// It reset the connection.
        case reset
    }

    private struct State {
        var isOpen = true
        var received = 0
        var sent = 0
        var departure: Departure?
        var departedAt: ContinuousClock.Instant?
        /// Bytes that were received beyond what was asked for.
        var surplus: [UInt8] = []
    }

    /// 0 for the first connection of its server.
    public let index: Int
    private let descriptor: Int32
    private let core: ByteServer.Core
    /// Guards the counters, and the descriptor's end.
    private let state = Mutex(State())

    init(_ descriptor: Int32, index: Int, core: ByteServer.Core) {
        self.descriptor = descriptor
        self.index = index
        self.core = core
    }

    /// The bytes received so far, heads included.
    public var bytesReceived: Int { state.withLock { $0.received } }
    /// The bytes that the system took to send so far; it holds some of them itself.
    public var bytesSent: Int { state.withLock { $0.sent } }
    /// How the peer left, if it was seen to leave.
    public var departure: Departure? { state.withLock { $0.departure } }
    /// When the peer was seen to leave.
    public var peerClosedAt: ContinuousClock.Instant? { state.withLock { $0.departedAt } }

    // MARK: Reading

    /// Reads what has arrived, up to `count` bytes; empty when the peer has closed its end.
    ///
    /// - Throws: ``Ended`` when the peer has reset the connection or the server stops.
    public func readSome(_ count: Int = 64 << 10) throws -> [UInt8] {
        let surplus = state.withLock { state in
            let taken = Array(state.surplus.prefix(count))
            state.surplus.removeFirst(taken.count)
            return taken
        }
        if !surplus.isEmpty { return surplus }
        try waitUntil(POLLIN)
        return try receive(count)
    }

    /// Reads exactly `count` bytes.
    ///
    /// - Throws: ``Ended`` when the peer closes before.
    public func read(exactly count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let some = try readSome(min(count - bytes.count, 1 << 20))
            guard !some.isEmpty else { throw Ended() }
            bytes += some
        }
        return bytes
    }

    /// Reads and drops exactly `count` bytes, and returns their checksum.
    public func skip(exactly count: Int) throws -> Checksum {
        var checksum = Checksum()
        var left = count
        while left > 0 {
            let some = try readSome(min(left, 256 << 10))
            guard !some.isEmpty else { throw Ended() }
            checksum.add(some)
            left -= some.count
        }
        return checksum
    }

    /// Reads up to and including the empty line after a request's fields.
    ///
    /// - Throws: ``Ended`` when the peer closes before.
    public func readHead() throws -> ReceivedRequest {
        guard let request = try nextHead() else { throw Ended() }
        return request
    }

    /// Reads a whole request with its body, or `nil` when the peer has closed between two requests.
    public func readRequest() throws -> ReceivedRequest? {
        guard var request = try nextHead() else { return nil }
        request.body = try readBody(of: request)
        return request
    }

    /// Reads the body that a head announces, taken out of its chunks.
    public func readBody(of request: ReceivedRequest) throws -> [UInt8] {
        if request["transfer-encoding"]?.lowercased() == "chunked" {
            var body: [UInt8] = []
            while true {
                let line = try readLine()
                guard let size = Int(line.prefix { $0 != ";" }, radix: 16) else { throw Ended() }
                body += try read(exactly: size)
                _ = try readLine()
                if size == 0 { return body }
            }
        }
        return try read(exactly: request["content-length"].flatMap { Int($0) } ?? 0)
    }

    /// Reads up to a line's end, which it drops.
    public func readLine() throws -> String {
        var line: [UInt8] = []
        while line.suffix(2) != [13, 10] { line += try read(exactly: 1) }
        return String(decoding: line.dropLast(2), as: UTF8.self)
    }

    private func nextHead() throws -> ReceivedRequest? {
        var bytes: [UInt8] = []
        while true {
            let some = try readSome()
            if some.isEmpty {
                guard bytes.isEmpty else { throw Ended() }
                return nil
            }
            let searchStart = max(0, bytes.count - 3)
            bytes += some
            guard let end = bytes.endOfHead(from: searchStart) else { continue }
            state.withLock { $0.surplus.insert(contentsOf: bytes[end...], at: 0) }
            return ReceivedRequest(head: Array(bytes[..<end]), connection: index)
        }
    }

    /// Waits until the peer has closed its end, reading and dropping what still comes.
    ///
    /// - Returns: How it left, or `nil` when it had not after `limit`.
    @discardableResult
    public func waitForClose(within limit: Duration = .seconds(15)) -> Departure? {
        let end = ContinuousClock.now + limit
        while departure == nil {
            guard
                waitUntilReady(descriptor, POLLIN, stop: core.stopSignal, until: min(end, core.end)) == .ready,
                (try? receive(256 << 10)) != nil
            else { break }
        }
        return departure
    }

    /// Waits until the peer has closed its end, leaving unread what it sent.
    ///
    /// - Returns: Whether it has.
    @discardableResult
    public func waitForCloseWithoutReading(within limit: Duration = .seconds(15)) -> Bool {
        #if canImport(Glibc) || canImport(Musl)
        let end = min(ContinuousClock.now + limit, core.end)
        let event: Int32 = 0x2000  // POLLRDHUP, which the headers show only to programs that ask for GNU's names.
        guard waitUntilReady(descriptor, event, stop: core.stopSignal, until: end) == .ready else { return false }
        depart(.closed)
        return true
        #else
        return waitForClose(within: limit) != nil
        #endif
    }

    // MARK: Writing

    /// Sends bytes; returns once the system took them all.
    ///
    /// - Throws: ``Ended`` when the peer is gone or the server stops.
    public func write(_ bytes: [UInt8]) throws {
        var start = 0
        while start < bytes.count {
            try waitUntil(POLLOUT)
            start += try transmit(bytes, from: start)
        }
    }

    /// Sends text.
    public func write(_ text: String) throws {
        try write(Array(text.utf8))
    }

    /// Sends bytes in pieces of their own.
    ///
    /// - Parameters:
    ///   - bytes: What to send.
    ///   - borders: Where a new piece begins, as offsets.
    ///   - pause: The wait between two pieces, so that they also arrive apart.
    /// - Throws: ``Ended`` when the peer is gone or the server stops.
    public func write(_ bytes: [UInt8], splitAt borders: [Int], pause: Duration = .milliseconds(5)) throws {
        var start = 0
        for border in borders.filter({ $0 > 0 && $0 < bytes.count }).sorted() + [bytes.count] where border > start {
            try write(Array(bytes[start..<border]))
            start = border
            if start < bytes.count { try wait(pause) }
        }
    }

    /// Sends one byte at a time.
    public func drip(_ bytes: [UInt8], every pause: Duration = .milliseconds(1)) throws {
        try write(bytes, splitAt: Array(1..<max(2, bytes.count)), pause: pause)
    }

    /// Sends `bytes` over and over until the peer has taken nothing for `quiet`, or `limit` bytes were sent.
    ///
    /// - Returns: How many bytes the system took.
    @discardableResult
    public func writeUntilBlocked(_ bytes: [UInt8], quiet: Duration = .milliseconds(300), limit: Int) throws -> Int {
        var total = 0
        while total < limit {
            let readiness = waitUntilReady(
                descriptor,
                POLLOUT,
                stop: core.stopSignal,
                until: min(.now + quiet, core.end)
            )
            guard readiness == .ready else { break }
            let start = total % bytes.count
            total += try transmit(bytes, from: start, upTo: min(bytes.count, start + limit - total))
        }
        return total
    }

    /// Sends a whole answer with a `Content-Length`.
    public func respond(_ status: String = "200 OK", fields: [(String, String)] = [], body: String = "") throws {
        try write(.response(status, fields: fields, body: Array(body.utf8)))
    }

    // MARK: Time and end

    /// Waits; ends early, throwing, when the server stops.
    public func wait(_ duration: Duration) throws {
        let end = ContinuousClock.now + duration
        guard waitUntilReady(-1, 0, stop: core.stopSignal, until: min(end, core.end)) == .late, end <= core.end
        else { throw Ended() }
    }

    /// Waits until something has happened elsewhere.
    public func wait(for signal: Signal, within limit: Duration = .seconds(20)) throws {
        let end = ContinuousClock.now + limit
        while !signal.isRaised {
            guard ContinuousClock.now < end else { throw Ended() }
            try wait(.milliseconds(2))
        }
    }

    /// Closes the sending half; what the peer sends can still be read.
    public func finishWriting() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes the connection in order (FIN), as far as the system does so with unread bytes.
    public func close() {
        let isFirst = state.withLock { state in
            defer { state.isOpen = false }
            return state.isOpen
        }
        if isFirst { _ = closeDescriptor(descriptor) }
    }

    /// Breaks the connection off with a reset (RST).
    public func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    // MARK: The system

    private func waitUntil(_ events: Int32) throws {
        guard waitUntilReady(descriptor, events, stop: core.stopSignal, until: core.end) == .ready else {
            throw Ended()
        }
    }

    private func receive(_ count: Int) throws -> [UInt8] {
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            result = recv(descriptor, buffer.baseAddress, count, 0)
            initialized = max(0, result)
        }
        guard result >= 0 else {
            depart(.reset)
            throw Ended()
        }
        if result == 0 { depart(.closed) }
        state.withLock { $0.received += result }
        return bytes
    }

    private func transmit(_ bytes: [UInt8], from start: Int, upTo end: Int? = nil) throws -> Int {
        let count = bytes[start..<(end ?? bytes.count)].withUnsafeBytes { bytes in
            send(descriptor, bytes.baseAddress, bytes.count, noSignal | Int32(MSG_DONTWAIT))
        }
        if count < 0, errno == EAGAIN || errno == EINTR { return 0 }
        guard count > 0 else {
            depart(.reset)
            throw Ended()
        }
        state.withLock { $0.sent += count }
        return count
    }

    /// Passes bytes on in both directions; closes `other` in the end.
    func relay(with other: Int32, cuttingAfter limit: Int?) throws {
        defer { _ = closeDescriptor(other) }
        var passed = 0
        while true {
            var entries = [core.stopSignal, descriptor, other].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&entries, 3, 1000) >= 0, entries[0].revents == 0, .now < core.end else { throw Ended() }
            if entries[1].revents != 0 {
                let bytes = try receive(64 << 10)
                guard !bytes.isEmpty else { return }
                var start = 0
                while start < bytes.count {
                    let count = bytes[start...].withUnsafeBytes { send(other, $0.baseAddress, $0.count, noSignal) }
                    guard count > 0 else { return }
                    start += count
                }
            }
            if entries[2].revents != 0 {
                let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
                    count = max(0, recv(other, buffer.baseAddress, buffer.count, 0))
                }
                guard !bytes.isEmpty else { return }
                let room = (limit ?? .max) - passed
                try write(Array(bytes.prefix(room)))
                passed += bytes.count
                if passed >= limit ?? .max { return }
            }
        }
    }

    private func depart(_ departure: Departure) {
        state.withLock { state in
            guard state.departure == nil else { return }
            state.departure = departure
            state.departedAt = .now
        }
    }

    /// The bytes the system has taken from the handler and the peer's system has not acknowledged.
    public var unacknowledgedBytes: Int {
        #if canImport(Glibc) || canImport(Musl)
        var count: Int32 = 0
        return state.withLock { state in
            // TIOCOUTQ
            state.isOpen && ioctl(descriptor, 0x5411, &count) == 0 ? Int(count) : 0
        }
        #else
        return 0
        #endif
    }
}

// Inside the class the names of its own methods would hide the system's.
private func closeDescriptor(_ descriptor: Int32) -> Int32 { close(descriptor) }

/// A request as it came over the wire.
public struct ReceivedRequest: Sendable {
    /// The head's bytes as text, the empty line included.
    public var raw: String
    /// Which connection of the server it came on.
    public var connection: Int
    /// The method, as sent.
    public var method: String
    /// The target, as sent.
    public var target: String
    /// The fields in order, names as sent.
    public var fields: [(name: String, value: String)]
    /// The body, if it was read.
    public var body: [UInt8] = []

    init(head: [UInt8], connection: Int) {
        raw = String(decoding: head, as: UTF8.self)
        self.connection = connection
        var lines = raw.split(separator: "\r\n", omittingEmptySubsequences: false)[...]
        let words = (lines.popFirst() ?? "").split(separator: " ", omittingEmptySubsequences: false)
        method = words.first.map(String.init) ?? ""
        target = words.dropFirst().first.map(String.init) ?? ""
        fields = lines.compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return (String(line[..<colon]), String(value))
        }
    }

    /// The first value of a field, whatever the case of its name.
    public subscript(name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The body as text.
    public var bodyText: String { String(decoding: body, as: UTF8.self) }
}

/// A checksum of a run of bytes, equal however the run was cut (FNV-1a, and their number).
public struct Checksum: Hashable, Sendable {
    /// The number of bytes.
    public private(set) var count = 0
    private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    /// The checksum of no bytes.
    public init() {}

    /// The checksum of `bytes`.
    public init(_ bytes: [UInt8]) { add(bytes) }

    /// Goes on with `bytes`.
    public mutating func add(_ bytes: [UInt8]) {
        count += bytes.count
        bytes.withUnsafeBufferPointer { buffer in
            var hash = self.hash
            for byte in buffer { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            self.hash = hash
        }
    }
}

/// Checks a run of bytes that repeats one pattern, however it was cut.
public struct PatternCheck: Sendable {
    private let pattern: [UInt8]
    /// The number of bytes seen.
    public private(set) var count = 0
    /// Whether every byte seen was the right one.
    public private(set) var isIntact = true

    /// Expects `pattern` over and over.
    public init(_ pattern: [UInt8]) { self.pattern = pattern }

    /// Looks at the next bytes.
    public mutating func feed(_ bytes: [UInt8]) {
        var start = 0
        while start < bytes.count {
            let offset = count % pattern.count
            let size = min(bytes.count - start, pattern.count - offset)
            isIntact =
                isIntact
                && bytes.withUnsafeBytes { bytes in
                    pattern.withUnsafeBytes { pattern in
                        guard let left = bytes.baseAddress, let right = pattern.baseAddress else { return false }
                        return memcmp(left + start, right + offset, size) == 0
                    }
                }
            start += size
            count += size
        }
    }
}

extension [UInt8] {
    /// A whole HTTP/1.1 answer with a `Content-Length`.
    public static func response(
        _ status: String = "200 OK",
        fields: [(String, String)] = [],
        body: [UInt8] = []
    ) -> [UInt8] {
        let lines = fields.map { "\($0): \($1)\r\n" }.joined()
        return Array("HTTP/1.1 \(status)\r\n\(lines)Content-Length: \(body.count)\r\n\r\n".utf8) + body
    }

    /// Bytes that repeat only after a long time, so that a lost or doubled piece shows.
    public static func pattern(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var value = seed
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in 0..<count {
                value = value &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                buffer[index] = UInt8(truncatingIfNeeded: value >> 56)
            }
            initialized = count
        }
    }

    fileprivate func endOfHead(from start: Int) -> Int? {
        guard count >= 4 else { return nil }
        for index in Swift.max(0, start)...(count - 4)
        where self[index] == 13 && self[index + 1] == 10 && self[index + 2] == 13 && self[index + 3] == 10 {
            return index + 4
        }
        return nil
    }
}
