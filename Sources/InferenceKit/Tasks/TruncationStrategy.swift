/// How texts longer than a model's window are cut, in the words of Transformers.
public struct TruncationStrategy: RawRepresentable, Hashable, Sendable, JSONConvertible {
    /// The wire's word.
    public var rawValue: String
    /// Makes a strategy of the wire's word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Not at all: a text that is too long is an error.
    public static var none: Self { Self(rawValue: "do_not_truncate") }
    /// The longest of several texts is cut first.
    public static var longestFirst: Self { Self(rawValue: "longest_first") }
    /// Only the first of two texts is cut.
    public static var onlyFirst: Self { Self(rawValue: "only_first") }
    /// Only the second of two texts is cut.
    public static var onlySecond: Self { Self(rawValue: "only_second") }

    /// What is expected, for errors.
    static let expectation =
        "a text: \"do_not_truncate\", \"longest_first\", \"only_first\" or \"only_second\""
    /// The schema's words.
    static let all: Set<Self> = [none, longestFirst, onlyFirst, onlySecond]
}
