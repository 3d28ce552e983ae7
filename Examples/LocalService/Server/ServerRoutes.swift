/// The own routes of TGI and TEI, at the root as on a server of one's own.
struct ServerRoutes {
    var backend: Backend

    /// TEI's limit on the texts of one request.
    private static let batchLimit = 32

    func reply(to request: Request, _ path: [String]) async throws -> Reply? {
        guard path.count == 1 else { return nil }
        let known: Set<String> = [
            "generate", "generate_stream", "embed", "embed_all", "embed_sparse", "rerank", "predict", "similarity",
            "tokenize",
        ]
        guard known.contains(path[0]) else { return nil }
        _ = try backend.admit(request)
        guard request.contentType == "application/json" else {
            throw Refusal.plain(415, "Expected request with `Content-Type: application/json`")
        }
        guard let root = try? JSONReader.read(request.body) else {
            throw Refusal.plain(400, "Failed to parse the request body as JSON")
        }
        try await backend.takeTime()
        switch path[0] {
        case "generate", "generate_stream": return try generate(root, isStream: path[0] == "generate_stream")
        case "rerank": return try rerank(root)
        case "similarity": return try similarity(root)
        case "predict": return try predict(root)
        case "tokenize": return try tokenize(root)
        default: return try embed(root, path[0])
        }
    }

    private func generate(_ root: JSON, isStream: Bool) throws -> Reply {
        guard let prompt = root["inputs"]?.text else { throw missing("inputs", root) }
        guard let model = TaskRule.textGeneration.models.first else { return .json([]) }
        let parameters = root["parameters"] ?? .object([])
        for member in parameters.members ?? [] {
            if let parameter = TaskRule.textGeneration.parameters.first(where: { $0.name == member.key }),
                !member.value.isNull
            {
                do {
                    try parameter.check(member.value)
                } catch {
                    throw Refusal.validation("`\(member.key)` is out of range or of the wrong type")
                }
            }
        }
        let call = TaskCall(
            rule: .textGeneration,
            model: model,
            inputs: .string(prompt),
            parameters: parameters,
            root: root,
            accept: []
        )
        guard isStream else { return .json(try Generation(prompt: prompt, call: call).object) }
        do {
            var script = try Generation(prompt: prompt, call: call).script
            script.interval = backend.tokenInterval
            return .events(script)
        } catch {
            // A stream's refusal comes as an event, with status 200.
            guard case .json(let body) = error.body else { throw error }
            return .events(EventScript([body], interval: .zero, end: nil))
        }
    }

    private func missing(_ field: String, _ root: JSON) -> Refusal {
        .plain(
            422,
            "Failed to deserialize the JSON body into the target type: missing field `\(field)` at line 1 column"
                + " \(root.encoded.count)"
        )
    }

    private func checked(_ texts: [String], _ root: JSON) throws(Refusal) {
        guard !texts.isEmpty else { throw .typed(400, "`inputs` cannot be empty", type: "Empty") }
        guard texts.count <= Self.batchLimit else {
            throw .typed(
                422,
                "batch size \(texts.count) > maximum allowed batch size \(Self.batchLimit)",
                type: "Validation"
            )
        }
        for text in texts where root["truncate"] == false {
            let count = Words.tokenCount(text) + 2
            guard count <= 512 else {
                throw .typed(
                    422,
                    "Input validation error: `inputs` must have less than 512 tokens. Given: \(count)",
                    type: "Validation"
                )
            }
        }
    }

    /// TEI's headers: milliseconds, where others give seconds.
    private func answer(_ value: JSON, tokens: Int) -> Reply {
        var reply = Reply.json(value)
        let time = String(max(1, Int(backend.configuration.latency.seconds * 1_000)))
        reply.headers += [
            ("x-compute-type", "cpu"), ("x-compute-time", time), ("x-total-time", time), ("x-queue-time", "0"),
            ("x-tokenization-time", "0"), ("x-inference-time", time), ("x-compute-tokens", String(tokens)),
        ]
        return reply
    }

    private func embed(_ root: JSON, _ route: String) throws -> Reply {
        guard let inputs = root["inputs"] else { throw missing("inputs", root) }
        guard let texts = inputs.text.map({ [$0] }) ?? inputs.texts else {
            throw Refusal.plain(
                422,
                "Failed to deserialize the JSON body into the target type: inputs: data did not match any variant"
            )
        }
        try checked(texts, root)
        let dimensions = root["dimensions"]?.whole ?? Embedding.dimensions
        guard (1...Embedding.dimensions).contains(dimensions) else {
            throw Refusal.typed(422, "`dimensions` should be at most \(Embedding.dimensions)", type: "Validation")
        }
        let scale = root["normalize"] == false ? 2.0 : 1
        let answers = texts.map { text -> JSON in
            switch route {
            case "embed_all": return TaskRule.tokens(text)
            case "embed_sparse":
                let words = Set(Words.content(of: text)).sorted()
                return .array(words.map { ["index": .integer(Int(Hash.fnv1a($0) % 30_522)), "value": 0.4] })
            default:
                let vector = Embedding.normalised(Array(Embedding.vector(of: text).prefix(dimensions)))
                return .array(vector.map { .number($0 * scale) })
            }
        }
        return answer(.array(answers), tokens: texts.reduce(0) { $0 + Words.tokenCount($1) })
    }

    private func rerank(_ root: JSON) throws -> Reply {
        guard let query = root["query"]?.text else { throw missing("query", root) }
        guard let texts = root["texts"]?.texts else { throw missing("texts", root) }
        try checked(texts, root)
        let ranking = TaskRule.ranking(
            query: query,
            texts: texts,
            isRaw: root["raw_scores"] == true,
            returnsText: root["return_text"] == true
        )
        return answer(ranking, tokens: texts.reduce(0) { $0 + Words.tokenCount($1) })
    }

    private func similarity(_ root: JSON) throws -> Reply {
        guard let source = root["inputs"]?["source_sentence"]?.text else { throw missing("source_sentence", root) }
        guard let sentences = root["inputs"]?["sentences"]?.texts else { throw missing("sentences", root) }
        try checked(sentences, root)
        let scores = sentences.map { JSON.number(Scores.rounded(Embedding.similarity(source, $0))) }
        return answer(.array(scores), tokens: Words.tokenCount(source))
    }

    /// One text or one pair gives a flat list, a batch of lists a nested one.
    private func predict(_ root: JSON) throws -> Reply {
        guard let inputs = root["inputs"] else { throw missing("inputs", root) }
        func labels(_ texts: [String]) -> JSON {
            let value =
                texts.count == 2
                ? Ranking.value(query: texts[0], document: texts[1]) : 1.7 * Sentiment.balance(of: texts.first ?? "")
            return .array(Scores.ranked([("POSITIVE", value), ("NEGATIVE", -value)], count: 2))
        }
        if let batch = inputs.items, batch.allSatisfy({ $0.items != nil }) {
            let lists = batch.compactMap(\.texts)
            try checked(lists.map { $0.joined(separator: " ") }, root)
            return answer(.array(lists.map(labels)), tokens: lists.count)
        }
        let texts = inputs.text.map { [$0] } ?? inputs.texts ?? []
        guard (1...2).contains(texts.count) else {
            throw Refusal.plain(
                422,
                "Failed to deserialize the JSON body into the target type: inputs: data did not match any variant"
            )
        }
        return answer(labels(texts), tokens: Words.tokenCount(texts.joined(separator: " ")))
    }

    private func tokenize(_ root: JSON) throws -> Reply {
        guard let inputs = root["inputs"] else { throw missing("inputs", root) }
        let texts = inputs.text.map { [$0] } ?? inputs.texts ?? []
        let lists = texts.map { text -> JSON in
            .array(
                Words.all(in: text).map { word in
                    [
                        "id": .integer(Int(Hash.fnv1a(word.text) % 30_522)), "text": .string(word.text),
                        "special": false,
                        "start": .integer(word.start), "stop": .integer(word.end),
                    ]
                }
            )
        }
        return .json(.array(lists))
    }
}
