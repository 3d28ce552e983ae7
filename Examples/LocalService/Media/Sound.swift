/// What the audio rules see of a recording: its length, and its samples where the format is one they can read.
struct Sound: Sendable {
    /// In seconds.
    var duration: Double
    /// Mono samples in `-1...1`; empty for formats of which only the header is read.
    var samples: [Float] = []
    var sampleRate = 16_000
    /// The hash of the file, from which loudness is invented where there is none to hear.
    var hash: UInt64

    /// The root mean square of each window of `seconds`, in `0...1`.
    func loudness(every seconds: Double) -> [Double] {
        guard !samples.isEmpty else {
            return (0..<max(1, min(1_000, Int(duration / seconds)))).map { index in
                Double(Hash.fnv1a("\(hash)/\(index)") % 100) / 200
            }
        }
        let length = max(1, Int(Double(sampleRate) * seconds))
        return stride(from: 0, to: samples.count, by: length).map { start in
            let end = min(start + length, samples.count)
            var sum = 0.0
            var index = start
            while index < end {
                sum += Double(samples[index] * samples[index])
                index += 1
            }
            return (sum / Double(end - start)).squareRoot()
        }
    }

    /// How often the samples of a window change sign, per second: a rough pitch.
    func pitch(from start: Double, to end: Double) -> Int {
        let range =
            Int(start * Double(sampleRate))..<max(Int(start * Double(sampleRate)), Int(end * Double(sampleRate)))
        let window = range.clamped(to: 0..<samples.count)
        guard window.count > 1 else { return Int(hash % 400) }
        var crossings = 0
        var index = window.lowerBound + 1
        while index < window.upperBound {
            if (samples[index] < 0) != (samples[index - 1] < 0) { crossings += 1 }
            index += 1
        }
        return Int(Double(crossings) / Double(window.count) * Double(sampleRate) / 2)
    }
}

extension Sound {
    /// Reads a recording; `nil` where the bytes are none that ffmpeg would take for one.
    init?(_ bytes: [UInt8]) {
        if bytes.starts(with: "RIFF".utf8), bytes.count >= 12, bytes[8..<12].elementsEqual("WAVE".utf8) {
            guard let sound = WAV.decode(bytes) else { return nil }
            self = sound
            return
        }
        let hash = Hash.fnv1a(bytes)
        if bytes.starts(with: "fLaC".utf8), bytes.count >= 26 {
            let rate = Int(bytes[18]) << 12 | Int(bytes[19]) << 4 | Int(bytes[20]) >> 4
            let total = bytes[22..<26].reduce(Int(bytes[21] & 0x0F)) { $0 << 8 | Int($1) }
            guard rate > 0 else { return nil }
            self.init(duration: Double(total) / Double(rate), hash: hash)
            return
        }
        let magics: [[UInt8]] = [
            Array("OggS".utf8), Array("ID3".utf8), [0xFF, 0xFB], [0xFF, 0xF3], [0xFF, 0xF1], [0x1A, 0x45, 0xDF, 0xA3],
            Array("#!AMR".utf8),
        ]
        let isContainer = bytes.count >= 12 && bytes[4..<8].elementsEqual("ftyp".utf8)
        guard isContainer || magics.contains(where: { bytes.starts(with: $0) }) else { return nil }
        // About 128 kbit/s, the usual rate of such files.
        self.init(duration: Double(bytes.count) / 16_000, hash: hash)
    }
}
