import InferenceKit
import TestSupport
import Testing

@Suite("question-answering on the wire")
struct QuestionAnsweringTests {
    private static let task = QuestionAnswering(question: "Where?", context: "We met in Graz.")
    private static let graz = ExtractedAnswer(answer: "Graz", score: 0.75, start: 10, end: 14)
    private static let inGraz = ExtractedAnswer(answer: "in Graz", score: 0.25, start: 7, end: 14)
    private static let grazJSON = #"{"score":0.75,"start":10,"end":14,"answer":"Graz"}"#
    private static let inGrazJSON = #"{"score":0.25,"start":7,"end":14,"answer":"in Graz"}"#

    private static func with(_ change: (inout QuestionAnswering) -> Void) -> QuestionAnswering {
        var task = QuestionAnswering(question: "q", context: "c")
        change(&task)
        return task
    }

    private static func parameter(_ json: String, _ change: (inout QuestionAnswering) -> Void) -> WireRow {
        .sends(json, with(change), json: #"{"inputs":{"question":"q","context":"c"},"parameters":{\#(json)}}"#)
    }

    static let rows: [WireRow] = [
        .sends("a question", task, json: #"{"inputs":{"question":"Where?","context":"We met in Graz."}}"#),
        parameter(#""top_k":2"#) { $0.topK = 2 },
        parameter(#""doc_stride":64"#) { $0.docStride = 64 },
        parameter(#""max_answer_len":20"#) { $0.maxAnswerLength = 20 },
        parameter(#""max_seq_len":256"#) { $0.maxSequenceLength = 256 },
        parameter(#""max_question_len":32"#) { $0.maxQuestionLength = 32 },
        parameter(#""handle_impossible_answer":true"#) { $0.handlesImpossibleAnswer = true },
        parameter(#""align_to_words":false"#) { $0.alignsToWords = false },
        .sends(
            "a batch",
            Batch([with { _ in }, task]),
            json: #"{"inputs":[{"question":"q","context":"c"},{"question":"Where?","context":"We met in Graz."}]}"#
        ),
        .reads("one object", task, .json(grazJSON), gives: [graz]),
        .reads("a list, sorted here", task, .json("[\(inGrazJSON),\(grazJSON)]"), gives: [graz, inGraz]),
        .reads("a list in a list", task, .json("[[\(grazJSON),\(inGrazJSON)]]"), gives: [graz, inGraz]),
        .reads(
            "an impossible answer",
            task,
            .json(#"{"score":0.5,"start":0,"end":0,"answer":""}"#),
            gives: [ExtractedAnswer(answer: "", score: 0.5, start: 0, end: 0)]
        ),
        .reads(
            "an answer alone, with a member that is not known",
            task,
            .json(#"{"answer":"Graz","score":null,"x":1}"#),
            gives: [ExtractedAnswer(answer: "Graz", score: nil, additional: ["x": 1])]
        ),
        .reads("a batch", Batch([task, task]), .json("[\(inGrazJSON),\(grazJSON)]"), gives: [[inGraz], [graz]]),
        .reads(
            "a batch with several answers each",
            Batch([task, task]),
            .json("[[\(inGrazJSON),\(grazJSON)],[\(grazJSON)]]"),
            gives: [[graz, inGraz], [graz]]
        ),
        .reads("a batch of one", Batch([task]), .json("[\(grazJSON),\(inGrazJSON)]"), gives: [[graz, inGraz]]),
        .fails("no answer", task, .json(#"{"score":0.5}"#), code: .undecodable, message: "answer"),
        .fails(
            "a context that is missing",
            task,
            .status(400, json: #"{"error":["Error in `inputs.context`: field required"]}"#),
            code: .rejected,
            message: "field required"
        ),
        .refuses("an empty question", QuestionAnswering(question: "", context: "c"), field: "question"),
        .refuses("an empty context", QuestionAnswering(question: "q", context: ""), field: "context"),
        .refuses("top_k 0", with { $0.topK = 0 }, field: "top_k"),
        .refuses("doc_stride -1", with { $0.docStride = -1 }, field: "doc_stride"),
        .refuses("max_answer_len 0", with { $0.maxAnswerLength = 0 }, field: "max_answer_len"),
        .refuses("max_seq_len 0", with { $0.maxSequenceLength = 0 }, field: "max_seq_len"),
        .refuses("max_question_len 0", with { $0.maxQuestionLength = 0 }, field: "max_question_len"),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("Offsets are those of code points in the context")
    func ranges() {
        let context = "\u{1F1E6}\u{1F1F9} We met in Graz."
        #expect(ExtractedAnswer(answer: "Graz", score: 1, start: 13, end: 17).text(in: context) == "Graz")
        #expect(ExtractedAnswer(answer: "", score: 1).isImpossible)
    }

    @Test("The schema's input, and texts given apart")
    func input() throws {
        let schema = try QuestionAnswering(input: TaskInput(json: ["question": "q", "context": "c"]))
        #expect(schema.question == "q")
        #expect(schema.context == "c")
        #expect(try QuestionAnswering(input: TaskInput(texts: ["q", "c"])).context == "c")
        #expect(throws: InferenceError.self) { try QuestionAnswering(input: TaskInput(json: ["context": "c"])) }
        #expect(throws: InferenceError.self) { try QuestionAnswering(input: TaskInput(json: ["question": "q"])) }
    }
}
