extension TaskRule {
    /// Labels in an order made from the file's hash; the container has to be one of a film.
    static let videoClassification = TaskRule(
        id: "video-classification",
        label: "Video Classification",
        medium: .video,
        parameters: .classification + [
            Parameter("num_frames", .integer(1...Int.max)), Parameter("frame_sampling_rate", .integer(1...Int.max)),
        ],
        models: [
            Model(
                id: "MCG-NJU/videomae-base-finetuned-kinetics",
                task: "video-classification",
                labels: ["playing guitar", "riding a bike", "swimming", "cooking", "dancing", "reading book"]
            )
        ]
    ) { call in
        let film = call.media ?? []
        guard MP4.isFilm(film) else { throw Refusal(400, "Invalid data found when processing input") }
        let hash = Hash.fnv1a(film)
        let values = call.model.labels.map { label in
            (label: label, value: Double(Hash.fnv1a("\(hash)/\(label)") % 400) / 100)
        }
        let function = call.parameter("function_to_apply")?.text ?? "softmax"
        let count = call.integer("top_k", default: 5)
        return .json(.array(Scores.ranked(values, function: function, count: count)), of: call)
    }
}
