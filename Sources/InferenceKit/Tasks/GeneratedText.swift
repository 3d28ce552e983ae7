/// What a model has written.
public struct GeneratedText: JSONConvertible, TaskOutput, Hashable, Sendable {
    /// The text; after a conversation, the text of its last turn.
    public var text: String
    /// The conversation with the model's turn at its end; `nil` unless the prompt was one.
    public var messages: [TextGeneration.Message]?
    /// The tokens and the reason of the end; `nil` unless they were asked for and the server tells them.
    public var details: Details?
    /// Further texts for the same prompt, when several were asked for.
    public var others: [GeneratedText]
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes a text.
    public init(
        text: String,
        messages: [TextGeneration.Message]? = nil,
        details: Details? = nil,
        others: [GeneratedText] = [],
        additional: JSONObject = [:]
    ) {
        self.text = text
        self.messages = messages
        self.details = details
        self.others = others
        self.additional = additional
    }

    /// Reads `{"generated_text": …, "details": …}`; the text may be a list of messages.
    public init(json: JSONValue) throws {
        let members = try json.members()
        if let turns = members["generated_text"]?.arrayValue {
            let messages = try turns.map { try TextGeneration.Message(json: $0) }
            self.messages = messages
            text = messages.last?.text ?? ""
        } else {
            messages = nil
            text = try members.decode("generated_text")
        }
        details = try members.decodeIfPresent("details")
        others = []
        additional = members.removing(["generated_text", "details"])
    }

    /// `{"generated_text": …, "details": …}`, or a list of them when there are others.
    public var json: JSONValue {
        var members: JSONObject = ["generated_text": messages?.json ?? .string(text)]
        if let details { members["details"] = details.json }
        let object = JSONValue.object(members.merging(additional))
        return others.isEmpty ? object : .array([object] + others.map(\.json))
    }

    /// An object, a list of texts for one prompt, or such a list in a list.
    static func read(_ json: JSONValue) throws -> Self {
        var json = json
        while case .array(let outer) = json, outer.count == 1 { json = outer[0] }
        guard case .array(let values) = json else { return try Self(json: json) }
        var texts = try values.map { try Self(json: $0) }
        guard !texts.isEmpty else { throw JSONMismatch(expected: "a generated text", found: "an empty list") }
        var first = texts.removeFirst()
        first.others = texts
        return first
    }
}

extension GeneratedText {
    /// How a text came about.
    public struct Details: JSONConvertible, Hashable, Sendable {
        /// Why the text ends where it does; `nil` when the server did not say.
        public var finishReason: FinishReason?
        /// The number of tokens that were generated; `nil` when the server did not say.
        public var generatedTokens: Int?
        /// The seed of sampling, which servers choose from all 64 bits; `nil` when there was no sampling.
        public var seed: UInt64?
        /// The prompt's tokens; empty unless they were asked for.
        public var prefill: [Token]
        /// The generated tokens.
        public var tokens: [Token]
        /// For each generated token the likeliest ones at its place; `nil` unless they were asked for.
        public var topTokens: [[Token]]?
        /// The continuations that were less likely; `nil` unless several were generated.
        public var bestOfSequences: [BestOfSequence]?
        /// Members that the server sent besides.
        public var additional: JSONObject

        /// Makes details.
        public init(
            finishReason: FinishReason? = nil,
            generatedTokens: Int? = nil,
            seed: UInt64? = nil,
            prefill: [Token] = [],
            tokens: [Token] = [],
            topTokens: [[Token]]? = nil,
            bestOfSequences: [BestOfSequence]? = nil,
            additional: JSONObject = [:]
        ) {
            self.finishReason = finishReason
            self.generatedTokens = generatedTokens
            self.seed = seed
            self.prefill = prefill
            self.tokens = tokens
            self.topTokens = topTokens
            self.bestOfSequences = bestOfSequences
            self.additional = additional
        }

        /// Reads the object of the schema.
        public init(json: JSONValue) throws {
            let members = try json.members()
            finishReason = try members.decodeIfPresent("finish_reason")
            generatedTokens = try members.decodeIfPresent("generated_tokens")
            // Not through `Int`, which the upper half of the seeds does not fit.
            if case .number(let number)? = members["seed"] { seed = UInt64(number.literal) } else { seed = nil }
            prefill = try members.decodeIfPresent("prefill") ?? []
            tokens = try members.decodeIfPresent("tokens") ?? []
            topTokens = try members.decodeIfPresent("top_tokens")
            bestOfSequences = try members.decodeIfPresent("best_of_sequences")
            additional = members.removing([
                "finish_reason", "generated_tokens", "seed", "prefill", "tokens", "top_tokens", "best_of_sequences",
            ])
        }

        /// The object of the schema.
        public var json: JSONValue {
            var members: JSONObject = [:]
            if let finishReason { members["finish_reason"] = finishReason.json }
            if let generatedTokens { members["generated_tokens"] = generatedTokens.json }
            if let seed { members["seed"] = JSONNumber(literal: String(seed)).map(JSONValue.number) }
            members["prefill"] = prefill.json
            members["tokens"] = tokens.json
            if let topTokens { members["top_tokens"] = topTokens.json }
            if let bestOfSequences { members["best_of_sequences"] = bestOfSequences.json }
            return .object(members.merging(additional))
        }
    }

    /// A token of a text.
    public struct Token: JSONConvertible, Hashable, Sendable {
        /// The number in the model's vocabulary; `nil` when the server sent none.
        public var id: Int?
        /// The text; empty when the server sent none.
        public var text: String
        /// The logarithm of the probability, at most 0; `nil` for the first token of a prompt.
        public var logprob: Double?
        /// Whether the token is a mark, such as that of the end, and no text; `nil` for tokens of a prompt.
        public var isSpecial: Bool?
        /// Members that the server sent besides.
        public var additional: JSONObject

        /// Makes a token.
        public init(id: Int?, text: String, logprob: Double?, isSpecial: Bool? = nil, additional: JSONObject = [:]) {
            self.id = id
            self.text = text
            self.logprob = logprob
            self.isSpecial = isSpecial
            self.additional = additional
        }

        /// Reads `{"id": …, "text": …, "logprob": …, "special": …}`.
        public init(json: JSONValue) throws {
            let members = try json.members()
            id = members["id"]?.intValue
            text = members["text"]?.stringValue ?? ""
            logprob = members["logprob"]?.doubleValue
            isSpecial = members["special"]?.boolValue
            additional = members.removing(["id", "text", "logprob", "special"])
        }

        /// `{"id": …, "text": …, "logprob": …, "special": …}`.
        public var json: JSONValue {
            var members: JSONObject = ["id": id.json, "text": .string(text), "logprob": .number(orNull: logprob)]
            if let isSpecial { members["special"] = .bool(isSpecial) }
            return .object(members.merging(additional))
        }
    }

    /// A continuation that was generated besides the likeliest one.
    public struct BestOfSequence: JSONConvertible, Hashable, Sendable {
        /// The text.
        public var text: String
        /// How it came about.
        public var details: Details

        /// Makes a continuation.
        public init(text: String, details: Details) {
            self.text = text
            self.details = details
        }

        /// Reads the text and its details, which stand in one object.
        public init(json: JSONValue) throws {
            let members = try json.members()
            text = try members.decode("generated_text")
            details = try Details(json: .object(members.removing(["generated_text"])))
        }

        /// The text and its details in one object.
        public var json: JSONValue {
            let members: JSONObject = ["generated_text": .string(text)]
            return .object(members.merging(details.json.objectValue ?? [:]))
        }
    }
}
