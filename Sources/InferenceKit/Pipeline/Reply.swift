public import HTTPTypes

/// A complete answer: head and body.
public struct Reply: Sendable {
    /// The bytes of an answer.
    public enum Body: Sendable {
        /// In memory.
        case bytes([UInt8])
        /// Written to the file at a path as it arrived; `count` is its size in bytes.
        case file(path: String, count: Int)
    }

    /// The response head.
    public var head: HTTPResponse
    /// The bytes.
    public var body: Body

    /// Makes a reply.
    public init(head: HTTPResponse, body: Body) {
        self.head = head
        self.body = body
    }

    /// The status code.
    public var status: Int { head.status.code }

    /// The media type that the server named, without parameters; `nil` when it named none.
    public var mediaType: MediaType? {
        head.headerFields[.contentType].map { MediaType($0).withoutParameters }
    }

    /// The bytes in memory; a reply that went to a file has none.
    public var bytes: [UInt8] {
        switch body {
        case .bytes(let bytes): bytes
        case .file: []
        }
    }

    /// Whether the body is JSON, by its first byte when the media type leaves it open.
    public var isJSON: Bool {
        if case .file = body { return false }
        switch mediaType {
        case .some(let type) where type.isJSON: return true
        case .some(.plainText), .some(.octetStream), .none:
            let first = bytes.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
            return first == UInt8(ascii: "{") || first == UInt8(ascii: "[") || first == UInt8(ascii: "\"")
        default: return false
        }
    }

    /// The body as JSON.
    ///
    /// - Throws: ``JSONError`` with the offset at fault.
    public func json() throws -> JSONValue {
        try JSONValue(jsonBytes: bytes)
    }
}
