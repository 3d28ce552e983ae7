import InferenceKit
import TestSupport
import Testing

@Suite("mask-generation on the wire")
struct MaskGenerationTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let task = MaskGeneration(image: .bytes(png))

    private static func mask(_ width: Int, _ bytes: [UInt8]) throws -> AlphaMask {
        try #require(AlphaMask(size: PixelSize(width: width, height: bytes.count / width), bytes: bytes))
    }

    static let rows: [WireRow] = [
        .sends("the image as base64", task, json: #"{"inputs":"iVBORw0KGgo="}"#),
        .sends(
            "parameters of the pipeline",
            {
                var task = MaskGeneration(image: .bytes(png))
                task.extraParameters = ["points_per_batch": 64]
                return task
            }(),
            json: #"{"inputs":"iVBORw0KGgo=","parameters":{"points_per_batch":64}}"#
        ),
        .reads(
            "truth values",
            task,
            .json(#"{"masks":[[[true,false],[false,true]],[[false,false],[true,true]]],"scores":[0.9,0.8],"n":2}"#)
        ) { output in
            let expected = [try mask(2, [255, 0, 0, 255]), try mask(2, [0, 0, 255, 255])]
            #expect(output.masks == expected)
            #expect(output.scores == [0.9, 0.8])
            #expect(output.additional == ["n": 2])
        },
        .reads("numbers, and scores that are missing", task, .json(#"[{"masks":[[[0,1],[0.5,200]]]}]"#)) { output in
            let expected = [try mask(2, [0, 255, 128, 200])]
            #expect(output.masks == expected)
            #expect(output.scores == [nil])
        },
        .reads("a channel of one", task, .json(#"{"masks":[[[[true,false]]]],"scores":[null]}"#)) { output in
            let expected = [try mask(2, [255, 0])]
            #expect(output.masks == expected)
            #expect(output.scores == [nil])
        },
        .reads(
            "PNG images in base64, one object each",
            task,
            .json(
                #"[{"mask":"\#(maskPNG)","score":0.5},{"mask":[[1]],"score":null}]"#
            )
        ) { output in
            let expected = [try mask(3, [0, 85, 170]), try mask(1, [255])]
            #expect(output.masks == expected)
            #expect(output.scores == [0.5, nil])
        },
        .reads("nothing", task, .json(#"{"masks":[],"scores":[]}"#), gives: GeneratedMasks(masks: [], scores: [])),
        .fails("no masks", task, .json(#"{"scores":[1]}"#), code: .undecodable, message: "masks"),
        .fails(
            "rows of two lengths",
            task,
            .json(#"{"masks":[[[true]],[[true],[true,false]]]}"#),
            code: .undecodable,
            message: "masks[1]"
        ),
        .fails("texts inside", task, .json(#"{"masks":[[["a"]]]}"#), code: .undecodable),
        .fails("a mask without pixels", task, .json(#"{"masks":[[]]}"#), code: .undecodable),
        .fails("base64 that is no PNG image", task, .json(#"{"masks":["AAAA"]}"#), code: .undecodable),
        .fails("a URL", task, .json(#"{"masks":["https://example.com/a.png"]}"#), code: .undecodable),
        .refuses("an empty image", MaskGeneration(image: .bytes([])), field: "image"),
        .refuses("a file that is missing", MaskGeneration(image: .file("/nonexistent/x")), field: "image"),
        .refuses(
            "a URL, which the router does not fetch",
            MaskGeneration(image: .url("https://example.com/a")),
            field: "image"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    /// 3 × 1 pixels of two bits.
    private static let maskPNG =
        "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABAgAAAAB0O1PJAAAAA3RFWHRhAGLcSaI7AAAACklEQVR42mOQAAAAGgAZgACOuwAAAABJRU5ErkJggg=="

    @Test("The JSON form has PNG images in base64, which are read again")
    func output() throws {
        let masks = GeneratedMasks(masks: [try Self.mask(2, [1, 2, 3, 4])], scores: [0.5, 0.25])
        #expect(masks.scores == [0.5])
        #expect(try GeneratedMasks(json: masks.json) == masks)
        #expect(try masks.media.map { try AlphaMask(png: $0) } == masks.masks)
    }

    @Test("The named method")
    func method() async throws {
        let client = testClient(MockTransport(.json(#"{"masks":[[[true]]],"scores":[1]}"#)))
        let output = try await client.maskGeneration(.bytes(Self.png), model: "a/b")
        #expect(output == GeneratedMasks(masks: [try Self.mask(1, [255])], scores: [1]))
    }
}
