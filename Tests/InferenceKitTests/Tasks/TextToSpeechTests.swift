import InferenceKit
import TestSupport
import Testing

@Suite("text-to-speech on the wire")
struct TextToSpeechTests {
    private static let flac: [UInt8] = Array("fLaC".utf8)
    private static let base64 = "ZkxhQw=="
    private static let task = TextToSpeech(text: "Good morning")
    private static let sound = Media.bytes(flac, mediaType: .flac)

    private static let openAI = CallOptions(target: .url("http://127.0.0.1:8080/v1"))

    private static func with(_ change: (inout TextToSpeech) -> Void) -> TextToSpeech {
        var task = task
        change(&task)
        return task
    }

    private static func format(_ type: MediaType, _ word: String) -> WireRow {
        .sends(
            "\(type) as \(word)",
            with { $0.mediaType = type },
            path: "/v1/audio/speech",
            json: #"{"model":"a/b","input":"Good morning","response_format":"\#(word)"}"#,
            options: openAI
        )
    }

    private static func generation(_ change: (inout GenerationParameters) -> Void) -> TextToSpeech {
        var parameters = GenerationParameters()
        change(&parameters)
        return TextToSpeech(text: "a", generationParameters: parameters)
    }

    private static func nested(
        _ name: String,
        _ json: String,
        _ change: (inout GenerationParameters) -> Void
    ) -> WireRow {
        .sends(
            name,
            generation(change),
            json: #"{"inputs":"a","parameters":{"generation_parameters":{"\#(name)":\#(json)}}}"#
        )
    }

    static let rows: [WireRow] = [
        .sends("a text", task, json: #"{"inputs":"Good morning"}"#),
        .sends(
            "the format that is wanted",
            TextToSpeech(text: "a", mediaType: .wav),
            json: #"{"inputs":"a"}"#,
            accept: "audio/wav"
        ),
        nested("temperature", "0.5") { $0.temperature = 0.5 },
        nested("top_k", "5") { $0.topK = 5 },
        nested("top_p", "0.5") { $0.topP = 0.5 },
        nested("typical_p", "0.5") { $0.typicalP = 0.5 },
        nested("epsilon_cutoff", "0.0005") { $0.epsilonCutoff = 0.0005 },
        nested("eta_cutoff", "0.0005") { $0.etaCutoff = 0.0005 },
        nested("max_length", "9") { $0.maxLength = 9 },
        nested("max_new_tokens", "9") { $0.maxNewTokens = 9 },
        nested("min_length", "0") { $0.minLength = 0 },
        nested("min_new_tokens", "1") { $0.minNewTokens = 1 },
        nested("do_sample", "true") { $0.doSample = true },
        nested("early_stopping", #""never""#) { $0.earlyStopping = .never },
        nested("num_beams", "2") { $0.numBeams = 2 },
        nested("num_beam_groups", "2") { $0.numBeamGroups = 2 },
        nested("penalty_alpha", "0.6") { $0.penaltyAlpha = 0.6 },
        nested("use_cache", "false") { $0.useCache = false },
        .sends(
            "to a server of OpenAI's dialect",
            task,
            path: "/v1/audio/speech",
            json: #"{"model":"a/b","input":"Good morning"}"#,
            options: openAI
        ),
        .sends(
            "a voice, a format, a speed and a field that is not known here",
            with {
                $0.voice = "alloy"
                $0.speed = 1.5
                $0.mediaType = .mp3
                $0.extraParameters = ["instructions": "Whisper"]
            },
            path: "/v1/audio/speech",
            json:
                #"{"model":"a/b","input":"Good morning","voice":"alloy","response_format":"mp3","speed":1.5,"instructions":"Whisper"}"#,
            options: openAI
        ),
        .sends(
            "a voice in Hugging Face's form, for the server to say that it has none",
            with { $0.voice = "alloy" },
            json: #"{"inputs":"Good morning","parameters":{"voice":"alloy"}}"#
        ),
        format(.wav, "wav"), format(.flac, "flac"), format(.ogg, "opus"), format("audio/opus", "opus"),
        format(.aac, "aac"), format("audio/pcm", "pcm"), format("audio/L16; rate=24000", "pcm"),
        format("audio/novel", "novel"),
        .reads(
            "a sound that only its type names",
            task,
            .bytes([1, 2, 3, 4], mediaType: "audio/pcm"),
            options: openAI,
            gives: .bytes([1, 2, 3, 4], mediaType: "audio/pcm")
        ),
        .fails(
            "events in place of a sound",
            task,
            .bytes(Array("data: {}".utf8), mediaType: "text/event-stream"),
            code: .undecodable,
            options: openAI
        ),
        .fails(
            "a server that wants a voice",
            task,
            .status(400, json: #"{"error":{"message":"voice: Field required","param":"voice"}}"#),
            code: .rejected,
            message: "voice",
            options: openAI
        ),
        .refuses("a speed beyond 4", with { $0.speed = 4.5 }, field: "speed", options: openAI),
        .refuses("an empty text there", TextToSpeech(text: ""), field: "text", options: openAI),
        .reads("bytes", task, .bytes(flac, mediaType: "audio/flac"), gives: sound),
        .reads(
            "bytes whose type only the server knows",
            task,
            .bytes([1, 2, 3], mediaType: "audio/ogg"),
            gives: .bytes([1, 2, 3], mediaType: .ogg)
        ),
        .reads("base64", task, .json(#"{"audio":"ZkxhQw==","sampling_rate":16000}"#), gives: sound),
        .reads("base64 in a list", task, .json(#"[{"blob":"ZkxhQw==","content-type":"audio/flac"}]"#), gives: sound),
        .reads("base64 alone", task, .json(#""ZkxhQw==""#), gives: sound),
        .reads(
            "samples of one channel",
            task,
            .json(#"{"audio":[[0.0,1.0,-1.0,0.5,null]],"sampling_rate":24000}"#)
        ) { audio in
            #expect(audio.mediaType == .wav)
            #expect(audio.samplingRate == 24_000)
            let values = try samples(audio)
            #expect(values == [0, 32767, -32767, 16384, 0])
        },
        .reads("samples without a channel, too loud", task, .json(#"[{"audio":[2,-3],"sampling_rate":8e3}]"#)) {
            audio in
            #expect(audio.samplingRate == 8000)
            let values = try samples(audio)
            #expect(values == [32767, -32767])
        },
        .reads("two channels", task, .json(#"{"audio":[[1,0,1],[0,0,-1]],"sampling_rate":8000}"#)) { audio in
            let values = try samples(audio)
            #expect(values == [32767, 0, 0, 0, 32767, -32767])
            let bytes = try audio.bytes()
            #expect(bytes[22] == 2)
        },
        .reads(
            "a batch of one, samples first",
            task,
            .json(#"{"audio":[[[1,0],[0,0],[1,-1]]],"sampling_rate":8000}"#)
        ) { audio in
            let values = try samples(audio)
            #expect(values == [32767, 0, 0, 0, 32767, -32767])
            let bytes = try audio.bytes()
            #expect(bytes[22] == 2)
        },
        .fails(
            "samples without a rate",
            task,
            .json(#"{"audio":[[0.5]]}"#),
            code: .undecodable,
            message: "sampling_rate"
        ),
        .fails("no samples", task, .json(#"{"audio":[[]],"sampling_rate":8000}"#), code: .undecodable),
        .fails(
            "channels of two lengths",
            task,
            .json(#"{"audio":[[1],[1,2]],"sampling_rate":8000}"#),
            code: .undecodable
        ),
        .fails(
            "a rate beyond all sound",
            task,
            .json(#"{"audio":[[1]],"sampling_rate":1e300}"#),
            code: .undecodable
        ),
        .fails(
            "a server that takes no parameters",
            task,
            .status(400, json: #"{"error":"__call__() got an unexpected keyword argument 'do_sample'"}"#),
            code: .rejected,
            message: "unexpected keyword"
        ),
        .fails(
            "an error where bytes were asked for",
            task,
            .json(#"{"error":"no voice"}"#),
            code: .serverFailure,
            message: "no voice"
        ),
        .refuses("an empty text", TextToSpeech(text: ""), field: "text"),
        .refuses("top_k of zero", generation { $0.topK = 0 }, field: "generation_parameters.top_k"),
        .refuses(
            "a temperature below 0",
            generation { $0.temperature = -1 },
            field: "generation_parameters.temperature"
        ),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }

    /// The 16-bit samples behind the 44 bytes of a WAV header.
    private static func samples(_ audio: Media) throws -> [Int] {
        let bytes = try audio.bytes()
        #expect(bytes[34] == 16)
        return stride(from: 44, to: bytes.count, by: 2).map {
            Int(Int16(truncatingIfNeeded: Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8))
        }
    }

    @Test("The answer goes into a file, whether it comes as bytes or in JSON")
    func intoFile() async throws {
        let folder = try TemporaryFolder()
        let answers: [MockTransport.Answer] = [
            .bytes(Self.flac, mediaType: "audio/flac"), .json("\"\(Self.base64)\""),
        ]
        for (index, answer) in answers.enumerated() {
            let path = folder.file("\(index)")
            let client = testClient(MockTransport(answer))
            let options = CallOptions(outputPath: path)
            let medium = try await client.textToSpeech("x", model: "a/b", options: options)
            #expect(medium == .file(path, mediaType: .flac))
            #expect(try medium.bytes() == Self.flac)
        }
    }
}
