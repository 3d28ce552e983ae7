import InferenceKit
import TestSupport
import Testing

@Suite("text-classification on the wire")
struct TextClassificationTests {
    private static let task = TextClassification(text: "I liked it")
    private static let positive = ClassificationLabel(label: "POSITIVE", score: 0.9)
    private static let negative = ClassificationLabel(label: "NEGATIVE", score: 0.1)

    static let rows: [WireRow] = [
        .sends("a text alone", task, json: #"{"inputs":"I liked it"}"#),
        .sends(
            "top_k",
            TextClassification(text: "x", topK: 3),
            json: #"{"inputs":"x","parameters":{"top_k":3}}"#
        ),
        .sends(
            "function_to_apply",
            TextClassification(text: "x", functionToApply: .sigmoid),
            json: #"{"inputs":"x","parameters":{"function_to_apply":"sigmoid"}}"#
        ),
        .sends(
            "a parameter of the user's own",
            {
                var task = TextClassification(text: "x", topK: 1)
                task.extraParameters = ["max_length": 8]
                return task
            }(),
            json: #"{"inputs":"x","parameters":{"top_k":1,"max_length":8}}"#
        ),
        .sends(
            "text that needs escapes",
            TextClassification(text: "\"a\"\n\u{1F600}"),
            json: "{\"inputs\":\"\\\"a\\\"\\n\u{1F600}\"}"
        ),
        .sends(
            "to a URL as it stands",
            task,
            path: "/predict-here",
            json: #"{"inputs":"I liked it"}"#,
            options: CallOptions(target: .url("http://127.0.0.1:8080/predict-here"))
        ),
        .sends(
            "to text-embeddings-inference without parameters",
            TextClassification(text: "x", topK: 1),
            path: "/predict",
            json: #"{"inputs":"x"}"#,
            options: CallOptions(target: .url("http://127.0.0.1:8080", dialect: .tei))
        ),
        .sends(
            "to a server of OpenAI routes",
            task,
            path: "/classify",
            json: #"{"model":"a/b","input":["I liked it"]}"#,
            options: CallOptions(target: .url("http://127.0.0.1:8080/v1"))
        ),
        .reads(
            "the form of infinity",
            TextClassification(text: "x", topK: 1),
            .json(
                #"{"object":"classify","data":[[{"score":0.1,"label":"NEGATIVE"},{"score":0.9,"label":"POSITIVE"}]]}"#
            ),
            options: CallOptions(target: .url("http://127.0.0.1:8080", dialect: .openAI)),
            gives: [positive]
        ),
        .reads(
            "the form of vLLM",
            task,
            .json(#"{"data":[{"index":0,"label":"POSITIVE","probs":[0.1,0.9],"num_classes":2}]}"#),
            options: CallOptions(target: .url("http://127.0.0.1:8080", dialect: .openAI)),
            gives: [positive]
        ),
        .reads(
            "the nested form of the router",
            task,
            .json(#"[[{"label":"POSITIVE","score":0.9},{"label":"NEGATIVE","score":0.1}]]"#),
            gives: [positive, negative]
        ),
        .reads(
            "the flat form of endpoints, sorted here",
            task,
            .json(#"[{"score":0.1,"label":"NEGATIVE"},{"score":0.9,"label":"POSITIVE"}]"#),
            gives: [positive, negative]
        ),
        .reads("one object", task, .json(#"{"label":"POSITIVE","score":0.9}"#), gives: [positive]),
        .reads(
            "integer labels",
            task,
            .json(#"[[{"label":4,"score":1.0}]]"#),
            gives: [ClassificationLabel(label: "4", score: 1)]
        ),
        .reads(
            "a null score",
            task,
            .json(#"[{"label":"a","score":null}]"#),
            gives: [ClassificationLabel(label: "a", score: nil)]
        ),
        .reads(
            "a missing score and a member that is not known",
            task,
            .json(#"[{"label":"a","rank":1}]"#),
            gives: [ClassificationLabel(label: "a", score: nil, additional: ["rank": 1])]
        ),
        .reads(
            "equal scores in the server's order",
            task,
            .json(#"[{"label":"b","score":0.5},{"label":"a","score":0.5}]"#),
            gives: [ClassificationLabel(label: "b", score: 0.5), ClassificationLabel(label: "a", score: 0.5)]
        ),
        .reads(
            "negative distances of fastText",
            task,
            .json(#"[[{"label":"a","score":-0.5},{"label":"b","score":1.5}]]"#),
            gives: [ClassificationLabel(label: "b", score: 1.5), ClassificationLabel(label: "a", score: -0.5)]
        ),
        .reads("an empty list", task, .json("[[]]"), gives: []),
        .fails("an object without a label", task, .json(#"{"scores":[1]}"#), code: .undecodable, message: "label"),
        .fails("a page", task, .status(200, body: Array("<html>".utf8), mediaType: "text/html"), code: .undecodable),
        .fails(
            "a model that is not served",
            task,
            .status(400, json: #"{"error":"Model not supported by provider hf-inference"}"#),
            code: .unsupportedTask
        ),
        .fails("an unknown model", task, .status(404, json: #"{"error":"Model a/b does not exist"}"#), code: .notFound),
        .fails(
            "a parameter that the pipeline does not take",
            task,
            .status(400, json: #"{"error":["unexpected keyword: received `x` in `parameters`"]}"#),
            code: .rejected
        ),
        .fails(
            "validation at text-embeddings-inference",
            task,
            .status(422, json: #"{"error":"inputs are too long","error_type":"Validation"}"#),
            code: .rejected,
            message: "too long"
        ),
        .sends("a batch", Batch([task, TextClassification(text: "b")]), json: #"{"inputs":["I liked it","b"]}"#),
        .reads(
            "a batch, a list for each text",
            Batch([task, task]),
            .json(#"[[{"label":"POSITIVE","score":0.9}],[{"label":"NEGATIVE","score":0.1}]]"#),
            gives: [[positive], [negative]]
        ),
        .reads(
            "a batch, all in one inner list",
            Batch([task, task]),
            .json(#"[[{"label":"POSITIVE","score":0.9},{"label":"NEGATIVE","score":0.1}]]"#),
            gives: [[positive], [negative]]
        ),
        .reads(
            "a batch, flat",
            Batch([task, task]),
            .json(#"[{"label":"POSITIVE","score":0.9},{"label":"NEGATIVE","score":0.1}]"#),
            gives: [[positive], [negative]]
        ),
        .reads("a batch of one", Batch([task]), .json(#"[{"label":"POSITIVE","score":0.9}]"#), gives: [[positive]]),
        .fails("a batch with an answer missing", Batch([task, task, task]), .json(#"[[],[]]"#), code: .undecodable),
        .refuses("a batch of nothing", Batch([TextClassification]()), field: "members"),
        .refuses(
            "a batch of different parameters",
            Batch([task, TextClassification(text: "x", topK: 1)]),
            field: "members[1]"
        ),
        .refuses("an empty text", TextClassification(text: ""), field: "text"),
        .refuses("top_k of zero", TextClassification(text: "x", topK: 0), field: "top_k"),
        .refuses("no model at all", task, field: "model", model: nil),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The best label")
    func best() {
        #expect([Self.negative, Self.positive].best == Self.positive)
        #expect([ClassificationLabel]().best == nil)
    }

    @Test("Labels come best first, equal ones in their order, however they were sent")
    func bestFirst() {
        var order: [Double?] = [0.9, 0.5, 0.5, 0, -1, nil]
        for round in 0..<1_000 {
            let labels = order.enumerated().map { ClassificationLabel(label: "\($0.offset)", score: $0.element) }
            // A stable sort of the simplest kind.
            var expected: [ClassificationLabel] = []
            for label in labels {
                let place = expected.firstIndex { ($0.score ?? -.infinity) < (label.score ?? -.infinity) }
                expected.insert(label, at: place ?? expected.endIndex)
            }
            #expect(labels.bestFirst() == expected)
            order.swapAt(round % 6, round / 6 % 6)
        }
    }
}
