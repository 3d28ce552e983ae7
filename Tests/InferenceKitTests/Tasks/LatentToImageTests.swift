import InferenceKit
import TestSupport
import Testing

@Suite("latent-to-image on the wire")
struct LatentToImageTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let base64 = "iVBORw0KGgo="
    private static let task = LatentToImage(latent: FloatTensor(rows: [[1, -2]]))
    private static let two = Media.bytes([0, 0x3C, 0, 0xC0])

    static let rows: [WireRow] = [
        .sends(
            "a tensor of floats, little-endian",
            task,
            json: #"{"inputs":"AACAPwAAAMA=","parameters":{"shape":[1,2],"dtype":"float32"}}"#,
            accept: "image/png"
        ),
        .sends(
            "bytes of float16",
            LatentToImage(latent: two, shape: [1, 1, 2], elementType: .float16),
            json: #"{"inputs":"ADwAwA==","parameters":{"shape":[1,1,2],"dtype":"float16"}}"#,
            accept: "image/png"
        ),
        .sends(
            "bytes of bfloat16",
            LatentToImage(latent: two, shape: [2], elementType: .bfloat16),
            json: #"{"inputs":"ADwAwA==","parameters":{"shape":[2],"dtype":"bfloat16"}}"#,
            accept: "image/png"
        ),
        .sends(
            "a type that is not known, whose size is not checked",
            LatentToImage(latent: two, shape: [4], elementType: .init(rawValue: "float8")),
            json: #"{"inputs":"ADwAwA==","parameters":{"shape":[4],"dtype":"float8"}}"#,
            accept: "image/png"
        ),
        .sends(
            "another image type",
            {
                var task = LatentToImage(latent: two, shape: [2], elementType: .float16)
                task.mediaType = .jpeg
                return task
            }(),
            json: #"{"inputs":"ADwAwA==","parameters":{"shape":[2],"dtype":"float16"}}"#,
            accept: "image/jpeg"
        ),
        .reads("bytes", task, .bytes(png, mediaType: "image/png"), gives: .bytes(png, mediaType: .png)),
        .reads("a JSON text in base64", task, .json("\"\(base64)\""), gives: .bytes(png, mediaType: .png)),
        .reads(
            "an object with base64",
            task,
            .json(#"{"image":"\#(base64)"}"#),
            gives: .bytes(png, mediaType: .png)
        ),
        .fails(
            "an error where bytes were asked for",
            task,
            .json(#"{"error":"CUDA out of memory"}"#),
            code: .serverFailure,
            message: "out of memory"
        ),
        .fails("JSON without a medium", task, .json(#"{"id":"1"}"#), code: .undecodable),
        .fails("an empty body", task, .bytes([], mediaType: "image/png"), code: .undecodable),
        .fails("a page", task, .status(200, body: Array("<p>".utf8), mediaType: "text/html"), code: .undecodable),
        .refuses("no shape", LatentToImage(latent: two, shape: [], elementType: .float16), field: "shape"),
        .refuses("a length of zero", LatentToImage(latent: two, shape: [0], elementType: .float16), field: "shape"),
        .refuses(
            "a ragged tensor",
            LatentToImage(latent: FloatTensor(rows: [[1], [1, 2]])),
            field: "shape"
        ),
        .refuses("too few bytes", LatentToImage(latent: two, shape: [2], elementType: .float32), field: "latent"),
        .refuses(
            "a shape beyond all numbers",
            LatentToImage(latent: two, shape: [.max, 2], elementType: .float16),
            field: "latent"
        ),
        .refuses(
            "a URL, which the router does not fetch",
            LatentToImage(latent: .url("https://example.com/a"), shape: [2], elementType: .float16),
            field: "latent"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The answer goes into a file, whether it comes as bytes or in JSON")
    func intoFile() async throws {
        let folder = try TemporaryFolder()
        let answers: [MockTransport.Answer] = [
            .bytes(Self.png, mediaType: "image/png"), .json("\"\(Self.base64)\""),
        ]
        for (index, answer) in answers.enumerated() {
            let path = folder.file("\(index)")
            let client = testClient(MockTransport(answer))
            let options = CallOptions(outputPath: path)
            let medium = try await client.latentToImage(FloatTensor([1]), model: "a/b", options: options)
            #expect(medium == .file(path, mediaType: .png))
            #expect(try medium.bytes() == Self.png)
        }
    }

    @Test("Shape and type are parameters of a script")
    func input() throws {
        var task = try LatentToImage(input: TaskInput(json: "ADwAwA=="))
        #expect(try task.setParameters(["shape": [2], "dtype": "float16"]) == [])
        #expect(task.latent == Self.two)
        #expect(task.shape == [2])
        #expect(task.elementType == .float16)
        #expect(throws: InferenceError.self) { try task.setParameters(["shape": "2x2"]) }
    }
}
