/// The four clocks of one exchange; a `nil` clock does not run.
public struct Timeouts: Hashable, Sendable {
    /// One of the four clocks.
    public enum Clock: String, Hashable, Sendable {
        /// Name lookup, TCP and TLS until the connection can carry a request.
        case connect
        /// From the request's last byte to the first byte of the response head.
        case firstByte
        /// Between two bytes, in either direction, while the transport wants to move some.
        case idle
        /// The whole exchange, from `send` to the last byte of the body.
        case total
    }

    /// The longest time to establish a connection; does not run on a connection that is reused.
    public var connect: Duration?
    /// The longest wait for the first byte of the response once the request has been sent.
    public var firstByte: Duration?
    /// The longest time without a byte while a body moves in either direction; a reader that does not pull stops it.
    public var idle: Duration?
    /// The longest time for the whole exchange.
    public var total: Duration?

    /// Makes a set of clocks; those that are left out do not run.
    public init(
        connect: Duration? = nil,
        firstByte: Duration? = nil,
        idle: Duration? = nil,
        total: Duration? = nil
    ) {
        self.connect = connect
        self.firstByte = firstByte
        self.idle = idle
        self.total = total
    }

    /// The clock's limit.
    public subscript(clock: Clock) -> Duration? {
        switch clock {
        case .connect: connect
        case .firstByte: firstByte
        case .idle: idle
        case .total: total
        }
    }
}
