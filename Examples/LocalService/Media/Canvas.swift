/// A picture being drawn: what the generating rules make.
struct Canvas {
    /// Red, green and blue.
    typealias Colour = (UInt8, UInt8, UInt8)

    let width: Int
    let height: Int
    private(set) var pixels: [UInt8]

    init(width: Int, height: Int, colour: Colour) {
        self.width = width
        self.height = height
        pixels = [UInt8](repeating: 0, count: width * height * 3)
        for offset in stride(from: 0, to: pixels.count, by: 3) {
            pixels[offset] = colour.0
            pixels[offset + 1] = colour.1
            pixels[offset + 2] = colour.2
        }
    }

    /// The picture itself, or a plain one of its size where its pixels are not known.
    init(_ picture: Picture) {
        guard let seen = picture.pixels else {
            let average = picture.average
            self.init(
                width: picture.width,
                height: picture.height,
                colour: (UInt8(average.red), UInt8(average.green), UInt8(average.blue))
            )
            return
        }
        self.init(width: picture.width, height: picture.height, pixels: seen)
    }

    private init(width: Int, height: Int, pixels: [UInt8]) {
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    mutating func fill(
        x: Range<Int>,
        y: Range<Int>,
        colour: Colour,
        where isInside: (Int, Int) -> Bool = { _, _ in true }
    ) {
        for row in y.clamped(to: 0..<height) {
            for column in x.clamped(to: 0..<width) where isInside(column, row) {
                let offset = (row * width + column) * 3
                pixels[offset] = colour.0
                pixels[offset + 1] = colour.1
                pixels[offset + 2] = colour.2
            }
        }
    }

    mutating func circle(x: Int, y: Int, radius: Int, colour: Colour) {
        fill(x: x - radius..<x + radius + 1, y: y - radius..<y + radius + 1, colour: colour) { column, row in
            (column - x) * (column - x) + (row - y) * (row - y) <= radius * radius
        }
    }

    /// The nearest-neighbour copy of this picture in another size.
    func scaled(width newWidth: Int, height newHeight: Int) -> Canvas {
        var canvas = Canvas(width: newWidth, height: newHeight, colour: (0, 0, 0))
        for row in 0..<newHeight {
            for column in 0..<newWidth {
                let from = ((row * height / newHeight) * width + column * width / newWidth) * 3
                let to = (row * newWidth + column) * 3
                for channel in 0..<3 { canvas.pixels[to + channel] = pixels[from + channel] }
            }
        }
        return canvas
    }

    /// Moves every pixel towards `colour` by `share` of the way.
    mutating func tint(_ colour: Colour, share: Double) {
        let target = [Double(colour.0), Double(colour.1), Double(colour.2)]
        for index in pixels.indices {
            pixels[index] = UInt8(Double(pixels[index]) * (1 - share) + target[index % 3] * share)
        }
    }

    var png: [UInt8] { PNG.encode(width: width, height: height, channels: 3, pixels: pixels) }
}
