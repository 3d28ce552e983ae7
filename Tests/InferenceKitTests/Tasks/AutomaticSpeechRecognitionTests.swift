import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("automatic-speech-recognition on the wire")
struct AutomaticSpeechRecognitionTests {
    private static let flac: [UInt8] = Array("fLaC".utf8)
    private static let wav: [UInt8] = Array("RIFF\u{4}\0\0\0WAVE".utf8)
    private static let task = AutomaticSpeechRecognition(audio: .bytes(flac))
    private static var beams: GenerationParameters {
        var parameters = GenerationParameters()
        parameters.numBeams = 2
        return parameters
    }
    private static var beamless: GenerationParameters {
        var parameters = GenerationParameters()
        parameters.numBeams = 0
        return parameters
    }

    static let rows: [WireRow] = [
        .sends("raw bytes without parameters", task, bytes: flac, contentType: "audio/flac"),
        .sends("WAV", AutomaticSpeechRecognition(audio: .bytes(wav)), bytes: wav, contentType: "audio/wav"),
        .sends(
            "return_timestamps",
            AutomaticSpeechRecognition(audio: .bytes(flac), returnTimestamps: .segments),
            json: #"{"inputs":"ZkxhQw==","parameters":{"return_timestamps":true}}"#
        ),
        .sends(
            "return_timestamps of words",
            AutomaticSpeechRecognition(audio: .bytes(flac), returnTimestamps: .words),
            json: #"{"inputs":"ZkxhQw==","parameters":{"return_timestamps":"word"}}"#
        ),
        .sends(
            "generation_parameters",
            AutomaticSpeechRecognition(audio: .bytes(flac), generationParameters: beams),
            json: #"{"inputs":"ZkxhQw==","parameters":{"generation_parameters":{"num_beams":2}}}"#
        ),
        .reads("a text", task, .json(#"{"text":" Good evening."}"#), gives: Transcription(text: " Good evening.")),
        .reads(
            "pieces, the last without an end",
            task,
            .json(
                #"{"text":" Hello there","chunks":[{"text":" Hello","timestamp":[0.0,1.2]},{"text":" there","timestamp":[1.2,null]}]}"#
            ),
            gives: Transcription(
                text: " Hello there",
                chunks: [
                    .init(text: " Hello", start: 0, end: 1.2), .init(text: " there", start: 1.2, end: nil),
                ]
            )
        ),
        .reads(
            "times that run backwards",
            task,
            .json(#"{"text":"a","chunks":[{"text":"a","timestamp":[2.0,1.0]}]}"#),
            gives: Transcription(text: "a", chunks: [.init(text: "a", start: 2, end: 1)])
        ),
        .reads("a list of one", task, .json(#"[{"text":"a"}]"#), gives: Transcription(text: "a")),
        .reads(
            "members that are not known",
            task,
            .json(#"{"text":"a","language":"en"}"#),
            gives: Transcription(text: "a", additional: ["language": "en"])
        ),
        .reads(
            "segments of the OpenAI form",
            task,
            .json(#"{"text":"a","segments":[{"id":0,"start":0.0,"end":1.5,"text":"a"}]}"#),
            gives: Transcription(text: "a", chunks: [.init(text: "a", start: 0, end: 1.5, additional: ["id": 0])])
        ),
        .reads(
            "plain text of an OpenAI server",
            task,
            .status(200, body: Array("hello".utf8), mediaType: "text/plain"),
            options: CallOptions(target: .url("http://127.0.0.1:1/v1")),
            gives: Transcription(text: "hello")
        ),
        .fails("audio that is none", task, .status(400, json: #"{"error":"Malformed soundfile"}"#), code: .rejected),
        .fails("an object without a text", task, .json(#"{"chunks":[]}"#), code: .undecodable, message: "text"),
        .refuses(
            "no beams",
            AutomaticSpeechRecognition(audio: .bytes(flac), generationParameters: beamless),
            field: "generation_parameters.num_beams"
        ),
        .refuses("an empty recording", AutomaticSpeechRecognition(audio: .bytes([])), field: "audio"),
        .refuses(
            "a file that is missing",
            AutomaticSpeechRecognition(audio: .file("/nonexistent/x.wav")),
            field: "audio"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The OpenAI form is a multipart body with the file in it")
    func multipart() async throws {
        let transport = MockTransport(.json(#"{"text":"hi"}"#))
        let options = CallOptions(target: .url("http://127.0.0.1:1/v1"))
        var task = AutomaticSpeechRecognition(audio: .bytes(Self.wav), returnTimestamps: .words)
        task.extraParameters = ["language": "en"]
        let value = try await testClient(transport).run(task, model: "whisper", options: options)
        #expect(value.text == "hi")
        let call = try #require(transport.calls.first)
        #expect(call.path == "/v1/audio/transcriptions")
        let type = try #require(call.request.headerFields[.contentType])
        #expect(type.hasPrefix("multipart/form-data; boundary="))
        let boundary = type.dropFirst("multipart/form-data; boundary=".count)
        let expected = [
            "--\(boundary)", #"Content-Disposition: form-data; name="model""#, "", "whisper",
            "--\(boundary)", #"Content-Disposition: form-data; name="response_format""#, "", "verbose_json",
            "--\(boundary)", #"Content-Disposition: form-data; name="timestamp_granularities[]""#, "", "word",
            "--\(boundary)", #"Content-Disposition: form-data; name="language""#, "", "en",
            "--\(boundary)", #"Content-Disposition: form-data; name="file"; filename="audio.wav""#,
            "Content-Type: audio/wav", "", String(decoding: Self.wav, as: UTF8.self),
            "--\(boundary)--", "",
        ].joined(separator: "\r\n")
        #expect(call.bodyText == expected)
    }
}
