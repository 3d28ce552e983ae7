extension TaskRule {
    /// A drawing of the prompt that shifts its colours from frame to frame; see ``MP4``.
    ///
    /// 64 by 64 pixels, 8 frames a second, `num_frames` (8 by default, 64 at most).
    static let textToVideo = TaskRule(
        id: "text-to-video",
        label: "Text-to-Video",
        parameters: [
            Parameter("num_frames", .integer(1...Int.max)), Parameter("guidance_scale", .number(0...100)),
            Parameter("negative_prompt", .strings), Parameter("num_inference_steps", .integer(1...500)),
            Parameter("seed", .integer()),
        ],
        models: [Model(id: "Wan-AI/Wan2.2-TI2V-5B", task: "text-to-video", library: "diffusers")]
    ) { call in
        let seed = call.integer("seed", default: 0)
        let canvas = Drawing.picture(of: try call.text(), without: "", width: 64, height: 64, seed: seed)
        return .media(film(canvas, call), "video/mp4", of: call)
    }

    /// The picture, at most 256 pixels a side, with the same shift of colours.
    static let imageToVideo = TaskRule(
        id: "image-to-video",
        label: "Image-to-Video",
        medium: .image,
        parameters: editing + [Parameter("num_frames", .integer(1...Int.max))],
        models: [Model(id: "Lightricks/LTX-Video-0.9", task: "image-to-video", library: "diffusers")]
    ) { call in
        .media(film(try Editing.edited(try call.picture(), call), call), "video/mp4", of: call)
    }

    /// The same; the picture or the prompt may be missing, but not both.
    static let imageTextToVideo = TaskRule(
        id: "image-text-to-video",
        label: "Image-Text-to-Video",
        parameters: editing + [Parameter("num_frames", .integer(1...Int.max))],
        models: [Model(id: "Lightricks/LTX-Video", task: "image-text-to-video", library: "diffusers")]
    ) { call in
        .media(film(try Editing.canvas(call), call), "video/mp4", of: call)
    }

    private static func film(_ canvas: Canvas, _ call: TaskCall) -> [UInt8] {
        let longest = max(canvas.width, canvas.height)
        let first =
            longest <= 256
            ? canvas
            : canvas.scaled(
                width: max(1, canvas.width * 256 / longest),
                height: max(1, canvas.height * 256 / longest)
            )
        let count = min(64, call.integer("num_frames", default: 8))
        let frames = (0..<count).map { index in
            var frame = first
            frame.tint((255, 200, 80), share: Double(index) / Double(2 * count))
            return frame.png
        }
        return MP4.encode(frames: frames, width: first.width, height: first.height, framesPerSecond: 8)
    }
}
