/// An absolute `http` or `https` URL in its parts; small, strict, and free of Foundation.
///
/// Source: RFC 3986, as far as HTTP servers need it.
struct URLReference: Hashable, Sendable {
    /// `http` or `https`.
    var scheme: String
    /// The host; an IPv6 address stands in its brackets.
    var host: String
    /// The port, when it was written.
    var port: Int?
    /// The host with the port, if one was written.
    var authority: String
    /// The path, empty or beginning with a slash.
    var path: String
    /// What follows the question mark, or `nil`.
    var query: String?

    /// What is wrong with a URL, in words that do not repeat it.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// Takes an absolute URL apart.
    ///
    /// By bytes in memory: every call takes its URL apart, and views of a string cost ten times as much.
    init(parsing text: String) throws(Problem) {
        var text = text
        let result = text.withUTF8 { bytes -> Result<Self, Problem> in
            do throws(Problem) {
                return .success(try unsafe Self(ByteReader(bytes)))
            } catch {
                return .failure(error)
            }
        }
        self = try result.get()
    }

    private init(_ bytes: ByteReader) throws(Problem) {
        guard bytes.firstIndex(in: 0..<bytes.end, where: { $0 <= 0x20 || $0 >= 0x7F }) == nil else {
            throw Problem(description: "it has spaces, control characters or letters outside of ASCII")
        }
        var bytes = bytes
        bytes.position = bytes.firstIndex(in: 0..<bytes.end) { $0 == UInt8(ascii: ":") } ?? bytes.end
        guard bytes.starts(with: "://") else { throw Problem(description: "it has no scheme") }
        scheme = bytes.text(0..<bytes.position).lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw Problem(description: "its scheme is neither http nor https")
        }
        let start = bytes.position + 3
        let end = bytes.firstIndex(in: start..<bytes.end) { $0 == UInt8(ascii: "#") } ?? bytes.end
        let tail =
            bytes.firstIndex(in: start..<end) { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? end
        guard bytes.firstIndex(in: start..<tail, where: { $0 == UInt8(ascii: "@") }) == nil else {
            throw Problem(description: "it has a user name or password in it")
        }
        let (host, port) = try Self.authority(bytes, start..<tail)
        self.host = host
        self.port = port
        authority = port.map { "\(host):\($0)" } ?? host
        let mark = bytes.firstIndex(in: tail..<end) { $0 == UInt8(ascii: "?") }
        path = bytes.text(tail..<(mark ?? end))
        query = mark.map { bytes.text(($0 + 1)..<end) }
    }

    private static func authority(_ bytes: ByteReader, _ range: Range<Int>) throws(Problem) -> (String, Int?) {
        var host = range
        var port: Int?
        // The colons of an IPv6 address stand inside of brackets.
        let bracket = range.last { bytes.byte(at: $0) == UInt8(ascii: "]") }
        let searched = (bracket ?? range.lowerBound)..<range.upperBound
        if let colon = searched.last(where: { bytes.byte(at: $0) == UInt8(ascii: ":") }) {
            host = range.lowerBound..<colon
            let digits = (colon + 1)..<range.upperBound
            guard bytes.firstIndex(in: digits, where: { !(0x30...0x39).contains($0) }) == nil,
                let number = Int(bytes.text(digits)), (1...65_535).contains(number)
            else { throw Problem(description: "its port is no number from 1 to 65535") }
            port = number
        }
        guard isName(bytes, host) || isAddress(bytes, host) else { throw Problem(description: "it has no host") }
        return (bytes.text(host).lowercased(), port)
    }

    private static func isName(_ bytes: ByteReader, _ host: Range<Int>) -> Bool {
        let refused = bytes.firstIndex(in: host) {
            switch $0 {
            case UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "\\"), UInt8(ascii: "^"),
                UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "<"),
                UInt8(ascii: ">"), UInt8(ascii: "\""):
                true
            default: false
            }
        }
        return !host.isEmpty && refused == nil
    }

    /// Whether the host is an IPv6 address in its brackets.
    private static func isAddress(_ bytes: ByteReader, _ host: Range<Int>) -> Bool {
        guard host.count >= 2, bytes.byte(at: host.lowerBound) == UInt8(ascii: "["),
            bytes.byte(at: host.upperBound - 1) == UInt8(ascii: "]")
        else { return false }
        let inner = (host.lowerBound + 1)..<(host.upperBound - 1)
        let refused = bytes.firstIndex(in: inner) {
            switch $0 {
            case 0x30...0x39, UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
                UInt8(ascii: ":"), UInt8(ascii: "."):
                false
            default: true
            }
        }
        return refused == nil && bytes.firstIndex(in: inner) { $0 == UInt8(ascii: ":") } != nil
    }

    /// The path, at least a slash, with the query.
    var pathAndQuery: String {
        let path = path.isEmpty ? "/" : path
        return query.map { "\(path)?\($0)" } ?? path
    }

    /// The whole URL.
    var text: String { Self.text(scheme: scheme, authority: authority, path: path.isEmpty ? "/" : path, query: query) }

    /// A URL of its parts, in storage that is taken once: interpolation takes more with each part.
    static func text(
        scheme: String,
        authority: String,
        path: String,
        query: String? = nil
    ) -> String {
        var text = scheme
        text.reserveCapacity(
            scheme.utf8.count + 3 + authority.utf8.count + path.utf8.count + (query.map { $0.utf8.count + 1 } ?? 0)
        )
        text += "://"
        text += authority
        text += path
        if let query {
            text += "?"
            text += query
        }
        return text
    }

    /// Whether the host is this machine.
    var isLoopback: Bool {
        host == "localhost" || host == "[::1]"
            || (host.hasPrefix("127.")
                && host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") })
    }

    /// The URL that a `Location` means, seen from this one (RFC 3986, section 5.2); its fragment is dropped.
    func resolving(_ location: String) throws(Problem) -> URLReference {
        if let colon = location.firstIndex(of: ":"), Self.isScheme(location[..<colon]) {
            return try URLReference(parsing: location)
        }
        if location.hasPrefix("//") { return try URLReference(parsing: "\(scheme):\(location)") }
        let reference = location.prefix { $0 != "#" }
        let base = "\(scheme)://\(authority)"
        guard !reference.isEmpty else { return self }
        let relative = reference.prefix { $0 != "?" }
        let query = reference[relative.endIndex...]
        guard !relative.isEmpty else { return try URLReference(parsing: base + (path.isEmpty ? "/" : path) + query) }
        let folder = relative.hasPrefix("/") ? "" : path.lastIndex(of: "/").map { path[...$0] } ?? "/"
        return try URLReference(parsing: base + Self.removingDots(String(folder) + relative) + query)
    }

    private static func isScheme(_ text: Substring) -> Bool {
        text.first?.isLetter == true && text.allSatisfy { $0.isLetter || $0.isNumber || "+-.".contains($0) }
    }

    /// The path with its `.` and `..` segments followed.
    private static func removingDots(_ path: String) -> String {
        var segments: [Substring] = []
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            guard part == "." || part == ".." else {
                segments.append(part)
                continue
            }
            // The first segment is the nothing in front of the first slash, and stays.
            if part == "..", segments.count > 1 { segments.removeLast() }
            if index == parts.count - 1 { segments.append("") }
        }
        return segments.joined(separator: "/")
    }

    /// Text as one segment of a path or one value of a query: everything but unreserved characters in percent form.
    static func escape(_ text: String) -> String {
        var result = ""
        let digits = Array("0123456789ABCDEF".unicodeScalars)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result.unicodeScalars.append("%")
                result.unicodeScalars.append(digits[Int(byte >> 4)])
                result.unicodeScalars.append(digits[Int(byte & 15)])
            }
        }
        return result
    }

    /// A query of pairs, in their order; names are escaped as well.
    static func query(_ pairs: [(name: String, value: String)]) -> String {
        pairs.map { "\(escape($0.name))=\(escape($0.value))" }.joined(separator: "&")
    }
}

extension ByteReader {
    /// The first place in `range`, which ends at the end or before, whose byte is wanted.
    @inline(__always)
    fileprivate func firstIndex(in range: Range<Int>, where isWanted: (UInt8) -> Bool) -> Int? {
        range.first { isWanted(byte(at: $0)) }
    }

    /// The text in `range`.
    fileprivate func text(_ range: Range<Int>) -> String {
        unsafe String(decoding: view(from: range.lowerBound, to: range.upperBound), as: UTF8.self)
    }
}
