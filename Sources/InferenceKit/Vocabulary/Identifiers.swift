/// The name of a task in Hugging Face's catalog, such as `text-classification`.
public struct TaskID: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The catalog's own word.
    public var rawValue: String
    /// Makes an id of the catalog's word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Makes an id of the catalog's word.
    public init(stringLiteral value: String) { rawValue = value }
    /// The catalog's own word.
    public var description: String { rawValue }
}

/// The name of an inference provider, as in the router's URLs: `hf-inference`, `together` and others.
public struct ProviderID: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The router's own word.
    public var rawValue: String
    /// Makes an id of the router's word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Makes an id of the router's word.
    public init(stringLiteral value: String) { rawValue = value }
    /// The router's own word.
    public var description: String { rawValue }
}

/// The name of a model: `organisation/name` on the Hub, or whatever a server of your own calls it.
///
/// Any string can be held; it is checked when a call is made, so that a bad one is an error and not a trap.
public struct ModelID: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The name as given.
    public var rawValue: String
    /// Makes an id; nothing is checked yet.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Makes an id; nothing is checked yet.
    public init(_ rawValue: String) { self.rawValue = rawValue }
    /// Makes an id; nothing is checked yet.
    public init(stringLiteral value: String) { rawValue = value }
    /// The name as given.
    public var description: String { rawValue }

    /// The name, when it may stand in a Hub path: ASCII letters, digits, `-`, `_` and `.`, one slash at most.
    ///
    /// Source: the Hub's own rule for repository names; it keeps a name from becoming another path or a header.
    ///
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput`` that names `model`.
    func hubPath() throws -> String {
        let segments = rawValue.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isValid =
            (1...2).contains(segments.count) && rawValue.utf8.count <= 200
            && segments.allSatisfy { segment in
                !segment.isEmpty && segment.first != UInt8(ascii: ".") && segment.last != UInt8(ascii: ".")
                    && segment.allSatisfy { $0.isIdentifierByte }
            } && !rawValue.contains("..")
        guard isValid else {
            throw InferenceError.invalidInput(
                "model",
                expected: "a Hub model id such as \"organisation/name\": letters, digits, '-', '_' and '.'"
            )
        }
        return rawValue
    }

    /// The name, when a server of one's own may be asked for it in a JSON body: no spaces, controls or `..` segments.
    func serverName() throws -> String {
        // Nearly all names are plain ASCII, which bytes tell.
        var isPlain = !rawValue.isEmpty && rawValue.utf8.count <= 500
        var last: UInt8 = 0
        for byte in rawValue.utf8 {
            if byte <= 0x20 || byte >= 0x7F || (byte == UInt8(ascii: ".") && last == byte) { isPlain = false }
            last = byte
        }
        if isPlain { return rawValue }
        let isValid =
            !rawValue.isEmpty && rawValue.utf8.count <= 500
            && rawValue.unicodeScalars.allSatisfy {
                !$0.properties.isWhitespace && $0.value >= 0x20 && $0.value != 0x7F
            }
            && !rawValue.utf8.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) }
        guard isValid else {
            throw InferenceError.invalidInput(
                "model",
                expected: "a model name without spaces, control characters or \"..\""
            )
        }
        return rawValue
    }
}

extension UInt8 {
    /// Whether the byte may stand in a repository's name.
    fileprivate var isIdentifierByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
