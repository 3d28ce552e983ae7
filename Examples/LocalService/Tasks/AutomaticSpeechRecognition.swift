extension TaskRule {
    /// A word for each 0.4 seconds that are louder than silence, chosen by how loud and how high they are.
    ///
    /// With `return_timestamps` chunks end at silence or after six words, with `"word"` after each word; the last end is
    /// `null` where the recording is cut in speech.
    static let automaticSpeechRecognition = TaskRule(
        id: "automatic-speech-recognition",
        label: "Automatic Speech Recognition",
        medium: .audio,
        parameters: .generation + [
            Parameter("return_timestamps", .anything), Parameter("chunk_length_s", .number(0...3_600)),
            Parameter("stride_length_s", .anything), Parameter("language", .string), Parameter("task", .string),
        ],
        models: [
            Model(id: "openai/whisper-large-v3", task: "automatic-speech-recognition"),
            Model(id: "facebook/wav2vec2-base-960h", task: "automatic-speech-recognition"),
        ]
    ) { call in
        let sound = try call.sound()
        let heard = Listening.words(in: sound)
        let answer = JSON.Member(key: "text", value: .string(heard.map { " " + $0.text }.joined()))
        guard let timestamps = call.parameter("return_timestamps"), timestamps != false else {
            return .json(.object([answer]), of: call)
        }
        if let text = timestamps.text, !["word", "char"].contains(text) {
            throw Refusal.parameter(
                "return_timestamps",
                "value is not a valid enumeration member; permitted: 'word', 'char'"
            )
        }
        let chunks = timestamps.text == nil ? Listening.phrases(heard) : heard.map { [$0] }
        let duration = sound.duration
        return .json(
            .object([
                answer,
                JSON.Member(
                    key: "chunks",
                    value: .array(
                        chunks.map { words in
                            let end = words.last?.end ?? 0
                            return [
                                "text": .string(words.map { " " + $0.text }.joined()),
                                "timestamp": [
                                    .number(words.first?.start ?? 0),
                                    end >= duration - 0.01 && words == chunks.last ? .null : .number(end),
                                ],
                            ]
                        }
                    )
                ),
            ]),
            of: call
        )
    }
}
