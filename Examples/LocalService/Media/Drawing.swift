/// Pictures drawn from words.
enum Drawing {
    fileprivate static let colours: [String: Canvas.Colour] = [
        "red": (214, 48, 49), "green": (46, 160, 67), "blue": (33, 111, 219), "yellow": (250, 204, 21),
        "orange": (245, 130, 32), "purple": (128, 62, 180), "pink": (240, 130, 170), "white": (245, 245, 245),
        "black": (25, 25, 25), "grey": (130, 130, 130), "gray": (130, 130, 130), "brown": (121, 85, 61),
    ]
    private static let night: Set<String> = ["night", "dusk", "dark", "evening", "moon"]
    private static let water: Set<String> = ["sea", "ocean", "lake", "river", "lighthouse", "boat", "wave", "beach"]

    static func picture(of prompt: String, without unwanted: String, width: Int, height: Int, seed: Int) -> Canvas {
        let words = Words.all(in: prompt).map(\.lowercased)
        let avoided = Set(Words.content(of: unwanted))
        let sky: Canvas.Colour = words.contains(where: night.contains) ? (28, 32, 66) : (150, 200, 240)
        let ground: Canvas.Colour = words.contains(where: water.contains) ? (30, 90, 140) : (96, 150, 80)
        var canvas = Canvas(width: width, height: height, colour: sky)
        canvas.fill(x: 0..<width, y: height * 2 / 3..<height, colour: ground)
        var named: Canvas.Colour?
        var shapes = 0
        for word in words where !Words.stopWords.contains(word) && !avoided.contains(Words.stem(word)) && shapes < 8 {
            if let colour = colours[word] {
                named = colour
                continue
            }
            let hash = Hash.fnv1a("\(word)/\(seed)")
            let colour = named ?? (UInt8(hash & 255), UInt8(hash >> 8 & 255), UInt8(hash >> 16 & 255))
            draw(word, hash, colour, on: &canvas)
            named = nil
            shapes += 1
        }
        return canvas
    }

    /// One shape: a circle, a rectangle or a triangle by the hash; suns, moons and balls are always round.
    private static func draw(_ word: String, _ hash: UInt64, _ colour: Canvas.Colour, on canvas: inout Canvas) {
        let x = Int(hash >> 24 & 0xFFFF) % canvas.width
        let y = Int(hash >> 40 & 0xFFFF) % canvas.height
        let size = max(2, min(canvas.width, canvas.height) / (5 + Int(hash >> 56 & 3)))
        let isRound = ["sun", "moon", "ball", "circle", "apple"].contains(word)
        switch isRound ? 0 : hash >> 59 & 3 {
        case 0, 1: canvas.circle(x: x, y: y, radius: size / 2, colour: colour)
        case 2: canvas.fill(x: x - size / 2..<x + size / 2, y: y - size..<y + size, colour: colour)
        default:
            canvas.fill(x: x - size..<x + size, y: y - size..<y + size, colour: colour) { column, row in
                abs(column - x) * 2 <= row - y + size
            }
        }
    }
}

extension Drawing {
    /// The first colour that a text names, or one made from its hash where it names none but says something.
    static func firstColour(in text: String) -> Canvas.Colour? {
        let words = Words.all(in: text).map(\.lowercased)
        if let word = words.first(where: { colours[$0] != nil }) { return colours[word] }
        guard !words.isEmpty else { return nil }
        let hash = Hash.fnv1a(text)
        return (UInt8(hash & 255), UInt8(hash >> 8 & 255), UInt8(hash >> 16 & 255))
    }
}
