#if canImport(Darwin) || URLSession

import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A server at the level of bytes, on loopback; each connection runs one script on a thread of its own.
///
/// Every read and write gives up after ten seconds, so a script always ends.
final class URLSessionRawServer: Sendable {
    let port: Int
    private let listener: CInt
    private let connections = Atomic(0)

    /// The number of connections accepted so far.
    var connectionCount: Int { connections.load(ordering: .relaxed) }

    init(_ script: @escaping @Sendable (RawConnection) -> Void) throws {
        (listener, port) = try Self.listen(backlog: 64)
        let listener = listener
        Thread.detachNewThread { [weak self] in
            while true {
                let socket = accept(listener, nil, nil)
                guard socket >= 0 else { return }
                self?.connections.add(1, ordering: .relaxed)
                Thread.detachNewThread {
                    let connection = RawConnection(socket)
                    script(connection)
                    connection.close()
                }
            }
        }
    }

    deinit {
        _ = shutdown(listener, CInt(SHUT_RDWR))
        _ = close(listener)
    }

    /// A socket that listens on a free port of 127.0.0.1.
    static func listen(backlog: CInt) throws -> (CInt, port: Int) {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && Glibc.listen(listener, backlog) == 0
                    && getsockname(listener, address, &size) == 0
            }
        }
        guard result else { throw POSIXError(.EADDRNOTAVAIL) }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }
}

/// One connection of a raw server; used by its script's thread only, but for the counters.
final class RawConnection: Sendable {
    private let socket: CInt
    private let buffered = Mutex<[UInt8]>([])
    private let sent = Atomic(0)

    /// The bytes that the kernel has taken so far.
    var sentCount: Int { sent.load(ordering: .relaxed) }

    init(_ socket: CInt) {
        self.socket = socket
        var one: CInt = 1
        setsockopt(socket, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    func close() { _ = Glibc.close(socket) }

    /// The next bytes, or none at the end.
    func read() -> [UInt8] {
        let left = buffered.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
        guard left.isEmpty else { return left }
        return [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = max(0, recv(socket, buffer.baseAddress, buffer.count, 0))
        }
    }

    /// A request's head, or `nil` when the connection closed before it.
    func readHead() -> String? {
        var bytes: [UInt8] = []
        while true {
            if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                let rest = Array(bytes[end.upperBound...])
                buffered.withLock { $0 = rest }
                return String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
            }
            let more = read()
            if more.isEmpty { return nil }
            bytes += more
        }
    }

    /// As many bytes of a body, or fewer when the connection closed before.
    func readBody(_ length: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < length {
            let more = read()
            if more.isEmpty { break }
            bytes += more
        }
        return bytes
    }

    /// A chunked body, its chunks put together.
    func readChunked() -> String {
        var text = ""
        while !text.hasSuffix("0\r\n\r\n") {
            let more = read()
            if more.isEmpty { break }
            text += String(decoding: more, as: UTF8.self)
        }
        var body = ""
        var rest = text[...]
        while let end = rest.range(of: "\r\n"), let size = Int(rest[..<end.lowerBound], radix: 16), size > 0 {
            body += rest[end.upperBound...].prefix(size)
            rest = rest[end.upperBound...].dropFirst(size).dropFirst(1)
        }
        return body
    }

    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes {
                send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            done += count
            sent.add(count, ordering: .relaxed)
        }
        return true
    }

    /// A small 200.
    func answer(_ body: String = "ok") {
        write("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// Returns once the peer has closed; `false` if it has not within ten seconds.
    func peerCloses() -> Bool {
        var byte: UInt8 = 0
        while true {
            let count = recv(socket, &byte, 1, 0)
            if count == 0 || (count < 0 && errno != EAGAIN) { return true }
            if count < 0 { return false }
        }
    }
}

/// A flag that a script waits for, ten seconds at most, and one that a test awaits.
final class RawSignal: Sendable {
    private let state = Mutex<(isSet: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))
    private let semaphore = DispatchSemaphore(value: 0)

    func set() {
        let waiters = state.withLock { state in
            state.isSet = true
            defer { state.waiters = [] }
            return state.waiters
        }
        semaphore.signal()
        for waiter in waiters { waiter.resume() }
    }

    @discardableResult
    func wait() -> Bool {
        defer { semaphore.signal() }
        return semaphore.wait(timeout: .now() + 10) == .success
    }

    func reached() async {
        await withCheckedContinuation { waiter in
            let isSet = state.withLock { state in
                if !state.isSet { state.waiters.append(waiter) }
                return state.isSet
            }
            if isSet { waiter.resume() }
        }
    }
}

#endif
