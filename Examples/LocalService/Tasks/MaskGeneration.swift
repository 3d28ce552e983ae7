extension TaskRule {
    /// The bright and the dark part of a picture as rows of true and false, with scores.
    ///
    /// Such answers are as large as the picture; more than 512 pixels a side are refused.
    static let maskGeneration = TaskRule(
        id: "mask-generation",
        label: "Mask Generation",
        medium: .image,
        parameters: [
            Parameter("points_per_batch", .integer(1...Int.max)), Parameter("pred_iou_thresh", .number(0...1)),
            Parameter("mask_threshold", .number()), Parameter("stability_score_thresh", .number(0...1)),
        ],
        models: [Model(id: "facebook/sam-vit-base", task: "mask-generation")]
    ) { call in
        let picture = try call.picture()
        guard picture.width <= 512, picture.height <= 512 else {
            throw Refusal(400, "The masks of \(picture.width)x\(picture.height) pixels are too large for JSON")
        }
        let masks = Masks.brightAndDark(picture).masks.map { mask in
            JSON.array(
                stride(from: 0, to: mask.count, by: picture.width).map { start in
                    .array(mask[start..<start + picture.width].map { .bool($0 == 255) })
                }
            )
        }
        return .json(["masks": .array(masks), "scores": [0.98, 0.91]], of: call)
    }
}
