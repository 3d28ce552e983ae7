/// The size of an image.
public struct PixelSize: Hashable, Sendable {
    /// The width in pixels.
    public var width: Int
    /// The height in pixels.
    public var height: Int
}

/// Tells a medium by its first bytes.
enum MediaSniffer {
    /// The media type, or `nil` when it is none that is known.
    static func mediaType(of bytes: [UInt8]) -> MediaType? {
        if bytes.starts(with: [0x89, 0x50]) { return .png }
        if bytes.starts(with: [0xFF, 0xD8]) { return .jpeg }
        if bytes.starts(with: Array("fLaC".utf8)) { return .flac }
        if bytes.starts(with: Array("RIFF".utf8)) { return .wav }
        return nil
    }

    /// The size of an image, or `nil` when it is not known.
    static func pixelSize(of bytes: [UInt8]) -> PixelSize? { nil }
}
