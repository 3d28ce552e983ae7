/// When the stages of one exchange were reached, counted from its start; `nil` when a stage was skipped or is unknown.
public struct TransferTimings: Hashable, Sendable {
    /// The host's name was resolved.
    public var nameLookup: Duration?
    /// The TCP connection stood; zero or `nil` when a connection was reused.
    public var connect: Duration?
    /// TLS was established.
    public var tls: Duration?
    /// The first byte of the response arrived.
    public var firstByte: Duration?
    /// The last byte of the response arrived.
    public var total: Duration?
    /// Whether the exchange ran on a connection that an earlier one had opened.
    public var reusedConnection: Bool?
    /// The protocol that was spoken, such as `http/1.1` or `h2`.
    public var httpVersion: String?

    /// Makes timings in which nothing is known.
    public init() {}
}
