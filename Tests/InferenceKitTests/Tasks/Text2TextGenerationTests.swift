import InferenceKit
import TestSupport
import Testing

@Suite("text2text-generation on the wire")
struct Text2TextGenerationTests {
    private static let task = Text2TextGeneration(text: "Translate to French: good day")

    private static func with(_ change: (inout Text2TextGeneration) -> Void) -> Text2TextGeneration {
        var task = Text2TextGeneration(text: "x")
        change(&task)
        return task
    }

    private static func parameter(_ json: String, _ change: (inout Text2TextGeneration) -> Void) -> WireRow {
        .sends(json, with(change), json: #"{"inputs":"x","parameters":{\#(json)}}"#)
    }

    static let rows: [WireRow] = [
        .sends("a text alone", task, json: #"{"inputs":"Translate to French: good day"}"#),
        parameter(#""clean_up_tokenization_spaces":true"#) { $0.cleanUpTokenizationSpaces = true },
        parameter(#""truncation":"longest_first""#) { $0.truncation = .longestFirst },
        parameter(#""generate_parameters":{"num_beams":2}"#) { $0.generateParameters = ["num_beams": 2] },
        parameter(#""max_new_tokens":9"#) { $0.maxNewTokens = 9 },
        parameter(#""max_length":9"#) { $0.maxLength = 9 },
        parameter(#""min_length":1"#) { $0.minLength = 1 },
        parameter(#""do_sample":false"#) { $0.doSample = false },
        parameter(#""temperature":0.5"#) { $0.temperature = 0.5 },
        parameter(#""top_k":4"#) { $0.topK = 4 },
        parameter(#""top_p":0.5"#) { $0.topP = 0.5 },
        parameter(#""repetition_penalty":1.5"#) { $0.repetitionPenalty = 1.5 },
        parameter(#""max_time":1.5"#) { $0.maxTime = 1.5 },
        parameter(#""num_return_sequences":2"#) { $0.numReturnSequences = 2 },
        .sends("a batch", Batch([with { _ in }, with { _ in }]), json: #"{"inputs":["x","x"]}"#),
        .reads("a list of one", task, .json(#"[{"generated_text":"bonjour"}]"#), gives: GeneratedText(text: "bonjour")),
        .reads("an object", task, .json(#"{"generated_text":"bonjour"}"#), gives: GeneratedText(text: "bonjour")),
        .reads(
            "phonemes joined by hyphens",
            task,
            .json(#"[{"generated_text":"B-AO-N"}]"#),
            gives: GeneratedText(text: "B-AO-N")
        ),
        .reads(
            "a batch",
            Batch([task, task]),
            .json(#"[{"generated_text":"a"},{"generated_text":"b"}]"#),
            gives: [GeneratedText(text: "a"), GeneratedText(text: "b")]
        ),
        .fails("another task's answer", task, .json(#"[{"summary_text":"a"}]"#), code: .undecodable),
        .refuses("an empty text", Text2TextGeneration(text: ""), field: "text"),
        .refuses("a truncation that is none", with { $0.truncation = .init(rawValue: "x") }, field: "truncation"),
        .refuses("max_new_tokens -1", with { $0.maxNewTokens = -1 }, field: "max_new_tokens"),
        .refuses("max_length 0", with { $0.maxLength = 0 }, field: "max_length"),
        .refuses("min_length -1", with { $0.minLength = -1 }, field: "min_length"),
        .refuses("temperature 0", with { $0.temperature = 0 }, field: "temperature"),
        .refuses("top_k 0", with { $0.topK = 0 }, field: "top_k"),
        .refuses("top_p 1.5", with { $0.topP = 1.5 }, field: "top_p"),
        .refuses("repetition_penalty 0", with { $0.repetitionPenalty = 0 }, field: "repetition_penalty"),
        .refuses("max_time -1", with { $0.maxTime = -1 }, field: "max_time"),
        .refuses("num_return_sequences 0", with { $0.numReturnSequences = 0 }, field: "num_return_sequences"),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }
}
