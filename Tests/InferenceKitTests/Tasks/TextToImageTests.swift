import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("text-to-image on the wire")
struct TextToImageTests {
    private static let task = TextToImage(prompt: "a lighthouse")
    /// The first bytes of a PNG; enough to be recognised.
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let base64 = "iVBORw0KGgo="

    private static func with(_ change: (inout TextToImage) -> Void) -> TextToImage {
        var task = TextToImage(prompt: "p")
        change(&task)
        return task
    }

    private static func parameter(
        _ name: String,
        _ json: String,
        _ change: @escaping (inout TextToImage) -> Void
    ) -> WireRow {
        .sends(
            name,
            with(change),
            json: #"{"inputs":"p","parameters":{"\#(name)":\#(json)}}"#,
            accept: "image/png"
        )
    }

    static let rows: [WireRow] = [
        .sends("a prompt, and asks for PNG", task, json: #"{"inputs":"a lighthouse"}"#, accept: "image/png"),
        parameter("guidance_scale", "7.5") { $0.guidanceScale = 7.5 },
        parameter("negative_prompt", #""fog""#) { $0.negativePrompt = "fog" },
        parameter("num_inference_steps", "20") { $0.numInferenceSteps = 20 },
        parameter("width", "512") { $0.width = 512 },
        parameter("height", "256") { $0.height = 256 },
        parameter("scheduler", #""EulerDiscreteScheduler""#) { $0.scheduler = "EulerDiscreteScheduler" },
        parameter("seed", "7") { $0.seed = 7 },
        .sends("another image type", with { $0.mediaType = .jpeg }, json: #"{"inputs":"p"}"#, accept: "image/jpeg"),
        .sends(
            "the OpenAI form",
            with {
                $0.width = 64
                $0.height = 32
                $0.seed = 1
            },
            path: "/v1/images/generations",
            json: #"{"model":"a/b","prompt":"p","response_format":"b64_json","size":"64x32","seed":1}"#,
            options: CallOptions(target: .url("http://127.0.0.1:1/v1"))
        ),
        .reads("bytes", task, .bytes(png, mediaType: "image/png"), gives: .bytes(png, mediaType: .png)),
        .reads(
            "bytes whose type the server names wrongly",
            task,
            .bytes(png, mediaType: "image/jpeg"),
            gives: .bytes(png, mediaType: .png)
        ),
        .reads("a JSON text in base64", task, .json("\"\(base64)\""), gives: .bytes(png, mediaType: .png)),
        .reads(
            "a data URL",
            task,
            .json("\"data:image/png;base64,\(base64)\""),
            gives: .bytes(png, mediaType: .png)
        ),
        .reads(
            "the OpenAI form",
            task,
            .json(#"{"created":1,"data":[{"b64_json":"\#(base64)"}]}"#),
            gives: .bytes(png, mediaType: .png)
        ),
        .reads(
            "a list of images in base64",
            task,
            .json(#"{"images":["\#(base64)"]}"#),
            gives: .bytes(png, mediaType: .png)
        ),
        .fails(
            "an error where bytes were asked for",
            task,
            .json(#"{"error":"CUDA out of memory"}"#),
            code: .serverFailure,
            message: "out of memory"
        ),
        .fails(
            "a loading model where bytes were asked for",
            task,
            .status(503, json: #"{"error":"Model a/b is currently loading","estimated_time":20.0}"#),
            code: .modelLoading,
            options: CallOptions(retry: .never)
        ),
        .fails("JSON without an image", task, .json(#"{"id":"1"}"#), code: .undecodable),
        .fails("base64 that is none", task, .json(#""not base64!""#), code: .undecodable),
        .fails("an empty body", task, .bytes([], mediaType: "image/png"), code: .undecodable),
        .refuses("an empty prompt", TextToImage(prompt: ""), field: "prompt"),
        .refuses("a width of zero", with { $0.width = 0 }, field: "width"),
        .refuses("a height below zero", with { $0.height = -1 }, field: "height"),
        .refuses("no steps", with { $0.numInferenceSteps = 0 }, field: "num_inference_steps"),
        .refuses("guidance that is not finite", with { $0.guidanceScale = .infinity }, field: "guidance_scale"),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("An image goes into a file without being loaded, and an error does not")
    func intoFile() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("image.png")
        let client = testClient(MockTransport(.bytes(Self.png, mediaType: "image/png")))
        let image = try await client.textToImage("x", model: "a/b", options: CallOptions(outputPath: path))
        #expect(image == .file(path, mediaType: .png))
        #expect(try image.bytes() == Self.png)

        let other = folder.file("none.png")
        let failing = testClient(MockTransport(.json(#"{"error":"no"}"#)))
        await #expect(throws: InferenceError.self) {
            try await failing.textToImage("x", model: "a/b", options: CallOptions(outputPath: other))
        }
        #expect(throws: InferenceError.self) { try Media.file(other).bytes() }
    }

    @Test("A URL in place of the image is fetched without credentials")
    func resultURL() async throws {
        let transport = MockTransport()
        transport.answer(
            .post("/v1/images/generations"),
            with: .json(#"{"data":[{"url":"https://cdn.example/i.png?sig=1"}]}"#)
        )
        transport.answer(.get("/i.png"), with: .bytes(Self.png, mediaType: "image/png"))
        let options = CallOptions(target: .url("http://127.0.0.1:1/v1"))
        let image = try await testClient(transport).textToImage("x", model: "m", options: options)
        #expect(image == .bytes(Self.png, mediaType: .png))
        #expect(transport.calls[1].request.authority == "cdn.example")
        #expect(transport.calls[1].request.headerFields[.authorization] == nil)
    }
}
