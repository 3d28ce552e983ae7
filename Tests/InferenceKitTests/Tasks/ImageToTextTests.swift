import InferenceKit
import TestSupport
import Testing

@Suite("image-to-text on the wire")
struct ImageToTextTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let task = ImageToText(image: .bytes(png))

    private static func with(_ change: (inout ImageToText) -> Void) -> ImageToText {
        var task = ImageToText(image: .bytes(png))
        change(&task)
        return task
    }

    private static func parameter(
        _ name: String,
        _ json: String,
        _ change: (inout ImageToText) -> Void
    ) -> WireRow {
        .sends(name, with(change), json: #"{"inputs":"iVBORw0KGgo=","parameters":{"\#(name)":\#(json)}}"#)
    }

    static let rows: [WireRow] = [
        .sends("raw bytes without parameters", task, bytes: png, contentType: "image/png"),
        parameter("max_new_tokens", "20") { $0.maxNewTokens = 20 },
        parameter("generation_parameters", #"{"temperature":0.5,"num_beams":2}"#) {
            $0.generationParameters = GenerationParameters()
            $0.generationParameters?.numBeams = 2
            $0.generationParameters?.temperature = 0.5
        },
        .reads(
            "a list of one",
            task,
            .json(#"[{"generated_text":"two dogs on wet sand"}]"#),
            gives: ImageDescription(text: "two dogs on wet sand")
        ),
        .reads(
            "an object",
            task,
            .json(#"{"generated_text":"a dog","id":1}"#),
            gives: ImageDescription(text: "a dog", additional: ["id": 1])
        ),
        .reads(
            "the name that the schema requires",
            task,
            .json(#"{"generatedText":"a dog"}"#),
            gives: ImageDescription(text: "a dog")
        ),
        .reads(
            "a list in a list",
            task,
            .json(#"[[{"generated_text":""}]]"#),
            gives: ImageDescription(text: "")
        ),
        .fails("an empty list", task, .json("[]"), code: .undecodable),
        .fails("no text", task, .json(#"[{"text":"a"}]"#), code: .undecodable, message: "generated_text"),
        .refuses("no tokens", with { $0.maxNewTokens = 0 }, field: "max_new_tokens"),
        .refuses(
            "a nested parameter beyond its limits",
            with {
                $0.generationParameters = GenerationParameters()
                $0.generationParameters?.topP = 1.5
            },
            field: "generation_parameters.top_p"
        ),
        .refuses("an empty image", ImageToText(image: .bytes([])), field: "image"),
        .refuses("a file that is missing", ImageToText(image: .file("/nonexistent/x")), field: "image"),
        .refuses(
            "a URL, which the router does not fetch",
            ImageToText(image: .url("https://example.com/a")),
            field: "image"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The named method sends the same")
    func method() async throws {
        let transport = MockTransport(.json(#"[{"generated_text":"a dog"}]"#))
        let text = try await testClient(transport).imageToText(.bytes(Self.png), model: "a/b", maxNewTokens: 5)
        #expect(text.json.jsonString() == #"{"generated_text":"a dog"}"#)
        #expect(transport.calls[0].bodyText == #"{"inputs":"iVBORw0KGgo=","parameters":{"max_new_tokens":5}}"#)
    }
}
