extension TaskRule {
    /// How loud, how high and how even a recording is, against what each label sounds like.
    static let audioClassification = TaskRule(
        id: "audio-classification",
        label: "Audio Classification",
        medium: .audio,
        parameters: .classification,
        models: [
            Model(
                id: "MIT/ast-finetuned-audioset-10-10-0.4593",
                task: "audio-classification",
                labels: ["Speech", "Music", "Silence", "Whistling", "Thunder", "Water", "Dial tone"]
            ),
            Model(
                id: "superb/hubert-large-superb-er",
                task: "audio-classification",
                labels: ["neu", "hap", "ang", "sad"]
            ),
        ]
    ) { call in
        let sound = try call.sound()
        let levels = sound.loudness(every: 0.1)
        let loudness = levels.reduce(0, +) / Double(max(1, levels.count))
        let change = (levels.max() ?? 0) - (levels.min() ?? 0)
        let pitch = Double(sound.pitch(from: 0, to: sound.duration)) / 1_000
        let values = call.model.labels.map { label -> (label: String, value: Double) in
            switch label {
            case "Silence": (label, 4 - 100 * loudness)
            case "Speech", "neu": (label, 1 + 4 * change)
            case "Music", "hap": (label, 1 + 3 * loudness)
            case "Dial tone", "sad": (label, 2 - 8 * change)
            case "ang": (label, 6 * loudness)
            case "Whistling": (label, 2 * pitch - 2)
            default: (label, Double(sound.hash % 100) / 100)
            }
        }
        let function = call.parameter("function_to_apply")?.text ?? "softmax"
        let count = call.integer("top_k", default: 5)
        return .json(.array(Scores.ranked(values, function: function, count: count)), of: call)
    }
}
