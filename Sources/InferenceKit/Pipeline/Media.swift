/// An image, a sound or a video: what goes to a model, or comes from one.
public struct Media: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// Where the bytes are.
    public enum Source: Sendable, Hashable {
        /// In memory.
        case bytes([UInt8])
        /// In the file at a path; sent without being loaded when it goes raw.
        case file(path: String)
        /// At a URL, for servers that fetch it themselves.
        case url(String)
    }

    /// Where the bytes are.
    public var source: Source
    /// The media type; `nil` to go by the first bytes when it is sent.
    public var mediaType: MediaType?

    /// Makes a medium.
    public init(_ source: Source, mediaType: MediaType? = nil) {
        self.source = source
        self.mediaType = mediaType
    }

    /// Bytes in memory.
    public static func bytes(_ bytes: [UInt8], mediaType: MediaType? = nil) -> Self {
        Self(.bytes(bytes), mediaType: mediaType)
    }

    /// The file at `path`.
    public static func file(_ path: String, mediaType: MediaType? = nil) -> Self {
        Self(.file(path: path), mediaType: mediaType)
    }

    /// The medium at an absolute URL; only some servers fetch it, others refuse.
    public static func url(_ url: String) -> Self {
        Self(.url(url))
    }

    /// The bytes, read from the file if they are in one.
    ///
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput`` when the file cannot be
    ///   read, or when the medium is a URL.
    public func bytes() throws -> [UInt8] {
        try content(field: "media").bytes(field: "media")
    }

    /// The size of an image in pixels, by its first bytes; `nil` when it is none or its form is not known.
    public var pixelSize: PixelSize? {
        switch source {
        case .bytes(let bytes): MediaSniffer.pixelSize(of: bytes)
        case .file(let path):
            // A JPEG's size can stand behind a long preview; the first 256 KiB hold it in practice.
            (try? InputFile(path: path).prefix(262_144)).flatMap { MediaSniffer.pixelSize(of: $0) }
        case .url: nil
        }
    }

    /// Writes the medium to the file at `path`, which appears when it is complete.
    ///
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput``.
    public func write(to path: String) throws {
        var file = try OutputFile(path: path)
        try file.write(bytes())
        try file.finish()
    }

    /// The kind and the size, never the content.
    public var description: String {
        let type = mediaType?.rawValue ?? "unknown type"
        return switch source {
        case .bytes(let bytes): "Media(\(bytes.count) bytes, \(type))"
        case .file: "Media(file, \(type))"
        case .url: "Media(URL)"
        }
    }

    /// Shows the kind only.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// What is sent: the bytes or the file, with their media type and length.
    struct Content {
        var source: Source
        var length: Int
        var mediaType: MediaType

        /// The raw request body.
        var body: RequestBody {
            switch source {
            case .bytes(let bytes): .bytes(bytes)
            case .file(let path): .file(path: path, length: length)
            case .url: .empty
            }
        }

        /// The segment of a multipart body.
        var segment: RequestBody.Segment {
            switch source {
            case .bytes(let bytes): .bytes(bytes)
            case .file(let path): .file(path: path, length: length)
            case .url: .bytes([])
            }
        }

        func bytes(field: String) throws -> [UInt8] {
            switch source {
            case .bytes(let bytes): return bytes
            case .file(let path):
                do {
                    let bytes = try InputFile(path: path).prefix(length)
                    guard bytes.count == length else { throw FileProblem(words: "the file has become shorter") }
                    return bytes
                } catch {
                    throw InferenceError.invalidInput(field, expected: "a file that can be read (\(error))")
                }
            case .url: return []
            }
        }
    }

    /// Opens the medium: it exists, is not empty, and has a media type.
    ///
    /// - Parameter field: The argument's name for errors.
    /// - Returns: The bytes or the file, with their length and media type.
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput``.
    func content(field: String) throws -> Content {
        let start: [UInt8]
        let length: Int
        switch source {
        case .bytes(let bytes):
            start = Array(bytes.prefix(64))
            length = bytes.count
        case .file(let path):
            guard !path.isEmpty, !path.utf8.contains(0) else {
                throw InferenceError.invalidInput(field, expected: "the path of a file")
            }
            do {
                let file = try InputFile(path: path)
                start = try file.prefix(64)
                length = file.size
            } catch {
                throw InferenceError.invalidInput(field, expected: "a file that can be read (\(error))")
            }
        case .url:
            throw InferenceError.invalidInput(field, expected: "bytes or a file; this call cannot send a URL")
        }
        guard length > 0 else {
            throw InferenceError.invalidInput(field, expected: "a medium that is not empty")
        }
        let type = mediaType ?? MediaSniffer.mediaType(of: start) ?? .octetStream
        return Content(source: source, length: length, mediaType: type)
    }
}
