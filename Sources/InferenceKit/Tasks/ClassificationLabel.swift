/// A label, and the score that a model gives it; what every task of classification answers.
public struct ClassificationLabel: JSONConvertible, Hashable, Sendable {
    /// The label in the model's own words; some servers send numbers, which are written out here.
    public var label: String
    /// Usually a probability in `0...1`; some models send other measures.
    ///
    /// `nil` when the server sent none.
    public var score: Double?
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes a label.
    public init(label: String, score: Double?, additional: JSONObject = [:]) {
        self.label = label
        self.score = score
        self.additional = additional
    }

    /// Reads `{"label": …, "score": …}`.
    public init(json: JSONValue) throws {
        let members = try json.members()
        label = try members.label("label")
        score = members["score"]?.doubleValue
        additional = members.removing(["label", "score"])
    }

    /// `{"label": …, "score": …}`.
    public var json: JSONValue {
        let members: JSONObject = ["label": .string(label), "score": .number(orNull: score)]
        return .object(members.merging(additional))
    }

    /// The labels of an answer, best first; see ``list(from:)-(JSONValue)``.
    static func list(from reply: Reply) throws -> [Self] {
        if let labels = ClassificationScanner.labels(in: reply.bytes) { return labels.bestFirst() }
        return try list(from: reply.json())
    }

    /// Labels in any of the shapes that servers send: a list, a list in a list, or one object alone; best first.
    ///
    /// Some servers answer in the order of their classes, so the list is sorted here; equal scores keep their order.
    static func list(from json: JSONValue) throws -> [Self] {
        var json = json
        // One level more than expected, once or twice, is what routers and pipelines add for batches of one.
        while case .array(let outer) = json, outer.count == 1, case .array = outer[0] { json = outer[0] }
        let labels: [Self] =
            switch json {
            case .array(let values): try values.map { try Self(json: $0) }
            default: [try Self(json: json)]
            }
        return labels.bestFirst()
    }
}

extension [ClassificationLabel] {
    /// The label with the highest score.
    public var best: ClassificationLabel? {
        self.max { ($0.score ?? -.infinity) < ($1.score ?? -.infinity) }
    }

    /// Sorted by score, highest first; labels without a score come last.
    public func bestFirst() -> Self {
        bestFirst(by: \.score)
    }
}

/// How a model's raw outputs become scores.
public struct ClassificationFunction: RawRepresentable, Hashable, Sendable, JSONConvertible {
    /// The wire's word.
    public var rawValue: String
    /// Makes a function of the wire's word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Each label by itself.
    public static var sigmoid: Self { Self(rawValue: "sigmoid") }
    /// All labels together; the scores add up to 1.
    public static var softmax: Self { Self(rawValue: "softmax") }
    /// The raw outputs.
    public static var none: Self { Self(rawValue: "none") }

    /// What is expected, for errors.
    static let expectation = "a text: \"sigmoid\", \"softmax\" or \"none\""
}
