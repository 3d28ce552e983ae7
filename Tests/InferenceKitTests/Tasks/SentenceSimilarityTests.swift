import InferenceKit
import TestSupport
import Testing

@Suite("sentence-similarity on the wire")
struct SentenceSimilarityTests {
    private static let task = SentenceSimilarity(sourceSentence: "a cat", sentences: ["a kitten", "a bus"])
    private static let path = "/hf-inference/models/a/b/pipeline/sentence-similarity"
    private static let inputs = #"{"source_sentence":"a cat","sentences":["a kitten","a bus"]}"#
    private static let tei = CallOptions(target: .url("http://127.0.0.1:8080", dialect: .tei))

    private static func parameter(_ json: String, _ change: (inout SentenceSimilarity) -> Void) -> WireRow {
        var task = Self.task
        change(&task)
        return .sends(
            json,
            task,
            path: "/similarity",
            json: #"{"inputs":\#(inputs),"parameters":{\#(json)}}"#,
            options: tei
        )
    }

    static let rows: [WireRow] = [
        .sends("sentences, to the pipeline's own route", task, path: path, json: #"{"inputs":\#(inputs)}"#),
        .sends(
            "sentences to text-embeddings-inference",
            task,
            path: "/similarity",
            json: #"{"inputs":\#(inputs)}"#,
            options: tei
        ),
        parameter(#""truncate":true"#) { $0.truncate = true },
        parameter(#""truncation_direction":"left""#) { $0.truncationDirection = .left },
        parameter(#""prompt_name":"query""#) { $0.promptName = "query" },
        .reads("a list", task, .json("[0.75,-0.25]"), gives: [0.75, -0.25]),
        .reads("similarities in an object", task, .json(#"{"similarities":[0.75,0.25]}"#), gives: [0.75, 0.25]),
        .reads("a list in a list", task, .json("[[0.75,0.25]]"), gives: [0.75, 0.25]),
        .reads("a list of one", SentenceSimilarity(sourceSentence: "a", sentences: ["b"]), .json("[1]"), gives: [1]),
        .reads("a number that is null", task, .json("[0.5,null]")) { numbers in
            #expect(numbers[0] == 0.5)
            #expect(numbers[1].isNaN)
            #expect(numbers.json == [0.5, nil])
        },
        .fails("a number too few", task, .json("[0.5]"), code: .undecodable, message: "2 numbers"),
        .fails("words", task, .json(#"["a","b"]"#), code: .undecodable),
        .fails(
            "the wrong task of the model",
            task,
            .status(400, json: #"{"error":"unhashable type: 'dict'"}"#),
            code: .rejected
        ),
        .fails(
            "a sentence that is too long at text-embeddings-inference",
            task,
            .status(422, json: #"{"error":"`inputs` must have less than 512 tokens","error_type":"Validation"}"#),
            code: .rejected,
            message: "512 tokens",
            options: tei
        ),
        .refuses("an empty source", SentenceSimilarity(sourceSentence: "", sentences: ["a"]), field: "sourceSentence"),
        .refuses("no sentences", SentenceSimilarity(sourceSentence: "a", sentences: []), field: "sentences"),
        .refuses(
            "an empty sentence",
            SentenceSimilarity(sourceSentence: "a", sentences: ["b", ""]),
            field: "sentences[1]"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The sentences in the order of likeness")
    func ranking() {
        #expect(SentenceSimilarity.ranking(of: [0.1, 0.9, .nan, 0.9]) == [1, 3, 0, 2])
        #expect(SentenceSimilarity.ranking(of: []).isEmpty)
    }

    @Test("The schema's input, and texts given apart")
    func input() throws {
        let json: JSONValue = ["source_sentence": "a", "sentences": ["b", "c"]]
        #expect(try SentenceSimilarity(input: TaskInput(json: json)).sentences == ["b", "c"])
        #expect(try SentenceSimilarity(input: TaskInput(texts: ["a", "b"])).sourceSentence == "a")
        #expect(throws: InferenceError.self) {
            try SentenceSimilarity(input: TaskInput(json: ["source_sentence": "a", "sentences": "b"]))
        }
    }
}
