import Testing

@testable import InferenceKit

@Suite struct MediaSnifferTests {
    static let png: [UInt8] =
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8)
        + [0, 0, 2, 0x80, 0, 0, 1, 0xE0, 8, 2]
    static let jpeg: [UInt8] =
        [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xFF, 0xC4, 0, 3, 9, 0xFF, 0xC2, 0, 17, 8, 1, 0xE0, 2, 0x80, 3]
    static let gif: [UInt8] = Array("GIF89a".utf8) + [0x80, 2, 0xE0, 1]
    static let lossy: [UInt8] =
        Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBPVP8 ".utf8) + [0, 0, 0, 0, 0, 0, 0, 0x9D, 1, 0x2A]
        + [0x80, 2, 0xE0, 1]
    static let lossless: [UInt8] =
        Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBPVP8L".utf8) + [0, 0, 0, 0, 0x2F]
        + (0..<4).map { UInt8(truncatingIfNeeded: (639 | 479 << 14) >> (8 * $0)) }
    static let extended: [UInt8] =
        Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBPVP8X".utf8) + [10, 0, 0, 0, 0, 0, 0, 0]
        + [0x7F, 2, 0, 0xDF, 1, 0]
    static let bmp: [UInt8] =
        Array("BM".utf8) + Array(repeating: 0, count: 12) + [40, 0, 0, 0, 0x80, 2, 0, 0, 0x20, 0xFE, 0xFF, 0xFF]

    @Test(arguments: [
        (png, MediaType.png), (jpeg, .jpeg), (gif, .gif), (lossy, .webp), (lossless, .webp), (extended, .webp),
        (bmp, .bmp),
    ])
    func knowsImagesAndTheirSize(_ bytes: [UInt8], _ type: MediaType) {
        #expect(MediaSniffer.mediaType(of: bytes) == type)
        #expect(MediaSniffer.pixelSize(of: bytes) == PixelSize(width: 640, height: 480))
    }

    @Test(arguments: [
        ("II*\0", MediaType.tiff), ("MM\0*", .tiff), ("RIFF....WAVEfmt ", .wav), ("fLaC", .flac), ("OggS", .ogg),
        ("ID3\u{3}", .mp3), ("#!AMR\n", .amr), ("#!AMR-WB\n", .amrWideband), ("FORM....AIFF", .aiff),
        ("FORM....AIFC", .aiff), ("....ftypM4A ", .m4a), ("....ftypisom", .mp4), ("....ftypqt  ", .quickTime),
        ("....ftypheic", .heic), ("....ftypavif", .avif), ("%PDF-1.7", .pdf),
    ])
    func knowsOtherMedia(_ text: String, _ type: MediaType) {
        #expect(MediaSniffer.mediaType(of: Array(text.utf8)) == type)
        #expect(MediaSniffer.pixelSize(of: Array(text.utf8)) == nil)
    }

    @Test func knowsFramesAndMatroska() {
        #expect(MediaSniffer.mediaType(of: [0xFF, 0xFB, 0x90, 0x64]) == .mp3)
        #expect(MediaSniffer.mediaType(of: [0xFF, 0xF3, 0x40, 0xC0]) == .mp3)
        #expect(MediaSniffer.mediaType(of: [0xFF, 0xF1, 0x50, 0x80]) == .aac)
        #expect(MediaSniffer.mediaType(of: [0xFF, 0xFB, 0xF0, 0]) == nil)
        #expect(MediaSniffer.mediaType(of: [0xFF, 0xFE, 0x41, 0]) == nil)
        let matroska: [UInt8] = [0x1A, 0x45, 0xDF, 0xA3]
        #expect(MediaSniffer.mediaType(of: matroska + Array("matroska".utf8)) == .matroska)
        #expect(MediaSniffer.mediaType(of: matroska + Array("webm".utf8)) == .webm)
        #expect(MediaSniffer.mediaType(of: matroska + Array("webm..A_OPUS".utf8)) == .webmAudio)
        #expect(MediaSniffer.mediaType(of: matroska + Array("webm..A_OPUS.V_VP9".utf8)) == .webm)
    }

    @Test func doesNotGuess() {
        for text in ["", "B", "BM is a text", "{\"a\":1}", "RIFF....AVI ", "hello"] {
            #expect(MediaSniffer.mediaType(of: Array(text.utf8)) == nil, "\(text)")
        }
    }

    @Test func survivesEveryCut() {
        var random = SeededGenerator(seed: 5)
        for image in [Self.png, Self.jpeg, Self.gif, Self.lossy, Self.lossless, Self.extended, Self.bmp] {
            for length in 0..<image.count { _ = MediaSniffer.pixelSize(of: Array(image.prefix(length))) }
            for _ in 0..<2000 {
                var bytes = image
                for _ in 0..<3 {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                _ = MediaSniffer.mediaType(of: bytes)
                _ = MediaSniffer.pixelSize(of: bytes)
            }
        }
    }
}

@Suite struct WaveFileTests {
    @Test func writesAndReadsFloats() throws {
        let bytes = WaveFile.encode([0, 0.5, -1, 1] as [Float], sampleRate: 16_000)
        #expect(MediaSniffer.mediaType(of: bytes) == .wav)
        let file = try #require(WaveFile(bytes))
        #expect(file.encoding == .float)
        #expect(file.channels == 1)
        #expect(file.sampleRate == 16_000)
        #expect(file.bitsPerSample == 32)
        #expect(file.data == 58..<74)
        #expect(file.duration == .microseconds(250))
        #expect(Array(bytes[file.data].suffix(4)) == [0, 0, 0x80, 0x3F])
        #expect(bytes[4..<8].elementsEqual([66, 0, 0, 0]))
    }

    @Test func writesAndReadsWholeNumbers() throws {
        let bytes = WaveFile.encode([1, -2, 300, Int16.min], sampleRate: 44_100, channels: 2)
        let file = try #require(WaveFile(bytes))
        #expect(bytes.count == 44 + 8)
        #expect(file.encoding == .pcm)
        #expect(file.channels == 2)
        #expect(file.bitsPerSample == 16)
        #expect(Array(bytes[file.data]) == [1, 0, 0xFE, 0xFF, 0x2C, 1, 0, 0x80])
        // Bytes a second, bytes a moment.
        #expect(Array(bytes[28..<34]) == [0x10, 0xB1, 2, 0, 4, 0])
    }

    @Test func toleratesOtherChunksAndUnfinishedFiles() throws {
        var bytes = WaveFile.encode([7] as [Int16], sampleRate: 8_000)
        bytes.insert(contentsOf: Array("LIST".utf8) + [3, 0, 0, 0, 1, 2, 3, 0], at: 12)
        #expect(try #require(WaveFile(bytes)).data.count == 2)
        bytes.replaceSubrange(bytes.count - 6..<bytes.count - 2, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(try #require(WaveFile(bytes)).data.count == 2)
        for length in 0..<bytes.count - 2 { #expect(WaveFile(Array(bytes.prefix(length))) == nil) }
        #expect(WaveFile.encode([] as [Float], sampleRate: -1, channels: 0).count == 58)
    }
}
