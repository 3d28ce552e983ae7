extension TaskRule {
    /// Says the main colour, and how many things stand out; a list of one.
    static let imageToText = TaskRule(
        id: "image-to-text",
        label: "Image-to-Text",
        medium: .image,
        parameters: .generation + [Parameter("prompt", .string)],
        models: [Model(id: "Salesforce/blip-image-captioning-large", task: "image-to-text")]
    ) { call in
        .json([["generated_text": .string(Looking.caption(of: try call.picture()))]], of: call)
    }

    /// The dictionary form of the toolkit; chat is the usual one.
    static let imageTextToText = TaskRule(
        id: "image-text-to-text",
        label: "Image-Text-to-Text",
        medium: .image,
        takesRaw: false,
        parameters: .generation,
        models: [
            Model(
                id: "zai-org/GLM-4.5V",
                task: "image-text-to-text",
                tags: ["conversational"],
                window: 4_096,
                providers: ["novita"]
            )
        ]
    ) { call in
        let caption = Looking.caption(of: try call.picture())
        let text = call.inputs["text"]?.text ?? ""
        return .json([["input_text": .string(text), "generated_text": .string(text + " It is " + caption)]], of: call)
    }
}
