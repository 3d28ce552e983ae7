#if canImport(CInferenceCurl)
/// What libcurl tells of an exchange's times, in nanoseconds from its start, negative where it is unknown.
///
/// Plain numbers: they change hands in each exchange, and few readers ask for the `TransferTimings` that they make.
struct CurlTimes {
    var nameLookup: Int64 = -1
    var connect: Int64 = -1
    var tls: Int64 = -1
    var firstByte: Int64 = -1
    var total: Int64 = -1
    /// Whether the connection had been there; `nil` before there was one.
    var isReused: Bool?
    /// libcurl's number of the version of HTTP.
    var version = 0

    /// The same for readers.
    var timings: TransferTimings {
        var timings = TransferTimings()
        timings.nameLookup = Self.duration(nameLookup)
        timings.connect = Self.duration(connect)
        timings.tls = Self.duration(tls)
        timings.firstByte = Self.duration(firstByte)
        timings.total = Self.duration(total)
        timings.reusedConnection = isReused
        timings.httpVersion =
            switch version {
            case 1: "http/1.0"
            case 2: "http/1.1"
            case 3: "h2"
            default: nil
            }
        return timings
    }

    private static func duration(_ nanoseconds: Int64) -> Duration? {
        nanoseconds < 0 ? nil : .nanoseconds(nanoseconds)
    }
}
#endif
