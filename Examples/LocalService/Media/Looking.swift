/// What pictures show, by their colours.
enum Looking {
    /// The colour that goes with a label: one that its words name, or one made from the hash of its first word.
    static func colour(of label: String) -> (red: Double, green: Double, blue: Double) {
        let known: [(words: [String], colour: (Double, Double, Double))] = [
            (["sky", "sea", "seashore", "water", "blue", "lakeside"], (90, 150, 220)),
            (["grass", "tree", "green", "forest", "plant"], (70, 140, 70)),
            (["snow", "white", "alp", "normal"], (220, 220, 225)),
            (["fire", "red", "apple"], (200, 60, 50)), (["night", "black", "dark", "nsfw"], (20, 20, 35)),
            (["daisy", "sun", "yellow", "banana"], (235, 210, 80)),
            (["road", "grey", "wall", "building"], (130, 130, 130)),
            (["dog", "retriever", "brown", "wood"], (160, 120, 75)), (["cat", "tabby"], (140, 125, 110)),
        ]
        let words = Words.all(in: label).map(\.lowercased)
        if let match = known.first(where: { !$0.words.allSatisfy { !words.contains($0) } }) { return match.colour }
        let hash = Hash.fnv1a(label)
        return (Double(hash & 255), Double(hash >> 8 & 255), Double(hash >> 16 & 255))
    }

    /// A raw value, higher the nearer the label's colour is; the picture's proportions move it a little.
    static func value(
        of label: String,
        in colour: (red: Double, green: Double, blue: Double),
        _ picture: Picture
    ) -> Double {
        let target = Self.colour(of: label)
        let red = target.red - colour.red
        let green = target.green - colour.green
        let blue = target.blue - colour.blue
        let distance = (red * red + green * green + blue * blue).squareRoot() / 441
        let shape = Double(Hash.fnv1a("\(label)/\(picture.width)x\(picture.height)") % 100) / 500
        return 16 * (1 - distance) + shape
    }
}

extension Looking {
    /// The word for a colour.
    static func name(of colour: (red: Double, green: Double, blue: Double)) -> String {
        let names: [(String, (Double, Double, Double))] = [
            ("black", (20, 20, 20)), ("white", (240, 240, 240)), ("grey", (128, 128, 128)), ("red", (210, 50, 50)),
            ("green", (60, 160, 70)), ("blue", (50, 110, 215)), ("yellow", (240, 210, 50)), ("brown", (130, 90, 60)),
            ("orange", (240, 135, 40)), ("purple", (130, 65, 180)),
        ]
        let distances = names.map { name, target in
            let (red, green, blue) = (target.0 - colour.red, target.1 - colour.green, target.2 - colour.blue)
            return (name: name, distance: red * red + green * green + blue * blue)
        }
        return distances.min { $0.distance < $1.distance }?.name ?? "grey"
    }
}

extension Looking {
    /// A picture in a few words.
    static func caption(of picture: Picture) -> String {
        let count = Objects.all(in: picture).count
        let things = count == 0 ? "nothing in it" : count == 1 ? "one thing in it" : "\(count) things in it"
        return "a mostly \(name(of: picture.average)) picture with \(things)"
    }
}
