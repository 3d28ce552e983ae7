/// A rectangle in an image, measured from the top left corner: in pixels as servers send it, or normalized to 0…1.
public struct BoundingBox: JSONConvertible, Hashable, Sendable {
    /// The left edge.
    public var xMin: Double
    /// The top edge.
    public var yMin: Double
    /// The right edge.
    public var xMax: Double
    /// The bottom edge.
    public var yMax: Double

    /// Makes a box of its edges.
    public init(xMin: Double, yMin: Double, xMax: Double, yMax: Double) {
        self.xMin = xMin
        self.yMin = yMin
        self.xMax = xMax
        self.yMax = yMax
    }

    /// Reads `{"xmin": …, "ymin": …, "xmax": …, "ymax": …}`, of whole numbers or not.
    public init(json: JSONValue) throws {
        let members = try json.members()
        self.init(
            xMin: try members.decode("xmin"),
            yMin: try members.decode("ymin"),
            xMax: try members.decode("xmax"),
            yMax: try members.decode("ymax")
        )
    }

    /// `{"xmin": …, "ymin": …, "xmax": …, "ymax": …}`, whole numbers as such.
    public var json: JSONValue {
        [
            "xmin": .number(wholeIfPossible: xMin), "ymin": .number(wholeIfPossible: yMin),
            "xmax": .number(wholeIfPossible: xMax), "ymax": .number(wholeIfPossible: yMax),
        ]
    }

    /// The width, zero for a box whose edges are in the wrong order.
    public var width: Double { max(xMax - xMin, 0) }

    /// The height, zero for a box whose edges are in the wrong order.
    public var height: Double { max(yMax - yMin, 0) }

    /// The area.
    public var area: Double { width * height }

    /// A box in pixels as fractions of an image's size, `0...1`; `nil` for an image without pixels.
    public func normalized(in size: PixelSize) -> BoundingBox? {
        guard size.width > 0, size.height > 0 else { return nil }
        return scaled(1 / Double(size.width), 1 / Double(size.height))
    }

    /// A normalized box in the pixels of an image.
    public func pixels(in size: PixelSize) -> BoundingBox {
        scaled(Double(size.width), Double(size.height))
    }

    /// The part of a box in pixels that lies within an image; some models let boxes reach beyond the edges.
    ///
    /// `nil` when nothing of it does.
    public func clamped(to size: PixelSize) -> BoundingBox? {
        intersection(BoundingBox(xMin: 0, yMin: 0, xMax: Double(size.width), yMax: Double(size.height)))
    }

    /// What two boxes have in common, or `nil` when that has no area.
    public func intersection(_ other: BoundingBox) -> BoundingBox? {
        let common = BoundingBox(
            xMin: max(xMin, other.xMin),
            yMin: max(yMin, other.yMin),
            xMax: min(xMax, other.xMax),
            yMax: min(yMax, other.yMax)
        )
        return common.area > 0 ? common : nil
    }

    /// How well two boxes match, `0...1`: the area they share, of the area they cover together.
    public func intersectionOverUnion(_ other: BoundingBox) -> Double {
        guard let common = intersection(other)?.area else { return 0 }
        return common / (area + other.area - common)
    }

    private func scaled(_ x: Double, _ y: Double) -> BoundingBox {
        BoundingBox(xMin: xMin * x, yMin: yMin * y, xMax: xMax * x, yMax: yMax * y)
    }
}
