import InferenceKit
import TestSupport
import Testing

@Suite("translation on the wire")
struct TranslationTests {
    private static let task = Translation(text: "Guten Morgen")

    private static func with(_ change: (inout Translation) -> Void) -> Translation {
        var task = Translation(text: "x")
        change(&task)
        return task
    }

    private static func parameter(_ json: String, _ change: (inout Translation) -> Void) -> WireRow {
        .sends(json, with(change), json: #"{"inputs":"x","parameters":{\#(json)}}"#)
    }

    static let rows: [WireRow] = [
        .sends("a text alone", task, json: #"{"inputs":"Guten Morgen"}"#),
        .sends(
            "src_lang and tgt_lang",
            Translation(text: "Guten Morgen", sourceLanguage: "de_DE", targetLanguage: "en_XX"),
            json: #"{"inputs":"Guten Morgen","parameters":{"src_lang":"de_DE","tgt_lang":"en_XX"}}"#
        ),
        parameter(#""clean_up_tokenization_spaces":true"#) { $0.cleanUpTokenizationSpaces = true },
        parameter(#""truncation":"only_second""#) { $0.truncation = .onlySecond },
        parameter(#""generate_parameters":{"num_beams":4}"#) { $0.generateParameters = ["num_beams": 4] },
        .sends("a batch", Batch([with { _ in }, task]), json: #"{"inputs":["x","Guten Morgen"]}"#),
        .reads(
            "a list of one",
            task,
            .json(#"[{"translation_text":"Good morning"}]"#),
            gives: TranslatedText(text: "Good morning")
        ),
        .reads(
            "an object",
            task,
            .json(#"{"translation_text":"Good morning"}"#),
            gives: TranslatedText(text: "Good morning")
        ),
        .reads("a list in a list", task, .json(#"[[{"translation_text":"a"}]]"#), gives: TranslatedText(text: "a")),
        .reads("a text of generation", task, .json(#"[{"generated_text":"a"}]"#), gives: TranslatedText(text: "a")),
        .reads(
            "a batch",
            Batch([task, task]),
            .json(#"[{"translation_text":"a"},{"translation_text":"b"}]"#),
            gives: [TranslatedText(text: "a"), TranslatedText(text: "b")]
        ),
        .reads(
            "a batch, a list for each text",
            Batch([task, task]),
            .json(#"[[{"translation_text":"a"}],[{"translation_text":"b"}]]"#),
            gives: [TranslatedText(text: "a"), TranslatedText(text: "b")]
        ),
        .fails("an empty list", task, .json("[]"), code: .undecodable),
        .fails("no translation", task, .json(#"[{"text":"a"}]"#), code: .undecodable, message: "translation_text"),
        .fails(
            "a model that wants its languages",
            task,
            .status(400, json: #"{"error":"Translation requires a `src_lang` and a `tgt_lang` for this model"}"#),
            code: .rejected,
            message: "src_lang"
        ),
        .refuses("an empty text", Translation(text: ""), field: "text"),
        .refuses("a source alone", Translation(text: "x", sourceLanguage: "de_DE"), field: "tgt_lang"),
        .refuses("a target alone", Translation(text: "x", targetLanguage: "en_XX"), field: "src_lang"),
        .refuses("a target alone in a batch", Batch([Translation(text: "x", targetLanguage: "a")]), field: "src_lang"),
        .refuses("a truncation that is none", with { $0.truncation = .init(rawValue: "x") }, field: "truncation"),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The answer is written as the schema has it")
    func json() { #expect(TranslatedText(text: "a", additional: ["b": 1]).json == ["translation_text": "a", "b": 1]) }
}
