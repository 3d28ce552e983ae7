/// What the image rules see of a picture: its size in pixels, and its colours where the format is one they can read.
struct Picture: Sendable {
    var width: Int
    var height: Int
    /// Red, green and blue of each pixel, rows from the top; `nil` for formats of which only the header is read.
    var pixels: [UInt8]?
    /// The hash of the file, from which colours are invented where there are none to see.
    var hash: UInt64

    /// The average red, green and blue of a rectangle, each in `0...255`.
    func average(x: Range<Int>, y: Range<Int>) -> (red: Double, green: Double, blue: Double) {
        guard let pixels else {
            // A colour drawn from the hash and the place, so that parts of an unreadable picture differ too.
            let seed = Hash.fnv1a("\(hash)/\(x.lowerBound * 8 / max(1, width))/\(y.lowerBound * 8 / max(1, height))")
            return (Double(seed & 255), Double(seed >> 8 & 255), Double(seed >> 16 & 255))
        }
        var sums = (0, 0, 0)
        // A grid of at most 64 by 64 samples: an average needs no more.
        let stepX = max(1, x.count / 64)
        let stepY = max(1, y.count / 64)
        var count = 0
        for row in stride(from: y.lowerBound, to: y.upperBound, by: stepY) {
            for column in stride(from: x.lowerBound, to: x.upperBound, by: stepX) {
                let offset = (row * width + column) * 3
                sums.0 += Int(pixels[offset])
                sums.1 += Int(pixels[offset + 1])
                sums.2 += Int(pixels[offset + 2])
                count += 1
            }
        }
        let scale = 1 / Double(max(1, count))
        return (Double(sums.0) * scale, Double(sums.1) * scale, Double(sums.2) * scale)
    }

    var average: (red: Double, green: Double, blue: Double) { average(x: 0..<width, y: 0..<height) }

    /// Brightness of a pixel in `0...1`.
    func brightness(x: Int, y: Int) -> Double {
        let colour = average(x: x..<min(x + 1, width), y: y..<min(y + 1, height))
        return (0.299 * colour.red + 0.587 * colour.green + 0.114 * colour.blue) / 255
    }
}

extension Picture {
    /// Reads the size, and for PNG the pixels, of a picture; `nil` where the bytes are no picture.
    init?(_ bytes: [UInt8]) {
        let found = PNG.decode(bytes) ?? Self.headerOnly(bytes)
        guard let found, found.width > 0, found.height > 0 else { return nil }
        self = found
    }

    private static func headerOnly(_ bytes: [UInt8]) -> Picture? {
        func picture(_ width: Int, _ height: Int) -> Picture {
            Picture(width: width, height: height, pixels: nil, hash: Hash.fnv1a(bytes))
        }
        func little(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        if bytes.starts(with: [0xFF, 0xD8]) { return jpegSize(bytes).map { picture($0.width, $0.height) } }
        if bytes.starts(with: "GIF8".utf8), bytes.count >= 10 { return picture(little(6, 2), little(8, 2)) }
        if bytes.starts(with: "BM".utf8), bytes.count >= 26 { return picture(little(18, 4), little(22, 4)) }
        if bytes.starts(with: "RIFF".utf8), bytes.count >= 30, bytes[8..<12].elementsEqual("WEBP".utf8) {
            switch bytes[15] {
            case UInt8(ascii: "X"): return picture(little(24, 3) + 1, little(27, 3) + 1)
            case UInt8(ascii: "L"): return picture(little(21, 4) & 0x3FFF + 1, little(21, 4) >> 14 & 0x3FFF + 1)
            default: return picture(little(26, 2) & 0x3FFF, little(28, 2) & 0x3FFF)
            }
        }
        // TIFF keeps its size anywhere in the file; a small one is assumed.
        if bytes.starts(with: "II*".utf8) || bytes.starts(with: [0x4D, 0x4D, 0x00, 0x2A]) { return picture(64, 64) }
        return nil
    }

    private static func jpegSize(_ bytes: [UInt8]) -> (width: Int, height: Int)? {
        var position = 2
        while position + 9 < bytes.count {
            guard bytes[position] == 0xFF else { return nil }
            let marker = bytes[position + 1]
            if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
                let height = Int(bytes[position + 5]) << 8 | Int(bytes[position + 6])
                return (Int(bytes[position + 7]) << 8 | Int(bytes[position + 8]), height)
            }
            let hasLength = marker != 0xFF && marker != 0x01 && !(0xD0...0xD8).contains(marker)
            position += hasLength ? 2 + Int(bytes[position + 2]) << 8 + Int(bytes[position + 3]) : 1
        }
        return nil
    }
}
