/// An item of a header's list: a name, and what follows it between semicolons.
///
/// More tolerant than RFC 9651: names may stand among the parameters, as the Hub puts them, with or without quotes.
struct HeaderItem: Hashable, Sendable {
    /// Texts without `=`, in order, their quotes removed; a target in angle brackets is kept apart.
    var names: [String] = []
    /// What is between `<` and `>`, in a `Link`.
    var target: String?
    /// The parameters, their keys in lower case and their quotes removed.
    var parameters: [String: String] = [:]

    func int(_ key: String) -> Int? { parameters[key].flatMap { Int($0) } }

    /// The items of a header's value.
    static func list(_ value: String) -> [HeaderItem] {
        split(value[...], at: ",").compactMap { text in
            var item = HeaderItem()
            for part in split(text, at: ";") {
                let part = trimmed(part)
                if part.isEmpty { continue }
                if part.hasPrefix("<"), part.hasSuffix(">"), part.count >= 2 {
                    item.target = String(part.dropFirst().dropLast())
                } else if !part.hasPrefix("\""), let sign = part.firstIndex(of: "=") {
                    let key = trimmed(part[..<sign]).lowercased()
                    item.parameters[key] = unquoted(trimmed(part[part.index(after: sign)...]))
                } else {
                    item.names.append(unquoted(part))
                }
            }
            return item == HeaderItem() ? nil : item
        }
    }

    /// The parts between separators that stand neither in quotes nor in angle brackets.
    private static func split(_ text: Substring, at separator: Character) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var isQuoted = false
        var isEscaped = false
        var isTarget = false
        for index in text.indices {
            let character = text[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted {
                isEscaped = character == "\\"
                isQuoted = character != "\""
            } else if isTarget {
                isTarget = character != ">"
            } else if character == "\"" {
                isQuoted = true
            } else if character == "<" {
                isTarget = true
            } else if character == separator {
                parts.append(text[start..<index])
                start = text.index(after: index)
            }
        }
        parts.append(text[start...])
        return parts
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }

    private static func unquoted(_ text: Substring) -> String {
        guard text.hasPrefix("\""), text.hasSuffix("\""), text.count >= 2 else { return String(text) }
        var result = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                isEscaped = false
                result.append(character)
            }
        }
        return result
    }
}

/// The `Link` header of answers that come in pages (RFC 8288).
enum LinkHeader {
    /// The address of the next page, exactly as the server wrote it; `nil` on the last page.
    static func next(_ value: String) -> String? {
        HeaderItem.list(value).first { item in
            (item.parameters["rel"] ?? "").lowercased().split(separator: " ").contains("next")
        }?.target
    }
}
