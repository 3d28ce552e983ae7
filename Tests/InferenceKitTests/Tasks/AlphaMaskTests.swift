import InferenceKit
import Testing

@Suite("Masks as bytes")
struct AlphaMaskTests {
    @Test("As many bytes as pixels")
    func size() {
        #expect(AlphaMask(size: PixelSize(width: 2, height: 2), bytes: [1, 2, 3]) == nil)
        #expect(AlphaMask(size: PixelSize(width: 0, height: 0), bytes: []) == nil)
        #expect(AlphaMask(size: PixelSize(width: -1, height: -1), bytes: [1]) == nil)
        #expect(AlphaMask(size: PixelSize(width: .max, height: 2), bytes: [1]) == nil)
        #expect(AlphaMask(size: PixelSize(width: 1, height: 2), bytes: [1, 2])?[0, 1] == 2)
    }

    @Test("The box around what is inside, and how much that is")
    func box() throws {
        let bytes: [UInt8] = [
            0, 0, 0, 0,
            0, 128, 127, 0,
            0, 0, 255, 0,
        ]
        let mask = try #require(AlphaMask(size: PixelSize(width: 4, height: 3), bytes: bytes))
        #expect(mask.boundingBox == BoundingBox(xMin: 1, yMin: 1, xMax: 3, yMax: 3))
        #expect(mask.coverage == 2.0 / 12)
        let empty = try #require(AlphaMask(size: PixelSize(width: 2, height: 1), bytes: [0, 127]))
        #expect(empty.boundingBox == nil)
        #expect(empty.coverage == 0)
    }

    @Test("To PNG and back")
    func png() throws {
        let mask = try #require(AlphaMask(size: PixelSize(width: 3, height: 2), bytes: [0, 255, 7, 8, 9, 10]))
        #expect(mask.png.mediaType == .png)
        #expect(try AlphaMask(png: mask.png) == mask)
    }
}
