extension TaskRule {
    /// Looks at the average colour and the shape of a picture: each label has a colour of its own, the nearer the better.
    static let imageClassification = TaskRule(
        id: "image-classification",
        label: "Image Classification",
        medium: .image,
        parameters: .classification,
        models: [
            Model(id: "google/vit-base-patch16-224", task: "image-classification", labels: things),
            Model(id: "Falconsai/nsfw_image_detection", task: "image-classification", labels: ["normal", "nsfw"]),
            Model(id: "timm/resnet50.a1_in1k", task: "image-classification", library: "timm", labels: things),
        ]
    ) { call in
        let picture = try call.picture()
        let values = call.model.labels.map { label in
            (label: label, value: Looking.value(of: label, in: picture.average, picture))
        }
        let function = call.parameter("function_to_apply")?.text ?? "softmax"
        return .json(
            .array(Scores.ranked(values, function: function, count: call.integer("top_k", default: 5))),
            of: call
        )
    }

    private static let things = [
        "tabby, tabby cat", "golden retriever", "seashore, coast", "alp", "daisy", "pizza, pizza pie", "fire engine",
        "sports car, sport car", "lakeside, lakeshore", "book jacket", "night sky", "snow leopard",
    ]
}
