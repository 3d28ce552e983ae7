import HTTPTypes

/// The wait that a server asks for before another try.
enum RetryAfter {
    /// The wait, by `retry-after-ms`, else `Retry-After` in seconds or as a date; `nil` when none is asked for.
    ///
    /// - Parameters:
    ///   - fields: The response's header fields.
    ///   - now: Seconds since 1970, to count from when the server names a date.
    /// - Returns: The wait.
    static func delay(fields: HTTPFields, now: Double) -> Duration? {
        if let text = fields[.retryAfterMilliseconds], let number = finite(text) { return .seconds(number / 1_000) }
        guard let text = fields[.retryAfter] else { return nil }
        if let number = finite(text) { return .seconds(number) }
        return HTTPDate.seconds(header: text).map { .seconds(max($0 - now, 0)) }
    }

    private static func finite(_ text: String) -> Double? {
        guard let number = Double(text.filter { !$0.isWhitespace }), number.isFinite, number >= 0 else { return nil }
        // What is longer than ten years is as good as for ever, and cannot overflow.
        return min(number, 315_360_000)
    }
}

/// The state of a rate limit, as the last response told it.
///
/// Source: the `RateLimit` and `RateLimit-Policy` fields of the Hub (the ninth IETF draft), and the older `X-RateLimit-…`.
public struct RateLimit: Hashable, Sendable {
    /// The limit's name, such as `api`.
    public var bucket: String?
    /// The calls that are left.
    public var remaining: Int?
    /// The time until the count starts anew.
    public var reset: Duration?
    /// The calls of a whole window.
    public var quota: Int?
    /// The length of a window.
    public var window: Duration?

    /// Makes a state of what is known.
    public init(
        bucket: String? = nil,
        remaining: Int? = nil,
        reset: Duration? = nil,
        quota: Int? = nil,
        window: Duration? = nil
    ) {
        self.bucket = bucket
        self.remaining = remaining
        self.reset = reset
        self.quota = quota
        self.window = window
    }

    /// The state that header fields tell, or `nil` when they tell none.
    init?(fields: HTTPFields) {
        self.init()
        if let text = fields[.rateLimit] { read(text) }
        if let text = fields[.rateLimitPolicy] { read(text) }
        if remaining == nil { remaining = fields[.oldRemaining].flatMap { Int($0) } }
        if quota == nil { quota = fields[.oldLimit].flatMap { Int($0) } }
        if reset == nil { reset = fields[.oldReset].flatMap(Self.seconds) }
        guard remaining != nil || quota != nil || reset != nil else { return nil }
    }

    /// `"api";r=489;t=189`, or `"fixed window";"api";q=500;w=300`.
    private mutating func read(_ text: String) {
        // Several limits may stand in one field; the first is the one that counts the call.
        for part in text.prefix(while: { $0 != "," }).split(separator: ";") {
            let word = part.filter { $0 != " " }
            if word.hasPrefix("\""), word.hasSuffix("\""), word.count > 1 {
                bucket = String(part.drop { $0 != "\"" }.dropFirst().prefix { $0 != "\"" })
            }
            let pair = word.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { continue }
            switch pair[0] {
            case "r": remaining = Int(pair[1]) ?? remaining
            case "t": reset = Self.seconds(String(pair[1])) ?? reset
            case "q": quota = Int(pair[1]) ?? quota
            case "w": window = Self.seconds(String(pair[1])) ?? window
            default: break
            }
        }
    }

    private static func seconds(_ text: String) -> Duration? {
        guard let number = Double(text), number.isFinite, (0..<1e9).contains(number) else { return nil }
        return .seconds(number)
    }
}

extension HTTPField.Name {
    fileprivate static let retryAfterMilliseconds = Self.known("retry-after-ms")
    fileprivate static let rateLimit = Self.known("RateLimit")
    fileprivate static let rateLimitPolicy = Self.known("RateLimit-Policy")
    fileprivate static let oldRemaining = Self.known("X-RateLimit-Remaining")
    fileprivate static let oldLimit = Self.known("X-RateLimit-Limit")
    fileprivate static let oldReset = Self.known("X-RateLimit-Reset")
}
