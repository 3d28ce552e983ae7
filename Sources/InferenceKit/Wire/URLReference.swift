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
    /// By bytes: every call takes its URL apart, and characters cost a hundred times as much.
    init(parsing text: String) throws(Problem) {
        let bytes = text.utf8
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Problem(description: "it has spaces, control characters or letters outside of ASCII")
        }
        guard let separator = bytes.firstIndex(of: UInt8(ascii: ":")),
            bytes[separator...].starts(with: "://".utf8)
        else { throw Problem(description: "it has no scheme") }
        scheme = String(text[..<separator]).lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw Problem(description: "its scheme is neither http nor https")
        }
        var rest = bytes[bytes.index(separator, offsetBy: 3)...]
        if let fragment = rest.firstIndex(of: UInt8(ascii: "#")) { rest = rest[..<fragment] }
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.contains(UInt8(ascii: "@")) else {
            throw Problem(description: "it has a user name or password in it")
        }
        (host, port) = try Self.parse(authority: authority)
        let tail = rest[end...]
        let mark = tail.firstIndex(of: UInt8(ascii: "?"))
        path = String(Substring(tail[..<(mark ?? tail.endIndex)]))
        query = mark.map { String(Substring(tail[tail.index(after: $0)...])) }
    }

    private static func parse(authority: Substring.UTF8View) throws(Problem) -> (String, Int?) {
        var host = authority
        var port: Int?
        // The colons of an IPv6 address stand inside of brackets.
        let searched = authority.lastIndex(of: UInt8(ascii: "]")).map { authority[$0...] } ?? authority
        if let colon = searched.lastIndex(of: UInt8(ascii: ":")) {
            host = authority[..<colon]
            let digits = authority[authority.index(after: colon)...]
            guard digits.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(Substring(digits)),
                (1...65_535).contains(number)
            else { throw Problem(description: "its port is no number from 1 to 65535") }
            port = number
        }
        let inner = host.dropFirst().dropLast()
        let isAddress =
            host.first == UInt8(ascii: "[") && host.last == UInt8(ascii: "]") && host.contains(UInt8(ascii: ":"))
            && inner.allSatisfy {
                switch $0 {
                case 0x30...0x39, UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
                    UInt8(ascii: ":"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
        let refused = ":[]\\^`{|}<>\"".utf8
        let isName = !host.isEmpty && !host.contains { refused.contains($0) }
        guard isAddress || isName else { throw Problem(description: "it has no host") }
        return (String(Substring(host)).lowercased(), port)
    }

    /// The host with the port, if one was written.
    var authority: String { port.map { "\(host):\($0)" } ?? host }

    /// The path, at least a slash, with the query.
    var pathAndQuery: String {
        let path = path.isEmpty ? "/" : path
        return query.map { "\(path)?\($0)" } ?? path
    }

    /// The whole URL.
    var text: String { "\(scheme)://\(authority)\(pathAndQuery)" }

    /// Whether the host is this machine.
    var isLoopback: Bool {
        host == "localhost" || host == "[::1]"
            || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
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
