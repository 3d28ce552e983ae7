import InferenceKit
import TestSupport
import Testing

@Suite("text-generation on the wire")
struct TextGenerationTests {
    private static let task = TextGeneration(prompt: "The tide came")
    private static let openAI = CallOptions(target: .url("http://127.0.0.1:8080/v1"))
    private static let tgi = CallOptions(target: .url("http://127.0.0.1:8080", dialect: .tgi))

    private static func with(_ change: (inout TextGeneration) -> Void) -> TextGeneration {
        var task = TextGeneration(prompt: "x")
        change(&task)
        return task
    }

    private static func parameter(_ json: String, _ change: @escaping (inout TextGeneration) -> Void) -> WireRow {
        .sends(json, with(change), json: #"{"inputs":"x","parameters":{\#(json)}}"#)
    }

    static let parameterRows: [WireRow] = [
        parameter(#""adapter_id":"poems""#) { $0.adapterID = "poems" },
        parameter(#""best_of":2"#) { $0.bestOf = 2 },
        parameter(#""decoder_input_details":true"#) { $0.decoderInputDetails = true },
        parameter(#""details":true"#) { $0.details = true },
        parameter(#""do_sample":true"#) { $0.doSample = true },
        parameter(#""frequency_penalty":-1.5"#) { $0.frequencyPenalty = -1.5 },
        parameter(#""grammar":{"type":"regex","value":"[0-9]+"}"#) { $0.grammar = .regex("[0-9]+") },
        parameter(#""grammar":{"type":"json","value":{"type":"object"}}"#) { $0.grammar = .json(["type": "object"]) },
        parameter(#""grammar":{"type":"json_schema","value":{"name":"n","schema":{"type":"array"}}}"#) {
            $0.grammar = .jsonSchema(["type": "array"], name: "n")
        },
        parameter(#""max_new_tokens":0"#) { $0.maxNewTokens = 0 },
        parameter(#""repetition_penalty":1.25"#) { $0.repetitionPenalty = 1.25 },
        parameter(#""return_full_text":false"#) { $0.returnFullText = false },
        parameter(#""seed":7"#) { $0.seed = 7 },
        parameter(#""stop":["\n","."]"#) { $0.stop = ["\n", "."] },
        parameter(#""temperature":0.5"#) { $0.temperature = 0.5 },
        parameter(#""top_k":10"#) { $0.topK = 10 },
        parameter(#""top_n_tokens":5"#) { $0.topNTokens = 5 },
        parameter(#""top_p":1.0"#) { $0.topP = 1 },
        parameter(#""truncate":64"#) { $0.truncate = 64 },
        parameter(#""typical_p":0.95"#) { $0.typicalP = 0.95 },
        parameter(#""watermark":true"#) { $0.watermark = true },
        parameter(#""stop_sequences":["."]"#) { $0.stopSequences = ["."] },
        parameter(#""max_length":20"#) { $0.maxLength = 20 },
        parameter(#""min_length":0"#) { $0.minLength = 0 },
        parameter(#""max_time":2.5"#) { $0.maxTime = 2.5 },
        parameter(#""num_return_sequences":3"#) { $0.numReturnSequences = 3 },
        parameter(#""max_new_tokens":8,"temperature":0.5,"num_beams":2"#) {
            $0.maxNewTokens = 8
            $0.temperature = 0.5
            $0.extraParameters = ["num_beams": 2]
        },
    ]

    static let sendRows: [WireRow] = [
        .sends("a prompt, without stream", task, json: #"{"inputs":"The tide came"}"#),
        .sends(
            "messages",
            TextGeneration(messages: [.system("Be brief."), .user("Hi")], maxNewTokens: 4),
            json: #"{"inputs":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],"#
                + #""parameters":{"max_new_tokens":4}}"#
        ),
        .sends(
            "its own route at a server",
            task,
            path: "/generate",
            json: #"{"inputs":"The tide came"}"#,
            options: tgi
        ),
        .sends(
            "the OpenAI form",
            with {
                $0.maxNewTokens = 8
                $0.temperature = 0.5
            },
            path: "/v1/completions",
            json: #"{"model":"a/b","prompt":"x","max_tokens":8,"temperature":0.5}"#,
            options: openAI
        ),
        .sends("a batch", Batch([with { _ in }, task]), json: #"{"inputs":["x","The tide came"]}"#),
    ]

    private static let full = """
        {"generated_text":" in","details":{"finish_reason":"length","generated_tokens":1,"seed":18446744073709551615,\
        "prefill":[{"id":1,"text":"The","logprob":null}],\
        "tokens":[{"id":2,"text":" in","logprob":-0.5,"special":false}],\
        "top_tokens":[[{"id":2,"text":" in","logprob":-0.5,"special":false}]],\
        "best_of_sequences":[{"generated_text":" on","finish_reason":"eos_token","generated_tokens":1,"prefill":[],\
        "tokens":[]}],"input_length":3},"warnings":["slow"]}
        """
    private static let fullValue = GeneratedText(
        text: " in",
        details: GeneratedText.Details(
            finishReason: .length,
            generatedTokens: 1,
            seed: UInt64.max,
            prefill: [GeneratedText.Token(id: 1, text: "The", logprob: nil)],
            tokens: [GeneratedText.Token(id: 2, text: " in", logprob: -0.5, isSpecial: false)],
            topTokens: [[GeneratedText.Token(id: 2, text: " in", logprob: -0.5, isSpecial: false)]],
            bestOfSequences: [
                GeneratedText.BestOfSequence(
                    text: " on",
                    details: GeneratedText.Details(finishReason: .endOfSequence, generatedTokens: 1)
                )
            ],
            additional: ["input_length": 3]
        ),
        additional: ["warnings": ["slow"]]
    )

    static let readRows: [WireRow] = [
        .reads("a list of one", task, .json(#"[{"generated_text":" in."}]"#), gives: GeneratedText(text: " in.")),
        .reads("a list in a list", task, .json(#"[[{"generated_text":" in."}]]"#), gives: GeneratedText(text: " in.")),
        .reads("an object", task, .json(#"{"generated_text":" in."}"#), gives: GeneratedText(text: " in.")),
        .reads("details", task, .json(full), gives: fullValue),
        .reads("details in a list", task, .json("[\(full)]"), gives: fullValue),
        .reads(
            "details that are null, and a text that is empty",
            task,
            .json(#"{"generated_text":"","details":null}"#),
            gives: GeneratedText(text: "")
        ),
        .reads(
            "a reason in another spelling, and nothing else",
            task,
            .json(#"[{"generated_text":"a","details":{"finish_reason":"Length"}}]"#),
            gives: GeneratedText(text: "a", details: GeneratedText.Details(finishReason: .init(rawValue: "Length")))
        ),
        .reads(
            "a conversation",
            TextGeneration(messages: [.user("Hi")]),
            .json(#"[{"generated_text":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello."}]}]"#),
            gives: GeneratedText(text: "Hello.", messages: [.user("Hi"), .assistant("Hello.")])
        ),
        .reads(
            "a conversation in parts",
            TextGeneration(messages: [.user("Hi")]),
            .json(#"[{"generated_text":[{"role":"assistant","content":[{"type":"text","text":"Yes"},{"text":"."}]}]}]"#)
        ) { #expect($0.text == "Yes.") },
        .reads(
            "several texts for one prompt",
            task,
            .json(#"[{"generated_text":"a"},{"generated_text":"b"}]"#),
            gives: GeneratedText(text: "a", others: [GeneratedText(text: "b")])
        ),
        .reads(
            "the OpenAI form",
            task,
            .json(
                #"{"choices":[{"index":0,"text":" in","finish_reason":"stop","logprobs":null}],"usage":{"completion_tokens":1}}"#
            ),
            options: openAI,
            gives: GeneratedText(
                text: " in",
                details: GeneratedText.Details(finishReason: .init(rawValue: "stop"), generatedTokens: 1)
            )
        ),
        .reads(
            "the OpenAI form with several choices",
            task,
            .json(#"{"choices":[{"text":"a"},{"text":"b"}]}"#),
            options: openAI,
            gives: GeneratedText(text: "a", others: [GeneratedText(text: "b")])
        ),
        .reads(
            "a batch, a list for each prompt",
            Batch([task, task]),
            .json(#"[[{"generated_text":"a"}],[{"generated_text":"b"}]]"#),
            gives: [GeneratedText(text: "a"), GeneratedText(text: "b")]
        ),
        .reads(
            "a batch, flat",
            Batch([task, task]),
            .json(#"[{"generated_text":"a"},{"generated_text":"b"}]"#),
            gives: [GeneratedText(text: "a"), GeneratedText(text: "b")]
        ),
        .fails("no text", task, .json(#"[{"text":"a"}]"#), code: .undecodable, message: "generated_text"),
        .fails("an empty list", task, .json("[]"), code: .undecodable),
        .fails("no choices", task, .json(#"{"choices":[]}"#), code: .undecodable, options: openAI),
        .fails(
            "validation",
            task,
            .status(422, json: #"{"error":"`top_p` must be < 1.0","error_type":"validation"}"#),
            code: .rejected,
            message: "top_p"
        ),
        .fails(
            "a page of words in place of JSON",
            task,
            .status(422, body: Array("Failed to deserialize".utf8), mediaType: "text/plain"),
            code: .rejected
        ),
        .fails(
            "an overloaded server",
            task,
            .status(429, json: #"{"error":"Model is overloaded","error_type":"overloaded"}"#),
            code: .overloaded
        ),
        .fails(
            "a generation that failed",
            task,
            .status(424, json: #"{"error":"Request failed during generation","error_type":"generation"}"#),
            code: .serverFailure
        ),
        .fails(
            "a generation that is incomplete",
            task,
            .status(500, json: #"{"error":"Incomplete generation","error_type":"incomplete_generation"}"#),
            code: .serverFailure
        ),
        .fails(
            "parameters that the model does not use",
            task,
            .status(400, json: #"{"error":"The following `model_kwargs` are not used by the model: ['watermark']"}"#),
            code: .rejected,
            message: "model_kwargs"
        ),
    ]

    static let refuseRows: [WireRow] = [
        .refuses("an empty prompt", TextGeneration(prompt: ""), field: "prompt"),
        .refuses("no messages", TextGeneration(messages: []), field: "prompt"),
        .refuses(
            "messages in the OpenAI form",
            TextGeneration(messages: [.user("a")]),
            field: "prompt",
            options: openAI
        ),
        .refuses("best_of 0", with { $0.bestOf = 0 }, field: "best_of"),
        .refuses("frequency_penalty -2", with { $0.frequencyPenalty = -2 }, field: "frequency_penalty"),
        .refuses("max_new_tokens -1", with { $0.maxNewTokens = -1 }, field: "max_new_tokens"),
        .refuses("repetition_penalty 0", with { $0.repetitionPenalty = 0 }, field: "repetition_penalty"),
        .refuses("seed 0", with { $0.seed = 0 }, field: "seed"),
        .refuses("five stops", with { $0.stop = ["a", "b", "c", "d", "e"] }, field: "stop"),
        .refuses("temperature 0", with { $0.temperature = 0 }, field: "temperature"),
        .refuses("temperature nan", with { $0.temperature = .nan }, field: "temperature"),
        .refuses("top_k 0", with { $0.topK = 0 }, field: "top_k"),
        .refuses("top_n_tokens 0", with { $0.topNTokens = 0 }, field: "top_n_tokens"),
        .refuses("top_p 1.1", with { $0.topP = 1.1 }, field: "top_p"),
        .refuses("top_p 0", with { $0.topP = 0 }, field: "top_p"),
        .refuses("truncate -1", with { $0.truncate = -1 }, field: "truncate"),
        .refuses("typical_p 2", with { $0.typicalP = 2 }, field: "typical_p"),
        .refuses("max_length 0", with { $0.maxLength = 0 }, field: "max_length"),
        .refuses("min_length -1", with { $0.minLength = -1 }, field: "min_length"),
        .refuses("max_time 0", with { $0.maxTime = 0 }, field: "max_time"),
        .refuses("num_return_sequences 0", with { $0.numReturnSequences = 0 }, field: "num_return_sequences"),
    ]

    @Test("A row", arguments: parameterRows + sendRows + readRows + refuseRows)
    func row(_ row: WireRow) async throws { try await row.check() }

    @Test("The answer is written as it came")
    func json() throws {
        let value = try JSONValue(jsonString: Self.full)
        #expect(try GeneratedText(json: value).json == value)
        let several = GeneratedText(text: "a", others: [GeneratedText(text: "b")])
        #expect(several.json == [["generated_text": "a"], ["generated_text": "b"]])
    }

    @Test("The schema's input is a text or messages")
    func input() throws {
        #expect(try TextGeneration(input: TaskInput(json: "a")).prompt == "a")
        let messages = try TextGeneration(input: TaskInput(json: [["role": "user", "content": "Hi"]]))
        #expect(messages.prompt == .messages([.user("Hi")]))
        #expect(throws: InferenceError.self) { try TextGeneration(input: TaskInput(json: [["content": "Hi"]])) }
    }
}
