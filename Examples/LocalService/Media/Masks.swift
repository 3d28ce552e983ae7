/// Masks over a picture, a byte a pixel: 255 inside, 0 outside.
struct Masks {
    var width: Int
    var height: Int
    var masks: [[UInt8]]

    /// What is brighter than the average of the picture, and what is not; the halves of a picture without pixels.
    static func brightAndDark(_ picture: Picture) -> Masks {
        let levels = brightness(of: picture)
        let average = levels.reduce(0) { $0 + Int($1) } / max(1, levels.count)
        return Masks(
            width: picture.width,
            height: picture.height,
            masks: [levels.map { Int($0) > average ? 255 : 0 }, levels.map { Int($0) > average ? 0 : 255 }]
        )
    }

    /// The brightness of each pixel; a picture without pixels gets darker from the top to the bottom.
    static func brightness(of picture: Picture) -> [UInt8] {
        guard let pixels = picture.pixels else {
            return (0..<picture.height).flatMap { row in
                [UInt8](repeating: UInt8(255 - row * 255 / picture.height), count: picture.width)
            }
        }
        return stride(from: 0, to: pixels.count, by: 3).map { offset -> UInt8 in
            let red = 299 * Int(pixels[offset])
            let green = 587 * Int(pixels[offset + 1])
            let blue = 114 * Int(pixels[offset + 2])
            return UInt8((red + green + blue) / 1_000)
        }
    }
}
