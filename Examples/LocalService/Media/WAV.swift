/// WAV files: written as 16-bit mono, read from whole numbers of 8 to 32 bits and from floats.
enum WAV {
    /// The bytes before the samples of a file that is written here.
    static let headerSize = 44

    static func encode(_ samples: [Float], sampleRate: Int) -> [UInt8] {
        let data = samples.flatMap { Int16(max(-1, min(1, $0)) * 32_767).littleEndianBytes }
        var file = Array("RIFF".utf8) + UInt32(36 + data.count).littleEndianBytes + Array("WAVEfmt ".utf8)
        file += UInt32(16).littleEndianBytes + UInt16(1).littleEndianBytes + UInt16(1).littleEndianBytes
        file += UInt32(sampleRate).littleEndianBytes + UInt32(sampleRate * 2).littleEndianBytes
        file += UInt16(2).littleEndianBytes + UInt16(16).littleEndianBytes
        return file + Array("data".utf8) + UInt32(data.count).littleEndianBytes + data
    }

    /// How the samples of a file lie in it.
    private struct Layout {
        var isFloat: Bool
        var width: Int
        var frame: Int
        var rate: Int
        var data: Range<Int>

        var count: Int { data.count / frame }
        var duration: Double { Double(count) / Double(rate) }
    }

    private static func layout(_ bytes: [UInt8]) -> Layout? {
        func number(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        var position = 12
        var layout: Layout?
        while position + 8 <= bytes.count {
            let length = min(number(position + 4, 4), bytes.count - position - 8)
            let start = position + 8
            if bytes[position..<start - 4].elementsEqual("fmt ".utf8), length >= 16 {
                let width = number(start + 14, 2) / 8
                let frame = width * number(start + 2, 2)
                guard [1, 2, 3, 4].contains(width), frame > 0, number(start + 4, 4) > 0 else { return nil }
                let isFloat = number(start, 2) == 3 && width == 4
                layout = Layout(isFloat: isFloat, width: width, frame: frame, rate: number(start + 4, 4), data: 0..<0)
            }
            if bytes[position..<start - 4].elementsEqual("data".utf8) {
                layout?.data = start..<start + length
                return layout.flatMap { $0.count > 0 ? $0 : nil }
            }
            position = start + length + length % 2
        }
        return nil
    }

    /// The length in seconds, without looking at the samples.
    static func duration(of bytes: [UInt8]) -> Double? { layout(bytes)?.duration }

    /// The first channel, which stands for all.
    static func decode(_ bytes: [UInt8]) -> Sound? {
        guard let layout = layout(bytes) else { return nil }
        var samples: [Float] = []
        samples.reserveCapacity(layout.count)
        let scale = 1 / Float(1 << (8 * layout.width - 1))
        var offset = layout.data.lowerBound
        for _ in 0..<layout.count {
            // From the most significant byte down; bytes alone are unsigned, everything wider is signed.
            var raw = 0
            var index = layout.width - 1
            while index >= 0 {
                raw = raw << 8 | Int(bytes[offset + index])
                index -= 1
            }
            offset += layout.frame
            if layout.isFloat {
                let sample = Float(bitPattern: UInt32(raw))
                samples.append(sample.isFinite ? max(-1, min(1, sample)) : 0)
            } else if layout.width == 1 {
                samples.append(Float(raw - 128) * scale)
            } else {
                let limit = 1 << (8 * layout.width - 1)
                samples.append(Float(raw >= limit ? raw - 2 * limit : raw) * scale)
            }
        }
        return Sound(
            duration: layout.duration,
            samples: samples,
            sampleRate: layout.rate,
            hash: Hash.fnv1a(bytes.prefix(65_536))
        )
    }
}
