extension TaskRule {
    /// A vector of 16 numbers for each of 4 by 4 patches, made from its average colour, after one for the whole.
    ///
    /// The pipeline's shape: `[1][patches][d]`.
    static let imageFeatureExtraction = TaskRule(
        id: "image-feature-extraction",
        label: "Image Feature Extraction",
        medium: .image,
        parameters: [Parameter("pool", .flag)],
        models: [
            Model(id: "google/vit-base-patch16-224-in21k", task: "image-feature-extraction"),
            Model(id: "timm/resnet18.a1_in1k", task: "image-feature-extraction", library: "timm"),
        ]
    ) { call in
        let picture = try call.picture()
        var vectors = [vector(picture.average)]
        for row in 0..<4 {
            for column in 0..<4 {
                let x =
                    column * picture.width / 4..<max(column * picture.width / 4 + 1, (column + 1) * picture.width / 4)
                let y = row * picture.height / 4..<max(row * picture.height / 4 + 1, (row + 1) * picture.height / 4)
                vectors.append(vector(picture.average(x: x, y: y)))
            }
        }
        return .json([.array(vectors.map { .array($0.map(JSON.number)) })], of: call)
    }

    /// Each colour compared with 16 fixed ones.
    private static func vector(_ colour: (red: Double, green: Double, blue: Double)) -> [Double] {
        Embedding.normalised(
            (0..<16).map { index in
                let hash = Hash.fnv1a("axis/\(index)")
                let axis = (Double(hash & 255) - 128, Double(hash >> 8 & 255) - 128, Double(hash >> 16 & 255) - 128)
                return axis.0 * (colour.red - 127) + axis.1 * (colour.green - 127) + axis.2 * (colour.blue - 127) + 1
            }
        )
    }
}
