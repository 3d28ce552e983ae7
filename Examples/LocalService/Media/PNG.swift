/// PNG files: written from grey or coloured pixels, read back where they are not interlaced.
enum PNG {
    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    /// The most pixels that are read; larger pictures are known by their size only.
    private static let pixelLimit = 16_777_216

    /// A file of `channels` bytes a pixel: 1 is grey ("L"), 3 is red, green and blue.
    static func encode(width: Int, height: Int, channels: Int, pixels: [UInt8]) -> [UInt8] {
        let rowLength = width * channels
        var rows: [UInt8] = []
        rows.reserveCapacity((rowLength + 1) * height)
        for row in 0..<height {
            rows.append(0)  // no filter
            rows += pixels[row * rowLength..<(row + 1) * rowLength]
        }
        let header =
            UInt32(width).bigEndianBytes + UInt32(height).bigEndianBytes + [8, channels == 1 ? 0 : 2, 0, 0, 0]
        return signature + chunk("IHDR", header) + chunk("IDAT", Deflate.zlib(rows, rowLength: rowLength + 1))
            + chunk("IEND", [])
    }

    private static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + content
        return UInt32(content.count).bigEndianBytes + body + Checksums.crc32(body).bigEndianBytes
    }

    /// The picture in `bytes`; without pixels where it is interlaced, damaged or too large; `nil` where it is no PNG.
    static func decode(_ bytes: [UInt8]) -> Picture? {
        guard bytes.starts(with: signature), bytes.count >= 33 else { return nil }
        func number(at offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        var picture = Picture(width: number(at: 16), height: number(at: 20), pixels: nil, hash: Hash.fnv1a(bytes))
        var data: [UInt8] = []
        var palette: [UInt8] = []
        var position = 8
        while position + 12 <= bytes.count {
            let length = number(at: position)
            guard position + 12 + length <= bytes.count else { return picture }
            let content = bytes[position + 8..<position + 8 + length]
            switch String(decoding: bytes[position + 4..<position + 8], as: UTF8.self) {
            case "IDAT": data += content
            case "PLTE": palette = Array(content)
            default: break
            }
            position += 12 + length
        }
        let layout = Layout(depth: Int(bytes[24]), colourType: bytes[25], palette: palette)
        guard let layout, bytes[28] == 0, picture.width > 0, picture.height > 0,
            picture.width <= pixelLimit / picture.height
        else { return picture }
        let rowLength = (picture.width * layout.bitsPerPixel + 7) / 8
        guard let rows = try? Inflate.zlib(data, limit: (rowLength + 1) * picture.height),
            rows.count == (rowLength + 1) * picture.height
        else { return picture }
        let raw = unfilter(rows, rowLength: rowLength, pixelLength: max(1, layout.bitsPerPixel / 8))
        picture.pixels = layout.colours(raw, width: picture.width, height: picture.height, rowLength: rowLength)
        return picture
    }

    private static func unfilter(_ rows: [UInt8], rowLength: Int, pixelLength: Int) -> [UInt8] {
        var raw: [UInt8] = []
        raw.reserveCapacity(rows.count)
        for start in stride(from: 0, to: rows.count, by: rowLength + 1) {
            let filter = rows[start]
            guard filter != 0 else {
                raw += rows[start + 1...start + rowLength]
                continue
            }
            let isFirst = start == 0
            var column = 0
            while column < rowLength {
                let left = column >= pixelLength ? raw[raw.count - pixelLength] : 0
                let above = isFirst ? 0 : raw[raw.count - rowLength]
                let guess: UInt8
                switch filter {
                case 1: guess = left
                case 2: guess = above
                case 3: guess = UInt8((Int(left) + Int(above)) / 2)
                case 4:
                    let hasCorner = !isFirst && column >= pixelLength
                    let corner = hasCorner ? raw[raw.count - rowLength - pixelLength] : 0
                    guess = paeth(Int(left), Int(above), Int(corner))
                default: guess = 0
                }
                raw.append(rows[start + 1 + column] &+ guess)
                column += 1
            }
        }
        return raw
    }

    private static func paeth(_ left: Int, _ above: Int, _ corner: Int) -> UInt8 {
        let estimate = left + above - corner
        let distances = (abs(estimate - left), abs(estimate - above), abs(estimate - corner))
        if distances.0 <= distances.1, distances.0 <= distances.2 { return UInt8(left) }
        return UInt8(distances.1 <= distances.2 ? above : corner)
    }

    /// How the bits of a row make colours.
    private struct Layout {
        var depth: Int
        var channels: Int
        var palette: [UInt8]?

        init?(depth: Int, colourType: UInt8, palette: [UInt8]) {
            guard [1, 2, 4, 8, 16].contains(depth) else { return nil }
            self.depth = depth
            switch colourType {
            case 0: channels = 1
            case 2: channels = 3
            case 3:
                channels = 1
                self.palette = palette
            case 4: channels = 2
            case 6: channels = 4
            default: return nil
            }
        }

        var bitsPerPixel: Int { depth * channels }

        func colours(_ raw: [UInt8], width: Int, height: Int, rowLength: Int) -> [UInt8] {
            if depth == 8, channels == 3 { return raw }
            var colours: [UInt8] = []
            colours.reserveCapacity(width * height * 3)
            for row in 0..<height {
                for column in 0..<width {
                    func sample(_ channel: Int) -> UInt8 {
                        let bit = (column * channels + channel) * depth
                        let byte = raw[row * rowLength + bit / 8]
                        guard depth < 8 else { return byte }  // of 16 bits the high byte
                        let value = Int(byte) >> (8 - depth - bit % 8) & ((1 << depth) - 1)
                        return palette == nil ? UInt8(value * 255 / ((1 << depth) - 1)) : UInt8(value)
                    }
                    if let palette {
                        let entry = Int(sample(0)) * 3
                        colours += entry + 3 <= palette.count ? palette[entry..<entry + 3] : [0, 0, 0]
                    } else if channels < 3 {
                        let grey = sample(0)
                        colours += [grey, grey, grey]
                    } else {
                        colours += [sample(0), sample(1), sample(2)]
                    }
                }
            }
            return colours
        }
    }
}
