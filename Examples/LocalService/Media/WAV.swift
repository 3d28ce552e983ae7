/// WAV files: written as 16-bit mono, read from whole numbers of 8 to 32 bits and from floats.
enum WAV {
    static func encode(_ samples: [Float], sampleRate: Int) -> [UInt8] {
        let data = samples.flatMap { Int16(max(-1, min(1, $0)) * 32_767).littleEndianBytes }
        var file = Array("RIFF".utf8) + UInt32(36 + data.count).littleEndianBytes + Array("WAVEfmt ".utf8)
        file += UInt32(16).littleEndianBytes + UInt16(1).littleEndianBytes + UInt16(1).littleEndianBytes
        file += UInt32(sampleRate).littleEndianBytes + UInt32(sampleRate * 2).littleEndianBytes
        file += UInt16(2).littleEndianBytes + UInt16(16).littleEndianBytes
        return file + Array("data".utf8) + UInt32(data.count).littleEndianBytes + data
    }

    static func decode(_ bytes: [UInt8]) -> Sound? {
        func number(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        var position = 12
        var format: (code: Int, channels: Int, rate: Int, bits: Int)?
        while position + 8 <= bytes.count {
            let length = min(number(position + 4, 4), bytes.count - position - 8)
            let start = position + 8
            if bytes[position..<position + 4].elementsEqual("fmt ".utf8), length >= 16 {
                format = (number(start, 2), number(start + 2, 2), number(start + 4, 4), number(start + 14, 2))
            }
            if bytes[position..<position + 4].elementsEqual("data".utf8) {
                guard let format, format.channels > 0, format.rate > 0, [8, 16, 24, 32].contains(format.bits) else {
                    return nil
                }
                let width = format.bits / 8
                let frame = width * format.channels
                // The first channel stands for all.
                let samples = stride(from: start, to: start + length - frame + 1, by: frame).map { offset -> Float in
                    let raw = number(offset, width)
                    if format.code == 3, width == 4 { return Float(bitPattern: UInt32(raw)) }
                    if width == 1 { return Float(raw - 128) / 128 }
                    let limit = 1 << (format.bits - 1)
                    return Float(raw >= limit ? raw - 2 * limit : raw) / Float(limit)
                }
                guard !samples.isEmpty else { return nil }
                return Sound(
                    duration: Double(samples.count) / Double(format.rate),
                    samples: samples.map { $0.isFinite ? $0 : 0 },
                    sampleRate: format.rate,
                    hash: Hash.fnv1a(bytes)
                )
            }
            position = start + length + length % 2
        }
        return nil
    }
}
