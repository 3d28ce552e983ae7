/// The size of an image.
public struct PixelSize: Hashable, Sendable {
    /// The width in pixels.
    public var width: Int
    /// The height in pixels.
    public var height: Int

    /// Makes a size.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}

/// Tells what data is from its first bytes.
///
/// For bytes that come without a name or a type: servers refuse media without a `Content-Type`. A kilobyte is enough,
/// except for the size of JPEG images, which may stand behind a large preview.
struct MediaSniffer {
    private let bytes: [UInt8]

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The type of the media that begins with `bytes`, or `nil` when it is none that is known here.
    static func mediaType(of bytes: [UInt8]) -> MediaType? {
        let sniffer = MediaSniffer(bytes)
        return sniffer.imageType ?? sniffer.containerType ?? sniffer.audioType
            ?? (sniffer.has("%PDF-", at: 0) ? .pdf : nil)
    }

    /// The size of the PNG, JPEG, GIF, WebP or BMP image that begins with `bytes`, or `nil` when it is none or its size
    /// lies behind them.
    static func pixelSize(of bytes: [UInt8]) -> PixelSize? {
        let sniffer = MediaSniffer(bytes)
        let size: PixelSize? =
            switch sniffer.imageType {
            case .png?: sniffer.pngSize
            case .jpeg?: sniffer.jpegSize
            case .gif?: sniffer.size(sniffer.little(2, at: 6), sniffer.little(2, at: 8))
            case .webp?: sniffer.webpSize
            case .bmp?: sniffer.bmpSize
            default: nil
            }
        guard let size, size.width > 0, size.height > 0 else { return nil }
        return size
    }
}

// MARK: - Kinds

extension MediaSniffer {
    private var imageType: MediaType? {
        if has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], at: 0) { return .png }
        if has([0xFF, 0xD8, 0xFF], at: 0) { return .jpeg }
        if has("GIF87a", at: 0) || has("GIF89a", at: 0) { return .gif }
        if has("RIFF", at: 0), has("WEBP", at: 8) { return .webp }
        // Two letters alone are little evidence; the header's own size is one of few.
        if has("BM", at: 0), let header = little(4, at: 14), [12, 40, 52, 56, 64, 108, 124].contains(header) {
            return .bmp
        }
        if has([0x49, 0x49, 0x2A, 0], at: 0) || has([0x4D, 0x4D, 0, 0x2A], at: 0) { return .tiff }
        if has([0x49, 0x49, 0x2B, 0], at: 0) || has([0x4D, 0x4D, 0, 0x2B], at: 0) { return .tiff }
        return nil
    }

    /// Types of containers for sound and pictures alike.
    private var containerType: MediaType? {
        if has("ftyp", at: 4) {
            switch bytes.dropFirst(8).prefix(4) {
            case "M4A ", "M4B ", "M4P ": return .m4a
            case "qt  ": return .quickTime
            case "heic", "heix", "hevc", "heim", "heis", "mif1", "msf1": return .heic
            case "avif", "avis": return .avif
            default: return .mp4
            }
        }
        guard has([0x1A, 0x45, 0xDF, 0xA3], at: 0) else { return nil }
        guard contains("webm") else { return .matroska }
        // The names of the codecs tell whether there is sound only.
        let hasSound = contains("A_OPUS") || contains("A_VORBIS")
        let hasPictures = contains("V_VP") || contains("V_AV1")
        return hasSound && !hasPictures ? .webmAudio : .webm
    }

    private var audioType: MediaType? {
        if has("RIFF", at: 0) || has("RF64", at: 0), has("WAVE", at: 8) { return .wav }
        if has("fLaC", at: 0) { return .flac }
        if has("OggS", at: 0) { return .ogg }
        if has("ID3", at: 0) { return .mp3 }
        if has("#!AMR-WB", at: 0) { return .amrWideband }
        if has("#!AMR", at: 0) { return .amr }
        if has("FORM", at: 0), has("AIFF", at: 8) || has("AIFC", at: 8) { return .aiff }
        guard bytes.count >= 3, bytes[0] == 0xFF, bytes[1] & 0xE0 == 0xE0 else { return nil }
        let version = bytes[1] >> 3 & 3
        let layer = bytes[1] >> 1 & 3
        // AAC's frames have MPEG's mark, and layer zero.
        if layer == 0, bytes[1] & 0xF0 == 0xF0 { return .aac }
        let bitRate = bytes[2] >> 4
        let sampleRate = bytes[2] >> 2 & 3
        // Layer I is extinct, and its mark is the byte order mark of UTF-16.
        return version != 1 && (layer == 1 || layer == 2) && bitRate != 15 && bitRate != 0 && sampleRate != 3
            ? .mp3 : nil
    }
}

// MARK: - Sizes

extension MediaSniffer {
    private var pngSize: PixelSize? {
        has("IHDR", at: 12) ? size(big(4, at: 16), big(4, at: 20)) : nil
    }

    private var jpegSize: PixelSize? {
        var offset = 2
        while let mark = big(1, at: offset) {
            guard mark == 0xFF else { return nil }
            guard let kind = big(1, at: offset + 1) else { return nil }
            switch kind {
            case 0xFF: offset += 1  // Filling before a marker.
            case 0x01, 0xD0...0xD8: offset += 2  // Markers without content.
            case 0xC4, 0xC8, 0xCC: offset += 2 + (big(2, at: offset + 2) ?? bytes.count)
            case 0xC0...0xCF: return size(big(2, at: offset + 7), big(2, at: offset + 5))
            case 0xD9, 0xDA: return nil
            default: offset += 2 + max(big(2, at: offset + 2) ?? bytes.count, 2)
            }
        }
        return nil
    }

    private var webpSize: PixelSize? {
        if has("VP8 ", at: 12), has([0x9D, 0x01, 0x2A], at: 23) {
            return size(little(2, at: 26).map { $0 & 0x3FFF }, little(2, at: 28).map { $0 & 0x3FFF })
        }
        if has("VP8L", at: 12), let bits = little(4, at: 21) {
            return PixelSize(width: bits & 0x3FFF + 1, height: bits >> 14 & 0x3FFF + 1)
        }
        if has("VP8X", at: 12) { return size(little(3, at: 24).map { $0 + 1 }, little(3, at: 27).map { $0 + 1 }) }
        return nil
    }

    private var bmpSize: PixelSize? {
        if little(4, at: 14) == 12 { return size(little(2, at: 18), little(2, at: 20)) }
        // A negative height means that the first row is the topmost.
        return size(
            little(4, at: 18),
            little(4, at: 22).map { Int(Int32(truncatingIfNeeded: $0).magnitude) }
        )
    }
}

// MARK: - Bytes

extension MediaSniffer {
    private func has(_ text: StaticString, at offset: Int) -> Bool {
        guard offset + text.utf8CodeUnitCount <= bytes.count else { return false }
        for index in 0..<text.utf8CodeUnitCount where unsafe bytes[offset + index] != text.utf8Start[index] {
            return false
        }
        return true
    }

    private func has(_ pattern: [UInt8], at offset: Int) -> Bool { bytes.dropFirst(offset).starts(with: pattern) }

    private func contains(_ text: StaticString) -> Bool {
        (0..<min(bytes.count, 4096)).contains { has(text, at: $0) }
    }

    private func big(_ count: Int, at offset: Int) -> Int? {
        guard offset + count <= bytes.count else { return nil }
        return bytes[offset..<offset + count].reduce(0) { $0 << 8 | Int($1) }
    }

    private func little(_ count: Int, at offset: Int) -> Int? {
        guard offset + count <= bytes.count else { return nil }
        return bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private func size(_ width: Int?, _ height: Int?) -> PixelSize? {
        guard let width, let height else { return nil }
        return PixelSize(width: width, height: height)
    }
}

/// Compares the four letters of a brand with bytes, in a `switch`.
private func ~= (text: StaticString, bytes: ArraySlice<UInt8>) -> Bool {
    bytes.count == text.utf8CodeUnitCount
        && zip(bytes, 0...).allSatisfy { unsafe $0.0 == text.utf8Start[$0.1] }
}
