extension TaskRule {
    /// Takes a recording apart into its low part, an average over eight samples, and the rest.
    ///
    /// One entry a source, WAV in base64 under `blob`; the key `content-type` has its hyphen. An enhancing model gives one.
    static let audioToAudio = TaskRule(
        id: "audio-to-audio",
        label: "Audio-to-Audio",
        medium: .audio,
        models: [
            Model(id: "speechbrain/sepformer-wham", task: "audio-to-audio", library: "speechbrain"),
            Model(
                id: "speechbrain/metricgan-plus-voicebank",
                task: "audio-to-audio",
                library: "speechbrain",
                tags: ["enhancement"]
            ),
        ]
    ) { call in
        let sound = try call.sound()
        // Of formats that are not read, silence of the same length, at most ten seconds.
        let count = Int(min(10, max(0, sound.duration)) * Double(sound.sampleRate))
        let samples = sound.samples.isEmpty ? [Float](repeating: 0, count: count) : sound.samples
        var low: [Float] = []
        low.reserveCapacity(samples.count)
        var sum: Float = 0
        for index in samples.indices {
            sum += samples[index] - (index >= 8 ? samples[index - 8] : 0)
            low.append(sum / 8)
        }
        let rest = zip(samples, low).map { $0 - $1 }
        let isEnhancement = call.model.tags.contains("enhancement")
        let sources =
            isEnhancement ? [("speech_enhanced", low)] : [("label_0", low), ("label_1", rest)]
        return .json(
            .array(
                sources.map { label, samples in
                    [
                        "label": .string(label),
                        "blob": .string(Base64.encode(WAV.encode(samples, sampleRate: sound.sampleRate))),
                        "content-type": "audio/wav",
                    ]
                }
            ),
            of: call
        )
    }
}
