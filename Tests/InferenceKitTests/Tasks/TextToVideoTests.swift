import InferenceKit
import TestSupport
import Testing

@Suite("text-to-video on the wire")
struct TextToVideoTests {
    /// The first bytes of an MPEG-4 file.
    private static let mp4: [UInt8] = [0, 0, 0, 24] + Array("ftypmp42".utf8)
    private static let videoBase64 = "AAAAGGZ0eXBtcDQy"
    private static let task = TextToVideo(prompt: "waves at night")

    private static func with(_ change: (inout TextToVideo) -> Void) -> TextToVideo {
        var task = TextToVideo(prompt: "p")
        change(&task)
        return task
    }

    private static func parameter(
        _ name: String,
        _ json: String,
        _ change: (inout TextToVideo) -> Void
    ) -> WireRow {
        .sends(name, with(change), json: #"{"inputs":"p","parameters":{"\#(name)":\#(json)}}"#)
    }

    static let rows: [WireRow] = [
        .sends("a prompt", task, json: #"{"inputs":"waves at night"}"#),
        parameter("num_frames", "25") { $0.numFrames = 25 },
        parameter("guidance_scale", "7.5") { $0.guidanceScale = 7.5 },
        parameter("negative_prompt", #"["blur","fog"]"#) { $0.negativePrompt = ["blur", "fog"] },
        parameter("num_inference_steps", "20") { $0.numInferenceSteps = 20 },
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
        .refuses("an empty prompt", TextToVideo(prompt: ""), field: "prompt"),
        .refuses("no frames", with { $0.numFrames = 0 }, field: "num_frames"),
        .refuses("a seed below zero", with { $0.seed = -1 }, field: "seed"),
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
            let medium = try await client.textToVideo("x", model: "a/b", options: options)
            #expect(medium == .file(path, mediaType: .mp4))
            #expect(try medium.bytes() == Self.mp4)
        }
    }

    @Test("Frames are whole, however they are written")
    func frames() throws {
        var task = Self.task
        #expect(try task.setParameters(["num_frames": 25.0, "negative_prompt": ["a"]]) == [])
        #expect(task.numFrames == 25)
        #expect(task.negativePrompt == ["a"])
        #expect(throws: InferenceError.self) { try task.setParameters(["num_frames": 25.5]) }
        #expect(throws: InferenceError.self) { try task.setParameters(["negative_prompt": "a"]) }
    }
}
