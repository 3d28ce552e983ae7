public import HTTPTypes

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A port on which connections neither come to stand nor are refused, as behind a wall that drops packets.
///
/// It is a listener whose queue is full and that accepts nobody: the system then ignores who knocks.
public final class BlackHole: Sendable {
    private let server: ByteServer
    private let fillers: [Int32]

    /// Fills the queue of a new listener.
    public init() throws {
        let server = try ByteServer(backlog: 0, accepts: false) { _ in }
        self.server = server
        fillers = (0..<4).compactMap { _ in
            let descriptor = socket(AF_INET, streamSocket, 0)
            guard descriptor >= 0 else { return nil }
            setCloseOnExec(descriptor)
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            _ = server.address.withAddress { connect(descriptor, $0, $1) }
            return descriptor
        }
    }

    deinit { for filler in fillers { close(filler) } }

    /// Host and port as they stand in a URL.
    public var authority: String { server.authority }

    /// A request that never gets there.
    public func request(_ method: HTTPRequest.Method = .get) -> HTTPRequest { server.request(method) }
}
