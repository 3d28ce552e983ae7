import InferenceKit
import TestSupport
import Testing

@Suite("text-ranking on the wire")
struct TextRankingTests {
    private static let task = TextRanking(query: "capital of France", texts: ["Rome", "Paris"])
    private static let rome = RankedText(index: 0, score: 0.25, text: "Rome")
    private static let paris = RankedText(index: 1, score: 0.75, text: "Paris")
    private static let pairs =
        #"[{"text":"capital of France","text_pair":"Rome"},{"text":"capital of France","text_pair":"Paris"}]"#
    private static let tei = CallOptions(target: .url("http://127.0.0.1:8080/rerank"))
    private static let openAI = CallOptions(target: .url("http://127.0.0.1:8080/v1"))

    private static func with(_ change: (inout TextRanking) -> Void) -> TextRanking {
        var task = TextRanking(query: "q", texts: ["a"])
        change(&task)
        return task
    }

    private static func parameter(_ json: String, _ change: (inout TextRanking) -> Void) -> WireRow {
        .sends(
            json,
            with(change),
            path: "/rerank",
            json: #"{"query":"q","texts":["a"],\#(json)}"#,
            options: tei
        )
    }

    static let sendRows: [WireRow] = [
        .sends("pairs to classify", task, json: #"{"inputs":\#(pairs)}"#),
        .sends(
            "pairs with parameters in a classifier's words",
            with {
                $0.rawScores = true
                $0.truncate = true
                $0.topN = 1
            },
            json: #"{"inputs":[{"text":"q","text_pair":"a"}],"#
                + #""parameters":{"function_to_apply":"none","truncation":true}}"#
        ),
        .sends(
            "the query form",
            with {
                $0.form = .query
                $0.rawScores = true
            },
            json: #"{"inputs":{"query":"q","texts":["a"]},"parameters":{"raw_scores":true}}"#
        ),
        .sends(
            "the sentences form",
            with { $0.form = .sentences },
            json: #"{"inputs":{"sentences":[["q","a"]]}}"#
        ),
        .sends(
            "to text-embeddings-inference",
            task,
            path: "/rerank",
            json: #"{"query":"capital of France","texts":["Rome","Paris"]}"#,
            options: CallOptions(target: .url("http://127.0.0.1:8080", dialect: .tei))
        ),
        parameter(#""raw_scores":false"#) { $0.rawScores = false },
        parameter(#""truncate":true"#) { $0.truncate = true },
        parameter(#""truncation_direction":"left""#) { $0.truncationDirection = .left },
        .sends(
            "top_n, in the form that OpenAI-compatible servers share",
            with { $0.topN = 1 },
            path: "/rerank",
            json: #"{"model":"a/b","query":"q","documents":["a"],"top_n":1}"#,
            options: openAI
        ),
        .sends(
            "that form at another complete route",
            with { _ in },
            path: "/v1/rerank",
            json: #"{"model":"a/b","query":"q","documents":["a"]}"#,
            options: CallOptions(target: .url("http://127.0.0.1:8080/v1/rerank", dialect: .openAI))
        ),
        .sends(
            "that form at a complete route",
            with { $0.rawScores = true },
            path: "/rerank",
            json: #"{"model":"a/b","query":"q","documents":["a"],"raw_scores":true}"#,
            options: CallOptions(target: .url("http://127.0.0.1:8080/rerank", dialect: .openAI))
        ),
    ]

    static let readRows: [WireRow] = [
        .reads(
            "a label for each pair",
            task,
            .json(#"[[{"label":"LABEL_0","score":0.25}],[{"label":"LABEL_0","score":0.75}]]"#),
            gives: [paris, rome]
        ),
        .reads(
            "all labels in one list",
            task,
            .json(#"[[{"label":"LABEL_0","score":0.25},{"label":"LABEL_0","score":0.75}]]"#),
            gives: [paris, rome]
        ),
        .reads(
            "labels, flat",
            task,
            .json(#"[{"label":"LABEL_0","score":0.25},{"label":"LABEL_0","score":0.75}]"#),
            gives: [paris, rome]
        ),
        .reads(
            "the ranking of text-embeddings-inference",
            task,
            .json(#"[{"index":1,"score":0.75},{"index":0,"score":0.25}]"#),
            options: tei,
            gives: [paris, rome]
        ),
        .reads(
            "a ranking with its own texts, and members that are not known",
            task,
            .json(#"[{"index":0,"score":0.25,"text":"ROME","x":1}]"#),
            gives: [RankedText(index: 0, score: 0.25, text: "Rome", additional: ["x": 1])]
        ),
        .reads("scores in an object", task, .json(#"{"scores":[0.25,0.75]}"#), gives: [paris, rome]),
        .reads("bare numbers", task, .json("[0.25,0.75]"), gives: [paris, rome]),
        .reads(
            "results with relevance scores, not sorted",
            task,
            .json(
                #"{"model":"m","results":[{"relevance_score":0.25,"index":0,"document":"Rome"},{"relevance_score":0.75,"index":1,"document":{"text":"Paris"}}],"usage":{"total_tokens":9}}"#
            ),
            options: openAI,
            gives: [paris, rome]
        ),
        .reads(
            "data with relevance scores",
            task,
            .json(#"{"object":"list","data":[{"relevance_score":0.75,"index":1}]}"#),
            options: openAI,
            gives: [paris]
        ),
        .reads(
            "a score that is null, last",
            task,
            .json(#"[{"index":0,"score":null},{"index":1,"score":-3.5}]"#),
            gives: [RankedText(index: 1, score: -3.5, text: "Paris"), RankedText(index: 0, score: nil, text: "Rome")]
        ),
        .reads(
            "the best one only, where the server sends all",
            TextRanking(query: "capital of France", texts: ["Rome", "Paris"], topN: 1),
            .json(#"[[{"label":"LABEL_0","score":0.25}],[{"label":"LABEL_0","score":0.75}]]"#),
            gives: [paris]
        ),
        .reads(
            "one text",
            with { _ in },
            .json(#"[{"label":"LABEL_0","score":0.5}]"#),
            gives: [RankedText(index: 0, score: 0.5, text: "a")]
        ),
        .fails(
            "an index that is none",
            task,
            .json(#"[{"index":2,"score":1}]"#),
            code: .undecodable,
            message: "2 texts"
        ),
        .fails("an index below zero", task, .json(#"[{"index":-1,"score":1}]"#), code: .undecodable),
        .fails("an index twice", task, .json(#"[{"index":1,"score":1},{"index":1,"score":1}]"#), code: .undecodable),
        .fails("a score too few", task, .json(#"{"scores":[1]}"#), code: .undecodable),
        .fails("words", task, .json(#"["a","b"]"#), code: .undecodable),
        .fails(
            "too many texts at text-embeddings-inference",
            task,
            .status(422, json: #"{"error":"batch size 64 > maximum allowed batch size 32","error_type":"Validation"}"#),
            code: .rejected,
            message: "batch size",
            options: tei
        ),
        .fails(
            "an overloaded server",
            task,
            .status(429, json: #"{"error":"Model is overloaded","error_type":"Overloaded"}"#),
            code: .overloaded,
            options: tei
        ),
        .refuses("an empty query", TextRanking(query: "", texts: ["a"]), field: "query"),
        .refuses("no texts", TextRanking(query: "q", texts: []), field: "texts"),
        .refuses("an empty text", TextRanking(query: "q", texts: ["a", ""]), field: "texts[1]"),
        .refuses("top_n 0", with { $0.topN = 0 }, field: "top_n"),
        .refuses("no texts for a server", TextRanking(query: "q", texts: []), field: "texts", options: tei),
        .refuses("no query for a server", TextRanking(query: "", texts: ["a"]), field: "query", options: openAI),
    ]

    @Test("A row", arguments: sendRows + readRows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The input, and texts given apart")
    func input() throws {
        #expect(try TextRanking(input: TaskInput(json: ["query": "q", "texts": ["a"]])).texts == ["a"])
        #expect(try TextRanking(input: TaskInput(json: ["query": "q", "documents": ["a"]])).texts == ["a"])
        #expect(try TextRanking(input: TaskInput(texts: ["q", "a", "b"])).texts == ["a", "b"])
        #expect(throws: InferenceError.self) { try TextRanking(input: TaskInput(json: ["texts": ["a"]])) }
        #expect(throws: InferenceError.self) { try TextRanking(input: TaskInput(json: ["query": "q"])) }
    }

    @Test("A ranked text is read as it is written")
    func json() throws {
        let text = RankedText(index: 3, score: nil, text: "a", additional: ["x": 1])
        #expect(text.json == ["index": 3, "score": nil, "text": "a", "x": 1])
        #expect(try RankedText(json: text.json) == text)
    }
}
