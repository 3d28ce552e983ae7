extension TaskRule {
    /// The labels whose colours are nearest to the picture's average, see ``Looking``, best first.
    ///
    /// `inputs` is the base64 or an object with it under `image`; a body of bytes has no place for labels.
    static let zeroShotImageClassification = TaskRule(
        id: "zero-shot-image-classification",
        label: "Zero-Shot Image Classification",
        medium: .image,
        takesRaw: false,
        parameters: [
            Parameter("candidate_labels", .strings), Parameter("candidateLabels", .strings),
            Parameter("hypothesis_template", .string),
        ],
        models: [
            Model(id: "openai/clip-vit-base-patch32", task: "zero-shot-image-classification"),
            Model(id: "google/siglip-so400m-patch14-224", task: "zero-shot-image-classification"),
        ]
    ) { call in
        let labels = try call.candidateLabels()
        let picture = try call.picture()
        let values = labels.map { (label: $0, value: Looking.value(of: $0, in: picture.average, picture)) }
        return .json(.array(Scores.ranked(values, count: labels.count)), of: call)
    }
}
