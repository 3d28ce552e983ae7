/// Something that a model found in an image; what both tasks of detection answer.
public struct DetectedObject: JSONConvertible, Hashable, Sendable {
    /// What it is, in the model's words, or one of the candidates.
    public var label: String
    /// Usually a probability in `0...1`; `nil` when the server sent none.
    public var score: Double?
    /// Where it is, in pixels from the top left corner of the image that was sent.
    ///
    /// Models of some libraries measure their own scaled copy of the image instead.
    public var box: BoundingBox
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes an object.
    public init(label: String, score: Double?, box: BoundingBox, additional: JSONObject = [:]) {
        self.label = label
        self.score = score
        self.box = box
        self.additional = additional
    }

    /// Reads `{"score": …, "label": …, "box": {…}}`.
    public init(json: JSONValue) throws {
        let members = try json.members()
        label = try members.label("label")
        score = members["score"]?.doubleValue
        box = try members.decode("box")
        additional = members.removing(["label", "score", "box"])
    }

    /// `{"label": …, "score": …, "box": {…}}`.
    public var json: JSONValue {
        let members: JSONObject = ["label": .string(label), "score": .number(orNull: score), "box": box.json]
        return .object(members.merging(additional))
    }
}
