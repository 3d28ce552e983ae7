import InferenceKit
import TestSupport
import Testing

@Suite("token-classification on the wire")
struct TokenClassificationTests {
    private static let task = TokenClassification(text: "Ada lives in Turin")
    private static let ada = TokenEntity(entityGroup: "PER", score: 0.5, word: "Ada", start: 0, end: 3)
    private static let turin = TokenEntity(entityGroup: "LOC", score: 0.25, word: "Turin", start: 13, end: 18)
    private static let adaJSON = #"{"entity_group":"PER","score":0.5,"word":"Ada","start":0,"end":3}"#
    private static let turinJSON = #"{"entity_group":"LOC","score":0.25,"word":"Turin","start":13,"end":18}"#

    private static func with(_ change: (inout TokenClassification) -> Void) -> TokenClassification {
        var task = TokenClassification(text: "x")
        change(&task)
        return task
    }

    private static func parameter(_ json: String, _ change: (inout TokenClassification) -> Void) -> WireRow {
        .sends(json, with(change), json: #"{"inputs":"x","parameters":{\#(json)}}"#)
    }

    static let rows: [WireRow] = [
        .sends("a text alone", task, json: #"{"inputs":"Ada lives in Turin"}"#),
        parameter(#""ignore_labels":["O","MISC"]"#) { $0.ignoreLabels = ["O", "MISC"] },
        parameter(#""stride":16"#) { $0.stride = 16 },
        parameter(#""aggregation_strategy":"none""#) { $0.aggregationStrategy = AggregationStrategy.none },
        parameter(#""aggregation_strategy":"simple""#) { $0.aggregationStrategy = .simple },
        parameter(#""aggregation_strategy":"first""#) { $0.aggregationStrategy = .first },
        parameter(#""aggregation_strategy":"average""#) { $0.aggregationStrategy = .average },
        parameter(#""aggregation_strategy":"max""#) { $0.aggregationStrategy = .max },
        .sends("a batch", Batch([task, with { _ in }]), json: #"{"inputs":["Ada lives in Turin","x"]}"#),
        .reads("entities", task, .json("[\(adaJSON),\(turinJSON)]"), gives: [ada, turin]),
        .reads("a list in a list", task, .json("[[\(adaJSON),\(turinJSON)]]"), gives: [ada, turin]),
        .reads("one object", task, .json(adaJSON), gives: [ada]),
        .reads("nothing found", task, .json("[]"), gives: []),
        .reads(
            "tokens",
            task,
            .json(#"[{"entity":"B-PER","score":0.5,"index":1,"word":"Ada","start":0,"end":3}]"#),
            gives: [TokenEntity(entity: "B-PER", score: 0.5, word: "Ada", index: 1, start: 0, end: 3)]
        ),
        .reads(
            "tags under entity_group",
            task,
            .json(#"[{"entity_group":"B-PER","score":0.5,"word":"Ada","start":0,"end":3}]"#),
            gives: [TokenEntity(entityGroup: "B-PER", score: 0.5, word: "Ada", start: 0, end: 3)]
        ),
        .reads(
            "offsets and a score that are null",
            task,
            .json(#"[{"entity_group":"PER","score":null,"word":"Ada","start":null,"end":null}]"#),
            gives: [TokenEntity(entityGroup: "PER", score: nil, word: "Ada")]
        ),
        .reads(
            "entities that repeat, in the server's order",
            task,
            .json("[\(turinJSON),\(adaJSON),\(adaJSON)]"),
            gives: [turin, ada, ada]
        ),
        .reads(
            "a number for a label, and members that are not known",
            task,
            .json(#"[{"entity":4,"x":1}]"#),
            gives: [TokenEntity(entity: "4", score: nil, word: "", additional: ["x": 1])]
        ),
        .reads("a batch", Batch([task, task]), .json("[[\(adaJSON)],[]]"), gives: [[ada], []]),
        .reads("a batch, wrapped once more", Batch([task, task]), .json("[[[\(adaJSON)],[]]]"), gives: [[ada], []]),
        .reads("a batch of one", Batch([task]), .json("[\(adaJSON),\(turinJSON)]"), gives: [[ada, turin]]),
        .fails("a batch that came flat", Batch([task, task]), .json("[\(adaJSON),\(turinJSON)]"), code: .undecodable),
        .fails("no label", task, .json(#"[{"word":"Ada"}]"#), code: .undecodable, message: "entity_group"),
        .refuses("an empty text", TokenClassification(text: ""), field: "text"),
        .refuses("a stride below zero", with { $0.stride = -1 }, field: "stride"),
        .refuses(
            "a strategy that is none",
            with { $0.aggregationStrategy = .init(rawValue: "best") },
            field: "aggregation_strategy"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("Offsets are those of code points")
    func ranges() {
        let text = "\u{1F44B}\u{1F3FD} Zoë in Łódź"
        let found = TokenEntity(entityGroup: "LOC", score: 1, word: "lodz", start: 10, end: 14)
        #expect(found.text(in: text) == "Łódź")
        #expect(TokenEntity(entityGroup: "LOC", score: 1, word: "x").range(in: text) == nil)
    }
}

@Suite("Merging of tagged tokens")
struct TokenMergingTests {
    private static let text = "Ada Lovelace met New York"
    /// The words' offsets in the text.
    private static let places = [(0, 3), (4, 12), (13, 16), (17, 20), (21, 25)]

    private static func tokens(_ tags: [String]) -> [TokenEntity] {
        zip(tags, places).enumerated().map { index, element in
            let (tag, place) = element
            let word = TokenEntity(score: nil, word: "", start: place.0, end: place.1).text(in: text) ?? ""
            return TokenEntity(
                entity: tag,
                score: 0.5,
                word: String(word),
                index: index + 1,
                start: place.0,
                end: place.1
            )
        }
    }

    private static func show(_ entities: [TokenEntity]) -> [String] { entities.map { "\($0.label):\($0.word)" } }

    @Test(
        "Every scheme in use",
        arguments: [
            (["B-PER", "I-PER", "O", "B-LOC", "I-LOC"], ["PER:Ada Lovelace", "LOC:New York"]),
            (["B-PER", "E-PER", "O", "B-LOC", "E-LOC"], ["PER:Ada Lovelace", "LOC:New York"]),
            (["B-PER", "L-PER", "O", "U-LOC", "U-LOC"], ["PER:Ada Lovelace", "LOC:New", "LOC:York"]),
            (["S-PER", "S-PER", "O", "B-LOC", "M-LOC"], ["PER:Ada", "PER:Lovelace", "LOC:New York"]),
            (["I-PER", "I-PER", "O", "I-LOC", "I-LOC"], ["PER:Ada Lovelace", "LOC:New York"]),
            (["I-PER", "B-PER", "O", "I-LOC", "I-PER"], ["PER:Ada", "PER:Lovelace", "LOC:New", "PER:York"]),
            (["B_PER", "I_PER", "O", "O", "O"], ["PER:Ada Lovelace"]),
            (["PER", "PER", "O", "LOC", "LOC"], ["PER:Ada Lovelace", "LOC:New York"]),
            (["E-PER", "I-PER", "O", "O", "O"], ["PER:Ada", "PER:Lovelace"]),
            (["B-PER", "O", "I-PER", "O", "O"], ["PER:Ada", "PER:met"]),
            (["B-", "I-", "O", "-", ""], ["B-:Ada", "I-:Lovelace", "-:New", ":York"]),
        ]
    )
    func schemes(_ tags: [String], _ expected: [String]) {
        #expect(Self.show(Self.tokens(tags).merged(in: Self.text)) == expected)
        #expect(Self.show(Self.tokens(tags).merged()) == expected)
    }

    @Test("Score, offsets and label of what was merged")
    func values() {
        var tokens = Self.tokens(["B-PER", "I-PER"])
        tokens[0].score = 0.75
        tokens[1].score = 0.25
        #expect(
            tokens.merged() == [TokenEntity(entityGroup: "PER", score: 0.5, word: "Ada Lovelace", start: 0, end: 12)]
        )
        tokens[0].score = nil
        tokens[1].score = nil
        #expect(tokens.merged()[0].score == nil)
    }

    @Test("Word pieces of the usual tokenizers")
    func pieces() {
        func merged(_ words: [String], offsets: [(Int, Int)]? = nil) -> String {
            words.enumerated().map { index, word in
                TokenEntity(
                    entity: index == 0 ? "B-X" : "I-X",
                    score: 1,
                    word: word,
                    index: index + 1,
                    start: offsets?[index].0,
                    end: offsets?[index].1
                )
            }.merged()[0].word
        }
        #expect(merged(["Tu", "##rin"]) == "Turin")
        #expect(merged(["\u{2581}New", "\u{2581}York"]) == "New York")
        #expect(merged(["\u{0120}New", "\u{0120}York"]) == "New York")
        #expect(merged(["\u{2581}Tu", "rin"], offsets: [(0, 2), (2, 5)]) == "Turin")
        #expect(merged(["New", "York"], offsets: [(0, 3), (4, 8)]) == "New York")
    }

    @Test("Without places in the token order, offsets tell neighbours; without both, the list does")
    func neighbours() {
        func token(_ tag: String, _ start: Int?, _ end: Int?) -> TokenEntity {
            TokenEntity(entityGroup: tag, score: 1, word: "w", start: start, end: end)
        }
        #expect([token("B-X", 0, 3), token("I-X", 4, 6)].merged().count == 1)
        #expect([token("B-X", 0, 3), token("I-X", 9, 11)].merged().count == 2)
        #expect([token("B-X", 5, 8), token("I-X", 0, 3)].merged().count == 2)
        #expect([token("B-X", nil, nil), token("I-X", nil, nil)].merged().count == 1)
        #expect([token("B-X", Int.min, Int.min), token("I-X", Int.max, Int.max)].merged().count == 2)
    }

    @Test("What a server has merged already stays as it is")
    func whole() {
        let entities = [
            TokenEntity(entityGroup: "PER", score: 0.5, word: "Ada", start: 0, end: 3, additional: ["x": 1]),
            TokenEntity(entityGroup: "PER", score: 0.25, word: "Lovelace", start: 4, end: 12),
        ]
        #expect(entities.merged() == entities)
        #expect([TokenEntity]().merged().isEmpty)
    }
}
