extension TaskRule {
    /// Nearer towards the bottom, and a little nearer where it is bright.
    ///
    /// `predicted_depth` is a grid of at most 24 by 24 numbers, `depth` a grey PNG of the picture's size in base64.
    static let depthEstimation = TaskRule(
        id: "depth-estimation",
        label: "Depth Estimation",
        medium: .image,
        models: [Model(id: "depth-anything/Depth-Anything-V2-Small-hf", task: "depth-estimation")]
    ) { call in
        let picture = try call.picture()
        let levels = Masks.brightness(of: picture)
        let (width, height) = (picture.width, picture.height)
        var depths = [UInt8](repeating: 0, count: width * height)
        for row in 0..<height {
            let slope = row * 200 / height
            for column in 0..<width {
                depths[row * width + column] = UInt8(slope + Int(levels[row * width + column]) / 5)
            }
        }
        let (columns, rows) = (min(24, width), min(24, height))
        let grid = (0..<rows).map { row -> JSON in
            let start = row * height / rows * width
            let levels = (0..<columns).map { column in depths[start + column * width / columns] }
            return .array(levels.map { .number(Double($0) / 25.5) })
        }
        let png = PNG.encode(width: width, height: height, channels: 1, pixels: depths)
        return .json(["predicted_depth": .array(grid), "depth": .string(Base64.encode(png))], of: call)
    }
}
