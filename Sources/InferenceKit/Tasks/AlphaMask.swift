/// A mask as bytes: how far each pixel of an image belongs to a segment.
public struct AlphaMask: Hashable, Sendable {
    /// The width and the height in pixels.
    public let size: PixelSize
    /// One byte for each pixel, row by row from the top: 255 inside, 0 outside, between them where a mask is soft.
    public let bytes: [UInt8]

    /// Makes a mask; `nil` when the number of bytes is not that of the pixels.
    public init?(size: PixelSize, bytes: [UInt8]) {
        let (count, overflow) = size.width.multipliedReportingOverflow(by: size.height)
        guard size.width > 0, size.height > 0, !overflow, count == bytes.count else { return nil }
        self.size = size
        self.bytes = bytes
    }

    init(_ image: GrayImage) {
        size = PixelSize(width: image.width, height: image.height)
        bytes = image.pixels
    }

    /// Reads a PNG image, as the masks of ``ImageSegmentation`` are; colours become their luminance.
    ///
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/undecodable`` when `png` is none, is
    ///   damaged, or is interlaced.
    public init(png: Media) throws {
        let bytes = try png.bytes()
        do {
            self.init(try GrayImage(png: bytes))
        } catch {
            throw InferenceError(.undecodable, "The mask cannot be read: \(error)", underlyingError: error)
        }
    }

    /// The byte at a place, or `nil` when it is outside of the image.
    public subscript(x: Int, y: Int) -> UInt8? {
        guard (0..<size.width).contains(x), (0..<size.height).contains(y) else { return nil }
        return bytes[y * size.width + x]
    }

    /// How much of the image is inside, `0...1`; a pixel is inside from 128 on.
    public var coverage: Double {
        Double(bytes.count { $0 >= 128 }) / Double(bytes.count)
    }

    /// The smallest box around what is inside, in pixels; `nil` when nothing is.
    public var boundingBox: BoundingBox? {
        var columns = (size.width, -1)
        var rows = (size.height, -1)
        for index in bytes.indices where bytes[index] >= 128 {
            let (y, x) = index.quotientAndRemainder(dividingBy: size.width)
            columns = (min(columns.0, x), max(columns.1, x))
            rows = (min(rows.0, y), max(rows.1, y))
        }
        guard columns.1 >= 0 else { return nil }
        return BoundingBox(
            xMin: Double(columns.0),
            yMin: Double(rows.0),
            xMax: Double(columns.1 + 1),
            yMax: Double(rows.1 + 1)
        )
    }

    /// The mask as a PNG image in shades of grey.
    public var png: Media { .bytes(pngBytes, mediaType: .png) }

    /// The bytes of ``png``.
    var pngBytes: [UInt8] { GrayImage(width: size.width, height: size.height, pixels: bytes).png }
}
