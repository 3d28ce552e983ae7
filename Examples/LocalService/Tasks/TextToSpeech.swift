extension TaskRule {
    /// A tone for each letter, 60 ms long, its height by the letter; spaces are pauses.
    ///
    /// WAV, 16 kHz mono, whatever is accepted.
    static let textToSpeech = TaskRule(
        id: "text-to-speech",
        label: "Text-to-Speech",
        parameters: .generation,
        models: [
            Model(id: "suno/bark", task: "text-to-speech"),
            Model(id: "facebook/mms-tts-eng", task: "text-to-speech", tags: ["text-to-audio"]),
        ]
    ) { call in
        let text = try call.text()
        try call.checkWindow(text)
        let tones = text.lowercased().unicodeScalars.map { scalar -> Tone in
            let isPause = !scalar.properties.isAlphabetic && scalar.properties.numericType == nil
            return Tone(hertz: isPause ? 0 : 160 + Double(scalar.value % 32) * 14, seconds: 0.06)
        }
        return .media(WAV.encode(Tone.samples(tones), sampleRate: Tone.sampleRate), "audio/wav", of: call)
    }

    /// A melody: a note of a quarter of a second for each word, from a scale of five notes.
    static let textToAudio = TaskRule(
        id: "text-to-audio",
        label: "Text-to-Audio",
        parameters: .generation,
        models: [Model(id: "facebook/musicgen-small", task: "text-to-audio")]
    ) { call in
        let text = try call.text()
        try call.checkWindow(text)
        let scale = [261.6, 293.7, 329.6, 392.0, 440.0]
        let tones = Words.all(in: text).map { word in
            Tone(hertz: scale[Int(Hash.fnv1a(word.lowercased) >> 32) % scale.count], seconds: 0.25)
        }
        return .media(WAV.encode(Tone.samples(tones), sampleRate: Tone.sampleRate), "audio/wav", of: call)
    }
}
