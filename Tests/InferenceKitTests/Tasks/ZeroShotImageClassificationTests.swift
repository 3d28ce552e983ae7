import InferenceKit
import TestSupport
import Testing

@Suite("zero-shot-image-classification on the wire")
struct ZeroShotImageClassificationTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let task = ZeroShotImageClassification(image: .bytes(png), candidateLabels: ["dog", "cat"])

    static let rows: [WireRow] = [
        .sends(
            "candidate_labels, and the image as base64",
            task,
            json: #"{"inputs":"iVBORw0KGgo=","parameters":{"candidate_labels":["dog","cat"]}}"#
        ),
        .sends(
            "one label",
            ZeroShotImageClassification(image: .bytes(png), candidateLabels: ["dog"]),
            json: #"{"inputs":"iVBORw0KGgo=","parameters":{"candidate_labels":["dog"]}}"#
        ),
        .sends(
            "hypothesis_template",
            ZeroShotImageClassification(
                image: .bytes(png),
                candidateLabels: ["dog"],
                hypothesisTemplate: "a photo of {}"
            ),
            json:
                #"{"inputs":"iVBORw0KGgo=","parameters":{"candidate_labels":["dog"],"hypothesis_template":"a photo of {}"}}"#
        ),
        .reads(
            "a list in the order of the labels",
            task,
            .json(#"[{"score":0.03,"label":"dog"},{"score":0.97,"label":"cat"}]"#),
            gives: [ClassificationLabel(label: "cat", score: 0.97), ClassificationLabel(label: "dog", score: 0.03)]
        ),
        .reads(
            "a list in a list, a score missing",
            task,
            .json(#"[[{"label":"dog"},{"score":0.5,"label":"cat","id":1}]]"#),
            gives: [
                ClassificationLabel(label: "cat", score: 0.5, additional: ["id": 1]),
                ClassificationLabel(label: "dog", score: nil),
            ]
        ),
        .fails(
            "a server that wants the image as a text",
            task,
            .status(400, json: #"{"error":["`inputs` must be a string"]}"#),
            code: .rejected,
            message: "must be a string"
        ),
        .fails("labels without a name", task, .json(#"[{"score":1}]"#), code: .undecodable, message: "label"),
        .refuses(
            "no labels",
            ZeroShotImageClassification(image: .bytes(png), candidateLabels: []),
            field: "candidate_labels"
        ),
        .refuses(
            "an empty label",
            ZeroShotImageClassification(image: .bytes(png), candidateLabels: ["a", ""]),
            field: "candidate_labels"
        ),
        .refuses(
            "an empty image",
            ZeroShotImageClassification(image: .bytes([]), candidateLabels: ["a"]),
            field: "image"
        ),
        .refuses(
            "a file that is missing",
            ZeroShotImageClassification(image: .file("/nonexistent/x"), candidateLabels: ["a"]),
            field: "image"
        ),
        .refuses(
            "a URL, which the router does not fetch",
            ZeroShotImageClassification(image: .url("https://example.com/a"), candidateLabels: ["a"]),
            field: "image"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("A server of one's own may fetch a URL")
    func remoteImage() async throws {
        let transport = MockTransport(.json(#"[{"label":"a","score":1}]"#))
        let options = CallOptions(target: .url("http://127.0.0.1:1/"))
        let labels = try await testClient(transport).zeroShotImageClassification(
            .url("https://example.com/a.png"),
            candidateLabels: ["a"],
            model: "a/b",
            options: options
        )
        #expect(labels.best == ClassificationLabel(label: "a", score: 1))
        let body = #"{"inputs":"https://example.com/a.png","parameters":{"candidate_labels":["a"]}}"#
        #expect(transport.calls[0].bodyText == body)
    }

    @Test("Made of an image with texts, or of base64 and parameters")
    func input() throws {
        let task = try ZeroShotImageClassification(input: TaskInput(texts: ["a", "b"], media: [.bytes(Self.png)]))
        #expect(task.candidateLabels == ["a", "b"])
        var other = try ZeroShotImageClassification(input: TaskInput(json: "iVBORw0KGgo="))
        #expect(try other.setParameters(["candidate_labels": ["c"], "new": 1]) == ["new"])
        #expect(other.candidateLabels == ["c"])
        #expect(other.image == .bytes(Self.png))
    }
}
