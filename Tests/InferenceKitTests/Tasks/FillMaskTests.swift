import InferenceKit
import TestSupport
import Testing

@Suite("fill-mask on the wire")
struct FillMaskTests {
    private static let task = FillMask(text: "Paris is the [MASK] of France.")
    private static let capital = MaskGuess(
        sequence: "paris is the capital of france.",
        score: 0.75,
        token: 3007,
        tokenText: "capital"
    )
    private static let heart = MaskGuess(sequence: "paris is the heart", score: 0.25, token: 2540, tokenText: " heart")
    private static let capitalJSON =
        #"{"score":0.75,"token":3007,"token_str":"capital","sequence":"paris is the capital of france."}"#
    private static let heartJSON =
        #"{"sequence":"paris is the heart","score":0.25,"token":2540,"token_str":" heart"}"#

    static let rows: [WireRow] = [
        .sends("a text alone", task, json: #"{"inputs":"Paris is the [MASK] of France."}"#),
        .sends("top_k", FillMask(text: "<mask>", topK: 2), json: #"{"inputs":"<mask>","parameters":{"top_k":2}}"#),
        .sends(
            "targets",
            FillMask(text: "<mask>", targets: ["a", "b"]),
            json: #"{"inputs":"<mask>","parameters":{"targets":["a","b"]}}"#
        ),
        .sends(
            "a batch",
            Batch([task, FillMask(text: "<mask>")]),
            json: #"{"inputs":["Paris is the [MASK] of France.","<mask>"]}"#
        ),
        .reads(
            "a list, sorted here",
            task,
            .json("[\(heartJSON),\(capitalJSON)]"),
            gives: MaskGuesses(masks: [[capital, heart]])
        ),
        .reads("one object", task, .json(capitalJSON), gives: MaskGuesses(masks: [[capital]])),
        .reads(
            "a list in a list",
            task,
            .json("[[\(capitalJSON),\(heartJSON)]]"),
            gives: MaskGuesses(masks: [[capital, heart]])
        ),
        .reads(
            "a list for each of several masks",
            task,
            .json("[[\(capitalJSON)],[\(heartJSON)]]"),
            gives: MaskGuesses(masks: [[capital], [heart]])
        ),
        .reads(
            "several masks, wrapped once more",
            task,
            .json("[[[\(capitalJSON)],[\(heartJSON)]]]"),
            gives: MaskGuesses(masks: [[capital], [heart]])
        ),
        .reads("no guesses", task, .json("[]"), gives: MaskGuesses(masks: [[]])),
        .reads(
            "a guess without its own text, and a score that is null",
            task,
            .json(#"[{"sequence":"a","score":null,"token":1,"x":2}]"#),
            gives: MaskGuesses(masks: [[MaskGuess(sequence: "a", score: nil, token: 1, additional: ["x": 2])]])
        ),
        .reads(
            "the schema's other spelling",
            task,
            .json(#"[{"sequence":"a","score":1.0,"token":1,"tokenStr":"b"}]"#),
            gives: MaskGuesses(masks: [[MaskGuess(sequence: "a", score: 1, token: 1, tokenText: "b")]])
        ),
        .reads(
            "a guess without the sequence",
            task,
            .json(#"[{"token_str":"b"}]"#),
            gives: MaskGuesses(masks: [[MaskGuess(sequence: "", score: nil, tokenText: "b")]])
        ),
        .reads(
            "a batch, of which one text has two masks",
            Batch([task, task]),
            .json("[[\(capitalJSON)],[[\(capitalJSON)],[\(heartJSON)]]]"),
            gives: [MaskGuesses(masks: [[capital]]), MaskGuesses(masks: [[capital], [heart]])]
        ),
        .reads(
            "a batch of one text with two masks",
            Batch([task]),
            .json("[[\(capitalJSON)],[\(heartJSON)]]"),
            gives: [MaskGuesses(masks: [[capital], [heart]])]
        ),
        .fails("no text", task, .json(#"[{"score":1}]"#), code: .undecodable, message: "sequence"),
        .fails(
            "a text without the mask",
            task,
            .status(400, json: #"{"error":"No mask_token ([MASK]) found on the input"}"#),
            code: .rejected,
            message: "mask_token"
        ),
        .refuses("an empty text", FillMask(text: ""), field: "text"),
        .refuses("top_k 0", FillMask(text: "<mask>", topK: 0), field: "top_k"),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("One mask is mostly all there is")
    func single() {
        let guesses = MaskGuesses(masks: [[Self.capital, Self.heart]])
        #expect(guesses.best == Self.capital)
        #expect(guesses.first.count == 2)
        #expect(guesses.json == [Self.capital.json, Self.heart.json])
        #expect(MaskGuesses(masks: [[Self.capital], [Self.heart]]).json == [[Self.capital.json], [Self.heart.json]])
        #expect(MaskGuesses(masks: []).best == nil)
    }
}
