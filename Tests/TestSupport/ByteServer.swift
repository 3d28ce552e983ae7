public import HTTPTypes
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A server on loopback that does to each connection exactly what a test says, byte for byte.
///
/// ```swift
/// let server = try ByteServer { connection in
///     let head = try connection.readHead()
///     try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
///     connection.reset()
/// }
/// let request = server.request(.get, "/")
/// ```
/// Each connection has a thread, on which the handler may block. A handler that returns or throws has its connection
/// closed. The server stops when it is dropped, on ``stop()``, and in any case after its time limit; all that a handler
/// waits for then throws ``ByteConnection/Ended``.
public final class ByteServer: Sendable {
    /// What a server does to one connection.
    public typealias Handler = @Sendable (ByteConnection) throws -> Void

    /// Where it listens.
    public let address: SocketAddress
    /// What the connections' threads need to know of it.
    let core: Core

    /// What outlives the server itself until the last of its threads has ended.
    final class Core: Sendable {
        struct State {
            var connections: [ByteConnection] = []
            /// Threads, and those of them that are connections'.
            var running = 0
            /// Whether nobody can ask for the connections any more.
            var isAbandoned = false
            var handling = 0
        }
        let listener: Int32
        /// Becomes readable when the server stops.
        let stopSignal: Int32
        private let stopWriter: Int32
        let end: ContinuousClock.Instant
        /// Guards the list of connections and the number of their threads.
        let state = Mutex(State())

        init(listener: Int32, limit: Duration) throws {
            var pair: [Int32] = [0, 0]
            guard pipe(&pair) == 0 else { throw SystemError("pipe") }
            for end in pair { setCloseOnExec(end) }
            self.listener = listener
            (stopSignal, stopWriter) = (pair[0], pair[1])
            end = .now + limit
        }

        func stop() {
            // The byte is never read: it stays there for everyone who waits.
            var byte: UInt8 = 1
            _ = write(stopWriter, &byte, 1)
        }

        deinit {
            close(listener)
            close(stopSignal)
            close(stopWriter)
        }
    }

    /// Starts a server.
    ///
    /// - Parameters:
    ///   - address: Where to listen; a free port of 127.0.0.1 by default.
    ///   - backlog: How many connections the system accepts before the server does.
    ///   - sendBuffer: The system's send buffer of each connection in bytes, or `nil` for the system's choice.
    ///   - receiveBuffer: The system's receive buffer of each connection in bytes, or `nil` for the system's choice.
    ///   - accepts: Whether it accepts at all; otherwise connections stand in the backlog.
    ///   - limit: When it stops by itself.
    ///   - handler: What it does to each connection.
    /// - Throws: ``SystemError``, for instance when the port is taken.
    public init(
        _ address: SocketAddress = .ipv4(),
        backlog: Int32 = 512,
        sendBuffer: Int32? = nil,
        receiveBuffer: Int32? = nil,
        accepts: Bool = true,
        limit: Duration = .seconds(45),
        handler: @escaping Handler
    ) throws {
        let listener = socket(address.family, streamSocket, 0)
        guard listener >= 0 else { throw SystemError("socket") }
        setCloseOnExec(listener)
        setOption(listener, SOL_SOCKET, SO_REUSEADDR, 1)
        // Set on the listener, so that a connection has them before its first byte.
        if let sendBuffer { setOption(listener, SOL_SOCKET, SO_SNDBUF, sendBuffer) }
        if let receiveBuffer { setOption(listener, SOL_SOCKET, SO_RCVBUF, receiveBuffer) }
        guard address.withAddress({ bind(listener, $0, $1) }) == 0, listen(listener, backlog) == 0 else {
            let error = SystemError("bind")
            close(listener)
            throw error
        }
        switch address {
        case .ipv4: self.address = .ipv4(port: localPort(of: listener))
        case .ipv6: self.address = .ipv6(port: localPort(of: listener))
        case .unix: self.address = address
        }
        core = try Core(listener: listener, limit: limit)
        guard accepts else { return }
        let core = core
        startThread { Self.serve(core, handler) }
    }

    deinit {
        core.stop()
        // Connections hold the core, which holds them: its descriptors would stay open.
        core.state.withLock { state in
            state.isAbandoned = true
            state.connections = []
        }
    }

    /// Closes the listener's door and every connection.
    public func stop() { core.stop() }

    /// Stops, and returns once all its threads have ended.
    public func stopped() async {
        core.stop()
        await eventually { self.core.state.withLock { $0.running == 0 } }
    }

    private static func serve(_ core: Core, _ handler: @escaping Handler) {
        core.state.withLock { $0.running += 1 }
        defer { core.state.withLock { $0.running -= 1 } }
        while waitUntilReady(core.listener, POLLIN, stop: core.stopSignal, until: core.end) == .ready {
            let descriptor = acceptConnection(core.listener)
            guard descriptor >= 0 else { continue }
            setCloseOnExec(descriptor)
            setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
            let connection = core.state.withLock { state in
                let connection = ByteConnection(descriptor, index: state.connections.count, core: core)
                if !state.isAbandoned { state.connections.append(connection) }
                state.running += 1
                state.handling += 1
                return connection
            }
            startThread {
                try? handler(connection)
                connection.close()
                core.state.withLock { state in
                    state.running -= 1
                    state.handling -= 1
                }
            }
        }
    }

    /// The connections so far, in the order in which they were accepted.
    public var connections: [ByteConnection] { core.state.withLock { $0.connections } }

    /// How many connections were accepted so far.
    public var connectionCount: Int { core.state.withLock { $0.connections.count } }

    /// How many connections have a handler that has not ended.
    public var runningConnections: Int { core.state.withLock { $0.handling } }

    /// How many bytes all connections have received.
    public var bytesReceived: Int { connections.reduce(0) { $0 + $1.bytesReceived } }

    /// How many bytes all connections have sent.
    public var bytesSent: Int { connections.reduce(0) { $0 + $1.bytesSent } }

    /// The connections whose peer has closed its end.
    public var closedByPeer: Int { connections.filter { $0.peerClosedAt != nil }.count }

    /// The port, or 0 for a Unix socket.
    public var port: UInt16 {
        switch address {
        case .ipv4(let port), .ipv6(let port): port
        case .unix: 0
        }
    }

    /// Host and port as they stand in a URL; `localhost` for a Unix socket.
    public var authority: String {
        switch address {
        case .ipv4(let port): "127.0.0.1:\(port)"
        case .ipv6(let port): "[::1]:\(port)"
        case .unix: "localhost"
        }
    }

    /// A request to this server.
    public func request(
        _ method: HTTPRequest.Method = .get,
        _ path: String = "/",
        fields: [(String, String)] = []
    ) -> HTTPRequest {
        var request = HTTPRequest(method: method, scheme: "http", authority: authority, path: path)
        for (name, value) in fields {
            if let name = HTTPField.Name(name) { request.headerFields.append(HTTPField(name: name, value: value)) }
        }
        return request
    }
}

extension ByteServer {
    /// A request to a port of 127.0.0.1 on which nobody listens.
    public static func requestToClosedPort() throws -> HTTPRequest {
        let descriptor = socket(AF_INET, streamSocket, 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        defer { close(descriptor) }
        guard SocketAddress.ipv4().withAddress({ bind(descriptor, $0, $1) }) == 0 else { throw SystemError("bind") }
        // The system gives a port that was just let go to others last.
        return HTTPRequest(
            method: .post,
            scheme: "http",
            authority: "127.0.0.1:\(localPort(of: descriptor))",
            path: "/"
        )
    }

    /// A server that answers every request of every connection, as long as they stay open.
    ///
    /// - Parameters:
    ///   - address: Where to listen; a free port of 127.0.0.1 by default.
    ///   - limit: When it stops by itself.
    ///   - answer: The bytes of the whole answer to one request; an empty answer closes the connection.
    /// - Returns: The server.
    /// - Throws: ``SystemError``, for instance when the port is taken.
    public static func answering(
        _ address: SocketAddress = .ipv4(),
        limit: Duration = .seconds(45),
        _ answer: @escaping @Sendable (ReceivedRequest) -> [UInt8]
    ) throws -> ByteServer {
        try ByteServer(address, limit: limit) { connection in
            while let request = try connection.readRequest() {
                let bytes = answer(request)
                guard !bytes.isEmpty else { return }
                try connection.write(bytes)
            }
        }
    }
}

// Inside the class the names of its own methods would hide the system's.
private func acceptConnection(_ listener: Int32) -> Int32 { accept(listener, nil, nil) }

func setCloseOnExec(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
}

enum Readiness {
    case ready, stopped, late
}

/// Waits until `descriptor` is ready, `stop` becomes readable, or the time is up; any other wake-up goes on waiting.
func waitUntilReady(
    _ descriptor: Int32,
    _ events: Int32,
    stop: Int32,
    until end: ContinuousClock.Instant
) -> Readiness {
    while true {
        let left = ContinuousClock.now.duration(to: end)
        guard left > .zero else { return .late }
        var entries = [
            pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor, events: Int16(events), revents: 0),
        ]
        // A negative descriptor is passed over by the system: then only the stop and the time count.
        let count = poll(&entries, 2, Int32(min(left.milliseconds.rounded(.up), 60_000)))
        guard count > 0 else { continue }
        if entries[0].revents != 0 { return .stopped }
        if entries[1].revents != 0 { return .ready }
    }
}

extension Duration {
    /// The same in milliseconds.
    public var milliseconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) * 1e3 + Double(attoseconds) / 1e15
    }
}
