import InferenceKit
import TestSupport
import Testing

@Suite("zero-shot-object-detection on the wire")
struct ZeroShotObjectDetectionTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let task = ZeroShotObjectDetection(image: .bytes(png), candidateLabels: ["mug"])

    static let rows: [WireRow] = [
        .sends(
            "candidate_labels, and the image as base64",
            task,
            json: #"{"inputs":"iVBORw0KGgo=","parameters":{"candidate_labels":["mug"]}}"#
        ),
        .reads(
            "whole numbers",
            task,
            .json(#"[{"score":0.99,"label":"cat","box":{"xmin":12,"ymin":50,"xmax":310,"ymax":470}}]"#),
            gives: [
                DetectedObject(label: "cat", score: 0.99, box: BoundingBox(xMin: 12, yMin: 50, xMax: 310, yMax: 470))
            ]
        ),
        .reads(
            "other numbers, a null score and members that are not known",
            task,
            .json(#"[{"score":null,"label":3,"box":{"xmin":0.5,"ymin":-1.25,"xmax":2e1,"ymax":30.0},"area":9}]"#),
            gives: [
                DetectedObject(
                    label: "3",
                    score: nil,
                    box: BoundingBox(xMin: 0.5, yMin: -1.25, xMax: 20, yMax: 30),
                    additional: ["area": 9]
                )
            ]
        ),
        .reads("nothing that was found", task, .json("[]"), gives: []),
        .reads(
            "one object alone",
            task,
            .json(#"{"label":"cup","box":{"xmin":1,"ymin":2,"xmax":3,"ymax":4}}"#),
            gives: [DetectedObject(label: "cup", score: nil, box: BoundingBox(xMin: 1, yMin: 2, xMax: 3, yMax: 4))]
        ),
        .fails(
            "a box without an edge",
            task,
            .json(#"[{"score":1,"label":"a","box":{"xmin":1,"ymin":2,"xmax":3}}]"#),
            code: .undecodable,
            message: "[0].box.ymax"
        ),
        .fails(
            "an object without a box",
            task,
            .json(#"[{"score":1,"label":"a"}]"#),
            code: .undecodable,
            message: "box"
        ),
        .fails("a number", task, .json("3"), code: .undecodable),
        .refuses(
            "no labels",
            ZeroShotObjectDetection(image: .bytes(png), candidateLabels: []),
            field: "candidate_labels"
        ),
        .refuses(
            "an empty label",
            ZeroShotObjectDetection(image: .bytes(png), candidateLabels: [""]),
            field: "candidate_labels"
        ),
        .refuses("an empty image", ZeroShotObjectDetection(image: .bytes([]), candidateLabels: ["a"]), field: "image"),
        .refuses(
            "a file that is missing",
            ZeroShotObjectDetection(image: .file("/nonexistent/x"), candidateLabels: ["a"]),
            field: "image"
        ),
        .refuses(
            "a URL, which the router does not fetch",
            ZeroShotObjectDetection(image: .url("https://example.com/a"), candidateLabels: ["a"]),
            field: "image"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The named method sends the same")
    func method() async throws {
        let transport = MockTransport(.json("[]"))
        let client = testClient(transport)
        _ = try await client.zeroShotObjectDetection(.bytes(Self.png), candidateLabels: ["mug"], model: "a/b")
        #expect(transport.calls[0].bodyText == #"{"inputs":"iVBORw0KGgo=","parameters":{"candidate_labels":["mug"]}}"#)
    }
}
