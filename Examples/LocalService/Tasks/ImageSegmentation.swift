extension TaskRule {
    /// Two parts of a picture: what is brighter than its average, and the rest; of unreadable ones the halves.
    ///
    /// Masks are grey PNGs of the picture's size, 255 inside, in base64; `score` is 1, as on the router.
    static let imageSegmentation = TaskRule(
        id: "image-segmentation",
        label: "Image Segmentation",
        medium: .image,
        parameters: [
            Parameter("threshold", .number(0...1)), Parameter("mask_threshold", .number(0...1)),
            Parameter("overlap_mask_area_threshold", .number(0...1)),
            Parameter("subtask", .choice(["instance", "panoptic", "semantic"])),
        ],
        models: [
            Model(
                id: "nvidia/segformer-b0-finetuned-ade-512-512",
                task: "image-segmentation",
                labels: ["sky", "earth"]
            )
        ]
    ) { call in
        let masks = Masks.brightAndDark(try call.picture())
        let segments = zip(call.model.labels, masks.masks).filter { $0.1.contains(255) }.map { label, mask -> JSON in
            let png = PNG.encode(width: masks.width, height: masks.height, channels: 1, pixels: mask)
            return ["score": 1, "label": .string(label), "mask": .string(Base64.encode(png))]
        }
        return .json(.array(segments), of: call)
    }
}
