import InferenceKit
import TestSupport
import Testing

@Suite("depth-estimation on the wire")
struct DepthEstimationTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let task = DepthEstimation(image: .bytes(png))

    static let rows: [WireRow] = [
        .sends("the image as base64", task, json: #"{"inputs":"iVBORw0KGgo="}"#),
        .reads(
            "numbers and an image",
            task,
            .json(#"{"predicted_depth":[[0.5,0.25],[1,2]],"depth":"iVBORw0KGgo="}"#),
            gives: DepthMap(
                predictedDepth: FloatTensor(rows: [[0.5, 0.25], [1, 2]]),
                depth: .bytes(png, mediaType: .png)
            )
        ),
        .reads(
            "an image alone, in a list of one",
            task,
            .json(#"[{"depth":"iVBORw0KGgo=","unit":"m"}]"#),
            gives: DepthMap(predictedDepth: nil, depth: .bytes(png, mediaType: .png), additional: ["unit": "m"])
        ),
        .reads(
            "numbers alone, a batch of one, the image null",
            task,
            .json(#"{"predicted_depth":[[[1,2,3]]],"depth":null}"#),
            gives: DepthMap(predictedDepth: FloatTensor([1, 2, 3], shape: [1, 1, 3]), depth: nil)
        ),
        .reads("a number that was none", task, .json(#"{"predicted_depth":[[null,1]]}"#)) { map in
            #expect(map.predictedDepth?.scalars.first?.isNaN == true)
            #expect(map.json.jsonString() == #"{"predicted_depth":[[null,1.0]]}"#)
        },
        .fails(
            "a tensor that the server cannot write",
            task,
            .status(400, json: #"{"error":"Type is not JSON serializable: Tensor"}"#),
            code: .rejected,
            message: "not JSON serializable"
        ),
        .fails("neither of both", task, .json("{}"), code: .undecodable, message: "predicted_depth"),
        .fails("a depth that is a text", task, .json(#"{"predicted_depth":"tensor(…)"}"#), code: .undecodable),
        .refuses("an empty image", DepthEstimation(image: .bytes([])), field: "image"),
        .refuses("a file that is missing", DepthEstimation(image: .file("/nonexistent/x")), field: "image"),
        .refuses(
            "a URL, which the router does not fetch",
            DepthEstimation(image: .url("https://example.com/a")),
            field: "image"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The JSON form is the schema's, and the image is a medium for a file")
    func output() async throws {
        let reply = #"{"predicted_depth":[[0.5,1.5]],"depth":"iVBORw0KGgo="}"#
        let client = testClient(MockTransport(.json(reply)))
        let map = try await client.depthEstimation(.bytes(Self.png), model: "a/b")
        #expect(map.json.jsonString() == reply)
        #expect(map.media == [.bytes(Self.png, mediaType: .png)])
        #expect(DepthMap(predictedDepth: nil, depth: nil).media.isEmpty)
    }
}
