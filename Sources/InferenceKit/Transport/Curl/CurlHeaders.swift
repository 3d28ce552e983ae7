#if canImport(CInferenceCurl)
import HTTPTypes

/// Gathers the lines of response heads until the final one is complete; lives on the loop's thread.
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
        let isStatusLine = unsafe line.count > 5 && line.prefix(5).elementsEqual("HTTP/".utf8)
        if isStatusLine {
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
            var fields = HTTPFields()
            var isCoded = false
            var length: Substring?
            var lineStart = unsafe (head.firstIndex(of: UInt8(ascii: "\n")) ?? head.count - 1) + 1
            while lineStart < head.count {
                let lineEnd = unsafe head[lineStart...].firstIndex(of: UInt8(ascii: "\n")) ?? head.count
                defer { lineStart = lineEnd + 1 }
                guard let colon = unsafe head[lineStart..<lineEnd].firstIndex(of: UInt8(ascii: ":")) else { continue }
                var first = colon + 1
                var last = lineEnd
                while first < last, unsafe isBlank(head[first]) { first += 1 }
                while last > first, unsafe isBlank(head[last - 1]) { last -= 1 }
                let rawName = unsafe String(decoding: head[lineStart..<colon], as: UTF8.self)
                // A name that is no token is dropped: it cannot be represented, and nobody can ask for it.
                guard let name = HTTPField.Name(rawName) else { continue }
                let field = unsafe HTTPField(name: name, lenientValue: head[first..<last])
                if name == .contentLength { try check(length: field.value, before: &length) }
                if name == .contentEncoding, field.value.lowercased() != "identity" { isCoded = true }
                fields.append(field)
                guard fields.count <= mostFields else {
                    throw TransportError(
                        .protocolViolation,
                        "The response has more than \(mostFields) header fields.",
                        requestMayHaveReachedServer: true
                    )
                }
            }
            if decoded, isCoded {
                fields[.contentEncoding] = nil
                fields[.contentLength] = nil
            }
            return HTTPResponse(status: HTTPResponse.Status(code: status), headerFields: fields)
        }
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
