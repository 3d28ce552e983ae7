import InferenceKit
import TestSupport
import Testing

@Suite("zero-shot-classification on the wire")
struct ZeroShotClassificationTests {
    private static let task = ZeroShotClassification(
        text: "My order is late",
        candidateLabels: ["refund", "delivery"]
    )
    private static let delivery = ClassificationLabel(label: "delivery", score: 0.75)
    private static let refund = ClassificationLabel(label: "refund", score: 0.25)
    private static let object = #"{"sequence":"My order is late","labels":["delivery","refund"],"scores":[0.75,0.25]}"#

    static let rows: [WireRow] = [
        .sends(
            "candidate_labels",
            task,
            json: #"{"inputs":"My order is late","parameters":{"candidate_labels":["refund","delivery"]}}"#
        ),
        .sends(
            "hypothesis_template",
            ZeroShotClassification(text: "x", candidateLabels: ["a"], hypothesisTemplate: "It is {}."),
            json: #"{"inputs":"x","parameters":{"candidate_labels":["a"],"hypothesis_template":"It is {}."}}"#
        ),
        .sends(
            "multi_label",
            ZeroShotClassification(text: "x", candidateLabels: ["a"], multiLabel: true),
            json: #"{"inputs":"x","parameters":{"candidate_labels":["a"],"multi_label":true}}"#
        ),
        .sends(
            "a batch",
            Batch([task, task]),
            json: #"{"inputs":["My order is late","My order is late"],"#
                + #""parameters":{"candidate_labels":["refund","delivery"]}}"#
        ),
        .reads(
            "a list of labels",
            task,
            .json(#"[{"label":"delivery","score":0.75},{"label":"refund","score":0.25}]"#),
            gives: [delivery, refund]
        ),
        .reads("an object of lists", task, .json(object), gives: [delivery, refund]),
        .reads("a list of one such object", task, .json("[\(object)]"), gives: [delivery, refund]),
        .reads(
            "lists that are not sorted, in another order of keys",
            task,
            .json(#"{"labels":["refund","delivery"],"scores":[0.25,0.75],"sequence":"My order is late"}"#),
            gives: [delivery, refund]
        ),
        .reads(
            "one label of many",
            task,
            .json(#"{"labels":["delivery"],"scores":[0.75],"sequence":"x"}"#),
            gives: [delivery]
        ),
        .reads("a list in a list", task, .json(#"[[{"label":"refund","score":0.25}]]"#), gives: [refund]),
        .reads(
            "scores that are null",
            task,
            .json(#"{"labels":["a","b"],"scores":[null,0.5]}"#),
            gives: [ClassificationLabel(label: "b", score: 0.5), ClassificationLabel(label: "a", score: nil)]
        ),
        .reads("labels alone", task, .json(#"{"labels":["a"]}"#), gives: [ClassificationLabel(label: "a", score: nil)]),
        .reads(
            "a batch of objects",
            Batch([task, task]),
            .json(#"[\#(object),{"labels":["refund"],"scores":[0.25]}]"#),
            gives: [[delivery, refund], [refund]]
        ),
        .reads("a batch of one", Batch([task]), .json("[\(object)]"), gives: [[delivery, refund]]),
        .reads(
            "a batch of lists",
            Batch([task, task]),
            .json(#"[[{"label":"refund","score":0.25}],[{"label":"delivery","score":0.75}]]"#),
            gives: [[refund], [delivery]]
        ),
        .fails("lists of two lengths", task, .json(#"{"labels":["a","b"],"scores":[1]}"#), code: .undecodable),
        .fails("labels that are none", task, .json(#"{"labels":[[]],"scores":[1]}"#), code: .undecodable),
        .fails(
            "labels that the server misses",
            task,
            .status(400, json: #"{"error":["Error in `parameters.candidate_labels`: field required"]}"#),
            code: .rejected,
            message: "candidate_labels"
        ),
        .refuses("no labels", ZeroShotClassification(text: "x", candidateLabels: []), field: "candidate_labels"),
        .refuses(
            "an empty label",
            ZeroShotClassification(text: "x", candidateLabels: ["a", ""]),
            field: "candidate_labels"
        ),
        .refuses(
            "a template without braces",
            ZeroShotClassification(text: "x", candidateLabels: ["a"], hypothesisTemplate: "It is."),
            field: "hypothesis_template"
        ),
        .refuses("an empty text", ZeroShotClassification(text: "", candidateLabels: ["a"]), field: "text"),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The labels are set by their name on the wire")
    func labels() throws {
        var task = try ZeroShotClassification(input: TaskInput(texts: ["x"]))
        #expect(try task.setParameters(["candidate_labels": ["a", "b"]]).isEmpty)
        #expect(task.candidateLabels == ["a", "b"])
        #expect(throws: InferenceError.self) { try task.setParameters(["candidate_labels": "a, b"]) }
    }
}
