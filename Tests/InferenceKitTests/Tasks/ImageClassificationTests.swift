import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("image-classification on the wire")
struct ImageClassificationTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 16]
    private static let task = ImageClassification(image: .bytes(png))

    static let rows: [WireRow] = [
        .sends("raw bytes without parameters", task, bytes: png, contentType: "image/png"),
        .sends(
            "JPEG by its first bytes",
            ImageClassification(image: .bytes(jpeg)),
            bytes: jpeg,
            contentType: "image/jpeg"
        ),
        .sends(
            "a media type that was given",
            ImageClassification(image: .bytes(png, mediaType: .webp)),
            bytes: png,
            contentType: "image/webp"
        ),
        .sends(
            "bytes that are not recognised",
            ImageClassification(image: .bytes([1, 2, 3])),
            bytes: [1, 2, 3],
            contentType: "application/octet-stream"
        ),
        .sends(
            "top_k, with padded base64",
            ImageClassification(image: .bytes(png), topK: 2),
            json: #"{"inputs":"iVBORw0KGgo=","parameters":{"top_k":2}}"#
        ),
        .sends(
            "function_to_apply",
            ImageClassification(image: .bytes(png), functionToApply: ClassificationFunction.none),
            json: #"{"inputs":"iVBORw0KGgo=","parameters":{"function_to_apply":"none"}}"#
        ),
        .reads(
            "a flat list with commas in labels, keys in any order",
            task,
            .json(#"[{"score":0.91,"label":"tabby, tabby cat"},{"label":"lynx","score":0.05}]"#),
            gives: [
                ClassificationLabel(label: "tabby, tabby cat", score: 0.91),
                ClassificationLabel(label: "lynx", score: 0.05),
            ]
        ),
        .reads(
            "a nested list",
            task,
            .json(#"[[{"score":1,"label":"a"}]]"#),
            gives: [ClassificationLabel(label: "a", score: 1)]
        ),
        .fails(
            "a content type that the toolkit does not know",
            task,
            .status(400, json: #"{"error":"Content type \"image/heic\" not supported. Supported: image/png"}"#),
            code: .rejected,
            message: "not supported"
        ),
        .fails(
            "a medium that is not strict base64",
            task,
            .status(400, json: #"{"error":"inputs must be the media content itself: not a URL"}"#),
            code: .rejected
        ),
        .refuses("an empty image", ImageClassification(image: .bytes([])), field: "image"),
        .refuses("a file that is missing", ImageClassification(image: .file("/nonexistent/x.png")), field: "image"),
        .refuses("a path of nothing", ImageClassification(image: .file("")), field: "image"),
        .refuses("a folder", ImageClassification(image: .file("/")), field: "image"),
        .refuses("top_k of zero", ImageClassification(image: .bytes(png), topK: 0), field: "top_k"),
        .refuses(
            "a URL, which the router does not fetch",
            ImageClassification(image: .url("https://example.com/a.png")),
            field: "image"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("A server of one's own may fetch a URL")
    func remoteImage() async throws {
        let transport = MockTransport(.json("[]"))
        let options = CallOptions(target: .url("http://127.0.0.1:1/"))
        let image = Media.url("https://example.com/a.png")
        _ = try await testClient(transport).imageClassification(image, model: "a/b", options: options)
        #expect(transport.calls[0].bodyText == #"{"inputs":"https://example.com/a.png"}"#)
    }

    @Test("A file goes raw without being loaded")
    func file() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("image.png")
        try Media.bytes(Self.png).write(to: path)
        let transport = MockTransport(.json("[]"))
        _ = try await testClient(transport).imageClassification(.file(path), model: "a/b")
        #expect(transport.calls[0].body == Self.png)
        #expect(transport.calls[0].request.headerFields[.contentType] == "image/png")
    }
}
