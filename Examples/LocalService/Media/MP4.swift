/// MP4 files whose frames are PNG pictures (ISO 14496-12 and -14; PNG has the object type 0x6D there).
enum MP4 {
    static func encode(frames: [[UInt8]], width: Int, height: Int, framesPerSecond: Int) -> [UInt8] {
        let head = box("ftyp", Array("isom".utf8) + big(512) + Array("isomiso2mp41".utf8))
        // The frames' place in the file is known once the length of what comes before is.
        let draft = movie(frames, width, height, framesPerSecond, offset: 0)
        let offset = head.count + draft.count + 8
        return head + movie(frames, width, height, framesPerSecond, offset: offset)
            + box("mdat", Array(frames.joined()))
    }

    /// Whether bytes are a film in a container that is known: MP4 and QuickTime, WebM, AVI.
    static func isFilm(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 12 else { return false }
        return bytes[4..<8].elementsEqual("ftyp".utf8) || bytes.starts(with: [0x1A, 0x45, 0xDF, 0xA3])
            || bytes.starts(with: "RIFF".utf8) && bytes[8..<12].elementsEqual("AVI ".utf8)
    }

    private static func movie(
        _ frames: [[UInt8]],
        _ width: Int,
        _ height: Int,
        _ rate: Int,
        offset: Int
    ) -> [UInt8] {
        let count = frames.count
        let matrix = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000].flatMap(big)
        let zeros = { (count: Int) in [UInt8](repeating: 0, count: count) }
        let header =
            zeros(12) + big(rate) + big(count) + big(0x10000) + [1, 0] + zeros(10) + matrix + zeros(24) + big(2)
        let track =
            [0, 0, 0, 3] + zeros(8) + big(1) + zeros(4) + big(count) + zeros(16) + matrix + big(width << 16)
            + big(height << 16)
        let media = zeros(12) + big(rate) + big(count) + [0x55, 0xC4, 0, 0]
        let handler = zeros(8) + Array("vide".utf8) + zeros(12) + Array("VideoHandler".utf8) + [0]
        // An elementary stream of the object type PNG, visual, without further set-up.
        let decoder: [UInt8] = [0x04, 13, 0x6D, 0x11] + zeros(11)
        let stream: [UInt8] = [0x03, UInt8(3 + decoder.count + 3), 0, 1, 0] + decoder + [0x06, 1, 2]
        let entry =
            zeros(6) + [0, 1] + zeros(16) + short(width) + short(height) + big(0x48_0000) + big(0x48_0000) + zeros(4)
            + [0, 1] + zeros(32) + [0, 24, 0xFF, 0xFF] + box("esds", zeros(4) + stream)
        let table =
            box("stsd", zeros(4) + big(1) + box("mp4v", entry)) + box("stts", zeros(4) + big(1) + big(count) + big(1))
            + box("stsc", zeros(4) + big(1) + big(1) + big(count) + big(1))
            + box("stsz", zeros(8) + big(count) + frames.flatMap { big($0.count) })
            + box("stco", zeros(4) + big(1) + big(offset))
        let reference = box("dref", zeros(4) + big(1) + box("url ", [0, 0, 0, 1]))
        let information = box("vmhd", [0, 0, 0, 1] + zeros(8)) + box("dinf", reference) + box("stbl", table)
        let content = box("mdhd", media) + box("hdlr", handler) + box("minf", information)
        return box("moov", box("mvhd", header) + box("trak", box("tkhd", track) + box("mdia", content)))
    }

    private static func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
        big(content.count + 8) + Array(type.utf8) + content
    }

    private static func big(_ value: Int) -> [UInt8] { UInt32(value).bigEndianBytes }
    private static func short(_ value: Int) -> [UInt8] { UInt16(value).bigEndianBytes }
}
