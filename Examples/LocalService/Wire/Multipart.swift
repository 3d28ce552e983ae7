/// Reads `multipart/form-data` (RFC 7578).
enum Multipart {
    struct Part {
        var name: String
        var fileName: String?
        var content: [UInt8]

        var text: String { String(decoding: content, as: UTF8.self) }
    }

    /// The parts of a body, or `nil` where it is not whole.
    static func parts(of body: [UInt8], contentType: String) -> [Part]? {
        guard let boundary = parameter("boundary", of: contentType) else { return nil }
        let delimiter = Array("--\(boundary)".utf8)
        var starts: [Int] = []
        var index = 0
        while index + delimiter.count <= body.count {
            if body[index] == delimiter[0], body[index..<index + delimiter.count].elementsEqual(delimiter) {
                starts.append(index)
                index += delimiter.count
            } else {
                index += 1
            }
        }
        guard let last = starts.last, body[(last + delimiter.count)...].starts(with: "--".utf8) else { return nil }
        return zip(starts, starts.dropFirst()).compactMap { start, end in
            // Between two delimiters: a line end, the headers, an empty line, the content and a line end.
            part(Array(body[(start + delimiter.count + 2)..<max(start + delimiter.count + 2, end - 2)]))
        }
    }

    private static func part(_ bytes: [UInt8]) -> Part? {
        let separator = Array("\r\n\r\n".utf8)
        guard let split = bytes.indices.dropLast(3).first(where: { bytes[$0..<$0 + 4].elementsEqual(separator) }) else {
            return nil
        }
        let head = String(decoding: bytes[..<split], as: UTF8.self)
        let lines = head.split(separator: "\r\n")
        guard let disposition = lines.first(where: { $0.lowercased().hasPrefix("content-disposition:") }),
            let name = parameter("name", of: String(disposition))
        else { return nil }
        let fileName = parameter("filename", of: String(disposition))
        return Part(name: name, fileName: fileName, content: Array(bytes[(split + 4)...]))
    }

    private static func parameter(_ name: String, of header: String) -> String? {
        for field in header.split(separator: ";").dropFirst() {
            let pair = field.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            if pair.count == 2, pair[0] == name { return pair[1].filter { $0 != "\"" } }
        }
        return nil
    }
}
