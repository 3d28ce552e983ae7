extension TaskRule {
    /// Draws what the prompt's words name: a sky, a ground, and up to eight shapes.
    ///
    /// Their kind, place and colour come from the words, their hash and `seed`; a colour word colours the next shape.
    ///
    /// Always PNG, 256 by 256 pixels unless asked otherwise. `num_inference_steps` and `guidance_scale` change nothing.
    static let textToImage = TaskRule(
        id: "text-to-image",
        label: "Text-to-Image",
        parameters: [
            Parameter("negative_prompt", .string), Parameter("guidance_scale", .number(0...100)),
            Parameter("num_inference_steps", .integer(1...500)), Parameter("width", .integer(1...Int.max)),
            Parameter("height", .integer(1...Int.max)), Parameter("seed", .integer()), Parameter("scheduler", .string),
            Parameter("target_size", .object),
        ],
        models: [
            Model(
                id: "stabilityai/stable-diffusion-3-medium-diffusers",
                task: "text-to-image",
                library: "diffusers",
                providers: ["together"]
            ),
            Model(id: "black-forest-labs/FLUX.1-schnell", task: "text-to-image", library: "diffusers"),
            Model(id: "black-forest-labs/FLUX.1-dev", task: "text-to-image", library: "diffusers", gated: "auto"),
        ]
    ) { call in
        let prompt = try call.text()
        let target = call.parameter("target_size")
        let width = target?["width"]?.whole ?? call.integer("width", default: 256)
        let height = target?["height"]?.whole ?? call.integer("height", default: 256)
        guard width.isMultiple(of: 8), height.isMultiple(of: 8), width > 0, height > 0 else {
            throw Refusal(400, "`height` and `width` have to be divisible by 8 but are \(height) and \(width).")
        }
        guard width <= 2_048, height <= 2_048 else {
            throw Refusal(400, "`height` and `width` must not exceed 2048 but are \(height) and \(width).")
        }
        let unwanted = call.parameter("negative_prompt")?.text ?? ""
        let canvas = Drawing.picture(
            of: prompt,
            without: unwanted,
            width: width,
            height: height,
            seed: call.integer("seed", default: 0)
        )
        return .media(canvas.png, "image/png", of: call)
    }
}
