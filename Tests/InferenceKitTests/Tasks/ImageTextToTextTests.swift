import InferenceKit
import TestSupport
import Testing

@Suite("image-text-to-text on the wire")
struct ImageTextToTextTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let task = ImageTextToText(images: [.bytes(png)], text: "<image> What is it?")

    static let rows: [WireRow] = [
        .sends(
            "an image and a text",
            task,
            json: #"{"inputs":{"images":"iVBORw0KGgo=","text":"<image> What is it?"}}"#
        ),
        .sends(
            "several images",
            ImageTextToText(images: [.bytes(png), .bytes([1, 2, 3])], text: "t"),
            json: #"{"inputs":{"images":["iVBORw0KGgo=","AQID"],"text":"t"}}"#
        ),
        .sends(
            "max_new_tokens",
            ImageTextToText(images: [.bytes(png)], text: "t", maxNewTokens: 20),
            json: #"{"inputs":{"images":"iVBORw0KGgo=","text":"t"},"parameters":{"max_new_tokens":20}}"#
        ),
        .reads(
            "a list of one",
            task,
            .json(#"[{"input_text":"<image> What is it?","generated_text":"A dog."}]"#),
            gives: ImageTextAnswer(text: "A dog.", inputText: "<image> What is it?")
        ),
        .reads(
            "an object, and members that are not known",
            task,
            .json(#"{"generated_text":"A dog.","n":1}"#),
            gives: ImageTextAnswer(text: "A dog.", additional: ["n": 1])
        ),
        .fails("no text", task, .json(#"[{"input_text":"a"}]"#), code: .undecodable, message: "generated_text"),
        .refuses("no images", ImageTextToText(images: [], text: "t"), field: "images"),
        .refuses("an empty text", ImageTextToText(images: [.bytes(png)], text: ""), field: "text"),
        .refuses(
            "no tokens",
            ImageTextToText(images: [.bytes(png)], text: "t", maxNewTokens: 0),
            field: "max_new_tokens"
        ),
        .refuses("an empty image", ImageTextToText(images: [.bytes([])], text: "t"), field: "images"),
        .refuses(
            "a file of several that is missing",
            ImageTextToText(images: [.bytes(png), .file("/nonexistent/x")], text: "t"),
            field: "images[1]"
        ),
        .refuses(
            "a URL, which the router does not fetch",
            ImageTextToText(images: [.url("https://example.com/a.png")], text: "t"),
            field: "images"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("Made of images and a text, or of an object")
    func input() throws {
        let apart = try ImageTextToText(input: TaskInput(texts: ["t"], media: [.file("a"), .file("b")]))
        #expect(apart.images == [.file("a"), .file("b")])
        let json: JSONValue = ["images": ["iVBORw0KGgo=", "https://example.com/a.png"], "text": "t"]
        let object = try ImageTextToText(input: TaskInput(json: json))
        #expect(object.images == [.bytes(Self.png), .url("https://example.com/a.png")])
        let single = try ImageTextToText(input: TaskInput(json: ["images": "iVBORw0KGgo=", "text": "t"]))
        #expect(single.images == [.bytes(Self.png)])
    }

    @Test("The JSON form, and a URL for a server of one's own")
    func method() async throws {
        let transport = MockTransport(.json(#"[{"input_text":"t","generated_text":"A dog."}]"#))
        let answer = try await testClient(transport).imageTextToText(
            [.url("https://example.com/a.png")],
            text: "t",
            options: CallOptions(target: .url("http://127.0.0.1:1/"))
        )
        #expect(answer.json.jsonString() == #"{"input_text":"t","generated_text":"A dog."}"#)
        #expect(transport.calls[0].bodyText == #"{"inputs":{"images":"https://example.com/a.png","text":"t"}}"#)
    }
}
