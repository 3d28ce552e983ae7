/// Lenient readings that the decoders of many tasks share.
extension JSONValue {
    /// The members of an object.
    ///
    /// - Throws: ``JSONMismatch``.
    public func members() throws -> JSONObject {
        guard let members = objectValue else { throw JSONMismatch(expected: "an object", found: self) }
        return members
    }

    /// The elements of a list.
    ///
    /// - Throws: ``JSONMismatch``.
    public func elements() throws -> [JSONValue] {
        guard let elements = arrayValue else { throw JSONMismatch(expected: "a list", found: self) }
        return elements
    }

    /// The one element of a list of one, which some servers send for an object; anything else is unchanged.
    public func unwrappingListOfOne() -> JSONValue {
        if case .array(let elements) = self, elements.count == 1 { return elements[0] }
        return self
    }

    /// The first answer in lists of any depth, which is the answer to one input however often a server wraps it.
    ///
    /// - Throws: ``JSONMismatch`` when a list on the way is empty.
    func firstAnswer() throws -> JSONValue {
        var answer = self
        while case .array(let elements) = answer {
            guard let first = elements.first else { throw JSONMismatch(expected: "an answer", found: "an empty list") }
            answer = first
        }
        return answer
    }

    /// A number, or `null` for one that is missing or has no JSON form.
    public static func number(orNull value: Double?) -> JSONValue {
        guard let value, value.isFinite else { return .null }
        return value.json
    }
}

extension JSONObject {
    /// A text, under the first of `keys` that is there; numbers and truth values are written out, as some servers send
    /// those for labels.
    ///
    /// - Throws: ``JSONMismatch`` that names the first key.
    public func label(_ keys: String...) throws -> String {
        for key in keys {
            switch self[key] {
            case .string(let text): return text
            case .number(let number): return number.literal
            case .bool(let value): return value ? "true" : "false"
            default: continue
            }
        }
        throw JSONMismatch(expected: "a text at \"\(keys.first ?? "")\"", found: .object(self))
    }
}

extension Array {
    /// Sorted by a score, highest first; elements without one come last, and equal ones keep their order.
    func bestFirst(by score: (Element) -> Double?) -> Self {
        // Servers mostly send them in this order.
        if isBestFirst(by: score) { return self }
        return sorted(on: { -(score($0) ?? -.infinity) })
    }

    private func isBestFirst(by score: (Element) -> Double?) -> Bool {
        var last = Double.infinity
        for element in self {
            let next = score(element) ?? -.infinity
            // No order is that of a score that is no number.
            guard next <= last else { return false }
            last = next
        }
        return true
    }
}

extension InferenceError {
    /// Throws an error of the caller's input unless `condition` holds.
    static func require(_ condition: Bool, _ field: String, _ expected: String) throws {
        guard condition else { throw invalidInput(field, expected: expected) }
    }
}

extension Media {
    /// The medium of a reply: bytes, a file that they went to, base64 in JSON, or a data URL.
    ///
    /// - Parameters:
    ///   - reply: The answer.
    ///   - fallback: The media type when neither the server nor the bytes tell it.
    /// - Throws: ``JSONMismatch`` when JSON holds no medium.
    public init(from reply: Reply, fallback: MediaType) throws {
        switch reply.body {
        case .file(let path, _):
            let start = (try? InputFile(path: path).prefix(64)) ?? []
            self = .file(path, mediaType: try Self.mediaType(of: start, named: reply.mediaType) ?? fallback)
        case .bytes(let bytes) where reply.isJSON:
            self = try Self(json: try JSONValue(jsonBytes: bytes), fallback: fallback)
        case .bytes(let bytes):
            guard !bytes.isEmpty else { throw JSONMismatch(expected: "a medium", found: .null) }
            self = .bytes(bytes, mediaType: try Self.mediaType(of: bytes, named: reply.mediaType) ?? fallback)
        }
    }

    /// The media type of bytes that came under the name `named`; the bytes themselves know better.
    private static func mediaType(of bytes: [UInt8], named: MediaType?) throws -> MediaType? {
        // A page in place of a medium is some proxy's own.
        if let named, named.rawValue.hasPrefix("text/") {
            throw JSONMismatch(expected: "a medium, not a text of type \(named.rawValue)", found: .null)
        }
        return MediaSniffer.mediaType(of: bytes) ?? named.flatMap { $0 == .octetStream ? nil : $0 }
    }

    /// A medium in JSON: a base64 text or data URL, alone, in a list of one, or under one of the usual names.
    init(json: JSONValue, fallback: MediaType, depth: Int = 0) throws {
        switch json {
        case .string(let text):
            self = try Self(base64: text, fallback: fallback)
        case .array(let elements) where elements.count >= 1 && depth < 4:
            self = try Self(json: elements[0], fallback: fallback, depth: depth + 1)
        case .object(let members) where depth < 4:
            let names = ["b64_json", "image", "images", "audio", "video", "blob", "data", "output", "url"]
            guard let found = names.lazy.compactMap({ members[$0] }).first(where: { !$0.isNull }) else {
                throw JSONMismatch(expected: "a medium in base64", found: json)
            }
            self = try Self(json: found, fallback: fallback, depth: depth + 1)
        default:
            throw JSONMismatch(expected: "a medium in base64", found: json)
        }
    }

    /// A medium in base64, bare or as a data URL; a remote URL stays one.
    init(base64 text: String, fallback: MediaType) throws {
        if text.hasPrefix("http://") || text.hasPrefix("https://") {
            self = .url(text)
            return
        }
        var type: MediaType?
        var base64 = text
        if text.hasPrefix("data:"), let comma = text.firstIndex(of: ",") {
            let start = text.index(text.startIndex, offsetBy: 5)
            type = MediaType(String(text[start..<comma].prefix { $0 != ";" }))
            base64 = String(text[text.index(after: comma)...])
        }
        let bytes: [UInt8]
        do {
            bytes = try Base64.decode(base64)
        } catch {
            throw JSONMismatch(expected: "a medium in base64", found: .string(text))
        }
        self = .bytes(bytes, mediaType: MediaSniffer.mediaType(of: bytes) ?? type ?? fallback)
    }
}
