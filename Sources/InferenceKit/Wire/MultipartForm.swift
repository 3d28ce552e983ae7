/// A `multipart/form-data` body whose files are streamed, not loaded.
///
/// Source: RFC 7578; names and file names are escaped as browsers do.
struct MultipartForm {
    /// The pieces of the body.
    var segments: [RequestBody.Segment] { parts + [.bytes(Array("--\(boundary)--\r\n".utf8))] }
    /// `multipart/form-data` with the boundary.
    var contentType: MediaType { MediaType("multipart/form-data; boundary=\(boundary)") }

    private var parts: [RequestBody.Segment] = []
    private let boundary: String

    /// Makes an empty form.
    ///
    /// - Parameter random: 64 random bits, twice; 128 of them cannot stand in a file by accident.
    init(random: () -> UInt64 = { UInt64.random(in: .min ... .max) }) {
        boundary = "InferenceKit-\(String(random(), radix: 36))\(String(random(), radix: 36))"
    }

    /// Adds a field.
    mutating func append(name: String, text: String) {
        let head = "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(Self.escape(name))\"\r\n\r\n"
        parts.append(.bytes(Array("\(head)\(text)\r\n".utf8)))
    }

    /// Adds a file.
    mutating func append(name: String, fileName: String, contentType: MediaType, segment: RequestBody.Segment) {
        let head =
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(Self.escape(name))\"; "
            + "filename=\"\(Self.escape(fileName))\"\r\nContent-Type: \(Self.escape(contentType.rawValue))\r\n\r\n"
        parts += [.bytes(Array(head.utf8)), segment, .bytes(Array("\r\n".utf8))]
    }

    private static func escape(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "%22"
            case "\r": result += "%0D"
            case "\n": result += "%0A"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
