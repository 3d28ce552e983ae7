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
        // Of what `Double` reads, only digits and a point; a server may write more, but not `inf` or `0x1p3`.
        let start = text.drop { $0.isWhitespace }
        let digits = start.prefix { !$0.isWhitespace }
        guard start[digits.endIndex...].allSatisfy(\.isWhitespace),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }),
            let number = Double(digits), number.isFinite
        else { return nil }
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
        // Several limits may stand in one field; the one with the fewest calls left is the one that matters.
        let limits = fields[.rateLimit].map(HeaderItem.list) ?? []
        let limit = limits.min { ($0.int("r") ?? .max) < ($1.int("r") ?? .max) }
        if let limit {
            bucket = limit.names.first
            remaining = limit.int("r")
            reset = limit.parameters["t"].flatMap(Self.seconds)
        }
        // The Hub names the policy's kind first, and second the limit that it is about.
        let policies = fields[.rateLimitPolicy].map(HeaderItem.list) ?? []
        if let policy = policies.first(where: { !Set($0.names).isDisjoint(with: limit?.names ?? []) }) ?? policies.first
        {
            bucket = bucket ?? policy.names.last
            quota = policy.int("q")
            window = policy.parameters["w"].flatMap(Self.seconds)
        }
        if remaining == nil { remaining = (fields[.oldRemaining] ?? fields[.remainingRequests]).flatMap { Int($0) } }
        if quota == nil { quota = (fields[.oldLimit] ?? fields[.limitRequests]).flatMap { Int($0) } }
        if reset == nil { reset = (fields[.oldReset] ?? fields[.resetRequests]).flatMap(Self.span) }
        guard remaining != nil || quota != nil || reset != nil else { return nil }
    }

    /// A time in seconds, or as OpenAI writes it: `1s`, `6m0s`, `120ms`.
    private static func span(_ text: String) -> Duration? {
        if let seconds = seconds(text) { return seconds }
        var total = Duration.zero
        var rest = text[...]
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest.removeFirst(number.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest.removeFirst(unit.count)
            guard let value = Double(number), value < 1e9 else { return nil }
            switch unit {
            case "ms": total += .milliseconds(value)
            case "s": total += .seconds(value)
            case "m": total += .seconds(value * 60)
            case "h": total += .seconds(value * 3_600)
            case "d": total += .seconds(value * 86_400)
            default: return nil
            }
        }
        return text.isEmpty ? nil : total
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
    fileprivate static let remainingRequests = Self.known("X-RateLimit-Remaining-Requests")
    fileprivate static let limitRequests = Self.known("X-RateLimit-Limit-Requests")
    fileprivate static let resetRequests = Self.known("X-RateLimit-Reset-Requests")
}
