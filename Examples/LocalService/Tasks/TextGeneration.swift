extension TaskRule {
    /// Goes on from the prompt with phrases chosen by its hash and the seed, see ``Continuation``.
    ///
    /// A list of one, or, with `"stream": true` at the root, TGI's events: one a token, no `[DONE]`.
    static let textGeneration = TaskRule(
        id: "text-generation",
        label: "Text Generation",
        parameters: .generation + [
            Parameter("best_of", .integer(1...2)), Parameter("decoder_input_details", .flag),
            Parameter("details", .flag), Parameter("frequency_penalty", .number(-2...2)), Parameter("grammar", .object),
            Parameter("adapter_id", .string), Parameter("return_full_text", .flag), Parameter("stop", .strings),
            Parameter("stop_sequences", .strings), Parameter("top_n_tokens", .integer(0...5)),
            Parameter("truncate", .integer(0...Int.max)), Parameter("watermark", .flag),
        ],
        models: [
            Model(
                id: "HuggingFaceTB/SmolLM3-3B",
                task: "text-generation",
                tags: ["conversational"],
                window: 4_096,
                providers: ["together", "novita"]
            ),
            Model(
                id: "mistralai/Mistral-Nemo-Instruct-2407",
                task: "text-generation",
                tags: ["conversational"],
                window: 4_096,
                providers: ["novita"]
            ),
            Model(
                id: "meta-llama/Llama-3.1-8B-Instruct",
                task: "text-generation",
                tags: ["conversational"],
                gated: "manual",
                window: 4_096
            ),
            Model(id: "openai-community/gpt2", task: "text-generation", window: 1_024),
            Model(id: "AdapterHub/gpt2-poem", task: "text-generation", library: "adapter-transformers", window: 1_024),
        ]
    ) { call in
        if call.inputs.items?.first?["role"] != nil { return .json(try conversation(call), of: call) }
        let (prompts, isBatch) = try call.texts()
        let generations = try prompts.map { try Generation(prompt: $0, call: call) }
        if call.root["stream"] == true, let first = generations.first {
            return TaskAnswer(reply: .events(first.script), of: call)
        }
        let answers = generations.map { generation in JSON.array([generation.object]) }
        return .json(isBatch ? .array(answers) : answers[0], of: call)
    }

    /// Transformers' chat mode: the messages come back with one more.
    private static func conversation(_ call: TaskCall) throws(Refusal) -> JSON {
        let messages = call.inputs.items ?? []
        let question = messages.last?["content"]?.text ?? ""
        let reply: JSON = ["role": "assistant", "content": .string(Conversation.reply(to: question))]
        return [["generated_text": .array(messages + [reply])]]
    }
}

/// A prompt and what follows it.
struct Generation {
    var prompt: String
    var tokens: [String]
    var finishReason: String
    private let details: Bool
    private let prefill: Bool
    private let returnsPrompt: Bool
    private let topTokens: Int
    private let seed: Int?

    init(prompt: String, call: TaskCall) throws(Refusal) {
        let inputTokens = Words.tokenCount(prompt)
        let limit = call.integer("max_new_tokens", default: 20)
        guard call.parameter("temperature")?.real.map({ $0 > 0 }) ?? true else {
            throw .validation("`temperature` must be strictly positive")
        }
        guard call.parameter("top_p")?.real.map({ $0 > 0 && $0 < 1 }) ?? true else {
            throw .validation("`top_p` must be > 0.0 and < 1.0")
        }
        let kept = call.parameter("truncate")?.whole.map { min($0, inputTokens) } ?? inputTokens
        guard limit <= call.model.window, kept + limit <= call.model.window else {
            throw .validation(
                "`inputs` tokens + `max_new_tokens` must be <= \(call.model.window). Given: \(kept) `inputs` tokens and"
                    + " \(limit) `max_new_tokens`"
            )
        }
        let stops = ["stop", "stop_sequences"].flatMap { call.parameter($0)?.texts ?? [] }
        guard stops.count <= 4 else {
            throw .validation("`stop` supports up to 4 stop sequences. Given: \(stops.count)")
        }
        self.prompt = prompt
        seed = call.parameter("seed")?.whole
        details = call.flag("details") || call.flag("decoder_input_details")
        prefill = call.flag("decoder_input_details")
        returnsPrompt = call.flag("return_full_text")
        topTokens = call.integer("top_n_tokens", default: 0)
        tokens = Continuation.tokens(after: prompt, seed: seed ?? 0, count: limit)
        finishReason = "length"
        for index in tokens.indices {
            let text = tokens[...index].joined()
            if stops.contains(where: { !$0.isEmpty && text.hasSuffix($0) }) {
                tokens = Array(tokens[...index])
                finishReason = "stop_sequence"
                break
            }
        }
    }

    var text: String { (returnsPrompt ? prompt : "") + tokens.joined() }

    var object: JSON {
        guard details else { return ["generated_text": .string(text)] }
        var members: [JSON.Member] = [
            .init(key: "finish_reason", value: .string(finishReason)),
            .init(key: "generated_tokens", value: .integer(tokens.count)),
            .init(key: "seed", value: seed.map(JSON.integer) ?? nil),
            .init(key: "prefill", value: .array(prefill ? prefillTokens : [])),
            .init(key: "tokens", value: .array(tokens.map(Self.token))),
        ]
        if topTokens > 0 { members.append(.init(key: "top_tokens", value: .array(tokens.map(alternatives)))) }
        return ["generated_text": .string(text), "details": .object(members)]
    }

    private var prefillTokens: [JSON] {
        Continuation.split(prompt).enumerated().map { index, piece in
            var token = Self.token(piece)
            if case .object(var members) = token {
                members.removeLast()  // prefill has no `special`
                if index == 0 { members[members.count - 1].value = nil }
                token = .object(members)
            }
            return token
        }
    }

    private func alternatives(_ token: String) -> JSON {
        .array((0..<topTokens).map { Self.token($0 == 0 ? token : token + "~\($0)") })
    }

    private static func token(_ text: String) -> JSON {
        let hash = Hash.fnv1a(text)
        return [
            "id": .integer(Int(hash % 50_000)), "text": .string(text),
            "logprob": .number(-Double(hash % 1_000) / 1_000),
            "special": false,
        ]
    }

    /// TGI's events: the last one has the whole text.
    var script: EventScript {
        let events = tokens.enumerated().map { index, token -> JSON in
            let isLast = index + 1 == tokens.count
            let summary: JSON = [
                "finish_reason": .string(finishReason), "generated_tokens": .integer(tokens.count),
                "seed": seed.map(JSON.integer) ?? nil, "input_length": .integer(Words.tokenCount(prompt)),
            ]
            return [
                "index": .integer(index + 1), "token": Self.token(token),
                "generated_text": isLast ? .string(text) : nil, "details": isLast && details ? summary : nil,
            ]
        }
        return EventScript(events, interval: .zero, end: nil)
    }
}
