import InferenceKit
import TestSupport
import Testing

@Suite("object-detection on the wire")
struct ObjectDetectionTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let task = ObjectDetection(image: .bytes(png))

    static let rows: [WireRow] = [
        .sends("raw bytes without parameters", task, bytes: png, contentType: "image/png"),
        .sends(
            "threshold",
            ObjectDetection(image: .bytes(png), threshold: 0.7),
            json: #"{"inputs":"iVBORw0KGgo=","parameters":{"threshold":0.7}}"#
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
        .fails(
            "an image that the server cannot open",
            task,
            .status(400, json: #"{"error":"cannot identify image file"}"#),
            code: .rejected,
            message: "cannot identify"
        ),
        .refuses("a threshold above 1", ObjectDetection(image: .bytes(png), threshold: 1.5), field: "threshold"),
        .refuses("a threshold that is none", ObjectDetection(image: .bytes(png), threshold: .nan), field: "threshold"),
        .refuses("an empty image", ObjectDetection(image: .bytes([])), field: "image"),
        .refuses("a file that is missing", ObjectDetection(image: .file("/nonexistent/x")), field: "image"),
        .refuses(
            "a URL, which the router does not fetch",
            ObjectDetection(image: .url("https://example.com/a")),
            field: "image"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The JSON form is the schema's, whole numbers as such")
    func json() throws {
        let object = DetectedObject(label: "a", score: 0.5, box: BoundingBox(xMin: 1, yMin: 2.5, xMax: 3, yMax: 4))
        let text = #"{"label":"a","score":0.5,"box":{"xmin":1,"ymin":2.5,"xmax":3,"ymax":4}}"#
        #expect(object.json.jsonString() == text)
        #expect(try DetectedObject(json: JSONValue(jsonString: text)) == object)
    }

    @Test("A file goes raw without being loaded")
    func file() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("image.png")
        try Media.bytes(Self.png).write(to: path)
        let transport = MockTransport(.json("[]"))
        let found = try await testClient(transport).objectDetection(.file(path), model: "a/b")
        #expect(found.isEmpty)
        #expect(transport.calls[0].body == Self.png)
    }
}
