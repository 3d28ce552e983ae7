/// Frees a server's words of what the caller sent: tokens, prompts and media must not come back in an error.
struct Redactor: Sendable {
    private var secrets: [String] = []
    private var inputs: [String] = []

    init(token: AccessToken?, payload: JSONValue?) {
        if let token { secrets.append(token.secret) }
        if let payload { collect(payload, depth: 0) }
    }

    /// The text with everything secret replaced, cut to a length that a person reads.
    func clean(_ text: String, limit: Int = 1_000) -> String {
        var text = text
        for secret in secrets { text = text.replacing(secret, with: "‹token›") }
        for input in inputs {
            text = text.replacing(input, with: "‹input›")
            // Servers quote the beginning of what they refuse; the rest of such a quotation is not worth keeping.
            let start = String(input.prefix(16))
            if start.count == 16, let found = text.firstRange(of: start) {
                text = String(text[..<found.lowerBound]) + "‹input›"
            }
        }
        // The toolkit quotes the whole request body after this word.
        if let found = text.firstRange(of: "received: ") {
            text = String(text[..<found.upperBound]) + "‹input›"
        }
        return text.count > limit ? text.prefix(limit) + "…" : text
    }

    /// The texts of a request that are long enough to be somebody's words rather than a parameter's value.
    private mutating func collect(_ value: JSONValue, depth: Int) {
        guard inputs.count < 64, depth < 8 else { return }
        switch value {
        case .string(let text) where text.utf8.count >= 6:
            // Of a medium in base64 the beginning is enough to find it again.
            inputs.append(text.utf8.count > 4_096 ? String(text.prefix(64)) : text)
        case .array(let values): for value in values { collect(value, depth: depth + 1) }
        case .object(let members):
            for (key, value) in members where key != "parameters" && key != "model" {
                collect(value, depth: depth + 1)
            }
        default: break
        }
    }
}

extension String {
    fileprivate func replacing(_ other: String, with replacement: String) -> String {
        guard !other.isEmpty else { return self }
        var result = ""
        var rest = self[...]
        while let found = rest.firstRange(of: other) {
            result += rest[..<found.lowerBound]
            result += replacement
            rest = rest[found.upperBound...]
        }
        return result + rest
    }
}

extension StringProtocol {
    /// The first place where `other` stands; the standard library has this with string processing only.
    fileprivate func firstRange(of other: String) -> Range<String.Index>? {
        let needle = Array(other.utf8)
        let bytes = utf8
        guard !needle.isEmpty else { return nil }
        var start = bytes.startIndex
        while start != bytes.endIndex {
            if bytes[start] == needle[0], bytes[start...].starts(with: needle) {
                let end = bytes.index(start, offsetBy: needle.count)
                return start..<end
            }
            start = bytes.index(after: start)
        }
        return nil
    }
}
