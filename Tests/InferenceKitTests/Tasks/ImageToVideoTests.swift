import InferenceKit
import TestSupport
import Testing

@Suite("image-to-video on the wire")
struct ImageToVideoTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    /// The first bytes of an MPEG-4 file.
    private static let mp4: [UInt8] = [0, 0, 0, 24] + Array("ftypmp42".utf8)
    private static let videoBase64 = "AAAAGGZ0eXBtcDQy"
    private static let task = ImageToVideo(image: .bytes(png))

    private static func with(_ change: (inout ImageToVideo) -> Void) -> ImageToVideo {
        var task = ImageToVideo(image: .bytes(png))
        change(&task)
        return task
    }

    private static func parameter(
        _ name: String,
        _ json: String,
        _ change: (inout ImageToVideo) -> Void
    ) -> WireRow {
        .sends(name, with(change), json: #"{"inputs":"iVBORw0KGgo=","parameters":{"\#(name)":\#(json)}}"#)
    }

    static let rows: [WireRow] = [
        .sends("raw bytes without parameters", task, bytes: png, contentType: "image/png"),
        parameter("prompt", #""waves""#) { $0.prompt = "waves" },
        parameter("guidance_scale", "7.5") { $0.guidanceScale = 7.5 },
        parameter("negative_prompt", #""fog""#) { $0.negativePrompt = "fog" },
        parameter("num_inference_steps", "20") { $0.numInferenceSteps = 20 },
        parameter("num_frames", "25") { $0.numFrames = 25 },
        parameter("target_size", #"{"width":64,"height":32}"#) { $0.targetSize = PixelSize(width: 64, height: 32) },
        parameter("seed", "7") { $0.seed = 7 },
        .reads("bytes", task, .bytes(mp4, mediaType: "video/mp4"), gives: .bytes(mp4, mediaType: .mp4)),
        .reads("a JSON text in base64", task, .json("\"\(videoBase64)\""), gives: .bytes(mp4, mediaType: .mp4)),
        .reads(
            "an object with base64",
            task,
            .json(#"{"video":"\#(videoBase64)"}"#),
            gives: .bytes(mp4, mediaType: .mp4)
        ),
        .fails(
            "an error where bytes were asked for",
            task,
            .json(#"{"error":"CUDA out of memory"}"#),
            code: .serverFailure,
            message: "out of memory"
        ),
        .fails("JSON without a medium", task, .json(#"{"id":"1"}"#), code: .undecodable),
        .fails("an empty body", task, .bytes([], mediaType: "video/mp4"), code: .undecodable),
        .fails("a page", task, .status(200, body: Array("<p>".utf8), mediaType: "text/html"), code: .undecodable),
        .refuses("guidance that is not finite", with { $0.guidanceScale = .nan }, field: "guidance_scale"),
        .refuses("no steps", with { $0.numInferenceSteps = 0 }, field: "num_inference_steps"),
        .refuses(
            "a target size without width",
            with { $0.targetSize = PixelSize(width: 0, height: 8) },
            field: "target_size"
        ),
        .refuses("no frames", with { $0.numFrames = 0 }, field: "num_frames"),
        .refuses("a seed below zero", with { $0.seed = -1 }, field: "seed"),
        .refuses("an empty image", ImageToVideo(image: .bytes([])), field: "image"),
        .refuses("a file that is missing", ImageToVideo(image: .file("/nonexistent/x")), field: "image"),
        .refuses(
            "a URL, which the router does not fetch",
            ImageToVideo(image: .url("https://example.com/a")),
            field: "image"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The answer goes into a file, whether it comes as bytes or in JSON")
    func intoFile() async throws {
        let folder = try TemporaryFolder()
        let answers: [MockTransport.Answer] = [
            .bytes(Self.mp4, mediaType: "video/mp4"), .json("\"\(Self.videoBase64)\""),
        ]
        for (index, answer) in answers.enumerated() {
            let path = folder.file("\(index)")
            let client = testClient(MockTransport(answer))
            let options = CallOptions(outputPath: path)
            let medium = try await client.imageToVideo(.bytes(Self.png), prompt: "x", model: "a/b", options: options)
            #expect(medium == .file(path, mediaType: .mp4))
            #expect(try medium.bytes() == Self.mp4)
        }
    }

    @Test("A text given with the image is the prompt")
    func input() throws {
        let task = try ImageToVideo(input: TaskInput(texts: ["p"], media: [.file("a.png")]))
        #expect(task.image == .file("a.png"))
        #expect(task.prompt == "p")
        #expect(throws: InferenceError.self) { try ImageToVideo(input: TaskInput(texts: ["p"])) }
    }
}
