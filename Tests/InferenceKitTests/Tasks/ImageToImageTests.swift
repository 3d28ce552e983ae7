import InferenceKit
import TestSupport
import Testing

@Suite("image-to-image on the wire")
struct ImageToImageTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let base64 = "iVBORw0KGgo="
    private static let task = ImageToImage(image: .bytes(png))

    private static func with(_ change: (inout ImageToImage) -> Void) -> ImageToImage {
        var task = ImageToImage(image: .bytes(png))
        change(&task)
        return task
    }

    private static func parameter(
        _ name: String,
        _ json: String,
        _ change: (inout ImageToImage) -> Void
    ) -> WireRow {
        .sends(
            name,
            with(change),
            json: #"{"inputs":"iVBORw0KGgo=","parameters":{"\#(name)":\#(json)}}"#,
            accept: "image/png"
        )
    }

    static let rows: [WireRow] = [
        .sends(
            "raw bytes without parameters, and asks for PNG",
            task,
            bytes: png,
            contentType: "image/png",
            accept: "image/png"
        ),
        parameter("prompt", #""as a woodcut""#) { $0.prompt = "as a woodcut" },
        parameter("guidance_scale", "7.5") { $0.guidanceScale = 7.5 },
        parameter("negative_prompt", #""fog""#) { $0.negativePrompt = "fog" },
        parameter("num_inference_steps", "20") { $0.numInferenceSteps = 20 },
        parameter("target_size", #"{"width":64,"height":32}"#) { $0.targetSize = PixelSize(width: 64, height: 32) },
        .sends(
            "another image type",
            with { $0.mediaType = .jpeg },
            bytes: png,
            contentType: "image/png",
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
        .refuses("guidance that is not finite", with { $0.guidanceScale = .nan }, field: "guidance_scale"),
        .refuses("no steps", with { $0.numInferenceSteps = 0 }, field: "num_inference_steps"),
        .refuses(
            "a target size without width",
            with { $0.targetSize = PixelSize(width: 0, height: 8) },
            field: "target_size"
        ),
        .refuses("an empty image", ImageToImage(image: .bytes([])), field: "image"),
        .refuses("a file that is missing", ImageToImage(image: .file("/nonexistent/x")), field: "image"),
        .refuses(
            "a URL, which the router does not fetch",
            ImageToImage(image: .url("https://example.com/a")),
            field: "image"
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
            let medium = try await client.imageToImage(.bytes(Self.png), prompt: "x", model: "a/b", options: options)
            #expect(medium == .file(path, mediaType: .png))
            #expect(try medium.bytes() == Self.png)
        }
    }

    @Test("A text given with the image is the prompt")
    func input() throws {
        var task = try ImageToImage(input: TaskInput(texts: ["as a woodcut"], media: [.bytes(Self.png)]))
        #expect(task.prompt == "as a woodcut")
        #expect(try task.setParameters(["target_size": ["width": 2, "height": 3]]) == [])
        #expect(task.targetSize == PixelSize(width: 2, height: 3))
        #expect(throws: InferenceError.self) { try task.setParameters(["target_size": ["width": 2]]) }
        #expect(throws: InferenceError.self) {
            try ImageToImage(input: TaskInput(texts: ["a", "b"], media: [.bytes(Self.png)]))
        }
    }
}
