/// A picture in shades of grey, eight bits a pixel: what a mask is.
struct GrayImage: Hashable, Sendable {
    /// The width in pixels.
    var width: Int
    /// The height in pixels.
    var height: Int
    /// One byte for each pixel, row by row from the top; 0 is black.
    var pixels: [UInt8]
}

/// Why a PNG image cannot be read.
struct PNGError: Error, Hashable, CustomStringConvertible {
    /// What would have been right.
    var expected: String
    var description: String { "The PNG image cannot be read: expected \(expected)." }
}

// MARK: - Reading

extension GrayImage {
    /// The most pixels that are read; masks have the size of the image that was sent.
    private static let maximumPixels = 1 << 27

    /// Reads a PNG image; colours become their luminance, and what is transparent becomes darker.
    ///
    /// Every kind of pixel is read, but not interlaced images. Checksums of the chunks are not checked; the one of the
    /// pixels is. Source: the PNG specification, third edition.
    ///
    /// - Throws: ``PNGError``, or ``Inflate/Malformed``.
    init(png bytes: [UInt8]) throws {
        let png = try PNGChunks(bytes)
        let (length, overflow) = (png.rowLength + 1).multipliedReportingOverflow(by: png.height)
        guard !overflow, png.width <= Self.maximumPixels / png.height else {
            throw PNGError(expected: "at most \(Self.maximumPixels) pixels")
        }
        // Nothing is compressed better than 1 to 1032, so a header that lies about the size costs no memory.
        guard length / 1040 <= png.data.count else { throw PNGError(expected: "more data") }
        var rows = try Inflate.zlib(png.data, limit: length)
        guard rows.count == length else { throw PNGError(expected: "more data") }
        try png.unfilter(&rows)
        width = png.width
        height = png.height
        pixels = png.gray(rows)
    }
}

/// The chunks of a PNG image that matter here.
private struct PNGChunks {
    var width: Int
    var height: Int
    /// Bits of each sample: 1, 2, 4, 8 or 16.
    var depth: Int
    /// Samples a pixel: 1 grey or palette, 2 grey and alpha, 3 colours, 4 colours and alpha.
    var channels: Int
    /// The luminance of each entry, if there is a palette.
    var palette: [UInt8]?
    var data: [UInt8] = []

    var rowLength: Int { (width * depth * channels + 7) / 8 }

    init(_ bytes: [UInt8]) throws {
        guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) else {
            throw PNGError(expected: "a PNG image")
        }
        func number(at offset: Int) -> Int { bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) } }
        guard bytes.count >= 33, number(at: 8) == 13, bytes[12..<16].elementsEqual("IHDR".utf8) else {
            throw PNGError(expected: "a header")
        }
        width = number(at: 16)
        height = number(at: 20)
        depth = Int(bytes[24])
        guard (1...0x7FFF_FFFF).contains(width), (1...0x7FFF_FFFF).contains(height) else {
            throw PNGError(expected: "a size above zero")
        }
        let depths: [Int]
        switch bytes[25] {
        case 0: (channels, depths) = (1, [1, 2, 4, 8, 16])
        case 2: (channels, depths) = (3, [8, 16])
        case 3: (channels, depths) = (1, [1, 2, 4, 8])
        case 4: (channels, depths) = (2, [8, 16])
        case 6: (channels, depths) = (4, [8, 16])
        default: throw PNGError(expected: "a known kind of colours")
        }
        guard depths.contains(depth) else { throw PNGError(expected: "a known number of bits") }
        guard bytes[26] == 0, bytes[27] == 0 else { throw PNGError(expected: "a known compression") }
        guard bytes[28] == 0 else { throw PNGError(expected: "an image that is not interlaced") }
        let hasPalette = bytes[25] == 3
        var offset = 33
        while bytes.count - offset >= 12 {
            let length = number(at: offset)
            let start = offset + 8
            guard length <= bytes.count - start - 4 else { throw PNGError(expected: "more data") }
            let content = bytes[start..<(start + length)]
            switch bytes[(offset + 4)..<start] {
            case let name where name.elementsEqual("PLTE".utf8) && hasPalette:
                palette = stride(from: start, to: start + length - 2, by: 3).map {
                    Self.luminance(Int(bytes[$0]), Int(bytes[$0 + 1]), Int(bytes[$0 + 2]))
                }
            case let name where name.elementsEqual("IDAT".utf8): data += content
            case let name where name.elementsEqual("IEND".utf8): offset = bytes.count
            default: break
            }
            offset = max(offset, start) + length + 4
        }
        guard hasPalette == (palette != nil) else { throw PNGError(expected: "a palette") }
    }

    /// The weights of ITU-R BT.601, which the common image libraries use, too.
    static func luminance(_ red: Int, _ green: Int, _ blue: Int) -> UInt8 {
        UInt8((red * 299 + green * 587 + blue * 114 + 500) / 1000)
    }

    /// Undoes the filter of each row, which stands in front of it.
    func unfilter(_ rows: inout [UInt8]) throws {
        let step = max(depth * channels / 8, 1)
        let stride = rowLength + 1
        for row in 0..<height {
            let start = row * stride + 1
            let filter = rows[start - 1]
            guard filter <= 4 else { throw PNGError(expected: "a known filter") }
            if filter == 0 { continue }
            for index in start..<(start + rowLength) {
                let left = index - step >= start ? Int(rows[index - step]) : 0
                let up = row > 0 ? Int(rows[index - stride]) : 0
                let prediction: Int
                switch filter {
                case 1: prediction = left
                case 2: prediction = up
                case 3: prediction = (left + up) / 2
                default:
                    let corner = row > 0 && index - step >= start ? Int(rows[index - stride - step]) : 0
                    prediction = Self.paeth(left, up, corner)
                }
                rows[index] &+= UInt8(prediction)
            }
        }
    }

    /// The neighbour nearest to what a plane through all three would have here.
    private static func paeth(_ left: Int, _ up: Int, _ corner: Int) -> Int {
        let toLeft = abs(up - corner)
        let toUp = abs(left - corner)
        let toCorner = abs(left + up - 2 * corner)
        if toLeft <= toUp, toLeft <= toCorner { return left }
        return toUp <= toCorner ? up : corner
    }

    /// The pixels of unfiltered rows as shades of grey.
    func gray(_ rows: [UInt8]) -> [UInt8] {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height)
        for row in 0..<height {
            let start = row * (rowLength + 1) + 1
            if depth < 8 {
                appendPacked(rows[start..<(start + rowLength)], to: &pixels)
                continue
            }
            // Of 16 bits the higher eight are enough.
            let size = depth / 8
            for index in stride(from: start, to: start + rowLength, by: size * channels) {
                func sample(_ channel: Int) -> Int { Int(rows[index + channel * size]) }
                let color = channels > 2 ? Int(Self.luminance(sample(0), sample(1), sample(2))) : sample(0)
                if let palette {
                    // An entry that is not there is black.
                    pixels.append(palette.indices.contains(color) ? palette[color] : 0)
                } else {
                    let alpha = channels % 2 == 0 ? sample(channels - 1) : 255
                    pixels.append(UInt8((color * alpha + 127) / 255))
                }
            }
        }
        return pixels
    }

    /// Pixels of less than a byte, the first in the highest bits.
    private func appendPacked(_ row: ArraySlice<UInt8>, to pixels: inout [UInt8]) {
        let most = 1 << depth - 1
        for column in 0..<width {
            let bit = column * depth
            let value = Int(row[row.startIndex + bit / 8]) >> (8 - depth - bit % 8) & most
            if let palette {
                pixels.append(palette.indices.contains(value) ? palette[value] : 0)
            } else {
                pixels.append(UInt8(value * 255 / most))
            }
        }
    }
}

// MARK: - Writing

extension GrayImage {
    /// The image as PNG, its pixels stored rather than compressed.
    var png: [UInt8] {
        var rows: [UInt8] = []
        rows.reserveCapacity((width + 1) * height)
        for row in 0..<height {
            rows.append(0)
            rows += pixels[(row * width)..<((row + 1) * width)]
        }
        var data: [UInt8] = [0x78, 0x01]
        var start = 0
        repeat {
            let count = min(rows.count - start, 0xFFFF)
            data.append(start + count == rows.count ? 1 : 0)
            data += [UInt8(count & 0xFF), UInt8(count >> 8), UInt8(~count & 0xFF), UInt8(~count >> 8 & 0xFF)]
            data += rows[start..<(start + count)]
            start += count
        } while start < rows.count
        data += Self.bytes(Inflate.adler32(rows))
        var png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        let size = Self.bytes(UInt32(clamping: width)) + Self.bytes(UInt32(clamping: height))
        Self.append("IHDR", size + [8, 0, 0, 0, 0], to: &png)
        Self.append("IDAT", data, to: &png)
        Self.append("IEND", [], to: &png)
        return png
    }

    private static func append(_ name: String, _ content: [UInt8], to png: inout [UInt8]) {
        png += bytes(UInt32(clamping: content.count))
        let named = Array(name.utf8) + content
        png += named
        png += bytes(crc32(named))
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    private static let crcTable: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { crcTable[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }
}
