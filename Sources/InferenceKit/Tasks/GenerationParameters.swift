/// How a model generates: the parameters that tasks nest as `generation_parameters`.
///
/// What is `nil` is not sent, and is then the model's own choice. Counts are in tokens. Source: `GenerationParameters`
/// in the common definitions of the Hugging Face task specifications.
public struct GenerationParameters: JSONConvertible, Hashable, Sendable {
    /// Flattens (above 1) or sharpens (below 1) the probabilities of the next token; at least 0.
    public var temperature: Double?
    /// Samples from this many of the most probable tokens, at least 1.
    public var topK: Int?
    /// Samples from the most probable tokens that together have this probability, `0...1`.
    public var topP: Double?
    /// Samples from the most typical tokens that together have this probability, `0...1`.
    public var typicalP: Double?
    /// Samples only tokens that are more probable than this, `0...1`; useful values are 0.0003 to 0.0009.
    public var epsilonCutoff: Double?
    /// As `epsilonCutoff`, adapted to how sure the model is, `0...1`; useful values are 0.0003 to 0.002.
    public var etaCutoff: Double?
    /// The most tokens of input and output together, at least 1.
    public var maxLength: Int?
    /// The most tokens of output, at least 1; wins over `maxLength`.
    public var maxNewTokens: Int?
    /// The fewest tokens of input and output together.
    public var minLength: Int?
    /// The fewest tokens of output; wins over `minLength`.
    public var minNewTokens: Int?
    /// Whether tokens are drawn by chance instead of always the most probable one.
    public var doSample: Bool?
    /// When a search by beams stops.
    public var earlyStopping: EarlyStopping?
    /// The beams of a search, at least 1.
    public var numBeams: Int?
    /// The groups that the beams are divided into, so that they differ, at least 1.
    public var numBeamGroups: Int?
    /// The weight of not repeating oneself in contrastive search, at least 0.
    public var penaltyAlpha: Double?
    /// Whether the model keeps what it computed for earlier tokens, which is faster.
    public var useCache: Bool?
    /// Parameters that this type does not know, sent as they are.
    public var additional: JSONObject = [:]

    /// Makes a set of nothing.
    public init() {}

    /// The schema's parameters.
    public static let parameters: [TaskParameter<Self>] = [
        .number("temperature", \.temperature, "≥ 0") { $0 >= 0 },
        .integer("top_k", \.topK, in: 1...Int.max),
        .probability("top_p", \.topP),
        .probability("typical_p", \.typicalP),
        .probability("epsilon_cutoff", \.epsilonCutoff),
        .probability("eta_cutoff", \.etaCutoff),
        .integer("max_length", \.maxLength, in: 1...Int.max),
        .integer("max_new_tokens", \.maxNewTokens, in: 1...Int.max),
        .integer("min_length", \.minLength, in: 0...Int.max),
        .integer("min_new_tokens", \.minNewTokens, in: 0...Int.max),
        .boolean("do_sample", \.doSample),
        TaskParameter("early_stopping", \.earlyStopping, "true, false or \"never\""),
        .integer("num_beams", \.numBeams, in: 1...Int.max),
        .integer("num_beam_groups", \.numBeamGroups, in: 1...Int.max),
        .number("penalty_alpha", \.penaltyAlpha, "≥ 0") { $0 >= 0 },
        .boolean("use_cache", \.useCache),
    ]

    /// Reads an object; members that are not known are kept.
    ///
    /// - Throws: ``InferenceError`` that names a known parameter of the wrong type or beyond its limits, or
    ///   ``JSONMismatch`` when `json` is no object.
    public init(json: JSONValue) throws {
        for (name, value) in try json.members() {
            guard let parameter = Self.parameters.first(where: { $0.name == name }) else {
                additional[name] = value
                continue
            }
            do {
                try parameter.set(value, in: &self)
            } catch {
                throw InferenceError.invalidInput("generation_parameters.\(name)", expected: parameter.type)
            }
        }
    }

    /// The parameters that are set, by their names on the wire.
    public var json: JSONValue {
        var members: JSONObject = [:]
        for parameter in Self.parameters {
            // What is beyond its limits is reported by `validate`, before anything is sent.
            if let value = try? parameter.value(in: self) { members[parameter.name] = value }
        }
        return .object(members.merging(additional))
    }

    /// The parameters that are set, checked, for providers that want them beside the others.
    func checkedMembers() throws -> JSONObject {
        try validate()
        return json.objectValue ?? [:]
    }

    /// Checks the limits.
    ///
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput`` that names the parameter.
    public func validate() throws {
        for parameter in Self.parameters {
            do {
                _ = try parameter.value(in: self)
            } catch {
                throw InferenceError.invalidInput("generation_parameters.\(parameter.name)", expected: parameter.type)
            }
        }
    }
}

/// When a search by beams stops.
public struct EarlyStopping: JSONConvertible, Hashable, Sendable {
    private let value: JSONValue

    private init(_ value: JSONValue) { self.value = value }

    /// Reads `true`, `false` or `"never"`.
    public init(json: JSONValue) throws {
        guard json.boolValue != nil || json == "never" else {
            throw JSONMismatch(expected: "true, false or \"never\"", found: json)
        }
        value = json
    }

    /// What is sent.
    public var json: JSONValue { value }

    /// As soon as there are as many candidates as beams.
    public static var complete: Self { Self(true) }
    /// When better candidates are very unlikely; the usual choice.
    public static var heuristic: Self { Self(false) }
    /// Only when there can be no better candidates.
    public static var never: Self { Self("never") }
}

extension TaskParameter {
    /// The nested parameters of generation; their limits are checked one by one when the payload is made.
    static func generation(_ property: any WritableKeyPath<Task, GenerationParameters?> & Sendable) -> Self {
        Self("generation_parameters", property, "a JSON object")
    }
}
