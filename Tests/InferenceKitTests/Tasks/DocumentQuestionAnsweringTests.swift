import InferenceKit
import TestSupport
import Testing

@Suite("document-question-answering on the wire")
struct DocumentQuestionAnsweringTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let task = DocumentQuestionAnswering(image: .bytes(png), question: "Invoice number?")

    private static func with(_ change: (inout DocumentQuestionAnswering) -> Void) -> DocumentQuestionAnswering {
        var task = DocumentQuestionAnswering(image: .bytes(png), question: "q")
        change(&task)
        return task
    }

    private static func parameter(
        _ name: String,
        _ json: String,
        _ change: (inout DocumentQuestionAnswering) -> Void
    ) -> WireRow {
        .sends(
            name,
            with(change),
            json: #"{"inputs":{"image":"iVBORw0KGgo=","question":"q"},"parameters":{"\#(name)":\#(json)}}"#
        )
    }

    static let rows: [WireRow] = [
        .sends(
            "image and question",
            task,
            json: #"{"inputs":{"image":"iVBORw0KGgo=","question":"Invoice number?"}}"#
        ),
        parameter("doc_stride", "64") { $0.docStride = 64 },
        parameter("handle_impossible_answer", "true") { $0.handleImpossibleAnswer = true },
        parameter("lang", #""deu""#) { $0.lang = "deu" },
        parameter("max_answer_len", "5") { $0.maxAnswerLen = 5 },
        parameter("max_seq_len", "512") { $0.maxSeqLen = 512 },
        parameter("max_question_len", "32") { $0.maxQuestionLen = 32 },
        parameter("top_k", "2") { $0.topK = 2 },
        parameter("word_boxes", #"["Total",[0,10.5,1000,20]]"#) {
            $0.wordBoxes = [.word("Total"), .box(BoundingBox(xMin: 0, yMin: 10.5, xMax: 1000, yMax: 20))]
        },
        parameter("word_boxes", #"[["Total",[1,2,3,4]]]"#) {
            $0.wordBoxes = [.word("Total", in: BoundingBox(xMin: 1, yMin: 2, xMax: 3, yMax: 4))]
        },
        .reads(
            "an answer with the indices of its words",
            task,
            .json(#"[{"score":0.91,"answer":"us-001","start":16,"end":17}]"#)
        ) { answers in
            #expect(answers == [DocumentAnswer(answer: "us-001", score: 0.91, start: 16, end: 17)])
            #expect(answers[0].words == 16...17)
        },
        .reads(
            "an answer alone",
            task,
            .json(#"[{"answer":"us-001"}]"#),
            gives: [DocumentAnswer(answer: "us-001")]
        ),
        .reads(
            "no list, no answer, members that are not known",
            task,
            .json(#"{"score":0.5,"answer":"","start":0,"end":0,"page":1}"#),
            gives: [DocumentAnswer(answer: "", score: 0.5, start: 0, end: 0, additional: ["page": 1])]
        ),
        .reads("indices that make no sense", task, .json(#"[{"answer":"a","start":3,"end":2}]"#)) { answers in
            #expect(answers[0].words == nil)
        },
        .fails("no answer", task, .json(#"[{"score":1}]"#), code: .undecodable, message: "answer"),
        .refuses("an empty question", DocumentQuestionAnswering(image: .bytes(png), question: ""), field: "question"),
        .refuses("a stride of zero", with { $0.docStride = 0 }, field: "doc_stride"),
        .refuses("no words", with { $0.maxAnswerLen = 0 }, field: "max_answer_len"),
        .refuses("no tokens", with { $0.maxSeqLen = 0 }, field: "max_seq_len"),
        .refuses("no tokens of a question", with { $0.maxQuestionLen = 0 }, field: "max_question_len"),
        .refuses("top_k of zero", with { $0.topK = 0 }, field: "top_k"),
        .refuses(
            "a box in pixels",
            with { $0.wordBoxes = [.box(BoundingBox(xMin: 0, yMin: 0, xMax: 1001, yMax: 4))] },
            field: "word_boxes"
        ),
        .refuses("an empty image", DocumentQuestionAnswering(image: .bytes([]), question: "q"), field: "image"),
        .refuses(
            "a file that is missing",
            DocumentQuestionAnswering(image: .file("/nonexistent/x"), question: "q"),
            field: "image"
        ),
        .refuses(
            "a URL, which the router does not fetch",
            DocumentQuestionAnswering(image: .url("https://example.com/a"), question: "q"),
            field: "image"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("Words and boxes in JSON")
    func wordBoxes() throws {
        var task = Self.task
        let boxes: JSONValue = ["a", [1, 2, 3, 4], ["b", [1, 2, 3, 4.5]]]
        #expect(try task.setParameters(["word_boxes": boxes]) == [])
        #expect(task.wordBoxes?.json == boxes)
        let bad: [JSONValue] = [[1, 2, 3], ["a", "b"], ["a", [1, 2, 3]], nil, true, [[1, 2, 3, 4], "a"]]
        for value in bad {
            let error = #expect(throws: InferenceError.self) { try task.setParameters(["word_boxes": [value]]) }
            #expect(error?.field == "word_boxes")
        }
    }

    @Test("The named method")
    func method() async throws {
        let transport = MockTransport(.json(#"[{"answer":"a"}]"#))
        let answers = try await testClient(transport).documentQuestionAnswering(
            .bytes(Self.png),
            question: "q",
            model: "a/b",
            lang: "eng"
        )
        #expect(answers.json.jsonString() == #"[{"answer":"a","score":null,"start":null,"end":null}]"#)
        let body = #"{"inputs":{"image":"iVBORw0KGgo=","question":"q"},"parameters":{"lang":"eng"}}"#
        #expect(transport.calls[0].bodyText == body)
    }
}
