#if canImport(CInferenceCurl)
import HTTPTypes

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Gathers the lines of response heads until the final one is complete; touched inside the loop's turns only.
struct CurlHeadLines {
    /// The lines of the head so far.
    private(set) var bytes: [UInt8] = []
    /// Whether the head of the response itself, not an informational one, has begun.
    private(set) var hasBegun = false
    /// Whether the head came over HTTP/2.
    private(set) var isHTTP2 = false
    /// Whether that head is complete; what comes then is a trailer.
    private(set) var isComplete = false

    /// Takes a line with its line break.
    mutating func append(_ line: UnsafeRawBufferPointer) {
        guard !isComplete else { return }
        if unsafe Self.isStatusLine(line) {
            bytes.removeAll(keepingCapacity: true)
            isHTTP2 = unsafe line[5] == UInt8(ascii: "2")
            hasBegun = unsafe CurlHead.status(in: line) >= 200
        }
        if hasBegun {
            if bytes.isEmpty { bytes.reserveCapacity(512) }
            unsafe bytes.append(contentsOf: line)
            isComplete =
                unsafe line.count <= 2 && line.allSatisfy { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }
        }
    }

    private static func isStatusLine(_ line: UnsafeRawBufferPointer) -> Bool {
        guard line.count > 5 else { return false }
        return unsafe line[0] == UInt8(ascii: "H") && line[1] == UInt8(ascii: "T") && line[2] == UInt8(ascii: "T")
            && line[3] == UInt8(ascii: "P") && line[4] == UInt8(ascii: "/")
    }

    /// Whether nothing in the complete head but the connection's close can end the body.
    var isEndedByClose: Bool {
        guard !isHTTP2 else { return false }
        let status = unsafe bytes.withUnsafeBytes { unsafe CurlHead.status(in: $0) }
        guard status != 204, status != 304 else { return false }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").dropFirst().allSatisfy { line in
            let name = line.prefix { $0 != ":" }.lowercased()
            return name != "content-length" && name != "transfer-encoding"
        }
    }

    /// The complete head, handed over.
    mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// Forgets everything, for the next exchange.
    mutating func reset() { self = CurlHeadLines() }
}

/// Reads the bytes of a head; runs on the thread of whoever waits for it.
enum CurlHead {
    /// More fields than any server sends, and fewer than `HTTPFields` can hold.
    private static let mostFields = 10_000

    /// The three digits after the version, or 0.
    static func status(in line: UnsafeRawBufferPointer) -> Int {
        guard let space = unsafe line.firstIndex(of: UInt8(ascii: " ")) else { return 0 }
        var status = 0
        for index in (space + 1)..<min(space + 4, line.count) {
            let digit = unsafe line[index]
            guard (0x30...0x39).contains(digit) else { return 0 }
            status = status * 10 + Int(digit - 0x30)
        }
        return status
    }

    /// The response that `head` describes; of a body that was decoded, without the fields that described the coded one.
    static func response(from head: [UInt8], decoded: Bool) throws -> HTTPResponse {
        try unsafe head.withUnsafeBytes { head in
            let status = unsafe Self.status(in: head)
            guard (200...999).contains(status) else {
                throw TransportError(
                    .protocolViolation,
                    "The response has no valid status.",
                    requestMayHaveReachedServer: true
                )
            }
            var lines: [HTTPField] = []
            lines.reserveCapacity(16)
            var isCoded = false
            var length: Substring?
            var lineStart = unsafe end(ofLineAt: 0, in: head) + 1
            while lineStart < head.count {
                let lineEnd = unsafe end(ofLineAt: lineStart, in: head)
                defer { lineStart = lineEnd + 1 }
                let line = unsafe UnsafeRawBufferPointer(rebasing: head[lineStart..<lineEnd])
                guard let colon = unsafe line.firstIndex(of: UInt8(ascii: ":")) else { continue }
                // A name that is no token is dropped: it cannot be represented, and nobody can ask for it.
                guard let name = unsafe name(UnsafeRawBufferPointer(rebasing: line[..<colon])) else { continue }
                var first = colon + 1
                var last = line.count
                while first < last, unsafe isBlank(line[first]) { first += 1 }
                while last > first, unsafe isBlank(line[last - 1]) { last -= 1 }
                let field = unsafe field(name, UnsafeRawBufferPointer(rebasing: line[first..<last]))
                if name == .contentLength { try check(length: field.value, before: &length) }
                if name == .contentEncoding, field.value.lowercased() != "identity" { isCoded = true }
                lines.append(field)
                guard lines.count <= mostFields else {
                    throw TransportError(
                        .protocolViolation,
                        "The response has more than \(mostFields) header fields.",
                        requestMayHaveReachedServer: true
                    )
                }
            }
            // All at once: a field alone goes through three generic calls.
            var fields = HTTPFields()
            fields.replaceSubrange(0..<0, with: lines)
            if decoded, isCoded {
                fields[.contentEncoding] = nil
                fields[.contentLength] = nil
            }
            return HTTPResponse(status: HTTPResponse.Status(code: status), headerFields: fields)
        }
    }

    /// The place of the line break that ends the line from `start`, or the end of all.
    private static func end(ofLineAt start: Int, in head: UnsafeRawBufferPointer) -> Int {
        guard start < head.count, let base = head.baseAddress,
            let found = unsafe memchr(base + start, CInt(UInt8(ascii: "\n")), head.count - start)
        else { return head.count }
        return unsafe UnsafeRawPointer(found) - base
    }

    // MARK: Names and values

    /// A name, and the bytes of one spelling of it.
    private struct Spelling {
        let bytes: [UInt8]
        let name: HTTPField.Name
    }

    /// Names that servers send, by their length: finding one costs less than checking it and making it lower case.
    private static let spellings: [[Spelling]] = {
        let names = [
            "accept-ranges", "access-control-allow-origin", "access-control-expose-headers", "age", "alt-svc",
            "cache-control", "connection", "content-disposition", "content-encoding", "content-length", "content-type",
            "cross-origin-opener-policy", "date", "etag", "expires", "keep-alive", "last-modified", "link", "location",
            "ratelimit", "ratelimit-policy", "referrer-policy", "retry-after", "server", "set-cookie",
            "strict-transport-security", "transfer-encoding", "vary", "via", "x-amz-cf-id", "x-amz-cf-pop", "x-cache",
            "x-compute-characters", "x-compute-time", "x-compute-type", "x-error-code", "x-error-message",
            "x-inference-id", "x-inference-time", "x-powered-by", "x-queue-time", "x-request-id", "x-total-time",
        ]
        var spellings: [[Spelling]] = []
        for name in names {
            var title = Array(name.utf8)
            for index in title.indices where index == 0 || title[index - 1] == UInt8(ascii: "-") {
                if (0x61...0x7a).contains(title[index]) { title[index] -= 0x20 }
            }
            for bytes in [Array(name.utf8), title] {
                guard let name = HTTPField.Name(String(decoding: bytes, as: UTF8.self)) else { continue }
                while spellings.count <= bytes.count { spellings.append([]) }
                spellings[bytes.count].append(Spelling(bytes: bytes, name: name))
            }
        }
        return spellings
    }()

    /// The name that `bytes` spell, as they spell it.
    private static func name(_ bytes: UnsafeRawBufferPointer) -> HTTPField.Name? {
        if let base = bytes.baseAddress, bytes.count < spellings.count {
            for spelling in spellings[bytes.count] where unsafe spelling.bytes[0] == bytes[0] {
                let isEqual = unsafe spelling.bytes.withUnsafeBytes { known in
                    guard let known = known.baseAddress else { return false }
                    return unsafe memcmp(known, base, bytes.count) == 0
                }
                if isEqual { return spelling.name }
            }
        }
        return HTTPField.Name(unsafe String(decoding: bytes, as: UTF8.self))
    }

    private static func field(_ name: HTTPField.Name, _ value: UnsafeRawBufferPointer) -> HTTPField {
        // Printable ASCII is every initialiser's value as it is; that from a string is the fastest.
        if unsafe value.allSatisfy({ (0x20...0x7e).contains($0) }) {
            return HTTPField(name: name, value: unsafe String(decoding: value, as: UTF8.self))
        }
        return unsafe HTTPField(name: name, lenientValue: value)
    }

    /// Refuses a length that is no number or that contradicts `previous`: libcurl reads `5x` as 5.
    private static func check(length value: String, before previous: inout Substring?) throws {
        if previous == nil, !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            previous = value[...]
            return
        }
        for length in value.split(separator: ",", omittingEmptySubsequences: false) {
            let length = length.drop { $0 == " " }
            guard !length.isEmpty, length.utf8.allSatisfy({ (0x30...0x39).contains($0) }), length == previous ?? length
            else {
                throw TransportError(
                    .protocolViolation,
                    "The response has no valid length.",
                    requestMayHaveReachedServer: true
                )
            }
            previous = length
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}
#endif
