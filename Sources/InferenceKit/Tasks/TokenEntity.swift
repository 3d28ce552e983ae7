/// A part of a text that a model has marked: a single token, or an entity of several.
///
/// Entities can overlap, and some servers repeat them.
public struct TokenEntity: JSONConvertible, TextSpan, Hashable, Sendable {
    /// The label of an entity; `nil` when the server sent single tokens.
    public var entityGroup: String?
    /// The label of a single token, often with a tag before it (`B-PER`); `nil` when the server sent entities.
    public var entity: String?
    /// Usually a probability in `0...1`, of some models always 1; `nil` when the server sent none.
    public var score: Double?
    /// The words as the model's tokenizer writes them, which may be in other letters than the text, or a piece of a word
    /// (`##er`); empty when the server sent none.
    ///
    /// ``TextSpan/text(in:)`` gives the text's own letters.
    public var word: String
    /// The token's place among the text's tokens, the first being 1; `nil` for entities.
    public var index: Int?
    /// Where it begins, in code points; `nil` for tokenizers that cannot tell.
    public var start: Int?
    /// Where it ends, in code points; `nil` for tokenizers that cannot tell.
    public var end: Int?
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// The label, of an entity or a token.
    public var label: String { entityGroup ?? entity ?? "" }

    /// Makes an entity or, with `entity` for `entityGroup`, a token.
    public init(
        entityGroup: String? = nil,
        entity: String? = nil,
        score: Double?,
        word: String,
        index: Int? = nil,
        start: Int? = nil,
        end: Int? = nil,
        additional: JSONObject = [:]
    ) {
        self.entityGroup = entityGroup
        self.entity = entity
        self.score = score
        self.word = word
        self.index = index
        self.start = start
        self.end = end
        self.additional = additional
    }

    /// Reads the object of the schema, with `entity_group`, `entity` or both.
    public init(json: JSONValue) throws {
        let members = try json.members()
        entityGroup = try? members.label("entity_group")
        entity = try? members.label("entity")
        guard entityGroup != nil || entity != nil else {
            throw JSONMismatch(expected: "a text at \"entity_group\" or \"entity\"", found: json)
        }
        score = members["score"]?.doubleValue
        word = (try? members.label("word")) ?? ""
        index = members["index"]?.intValue
        start = members["start"]?.intValue
        end = members["end"]?.intValue
        additional = members.removing(["entity_group", "entity", "score", "word", "index", "start", "end"])
    }

    /// The object of the schema.
    public var json: JSONValue {
        var members: JSONObject = [:]
        if let entityGroup { members["entity_group"] = .string(entityGroup) }
        if let entity { members["entity"] = .string(entity) }
        members["score"] = .number(orNull: score)
        if let index { members["index"] = index.json }
        members["word"] = .string(word)
        members["start"] = start.json
        members["end"] = end.json
        return .object(members.merging(additional))
    }
}

// MARK: - Merging

extension [TokenEntity] {
    /// Tokens merged into entities by the tags before their labels.
    ///
    /// Understands the schemes in use: `B-` and `I-`, also where `B-` stands only between neighbours; `E-` or `L-` for
    /// the last token, `S-` or `U-` for an only one, `M-` for one inside. Single tokens whose labels have no tag are
    /// merged with neighbours of the same label. Entities that a server has merged already stay as they are, and the
    /// label `O` is left out. A merged score is the mean of its tokens' scores.
    ///
    /// - Parameter text: The text that was sent: the words of the result are then the text's own. `nil` to put them
    ///   together from the tokens' words.
    /// - Returns: The entities, in the order of their first tokens.
    public func merged(in text: String? = nil) -> [TokenEntity] {
        var runs: [Run] = []
        for token in self {
            let tag = Tag(of: token)
            guard tag.type != "O" else { continue }
            if let last = runs.indices.last, runs[last].continues(with: token, tag) {
                runs[last].append(token, tag)
            } else {
                runs.append(Run(token, tag))
            }
        }
        return runs.map { $0.entity(in: text) }
    }
}

/// A label without the tag before it, and what the tag says.
private struct Tag {
    var type: String
    /// Whether the token may belong to an entity that began before it.
    var canContinue: Bool
    /// Whether the entity may go on after the token.
    var canGoOn: Bool
    /// Whether the server has made an entity already, which is not to be merged.
    var isWhole = false

    init(of token: TokenEntity) {
        let label = token.label
        let letters = label.utf8.prefix(2)
        let rest = label.dropFirst(2)
        if letters.count == 2, letters.last == UInt8(ascii: "-") || letters.last == UInt8(ascii: "_"), !rest.isEmpty {
            switch letters.first {
            case UInt8(ascii: "B"):
                self.init(type: String(rest), canContinue: false, canGoOn: true)
                return
            case UInt8(ascii: "I"), UInt8(ascii: "M"):
                self.init(type: String(rest), canContinue: true, canGoOn: true)
                return
            case UInt8(ascii: "E"), UInt8(ascii: "L"):
                self.init(type: String(rest), canContinue: true, canGoOn: false)
                return
            case UInt8(ascii: "S"), UInt8(ascii: "U"):
                self.init(type: String(rest), canContinue: false, canGoOn: false)
                return
            default: break
            }
        }
        let isWhole = token.entityGroup != nil
        self.init(type: label, canContinue: !isWhole, canGoOn: !isWhole, isWhole: isWhole)
    }

    private init(type: String, canContinue: Bool, canGoOn: Bool, isWhole: Bool = false) {
        self.type = type
        self.canContinue = canContinue
        self.canGoOn = canGoOn
        self.isWhole = isWhole
    }
}

/// Tokens that are one entity.
private struct Run {
    var tokens: [TokenEntity]
    var tag: Tag

    init(_ token: TokenEntity, _ tag: Tag) {
        tokens = [token]
        self.tag = tag
    }

    mutating func append(_ token: TokenEntity, _ tag: Tag) {
        tokens.append(token)
        self.tag = tag
    }

    /// Whether the token belongs to the entity: its tag allows it, and no other token lies between.
    func continues(with token: TokenEntity, _ next: Tag) -> Bool {
        guard tag.canGoOn, next.canContinue, next.type == tag.type, let last = tokens.last else { return false }
        if let before = last.index, let place = token.index {
            // A token may come twice where the parts of a long text overlap.
            return place == before || (before < Int.max && place == before + 1)
        }
        // Without places, what lies between must be too short for a word.
        if let before = last.end, let place = token.start {
            return before >= 0 && place >= before && place - before <= 1
        }
        return true
    }

    func entity(in text: String?) -> TokenEntity {
        guard let first = tokens.first, let last = tokens.last else { return TokenEntity(score: nil, word: "") }
        if tag.isWhole { return first }
        let scores = tokens.compactMap(\.score)
        var entity = TokenEntity(
            entityGroup: tag.type,
            score: scores.isEmpty ? nil : scores.reduce(0, +) / Double(scores.count),
            word: "",
            start: first.start,
            end: last.end,
            additional: tokens.count == 1 ? first.additional : [:]
        )
        entity.word = text.flatMap { entity.text(in: $0) }.map(String.init) ?? words()
        return entity
    }

    /// The tokens' words, with the marks of the usual tokenizers read as what they say about spaces.
    private func words() -> String {
        var words = ""
        for (index, token) in tokens.enumerated() {
            var piece = Substring(token.word)
            var isGlued = false
            if piece.hasPrefix("##") {
                piece = piece.dropFirst(2)
                isGlued = true
            } else if let mark = piece.first, mark == "\u{2581}" || mark == "\u{0120}" {
                piece = piece.dropFirst()
            } else if index > 0, let end = tokens[index - 1].end, let start = token.start {
                isGlued = start <= end
            }
            if index > 0, !isGlued { words += " " }
            words += piece
        }
        return words
    }
}
