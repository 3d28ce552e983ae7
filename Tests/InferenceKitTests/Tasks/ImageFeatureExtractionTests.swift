import InferenceKit
import TestSupport
import Testing

@Suite("image-feature-extraction on the wire")
struct ImageFeatureExtractionTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let task = ImageFeatureExtraction(image: .bytes(png))

    static let rows: [WireRow] = [
        .sends("raw bytes without parameters", task, bytes: png, contentType: "image/png"),
        .sends(
            "parameters of the pipeline",
            {
                var task = ImageFeatureExtraction(image: .bytes(png))
                task.extraParameters = ["pool": true]
                return task
            }(),
            json: #"{"inputs":"iVBORw0KGgo=","parameters":{"pool":true}}"#
        ),
        .reads("patches", task, .json("[[[1,2],[3,4],[5,6]]]")) { tensor in
            #expect(tensor.shape == [1, 3, 2])
            #expect(tensor.scalars == [1, 2, 3, 4, 5, 6])
        },
        .reads("a pooled vector", task, .json("[[0.5,0.25]]"), gives: FloatTensor(rows: [[0.5, 0.25]])),
        .reads(
            "vectors in an object",
            task,
            .json(#"{"embeddings":[[1,2]]}"#),
            gives: FloatTensor(rows: [[1, 2]])
        ),
        .fails("labels", task, .json(#"[{"label":"a"}]"#), code: .undecodable),
        .refuses("an empty image", ImageFeatureExtraction(image: .bytes([])), field: "image"),
        .refuses("a file that is missing", ImageFeatureExtraction(image: .file("/nonexistent/x")), field: "image"),
        .refuses(
            "a URL, which the router does not fetch",
            ImageFeatureExtraction(image: .url("https://example.com/a")),
            field: "image"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The named method")
    func method() async throws {
        let client = testClient(MockTransport(.json("[[1]]")))
        let tensor = try await client.imageFeatureExtraction(.bytes(Self.png), model: "a/b")
        #expect(tensor == FloatTensor(rows: [[1]]))
    }
}
