import InferenceKit
import TestSupport
import Testing

@Suite("audio-to-audio on the wire")
struct AudioToAudioTests {
    private static let flac: [UInt8] = Array("fLaC".utf8)
    private static let task = AudioToAudio(audio: .bytes(flac))
    private static let sound = Media.bytes(flac, mediaType: .flac)

    static let rows: [WireRow] = [
        .sends("raw bytes", task, bytes: flac, contentType: "audio/flac"),
        .sends(
            "the format that is wanted",
            AudioToAudio(audio: .bytes(flac), mediaType: .wav),
            bytes: flac,
            contentType: "audio/flac",
            accept: "audio/wav"
        ),
        .reads(
            "separated sources",
            task,
            .json(
                #"[{"label":"label_0","blob":"ZkxhQw==","content-type":"audio/flac"},{"label":"label_1","blob":"ZkxhQw==","content-type":"audio/flac"}]"#
            ),
            gives: [AudioTrack(label: "label_0", audio: sound), AudioTrack(label: "label_1", audio: sound)]
        ),
        .reads(
            "no label, a type that the bytes do not tell, members that are not known",
            task,
            .json(#"[{"blob":"AQID","content-type":"audio/x-thing","n":1}]"#),
            gives: [
                AudioTrack(
                    label: "",
                    audio: .bytes([1, 2, 3], mediaType: MediaType("audio/x-thing")),
                    additional: ["n": 1]
                )
            ]
        ),
        .reads(
            "one alone, the type under Python's name",
            task,
            .json(#"{"label":"speech_enhanced","blob":"AQID","content_type":"audio/ogg"}"#),
            gives: [AudioTrack(label: "speech_enhanced", audio: .bytes([1, 2, 3], mediaType: .ogg))]
        ),
        .reads(
            "bytes",
            task,
            .bytes(flac, mediaType: "audio/flac"),
            gives: [AudioTrack(label: "", audio: sound)]
        ),
        .fails("audio that is none", task, .status(400, json: #"{"error":"Malformed soundfile"}"#), code: .rejected),
        .fails("no sound", task, .json(#"[{"label":"a"}]"#), code: .undecodable, message: "[0].blob"),
        .fails("a sound that is no base64", task, .json(#"[{"blob":"!"}]"#), code: .undecodable, message: "[0].blob"),
        .refuses("an empty audio", AudioToAudio(audio: .bytes([])), field: "audio"),
        .refuses("a file that is missing", AudioToAudio(audio: .file("/nonexistent/x")), field: "audio"),
        .refuses(
            "a URL, which the router does not fetch",
            AudioToAudio(audio: .url("https://example.com/a")),
            field: "audio"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The JSON form tells type and size, and the sounds are media for files")
    func output() async throws {
        let transport = MockTransport(.json(#"[{"label":"label_0","blob":"ZkxhQw==","content-type":"audio/flac"}]"#))
        let tracks = try await testClient(transport).audioToAudio(.bytes(Self.flac), model: "a/b")
        #expect(tracks.json.jsonString() == #"[{"label":"label_0","content-type":"audio/flac","bytes":4}]"#)
        #expect((tracks as any TaskOutput as? any MediaOutput)?.media == [Self.sound])
    }
}
