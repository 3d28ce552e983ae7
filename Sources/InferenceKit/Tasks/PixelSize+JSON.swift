extension PixelSize: JSONConvertible {
    /// Reads `{"width": …, "height": …}`.
    public init(json: JSONValue) throws {
        let members = try json.members()
        self.init(width: try members.decode("width"), height: try members.decode("height"))
    }

    /// `{"width": …, "height": …}`.
    public var json: JSONValue {
        ["width": .number(JSONNumber(width)), "height": .number(JSONNumber(height))]
    }
}

extension TaskParameter {
    /// The size of what is made, in pixels, at least 1 × 1.
    static func targetSize(_ property: any WritableKeyPath<Task, PixelSize?> & Sendable) -> Self {
        Self("target_size", property, "an object of \"width\" and \"height\", each an integer ≥ 1") {
            $0.width >= 1 && $0.height >= 1
        }
    }

    /// A probability, 0 to 1.
    static func probability(_ name: String, _ property: any WritableKeyPath<Task, Double?> & Sendable) -> Self {
        .number(name, property, "0…1") { (0...1).contains($0) }
    }

    /// The labels to choose from, which the schema wants.
    static func candidateLabels(_ property: any WritableKeyPath<Task, [String]> & Sendable) -> Self {
        Self(required: "candidate_labels", property, "a list of at least one text, none empty") { labels in
            !labels.isEmpty && labels.allSatisfy { !$0.isEmpty }
        }
    }
}
