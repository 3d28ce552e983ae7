/// One call of a task, read and checked as far as all tasks have it in common.
struct TaskCall: Sendable {
    var rule: TaskRule
    var model: Model
    /// The value under `inputs`; `null` where a medium came as the body itself.
    var inputs: JSON
    /// The bytes of the medium, for tasks that have one.
    var media: [UInt8]?
    /// The object under `parameters`, checked.
    var parameters: JSON
    /// The whole body.
    var root: JSON
    /// The media types that the caller accepts, in its order; empty for any.
    var accept: [String]

    /// A parameter, at the top level or among the generation parameters.
    func parameter(_ name: String) -> JSON? {
        if let value = parameters[name] { return value }
        for group in ["generation_parameters", "generate_kwargs", "generate_parameters"] {
            if let value = parameters[group]?[name] { return value }
        }
        return nil
    }

    func integer(_ name: String, default fallback: Int) -> Int { parameter(name)?.whole ?? fallback }

    func number(_ name: String, default fallback: Double) -> Double { parameter(name)?.real ?? fallback }

    func flag(_ name: String) -> Bool { parameter(name)?.flag ?? false }

    /// The labels under `candidate_labels`, a list or, as on old servers, a string with commas.
    func candidateLabels() throws(Refusal) -> [String] {
        guard let value = parameter("candidate_labels") ?? parameter("candidateLabels") else {
            throw .input("parameters.candidate_labels")
        }
        let labels =
            value.texts
            ?? value.text.map { $0.split(separator: ",").map { String($0.drop { $0.isWhitespace }) } } ?? []
        guard !labels.isEmpty else {
            throw .input("parameters.candidate_labels", "ensure this value has at least 1 items")
        }
        return labels
    }

    /// The text under `inputs`.
    func text() throws(Refusal) -> String {
        guard let text = inputs.text else { throw .input("inputs", "str type expected") }
        guard !text.isEmpty else { throw .input("inputs", "ensure this value has at least 1 characters") }
        return text
    }

    /// One text or several, and which it was.
    func texts() throws(Refusal) -> (texts: [String], isBatch: Bool) {
        guard inputs.items != nil else { return ([try text()], false) }
        guard let texts = inputs.texts, !texts.isEmpty else { throw .input("inputs", "str type expected") }
        return (texts, true)
    }

    /// Refuses a text that is longer than the model's window, in the words of the failure that transformers runs into.
    func checkWindow(_ text: String) throws(Refusal) {
        let count = Words.tokenCount(text) + 2  // the marks of beginning and end
        guard count > model.window else { return }
        throw Refusal(
            400,
            "The size of tensor a (\(count)) must match the size of tensor b (\(model.window)) at non-singleton dimension 1"
        )
    }

    func picture() throws(Refusal) -> Picture {
        try Self.picture(media ?? [])
    }

    /// The most pixels of a picture that is worked on.
    private static let pixelLimit = 16_777_216

    static func picture(_ bytes: [UInt8]) throws(Refusal) -> Picture {
        guard let picture = Picture(bytes) else { throw Refusal(400, "cannot identify image file") }
        guard picture.width <= pixelLimit / picture.height else {
            throw Refusal(
                400,
                "Image size (\(picture.width)x\(picture.height) pixels) exceeds limit of \(pixelLimit) pixels, could be"
                    + " decompression bomb DOS attack."
            )
        }
        return picture
    }

    func sound() throws(Refusal) -> Sound {
        guard let sound = Sound(media ?? []) else { throw Refusal(400, "Malformed soundfile") }
        return sound
    }
}
