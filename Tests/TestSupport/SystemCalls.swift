#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A call to the system that failed, and its `errno`.
public struct SystemError: Error, CustomStringConvertible {
    /// The call's name.
    public var call: String
    /// Why it failed.
    public var code: Int32

    /// Makes an error of the call that just failed.
    public init(_ call: String) {
        self.call = call
        code = errno
    }

    /// The call and the system's words.
    public var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// Runs `body` on a thread of its own; for what blocks, and so must stay off Swift's few threads.
func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = Unmanaged.passRetained(Box(body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 256 << 10)
    defer { pthread_attr_destroy(&attributes) }
    #if canImport(Darwin)
    var thread: pthread_t?
    let start: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { pointer in
        Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().body()
        return nil
    }
    #else
    var thread = pthread_t()
    let start: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { pointer in
        if let pointer { Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().body() }
        return nil
    }
    #endif
    let code = pthread_create(&thread, &attributes, start, box.toOpaque())
    if code != 0 { box.release() }
}

#if canImport(Darwin) || canImport(Musl)
let streamSocket = SOCK_STREAM
#else
let streamSocket = Int32(SOCK_STREAM.rawValue)
#endif

#if canImport(Darwin)
let noSignal: Int32 = 0
#else
let noSignal = Int32(MSG_NOSIGNAL)
#endif

/// Sets an option of a socket to a number.
func setOption(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
}

/// Where a socket listens or connects to.
public enum SocketAddress: Hashable, Sendable {
    /// A port of 127.0.0.1; 0 lets the system choose.
    case ipv4(port: UInt16 = 0)
    /// A port of ::1; 0 lets the system choose.
    case ipv6(port: UInt16 = 0)
    /// A Unix socket.
    case unix(path: String)

    var family: Int32 {
        switch self {
        case .ipv4: AF_INET
        case .ipv6: AF_INET6
        case .unix: AF_UNIX
        }
    }

    /// Calls `body` with the address as the system wants it.
    func withAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        func call<Address>(_ address: Address) -> Result {
            withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<Address>.size))
                }
            }
        }
        switch self {
        case .ipv4(let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            return call(address)
        case .ipv6(let port):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_addr = in6addr_loopback
            return call(address)
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { room in
                for (index, byte) in path.utf8.prefix(room.count - 1).enumerated() { room[index] = byte }
            }
            return call(address)
        }
    }
}

/// The port of a socket's own end, or 0.
func localPort(of descriptor: Int32) -> UInt16 { port(of: descriptor, getsockname) }

/// The port of a socket's other end, or 0.
func peerPort(of descriptor: Int32) -> UInt16 { port(of: descriptor, getpeername) }

#if canImport(Darwin)
private typealias NameCall = (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?) -> Int32
#else
private typealias NameCall = (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
#endif

private func port(of descriptor: Int32, _ call: NameCall) -> UInt16 {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let code = withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call(descriptor, $0, &length) }
    }
    guard code == 0 else { return 0 }
    let family = Int32(storage.ss_family)
    return withUnsafeBytes(of: &storage) { bytes in
        switch family {
        case AF_INET: UInt16(bigEndian: bytes.load(as: sockaddr_in.self).sin_port)
        case AF_INET6: UInt16(bigEndian: bytes.load(as: sockaddr_in6.self).sin6_port)
        default: 0
        }
    }
}
