extension TaskRule {
    /// The decoder of a latent: an image of eight times its height and width, in the colour of its mean number.
    ///
    /// `inputs` is the tensor's bytes in base64; `shape` and `dtype` say how to read them.
    static let latentToImage = TaskRule(
        id: "latent-to-image",
        label: "Latent-to-Image",
        parameters: [Parameter("shape", .anything), Parameter("dtype", .choice(["float16", "float32", "bfloat16"]))],
        models: [Model(id: "local-service/latent-decoder", task: "latent-to-image", library: "diffusers")]
    ) { call in
        guard let encoded = call.inputs.text, let bytes = Base64.decode(encoded) else {
            throw Refusal(400, "`inputs` must be the tensor itself: a string of strict base64")
        }
        let shape = call.parameter("shape")?.items?.compactMap(\.whole) ?? []
        guard shape.count >= 2, shape.allSatisfy({ (1...512).contains($0) }) else {
            throw Refusal.input("parameters.shape")
        }
        guard let type = call.parameter("dtype")?.text else { throw Refusal.input("parameters.dtype") }
        let size = type == "float32" ? 4 : 2
        guard bytes.count == shape.reduce(size, *) else {
            throw Refusal(400, "cannot reshape a tensor of \(bytes.count / size) numbers into \(shape)")
        }
        let side = { (length: Int) in min(length * 8, 2_048) }
        let mean = UInt8(bytes.reduce(0) { $0 + Int($1) } / bytes.count)
        let canvas = Canvas(
            width: side(shape[shape.count - 1]),
            height: side(shape[shape.count - 2]),
            colour: (mean, 255 - mean, 128)
        )
        return .media(canvas.png, "image/png", of: call)
    }
}
