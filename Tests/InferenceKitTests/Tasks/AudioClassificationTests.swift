import InferenceKit
import TestSupport
import Testing

@Suite("audio-classification on the wire")
struct AudioClassificationTests {
    private static let flac: [UInt8] = Array("fLaC".utf8)
    private static let task = AudioClassification(audio: .bytes(flac))

    static let rows: [WireRow] = [
        .sends("raw bytes without parameters", task, bytes: flac, contentType: "audio/flac"),
        .sends(
            "top_k",
            AudioClassification(audio: .bytes(flac), topK: 2),
            json: #"{"inputs":"ZkxhQw==","parameters":{"top_k":2}}"#
        ),
        .sends(
            "function_to_apply",
            AudioClassification(audio: .bytes(flac), functionToApply: .sigmoid),
            json: #"{"inputs":"ZkxhQw==","parameters":{"function_to_apply":"sigmoid"}}"#
        ),
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
        .fails("audio that is none", task, .status(400, json: #"{"error":"Malformed soundfile"}"#), code: .rejected),
        .refuses("top_k of zero", AudioClassification(audio: .bytes(flac), topK: 0), field: "top_k"),
        .refuses("an empty audio", AudioClassification(audio: .bytes([])), field: "audio"),
        .refuses("a file that is missing", AudioClassification(audio: .file("/nonexistent/x")), field: "audio"),
        .refuses(
            "a URL, which the router does not fetch",
            AudioClassification(audio: .url("https://example.com/a")),
            field: "audio"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("A file goes raw without being loaded")
    func file() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("sound.flac")
        try Media.bytes(Self.flac).write(to: path)
        let transport = MockTransport(.json(#"[{"label":"a","score":1}]"#))
        let labels = try await testClient(transport).audioClassification(.file(path), model: "a/b")
        #expect(labels.best?.label == "a")
        #expect(transport.calls[0].body == Self.flac)
    }
}
