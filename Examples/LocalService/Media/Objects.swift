/// Things in pictures: patches of a 16 by 16 grid that stand out from the border, joined where they touch.
enum Objects {
    struct Object {
        var x: Range<Int>
        var y: Range<Int>
        var colour: (red: Double, green: Double, blue: Double)
        /// How much it stands out, in `0...1`.
        var contrast: Double
    }

    private static let side = 16

    /// The objects of a picture, the clearest first, at most eight.
    static func all(in picture: Picture) -> [Object] {
        let columns = min(side, picture.width)
        let rows = min(side, picture.height)
        func range(_ index: Int, _ count: Int, _ length: Int) -> Range<Int> {
            index * length / count..<max(index * length / count + 1, (index + 1) * length / count)
        }
        let cells = (0..<rows).flatMap { row in
            (0..<columns).map { column in
                picture.average(x: range(column, columns, picture.width), y: range(row, rows, picture.height))
            }
        }
        // A picture without contents that can be read has one thing, in its middle.
        guard picture.pixels != nil else {
            let middle = Object(
                x: picture.width / 4..<max(picture.width / 4 + 1, picture.width * 3 / 4),
                y: picture.height / 4..<max(picture.height / 4 + 1, picture.height * 3 / 4),
                colour: picture.average,
                contrast: 0.5
            )
            return [middle]
        }
        // Each row has its own background: the colour at its left edge, so that a horizon is no object.
        let contrasts = cells.indices.map { distance(cells[$0], cells[$0 / columns * columns]) }
        var isOpen = contrasts.map { $0 > 0.12 }
        var objects: [Object] = []
        for start in cells.indices where isOpen[start] {
            var patch: [Int] = []
            var queue = [start]
            isOpen[start] = false
            while let cell = queue.popLast() {
                patch.append(cell)
                let column = cell % columns
                var next = [cell - columns, cell + columns]
                if column > 0 { next.append(cell - 1) }
                if column + 1 < columns { next.append(cell + 1) }
                for neighbour in next where cells.indices.contains(neighbour) && isOpen[neighbour] {
                    isOpen[neighbour] = false
                    queue.append(neighbour)
                }
            }
            let xs = patch.map { $0 % columns }
            let ys = patch.map { $0 / columns }
            guard let left = xs.min(), let right = xs.max(), let top = ys.min(), let bottom = ys.max() else { continue }
            let clearest = patch.max { contrasts[$0] < contrasts[$1] } ?? start
            objects.append(
                Object(
                    x: range(left, columns, picture.width).lowerBound..<range(right, columns, picture.width).upperBound,
                    y: range(top, rows, picture.height).lowerBound..<range(bottom, rows, picture.height).upperBound,
                    colour: cells[clearest],
                    contrast: contrasts[clearest]
                )
            )
        }
        return Array(objects.sorted { $0.contrast > $1.contrast }.prefix(8))
    }

    private static func distance(
        _ left: (red: Double, green: Double, blue: Double),
        _ right: (red: Double, green: Double, blue: Double)
    ) -> Double {
        let (red, green, blue) = (left.red - right.red, left.green - right.green, left.blue - right.blue)
        return (red * red + green * green + blue * blue).squareRoot() / 441
    }

    /// The label whose colour is nearest, and the score: half, and half of how much it stands out.
    static func label(_ object: Object, among labels: [String]) -> (label: String, score: Double) {
        let best = labels.min { left, right in
            distance(Looking.colour(of: left), object.colour) < distance(Looking.colour(of: right), object.colour)
        }
        return (best ?? "thing", Scores.rounded(min(0.999, 0.5 + object.contrast / 2)))
    }

    /// The answer of the detection tasks.
    static func detections(_ objects: [Object], labels: [String], threshold: Double) -> JSON {
        .array(
            objects.map { ($0, label($0, among: labels)) }.filter { $0.1.score >= threshold }.map { object, found in
                [
                    "score": .number(found.score), "label": .string(found.label),
                    "box": [
                        "xmin": .integer(object.x.lowerBound), "ymin": .integer(object.y.lowerBound),
                        "xmax": .integer(object.x.upperBound), "ymax": .integer(object.y.upperBound),
                    ],
                ]
            }
        )
    }
}
