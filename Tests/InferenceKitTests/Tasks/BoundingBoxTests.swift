import InferenceKit
import Testing

@Suite("Bounding boxes")
struct BoundingBoxTests {
    private let box = BoundingBox(xMin: 10, yMin: 20, xMax: 30, yMax: 60)
    private let size = PixelSize(width: 100, height: 200)

    @Test("Sizes")
    func sizes() {
        #expect(box.width == 20)
        #expect(box.height == 40)
        #expect(box.area == 800)
        let turned = BoundingBox(xMin: 5, yMin: 5, xMax: 1, yMax: 9)
        #expect(turned.width == 0)
        #expect(turned.area == 0)
    }

    @Test("Pixels to fractions and back")
    func fractions() throws {
        let fractions = try #require(box.normalized(in: size))
        #expect(fractions == BoundingBox(xMin: 0.1, yMin: 0.1, xMax: 0.3, yMax: 0.3))
        let again = fractions.pixels(in: size)
        #expect(abs(again.xMax - 30) < 1e-12)
        #expect(abs(again.yMax - 60) < 1e-12)
        #expect(box.normalized(in: PixelSize(width: 0, height: 5)) == nil)
    }

    @Test("What reaches beyond the image is cut")
    func clamped() {
        let wide = BoundingBox(xMin: -5, yMin: 190, xMax: 400, yMax: 210)
        #expect(wide.clamped(to: size) == BoundingBox(xMin: 0, yMin: 190, xMax: 100, yMax: 200))
        #expect(BoundingBox(xMin: 101, yMin: 0, xMax: 110, yMax: 9).clamped(to: size) == nil)
    }

    @Test("Intersection over union")
    func overlap() {
        #expect(box.intersectionOverUnion(box) == 1)
        let half = BoundingBox(xMin: 10, yMin: 20, xMax: 30, yMax: 40)
        #expect(box.intersectionOverUnion(half) == 0.5)
        #expect(half.intersectionOverUnion(box) == 0.5)
        let shifted = BoundingBox(xMin: 20, yMin: 40, xMax: 40, yMax: 80)
        #expect(box.intersection(shifted) == BoundingBox(xMin: 20, yMin: 40, xMax: 30, yMax: 60))
        #expect(box.intersectionOverUnion(shifted) == 200.0 / 1400)
        // Neighbours that only touch.
        let beside = BoundingBox(xMin: 30, yMin: 20, xMax: 50, yMax: 60)
        #expect(box.intersection(beside) == nil)
        #expect(box.intersectionOverUnion(beside) == 0)
        let point = BoundingBox(xMin: 1, yMin: 1, xMax: 1, yMax: 1)
        #expect(point.intersectionOverUnion(point) == 0)
    }
}
