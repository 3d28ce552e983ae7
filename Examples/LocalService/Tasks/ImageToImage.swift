extension TaskRule {
    /// The picture, tinted halfway to the first colour of the prompt, in the size of `target_size`; always PNG.
    static let imageToImage = TaskRule(
        id: "image-to-image",
        label: "Image-to-Image",
        medium: .image,
        parameters: editing,
        models: [Model(id: "Qwen/Qwen-Image", task: "image-to-image", library: "diffusers")]
    ) { call in
        .media(try Editing.edited(try call.picture(), call).png, "image/png", of: call)
    }

    /// The same; the picture or the prompt may be missing, but not both.
    static let imageTextToImage = TaskRule(
        id: "image-text-to-image",
        label: "Image-Text-to-Image",
        parameters: editing,
        models: [Model(id: "black-forest-labs/FLUX.2-dev", task: "image-text-to-image", library: "diffusers")]
    ) { call in
        .media(try Editing.canvas(call).png, "image/png", of: call)
    }

    static let editing = [
        Parameter("prompt", .string), Parameter("negative_prompt", .string),
        Parameter("guidance_scale", .number(0...100)), Parameter("num_inference_steps", .integer(1...500)),
        Parameter("target_size", .object), Parameter("seed", .integer()),
    ]
}

/// What the tasks with a picture and a prompt have in common.
enum Editing {
    static func edited(_ picture: Picture, _ call: TaskCall) throws(Refusal) -> Canvas {
        var canvas = Canvas(picture)
        if let size = try target(call) { canvas = canvas.scaled(width: size.width, height: size.height) }
        if let prompt = call.parameter("prompt")?.text, let colour = Drawing.firstColour(in: prompt) {
            canvas.tint(colour, share: 0.5)
        }
        return canvas
    }

    /// A picture from a picture, or drawn from the prompt where there is none.
    static func canvas(_ call: TaskCall) throws(Refusal) -> Canvas {
        if let encoded = call.inputs.text, !encoded.isEmpty {
            guard let bytes = Base64.decode(encoded) else {
                throw Refusal(400, "`inputs` must be the media content itself: a string of strict base64")
            }
            return try edited(TaskCall.picture(bytes), call)
        }
        guard let prompt = (call.parameter("prompt") ?? call.root["prompt"])?.text else {
            throw .input("parameters.prompt")
        }
        let size = try target(call) ?? (width: 256, height: 256)
        let seed = call.integer("seed", default: 0)
        return Drawing.picture(of: prompt, without: "", width: size.width, height: size.height, seed: seed)
    }

    private static func target(_ call: TaskCall) throws(Refusal) -> (width: Int, height: Int)? {
        guard let size = call.parameter("target_size") else { return nil }
        guard let width = size["width"]?.whole, let height = size["height"]?.whole, (1...2_048).contains(width),
            (1...2_048).contains(height)
        else { throw .parameter("target_size", "width and height must be between 1 and 2048") }
        return (width, height)
    }
}
