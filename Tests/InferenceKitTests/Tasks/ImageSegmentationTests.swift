import InferenceKit
import TestSupport
import Testing

@Suite("image-segmentation on the wire")
struct ImageSegmentationTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let task = ImageSegmentation(image: .bytes(png))
    /// A PNG image of 10 × 2 pixels, one bit each: `1011000001` and `1111111111`.
    private static let mask =
        "iVBORw0KGgoAAAANSUhEUgAAAAoAAAACAQAAAABJGnB9AAAAA3RFWHRhAGLcSaI7AAAADklEQVR42mPY4MDk3wAABZoBwlHuZDMAAAAASUVORK5C"
        + "YII="

    private static func with(_ change: (inout ImageSegmentation) -> Void) -> ImageSegmentation {
        var task = ImageSegmentation(image: .bytes(png))
        change(&task)
        return task
    }

    private static func parameter(
        _ name: String,
        _ json: String,
        _ change: (inout ImageSegmentation) -> Void
    ) -> WireRow {
        .sends(name, with(change), json: #"{"inputs":"iVBORw0KGgo=","parameters":{"\#(name)":\#(json)}}"#)
    }

    static let rows: [WireRow] = [
        .sends("raw bytes without parameters", task, bytes: png, contentType: "image/png"),
        parameter("mask_threshold", "0.25") { $0.maskThreshold = 0.25 },
        parameter("overlap_mask_area_threshold", "0.75") { $0.overlapMaskAreaThreshold = 0.75 },
        parameter("subtask", #""panoptic""#) { $0.subtask = .panoptic },
        parameter("subtask", #""instance""#) { $0.subtask = .instance },
        parameter("subtask", #""semantic""#) { $0.subtask = .semantic },
        parameter("subtask", #""parts""#) { $0.subtask = .init(rawValue: "parts") },
        parameter("threshold", "0.5") { $0.threshold = 0.5 },
        .reads(
            "a mask in base64, decoded to bytes with its type",
            task,
            .json(#"[{"score":0.99,"label":"sky","mask":"iVBORw0KGgo="}]"#),
            gives: [ImageSegment(label: "sky", score: 0.99, mask: .bytes(png, mediaType: .png))]
        ),
        .reads(
            "scores that are null or missing",
            task,
            .json(#"[{"score":null,"label":"a","mask":"iVBORw0KGgo="},{"label":"b","mask":"iVBORw0KGgo=","id":1}]"#),
            gives: [
                ImageSegment(label: "a", score: nil, mask: .bytes(png, mediaType: .png)),
                ImageSegment(label: "b", score: nil, mask: .bytes(png, mediaType: .png), additional: ["id": 1]),
            ]
        ),
        .reads(
            "a data URL",
            task,
            .json(#"{"label":"a","score":1,"mask":"data:image/png;base64,iVBORw0KGgo="}"#),
            gives: [ImageSegment(label: "a", score: 1, mask: .bytes(png, mediaType: .png))]
        ),
        .reads("no segments", task, .json("[]"), gives: []),
        .reads("pixels of a mask", task, .json(#"[{"label":"a","mask":"\#(mask)"}]"#)) { segments in
            let alpha = try segments[0].alphaMask()
            #expect(alpha.size == PixelSize(width: 10, height: 2))
            #expect(alpha.bytes.prefix(10) == [255, 0, 255, 255, 0, 0, 0, 0, 0, 255])
            #expect(alpha[9, 0] == 255)
            #expect(alpha[1, 0] == 0)
            #expect(alpha[10, 0] == nil)
            #expect(alpha.coverage == 0.7)
        },
        .fails(
            "a segment without a mask",
            task,
            .json(#"[{"label":"a","score":1}]"#),
            code: .undecodable,
            message: "[0].mask"
        ),
        .fails(
            "a mask that is no base64",
            task,
            .json(#"[{"label":"a","mask":"no base64!"}]"#),
            code: .undecodable,
            message: "[0].mask"
        ),
        .refuses("a threshold above 1", with { $0.threshold = 2 }, field: "threshold"),
        .refuses("a mask threshold below 0", with { $0.maskThreshold = -0.1 }, field: "mask_threshold"),
        .refuses(
            "an overlap that is none",
            with { $0.overlapMaskAreaThreshold = .infinity },
            field: "overlap_mask_area_threshold"
        ),
        .refuses("an empty image", ImageSegmentation(image: .bytes([])), field: "image"),
        .refuses("a file that is missing", ImageSegmentation(image: .file("/nonexistent/x")), field: "image"),
        .refuses(
            "a URL, which the router does not fetch",
            ImageSegmentation(image: .url("https://example.com/a")),
            field: "image"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The JSON form is the schema's, and the masks are media for files")
    func output() throws {
        let segments = [ImageSegment(label: "sky", score: nil, mask: .bytes(Self.png, mediaType: .png))]
        #expect(segments.json.jsonString() == #"[{"label":"sky","score":null,"mask":"iVBORw0KGgo="}]"#)
        #expect((segments as any TaskOutput as? any MediaOutput)?.media == [.bytes(Self.png, mediaType: .png)])
        #expect((["a"] as any TaskOutput as? any MediaOutput) == nil)
    }

    @Test("A mask that is no PNG image is an error")
    func badMask() {
        let segment = ImageSegment(label: "a", score: 1, mask: .bytes(Self.png))
        let error = #expect(throws: InferenceError.self) { try segment.alphaMask() }
        #expect(error?.code == .undecodable)
    }
}
