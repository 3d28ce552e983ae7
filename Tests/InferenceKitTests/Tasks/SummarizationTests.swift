import InferenceKit
import TestSupport
import Testing

@Suite("summarization on the wire")
struct SummarizationTests {
    private static let task = Summarization(text: "The bridge, built in 1890")

    private static func with(_ change: (inout Summarization) -> Void) -> Summarization {
        var task = Summarization(text: "x")
        change(&task)
        return task
    }

    private static func parameter(_ json: String, _ change: (inout Summarization) -> Void) -> WireRow {
        .sends(json, with(change), json: #"{"inputs":"x","parameters":{\#(json)}}"#)
    }

    static let rows: [WireRow] = [
        .sends("a text alone", task, json: #"{"inputs":"The bridge, built in 1890"}"#),
        parameter(#""clean_up_tokenization_spaces":false"#) { $0.cleanUpTokenizationSpaces = false },
        parameter(#""truncation":"do_not_truncate""#) { $0.truncation = TruncationStrategy.none },
        parameter(#""truncation":"only_first""#) { $0.truncation = .onlyFirst },
        parameter(#""truncation":"only_second""#) { $0.truncation = .onlySecond },
        parameter(#""generate_parameters":{"num_beams":4}"#) { $0.generateParameters = ["num_beams": 4] },
        parameter(#""min_length":5"#) { $0.minLength = 5 },
        parameter(#""max_length":40"#) { $0.maxLength = 40 },
        .sends("a batch", Batch([with { _ in }, task]), json: #"{"inputs":["x","The bridge, built in 1890"]}"#),
        .reads("a list of one", task, .json(#"[{"summary_text":"It is old."}]"#), gives: Summary(text: "It is old.")),
        .reads("an object", task, .json(#"{"summary_text":"It is old."}"#), gives: Summary(text: "It is old.")),
        .reads("a list in a list", task, .json(#"[[{"summary_text":"Old."}]]"#), gives: Summary(text: "Old.")),
        .reads(
            "the first of several",
            task,
            .json(#"[{"summary_text":"a"},{"summary_text":"b"}]"#),
            gives: Summary(text: "a")
        ),
        .reads("a text of generation", task, .json(#"[{"generated_text":"Old."}]"#), gives: Summary(text: "Old.")),
        .reads(
            "members that are not known",
            task,
            .json(#"[{"summary_text":"a","warnings":["b"]}]"#),
            gives: Summary(text: "a", additional: ["warnings": ["b"]])
        ),
        .reads(
            "a batch",
            Batch([task, task]),
            .json(#"[{"summary_text":"a"},{"summary_text":"b"}]"#),
            gives: [Summary(text: "a"), Summary(text: "b")]
        ),
        .fails("an empty list", task, .json("[]"), code: .undecodable),
        .fails("no summary", task, .json(#"[{"summary":"a"}]"#), code: .undecodable, message: "summary_text"),
        .fails(
            "a batch with an answer missing",
            Batch([task, task]),
            .json(#"[{"summary_text":"a"}]"#),
            code: .undecodable
        ),
        .fails(
            "lengths that the server refuses",
            task,
            .status(400, json: #"{"error":["max_length must be at most 500: received `max_length` in `parameters`"]}"#),
            code: .rejected,
            message: "max_length"
        ),
        .refuses("an empty text", Summarization(text: ""), field: "text"),
        .refuses(
            "min_length above max_length",
            Summarization(text: "x", minLength: 9, maxLength: 8),
            field: "min_length"
        ),
        .refuses("max_length 0", Summarization(text: "x", maxLength: 0), field: "max_length"),
        .refuses("min_length -1", Summarization(text: "x", minLength: -1), field: "min_length"),
        .refuses("a truncation that is none", with { $0.truncation = .init(rawValue: "x") }, field: "truncation"),
        .refuses(
            "min_length above max_length in a batch",
            Batch([Summarization(text: "x", minLength: 9, maxLength: 8)]),
            field: "min_length"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The answer is written as the schema has it")
    func json() { #expect(Summary(text: "a", additional: ["b": 1]).json == ["summary_text": "a", "b": 1]) }
}
