extension TaskRule {
    /// Patches that stand out, see ``Objects``; boxes in whole pixels from the top left, none where nothing stands out.
    static let objectDetection = TaskRule(
        id: "object-detection",
        label: "Object Detection",
        medium: .image,
        parameters: [Parameter("threshold", .number(0...1))],
        models: [
            Model(
                id: "facebook/detr-resnet-50",
                task: "object-detection",
                labels: ["cat", "dog", "apple", "banana", "boat", "car", "traffic light", "person", "bird", "book"]
            )
        ]
    ) { call in
        let objects = Objects.all(in: try call.picture())
        let threshold = call.number("threshold", default: 0.5)
        return .json(Objects.detections(objects, labels: call.model.labels, threshold: threshold), of: call)
    }

    /// The same, with the labels that the caller names.
    static let zeroShotObjectDetection = TaskRule(
        id: "zero-shot-object-detection",
        label: "Zero-Shot Object Detection",
        medium: .image,
        takesRaw: false,
        parameters: [Parameter("candidate_labels", .strings), Parameter("threshold", .number(0...1))] + .topK,
        models: [Model(id: "google/owlvit-base-patch32", task: "zero-shot-object-detection")]
    ) { call in
        let labels = try call.candidateLabels()
        let objects = Objects.all(in: try call.picture()).prefix(call.integer("top_k", default: 8))
        let threshold = call.number("threshold", default: 0.1)
        return .json(Objects.detections(Array(objects), labels: labels, threshold: threshold), of: call)
    }
}
