import Testing

@testable import InferenceKit

@Suite("Reading and writing PNG images")
struct GrayImageTests {
    /// An image that another program has written, and its pixels as shades of grey.
    struct Picture: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var bytes: [UInt8]
        var image: GrayImage

        init(_ name: String, _ base64: String, _ width: Int, _ height: Int, _ pixels: [UInt8]) {
            testDescription = name
            bytes = (try? Base64.decode(base64)) ?? []
            image = GrayImage(width: width, height: height, pixels: pixels)
        }
    }

    static let pictures = [
        Picture(
            "8-bit grey, every filter, two pieces of data",
            "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAFCAAAAABHxhIHAAAAA3RFWHRhAGLcSaI7AAAABUlEQVR42mPgEiuRXOcAAAAdSURBVJE7"
                + "wcjNx/qQ6evzpAZmVqaDB1m+sv9kBwBZjAhRT5az9QAAAABJRU5ErkJggg==",
            4,
            5,
            [10, 20, 30, 200, 11, 25, 30, 255, 0, 0, 128, 127, 5, 4, 3, 2, 250, 1, 250, 1]
        ),
        Picture(
            "1-bit grey",
            "iVBORw0KGgoAAAANSUhEUgAAAAoAAAACAQAAAABJGnB9AAAAA3RFWHRhAGLcSaI7AAAADklEQVR42mPY4MDk3wAABZoBwlHuZDMA"
                + "AAAASUVORK5CYII=",
            10,
            2,
            [255, 0, 255, 255, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255]
        ),
        Picture(
            "2-bit grey",
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABAgAAAAB0O1PJAAAAA3RFWHRhAGLcSaI7AAAACklEQVR42mOQAAAAGgAZgACOuwAAAABJ"
                + "RU5ErkJggg==",
            3,
            1,
            [0, 85, 170]
        ),
        Picture(
            "4-bit grey",
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABBAAAAAD7e6ZpAAAAA3RFWHRhAGLcSaI7AAAAC0lEQVR42mOUTwQAAKUAglsIrx8AAAAA"
                + "SUVORK5CYII=",
            3,
            1,
            [17, 255, 136]
        ),
        Picture(
            "16-bit grey",
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABEAAAAACB2fwVAAAAA3RFWHRhAGLcSaI7AAAADUlEQVR42mNsEKp/CwAEKwIAeICduQAA"
                + "AABJRU5ErkJggg==",
            2,
            1,
            [128, 255]
        ),
        Picture(
            "colours",
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAA3RFWHRhAGLcSaI7AAAAFklEQVR42mP5z8DA+J+BuZHh//+GBgAh"
                + "zgWGJwYqrwAAAABJRU5ErkJggg==",
            2,
            2,
            [76, 150, 29, 255]
        ),
        Picture(
            "2-bit palette, an entry missing",
            "iVBORw0KGgoAAAANSUhEUgAAAAQAAAABAgMAAACEUudeAAAACVBMVEUAAAD/////AADNXrecAAAAA3RFWHRhAGLcSaI7AAAACklE"
                + "QVR42mOQBgAAHQAcI3yPrAAAAABJRU5ErkJggg==",
            4,
            1,
            [0, 255, 76, 0]
        ),
        Picture(
            "8-bit palette",
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABCAMAAAAsPuSGAAAACVBMVEUAAAD/////AADNXrecAAAAA3RFWHRhAGLcSaI7AAAADElE"
                + "QVR42mNk/M8EAAILAQQPf7CiAAAAAElFTkSuQmCC",
            3,
            1,
            [255, 0, 76]
        ),
        Picture(
            "grey and alpha",
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAQAAABeK7cBAAAAA3RFWHRhAGLcSaI7AAAADUlEQVR42mM88Z+BEQAGKAHKTyu9hgAA"
                + "AABJRU5ErkJggg==",
            2,
            1,
            [200, 0]
        ),
        Picture(
            "colours and alpha",
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAYAAAD0In+KAAAAA3RFWHRhAGLcSaI7AAAAEUlEQVR42mP5//9/AwMDQz0AGBcEAW++"
                + "06wAAAAASUVORK5CYII=",
            2,
            1,
            [128, 255]
        ),
        Picture(
            "16-bit colours",
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABEAIAAADA54+dAAAAA3RFWHRhAGLcSaI7AAAADUlEQVR42mP4z8gABAAGBgEBxHDwfgAA"
                + "AABJRU5ErkJggg==",
            1,
            1,
            [76]
        ),
    ]

    @Test("Each kind of pixels", arguments: pictures)
    func reads(_ picture: Picture) throws {
        #expect(try GrayImage(png: picture.bytes) == picture.image)
    }

    @Test("What is written is read again", arguments: [(1, 1), (7, 3), (300, 500), (65_535, 1), (65_534, 2)])
    func writes(width: Int, height: Int) throws {
        var generator = SeededGenerator(seed: UInt64(width))
        let pixels = (0..<(width * height)).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let image = GrayImage(width: width, height: height, pixels: pixels)
        #expect(try GrayImage(png: image.png) == image)
    }

    @Test("The file of one white pixel, byte by byte")
    func file() throws {
        let expected: [UInt8] = [
            0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1,
            8, 0, 0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55, 0, 0, 0, 13, 0x49, 0x44, 0x41, 0x54, 0x78, 0x01, 1, 2, 0, 0xFD, 0xFF,
            0, 0xFF, 1, 1, 1, 0, 0x60, 0x87, 0x12, 0xB5, 0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
        ]
        #expect(GrayImage(width: 1, height: 1, pixels: [255]).png == expected)
    }

    @Test("An image that is cut anywhere is an error")
    func cut() {
        let bytes = Self.pictures[0].bytes
        // The last chunk is empty, and so is what is missing without it.
        for count in 0..<(bytes.count - 12) {
            #expect(throws: (any Error).self, "cut at \(count)") { try GrayImage(png: Array(bytes[..<count])) }
        }
    }

    /// The header's bytes from `offset` on replaced.
    private func changed(_ offset: Int, _ values: UInt8...) -> [UInt8] {
        var bytes = Self.pictures[0].bytes
        bytes.replaceSubrange(offset..<(offset + values.count), with: values)
        return bytes
    }

    @Test("Headers that make no sense")
    func headers() {
        let bad = [
            [], Array("GIF89a".utf8), changed(12, 0x41), changed(16, 0, 0, 0, 0), changed(20, 0, 0, 0, 0),
            changed(16, 0xFF, 0xFF, 0xFF, 0xFF), changed(16, 0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF),
            changed(16, 0, 0, 0x20, 0, 0, 0, 0x20, 0), changed(24, 3), changed(24, 4, 2), changed(25, 1),
            changed(25, 3), changed(26, 1), changed(27, 1), changed(28, 1), changed(16, 0, 0, 0, 5),
        ]
        for (index, bytes) in bad.enumerated() {
            #expect(throws: (any Error).self, "header \(index)") { try GrayImage(png: bytes) }
        }
    }

    @Test("Damaged images are an error or other pixels, never a trap")
    func fuzz() {
        let seed: UInt64 = 11
        var generator = SeededGenerator(seed: seed)
        var errors = 0
        let rounds = 5000
        for round in 0..<rounds {
            var bytes = Self.pictures[round % Self.pictures.count].bytes
            for _ in 0...Int.random(in: 0...3, using: &generator) {
                bytes[Int.random(in: 8..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            do {
                let image = try GrayImage(png: bytes)
                #expect(image.pixels.count == image.width * image.height)
            } catch {
                errors += 1
            }
        }
        print("PNG: seed \(seed), \(rounds) damaged images, \(errors) errors.")
        #expect(errors > 0)
    }
}
