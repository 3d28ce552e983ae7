/// A media type, such as `image/png`; types that are not known here survive.
public struct MediaType: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The type as it stands in a header.
    public var rawValue: String
    /// Makes a media type of a header's text.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Makes a media type of a header's text.
    public init(_ rawValue: String) { self.rawValue = rawValue }
    /// Makes a media type of a header's text.
    public init(stringLiteral value: String) { rawValue = value }
    /// The type as it stands in a header.
    public var description: String { rawValue }

    /// JSON.
    public static let json: Self = "application/json"
    /// Server-sent events.
    public static let eventStream: Self = "text/event-stream"
    /// Plain text.
    public static let plainText: Self = "text/plain"
    /// A page.
    public static let html: Self = "text/html"
    /// Bytes of an unknown kind.
    public static let octetStream: Self = "application/octet-stream"
    /// A PDF document.
    public static let pdf: Self = "application/pdf"
    /// A PNG image.
    public static let png: Self = "image/png"
    /// A JPEG image.
    public static let jpeg: Self = "image/jpeg"
    /// A WebP image.
    public static let webp: Self = "image/webp"
    /// A GIF image.
    public static let gif: Self = "image/gif"
    /// A BMP image.
    public static let bmp: Self = "image/bmp"
    /// A TIFF image.
    public static let tiff: Self = "image/tiff"
    /// A HEIC image, which inference servers seldom read.
    public static let heic: Self = "image/heic"
    /// An AVIF image, which inference servers seldom read.
    public static let avif: Self = "image/avif"
    /// A WAV sound.
    public static let wav: Self = "audio/wav"
    /// A FLAC sound.
    public static let flac: Self = "audio/flac"
    /// An MP3 sound, under the one name that the toolkit knows.
    public static let mp3: Self = "audio/mpeg"
    /// An Ogg sound.
    public static let ogg: Self = "audio/ogg"
    /// An MPEG-4 sound.
    public static let m4a: Self = "audio/m4a"
    /// A WebM sound.
    public static let webmAudio: Self = "audio/webm"
    /// An AAC sound without a container, which inference servers seldom read.
    public static let aac: Self = "audio/aac"
    /// An AIFF sound, which inference servers seldom read.
    public static let aiff: Self = "audio/aiff"
    /// An AMR sound.
    public static let amr: Self = "audio/AMR"
    /// A wide-band AMR sound.
    public static let amrWideband: Self = "audio/AMR-WB"
    /// An MPEG-4 video.
    public static let mp4: Self = "video/mp4"
    /// A WebM video.
    public static let webm: Self = "video/webm"
    /// A Matroska video.
    public static let matroska: Self = "video/x-matroska"
    /// A QuickTime video.
    public static let quickTime: Self = "video/quicktime"

    /// The type in lower case without parameters such as a charset.
    public var withoutParameters: Self {
        let bytes = rawValue.utf8
        // Nearly all are in lower case as they stand, and characters cost thirty times as much as bytes.
        let end = bytes.firstIndex { !(0x21...0x7E).contains($0) || (0x41...0x5A).contains($0) || $0 == 0x3B }
        guard let end else { return self }
        if bytes[end] == 0x3B, bytes[end...].allSatisfy({ $0 < 0x80 }) { return Self(String(rawValue[..<end])) }
        let bare = rawValue.prefix { $0 != ";" }
        var text = bare[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        while text.first?.isWhitespace == true { text.removeFirst() }
        return Self(text.lowercased())
    }

    /// Whether the body is JSON: `application/json`, `application/problem+json` and their kind.
    public var isJSON: Bool {
        let bare = withoutParameters.rawValue
        return bare == "application/json" || bare.hasSuffix("+json") || bare == "text/json"
    }

    /// The usual ending of a file's name, without a dot; `nil` when none is known.
    ///
    /// Servers of transcription go by the ending, so each spelling of a sound's type leads to the one ending they know.
    public var preferredFileExtension: String? {
        switch withoutParameters.rawValue {
        case "image/png": "png"
        case "image/jpeg", "image/jpg": "jpg"
        case "image/webp": "webp"
        case "image/gif": "gif"
        case "image/bmp": "bmp"
        case "image/tiff": "tiff"
        case "audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave": "wav"
        case "audio/flac", "audio/x-flac": "flac"
        case "audio/mpeg", "audio/mp3", "audio/x-mpeg-3": "mp3"
        case "audio/ogg", "application/ogg": "ogg"
        case "audio/m4a", "audio/x-m4a": "m4a"
        case "audio/mp4", "video/mp4": "mp4"
        case "audio/webm", "video/webm": "webm"
        case "audio/amr": "amr"
        case "audio/amr-wb", "audio/amr-wb+": "awb"
        case "audio/aac": "aac"
        case "audio/aiff", "audio/x-aiff": "aiff"
        case "image/heic": "heic"
        case "image/avif": "avif"
        case "video/x-matroska": "mkv"
        case "video/quicktime": "mov"
        case "application/pdf": "pdf"
        case "application/json": "json"
        case "text/plain": "txt"
        default: nil
        }
    }
}
