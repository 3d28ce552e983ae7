/// The header of a WAV file: how its samples are written, and where they are.
struct WaveFile: Hashable, Sendable {
    /// How a sample is written.
    enum Encoding: UInt16, Hashable, Sendable {
        /// A whole number; signed above eight bits.
        case pcm = 1
        /// An IEEE float in `-1...1`.
        case float = 3
    }

    /// How a sample is written, or `nil` for an encoding not listed.
    var encoding: Encoding?
    /// Samples at one moment, 1 for mono.
    var channels: Int
    /// Samples a second of each channel, in hertz.
    var sampleRate: Int
    /// The size of a sample.
    var bitsPerSample: Int
    /// Where the samples are; up to the end of the bytes when the header of an unfinished file does not know.
    var data: Range<Int>

    /// The time the samples last, or `nil` when the header makes no sense.
    var duration: Duration? {
        let bytesPerSecond = channels * sampleRate * bitsPerSample / 8
        guard bytesPerSecond > 0 else { return nil }
        return .seconds(Double(data.count) / Double(bytesPerSecond))
    }

    /// Reads the header of a WAV file; `nil` when `bytes` are none or end before its samples.
    init?(_ bytes: [UInt8]) {
        func little(_ count: Int, at offset: Int) -> Int {
            bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        guard bytes.count >= 12, bytes.starts(with: "RIFF".utf8), bytes[8..<12].elementsEqual("WAVE".utf8) else {
            return nil
        }
        var offset = 12
        var format: Range<Int>?
        while offset + 8 <= bytes.count {
            let name = bytes[offset..<offset + 4]
            let length = little(4, at: offset + 4)
            let start = offset + 8
            if name.elementsEqual("fmt ".utf8) {
                guard length >= 16, start + length <= bytes.count else { return nil }
                format = start..<start + length
            } else if name.elementsEqual("data".utf8) {
                guard let format else { return nil }
                var code = little(2, at: format.lowerBound)
                // An extensible header has the true code in front of its identifier.
                if code == 0xFFFE, format.count >= 26 { code = little(2, at: format.lowerBound + 24) }
                encoding = Encoding(rawValue: UInt16(truncatingIfNeeded: code))
                channels = little(2, at: format.lowerBound + 2)
                sampleRate = little(4, at: format.lowerBound + 4)
                bitsPerSample = little(2, at: format.lowerBound + 14)
                data = start..<min(start + length, bytes.count)
                return
            }
            // Chunks begin at even offsets.
            offset = start + length + length & 1
        }
        return nil
    }

    /// A WAV file of float samples in `-1...1`, those of one moment side by side.
    ///
    /// A sample rate or number of channels that the format cannot hold is cut down to its limits.
    static func encode(_ samples: [Float], sampleRate: Int, channels: Int = 1) -> [UInt8] {
        encode(samples.lazy.map(\.bitPattern), samples.count, .float, sampleRate: sampleRate, channels: channels)
    }

    /// A WAV file of 16-bit samples, those of one moment side by side.
    ///
    /// A sample rate or number of channels that the format cannot hold is cut down to its limits.
    static func encode(_ samples: [Int16], sampleRate: Int, channels: Int = 1) -> [UInt8] {
        encode(
            samples.lazy.map(UInt16.init(bitPattern:)),
            samples.count,
            .pcm,
            sampleRate: sampleRate,
            channels: channels
        )
    }

    private static func encode<Sample: FixedWidthInteger>(
        _ samples: some Sequence<Sample>,
        _ count: Int,
        _ encoding: Encoding,
        sampleRate: Int,
        channels: Int
    ) -> [UInt8] {
        let size = Sample.bitWidth / 8
        let dataLength = count * size
        var file: [UInt8] = []
        file.reserveCapacity(dataLength + 58)
        func append<Value: FixedWidthInteger>(_ value: Value) {
            for index in 0..<Value.bitWidth / 8 { file.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
        }
        // Floats come with two more fields, as the format's description asks of all that is not whole numbers.
        let isPCM = encoding == .pcm
        let channels = UInt16(clamping: channels)
        let sampleRate = UInt32(clamping: sampleRate)
        file += "RIFF".utf8
        append(UInt32(clamping: (isPCM ? 36 : 50) + dataLength))
        file += "WAVEfmt ".utf8
        append(UInt32(isPCM ? 16 : 18))
        append(encoding.rawValue)
        append(channels)
        append(sampleRate)
        append(UInt32(truncatingIfNeeded: UInt64(sampleRate) * UInt64(channels) * UInt64(size)))
        append(UInt16(truncatingIfNeeded: UInt32(channels) * UInt32(size)))
        append(UInt16(Sample.bitWidth))
        if !isPCM {
            append(UInt16(0))
            file += "fact".utf8
            append(UInt32(4))
            append(UInt32(clamping: count / max(Int(channels), 1)))
        }
        file += "data".utf8
        append(UInt32(clamping: dataLength))
        for sample in samples { append(sample) }
        return file
    }
}
