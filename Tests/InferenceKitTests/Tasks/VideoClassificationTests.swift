import InferenceKit
import TestSupport
import Testing

@Suite("video-classification on the wire")
struct VideoClassificationTests {
    /// The first bytes of an MPEG-4 file.
    private static let mp4: [UInt8] = [0, 0, 0, 24] + Array("ftypmp42".utf8)
    private static let video = Media.bytes(mp4, mediaType: .mp4)
    private static let task = VideoClassification(video: video)

    private static func with(_ change: (inout VideoClassification) -> Void) -> VideoClassification {
        var task = VideoClassification(video: video)
        change(&task)
        return task
    }

    private static func parameter(
        _ name: String,
        _ json: String,
        _ change: (inout VideoClassification) -> Void
    ) -> WireRow {
        .sends(name, with(change), json: #"{"inputs":"AAAAGGZ0eXBtcDQy","parameters":{"\#(name)":\#(json)}}"#)
    }

    static let rows: [WireRow] = [
        .sends("raw bytes without parameters", task, bytes: mp4, contentType: "video/mp4"),
        parameter("function_to_apply", #""sigmoid""#) { $0.functionToApply = .sigmoid },
        parameter("num_frames", "16") { $0.numFrames = 16 },
        parameter("frame_sampling_rate", "4") { $0.frameSamplingRate = 4 },
        parameter("top_k", "3") { $0.topK = 3 },
        .reads(
            "a flat list, not sorted",
            task,
            .json(#"[{"score":0.2,"label":"hap"},{"score":0.71,"label":"neu"}]"#),
            gives: [ClassificationLabel(label: "neu", score: 0.71), ClassificationLabel(label: "hap", score: 0.2)]
        ),
        .reads(
            "a list in a list, a number for a label, a null score",
            task,
            .json(#"[[{"label":7,"score":null}]]"#),
            gives: [ClassificationLabel(label: "7", score: nil)]
        ),
        .fails(
            "a server that takes no texts for videos",
            task,
            .status(400, json: #"{"error":"inputs must be the media content itself"}"#),
            code: .rejected
        ),
        .refuses("no frames", with { $0.numFrames = 0 }, field: "num_frames"),
        .refuses("a rate of zero", with { $0.frameSamplingRate = 0 }, field: "frame_sampling_rate"),
        .refuses("top_k of zero", with { $0.topK = 0 }, field: "top_k"),
        .refuses("an empty video", VideoClassification(video: .bytes([])), field: "video"),
        .refuses("a file that is missing", VideoClassification(video: .file("/nonexistent/x")), field: "video"),
        .refuses(
            "a URL, which the router does not fetch",
            VideoClassification(video: .url("https://example.com/a")),
            field: "video"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The named method sends every parameter")
    func method() async throws {
        let transport = MockTransport(.json("[]"))
        _ = try await testClient(transport).videoClassification(
            Self.video,
            model: "a/b",
            topK: 1,
            functionToApply: .softmax,
            numFrames: 2,
            frameSamplingRate: 3
        )
        let parameters = #"{"function_to_apply":"softmax","num_frames":2,"frame_sampling_rate":3,"top_k":1}"#
        #expect(transport.calls[0].bodyText == #"{"inputs":"AAAAGGZ0eXBtcDQy","parameters":\#(parameters)}"#)
    }
}
