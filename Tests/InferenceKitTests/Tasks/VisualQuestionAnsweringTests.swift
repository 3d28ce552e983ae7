import InferenceKit
import TestSupport
import Testing

@Suite("visual-question-answering on the wire")
struct VisualQuestionAnsweringTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let task = VisualQuestionAnswering(image: .bytes(png), question: "How many dogs?")

    static let rows: [WireRow] = [
        .sends(
            "image and question",
            task,
            json: #"{"inputs":{"image":"iVBORw0KGgo=","question":"How many dogs?"}}"#
        ),
        .sends(
            "top_k",
            VisualQuestionAnswering(image: .bytes(png), question: "q", topK: 2),
            json: #"{"inputs":{"image":"iVBORw0KGgo=","question":"q"},"parameters":{"top_k":2}}"#
        ),
        .reads(
            "answers with scores",
            task,
            .json(#"[{"score":0.83,"answer":"2"},{"score":0.09,"answer":"3"}]"#),
            gives: [VisualAnswer(answer: "2", score: 0.83), VisualAnswer(answer: "3", score: 0.09)]
        ),
        .reads(
            "an answer without a score",
            task,
            .json(#"[{"answer":"two","model":"blip"}]"#),
            gives: [VisualAnswer(answer: "two", score: nil, additional: ["model": "blip"])]
        ),
        .reads("one alone, a number", task, .json(#"{"answer":2}"#), gives: [VisualAnswer(answer: "2")]),
        .fails("no answer", task, .json(#"[{"score":1}]"#), code: .undecodable, message: "answer"),
        .fails(
            "a question that the server misses",
            task,
            .status(400, json: #"{"error":["Error in `inputs.question`: field required"]}"#),
            code: .rejected,
            message: "field required"
        ),
        .refuses("an empty question", VisualQuestionAnswering(image: .bytes(png), question: ""), field: "question"),
        .refuses(
            "top_k of zero",
            VisualQuestionAnswering(image: .bytes(png), question: "q", topK: 0),
            field: "top_k"
        ),
        .refuses("an empty image", VisualQuestionAnswering(image: .bytes([]), question: "q"), field: "image"),
        .refuses(
            "a file that is missing",
            VisualQuestionAnswering(image: .file("/nonexistent/x"), question: "q"),
            field: "image"
        ),
        .refuses(
            "a URL, which the router does not fetch",
            VisualQuestionAnswering(image: .url("https://example.com/a"), question: "q"),
            field: "image"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("Made of an object, or of an image and a text")
    func input() throws {
        let json: JSONValue = ["image": "iVBORw0KGgo=", "question": "q"]
        let task = try VisualQuestionAnswering(input: TaskInput(json: json))
        #expect(task.image == .bytes(Self.png))
        #expect(task.question == "q")
        let other = try VisualQuestionAnswering(input: TaskInput(texts: ["p"], media: [.file("a.png")]))
        #expect(other.question == "p")
        #expect(other.image == .file("a.png"))
        #expect(throws: InferenceError.self) { try VisualQuestionAnswering(input: TaskInput(media: [.file("a.png")])) }
    }

    @Test("A server of one's own may fetch a URL")
    func remoteImage() async throws {
        let transport = MockTransport(.json("[]"))
        _ = try await testClient(transport).visualQuestionAnswering(
            .url("https://example.com/a.png"),
            question: "q",
            options: CallOptions(target: .url("http://127.0.0.1:1/"))
        )
        let body = #"{"inputs":{"image":"https://example.com/a.png","question":"q"}}"#
        #expect(transport.calls[0].bodyText == body)
    }
}
