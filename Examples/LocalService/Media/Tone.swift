import Foundation

/// A note, or a pause where it has no frequency.
struct Tone {
    static let sampleRate = 16_000

    var hertz: Double
    var seconds: Double

    /// The tones one after the other, each rising and falling within 5 ms so that none clicks.
    static func samples(_ tones: [Tone]) -> [Float] {
        var samples: [Float] = []
        for tone in tones {
            let count = Int(tone.seconds * Double(sampleRate))
            let edge = sampleRate / 200
            for index in 0..<count {
                let envelope = Float(min(1, Double(min(index, count - 1 - index)) / Double(edge)))
                let phase = 2 * Double.pi * tone.hertz * Double(index) / Double(sampleRate)
                samples.append(tone.hertz == 0 ? 0 : 0.3 * envelope * Float(sin(phase)))
            }
        }
        return samples
    }
}
