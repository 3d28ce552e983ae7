#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Synchronization

/// A server on loopback that speaks in bytes: each connection is handed to a closure on a thread of its own.
///
/// Every wait ends after ten seconds, so that a test that goes wrong ends too.
final class CurlTestServer: Sendable {
    /// One accepted connection.
    struct Connection {
        let descriptor: CInt
        /// The connection's number, from 0.
        let number: Int

        /// Reads what comes until `end` is there or the peer is gone.
        func read(until end: String = "\r\n\r\n") -> String {
            var bytes: [UInt8] = []
            let end = Array(end.utf8)
            while !bytes.ends(with: end), let byte = read(1).first { bytes.append(byte) }
            return String(decoding: bytes, as: UTF8.self)
        }

        /// Reads at most `count` bytes; none when the peer is gone.
        func read(_ count: Int) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: count)
            let got = recv(descriptor, &bytes, count, 0)
            return Array(bytes.prefix(max(0, got)))
        }

        /// Reads exactly `count` bytes, or what there is before the peer is gone.
        func readAll(_ count: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            while bytes.count < count {
                let more = read(min(65_536, count - bytes.count))
                guard !more.isEmpty else { break }
                bytes += more
            }
            return bytes
        }

        /// Writes `text`; `false` when the peer is gone.
        @discardableResult
        func write(_ text: String) -> Bool { write(Array(text.utf8)) }

        /// Writes `bytes`; `false` when the peer is gone.
        @discardableResult
        func write(_ bytes: [UInt8]) -> Bool {
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }

        /// Waits until the peer has closed.
        func waitForClose() -> Bool {
            var byte: UInt8 = 0
            while true {
                let got = recv(descriptor, &byte, 1, 0)
                if got == 0 { return true }
                if got < 0 { return errno == ECONNRESET }
            }
        }
    }

    let port: UInt16
    private let listener: CInt
    private let handled = Mutex(0)

    /// The connections that were accepted.
    var connections: Int { handled.withLock { $0 } }

    init(_ handle: @escaping @Sendable (Connection) -> Void) {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = bind(listener, pointer, size)
                _ = listen(listener, 512)
                _ = getsockname(listener, pointer, &size)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        self.listener = listener
        Self.thread { [weak self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                var patience = timeval(tv_sec: 10, tv_usec: 0)
                setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
                setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
                var on: CInt = 1
                setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
                guard let number = self?.accepted() else {
                    close(descriptor)
                    return
                }
                Self.thread {
                    handle(Connection(descriptor: descriptor, number: number))
                    close(descriptor)
                }
            }
        }
    }

    deinit {
        shutdown(listener, CInt(SHUT_RDWR))
        close(listener)
    }

    private func accepted() -> Int {
        handled.withLock { count in
            defer { count += 1 }
            return count
        }
    }

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private static func thread(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let body = Unmanaged.passRetained(Body(run))
        let code = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            body.toOpaque()
        )
        if code == 0 { pthread_detach(thread) } else { body.release() }
    }
}

extension Array where Element == UInt8 {
    fileprivate func ends(with suffix: [UInt8]) -> Bool {
        count >= suffix.count && self.suffix(suffix.count).elementsEqual(suffix)
    }
}

/// A value that one thread sets and a test waits for.
final class CurlTestSignal<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)

    func set(_ newValue: Value) { value.withLock { $0 = newValue } }

    /// The value, once it is there; `nil` after ten seconds.
    func wait() async -> Value? {
        for _ in 0..<2_000 {
            if let value = value.withLock({ $0 }) { return value }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return nil
    }
}

/// A number that threads count up.
final class CurlTestCounter: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }

    func add() { value.withLock { $0 += 1 } }
}
