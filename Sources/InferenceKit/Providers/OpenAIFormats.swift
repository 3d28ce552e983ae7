/// The OpenAI forms that servers and several providers share.
///
/// Source: the routes `/v1/completions`, `/v1/embeddings`, `/v1/audio/transcriptions`, `/v1/audio/speech` and
/// `/v1/images/generations`.
extension WireFormat where Operation == FeatureExtraction {
    /// `{"model": …, "input": …}` to `{"data": [{"index": …, "embedding": …}]}`.
    ///
    /// Asks for base64 unless the task says otherwise: a quarter of the bytes, and every server that does not know the
    /// word sends numbers, which are read as well.
    public static var openAIEmbeddings: Self {
        .form { task, exchange in
            try task.checkTexts()
            var body: JSONObject = [:]
            body["model"] = .string(exchange.modelName ?? "default")
            body["input"] = task.isSingle ? .string(task.texts[0]) : .array(task.texts.map { .string($0) })
            body["encoding_format"] = (task.encodingFormat ?? .base64).json
            if let dimensions = task.dimensions { body["dimensions"] = .number(JSONNumber(dimensions)) }
            // What only Hugging Face's form knows (normalize, truncate, prompt_name) goes along when it was set, so that
            // a server that cannot do it says so instead of answering something else.
            for (name, value) in try task.parametersObject() where body[name] == nil { body[name] = value }
            return .json(.object(body.merging(task.extraParameters)))
        } decode: { _, reply in
            try FloatTensor(embeddingsReply: reply.bytes)
        }
    }
}

extension WireFormat where Operation == TextClassification {
    /// `{"model": …, "input": ["…"]}` to `{"data": [[{"label": …, "score": …}]]}`.
    ///
    /// Source: the `/classify` route of infinity; that of vLLM answers one label with the probabilities of all.
    public static var classify: Self {
        .form { task, exchange in
            var body: JSONObject = [:]
            body["model"] = .string(exchange.modelName ?? "default")
            body["input"] = .array([try task.batchInput()])
            return .json(.object(body.merging(task.extraParameters)))
        } decode: { task, reply in
            let json = try reply.json()
            guard let first = json["data"]?[0] else {
                throw JSONMismatch(expected: "an object with \"data\"", found: json)
            }
            if let label = first["label"]?.stringValue {
                let score = first["probs"]?.arrayValue?.compactMap(\.doubleValue).max()
                return [ClassificationLabel(label: label, score: score)]
            }
            let labels = try ClassificationLabel.list(from: first)
            return task.topK.map { Array(labels.prefix($0)) } ?? labels
        }
    }
}

extension WireFormat where Operation == TextGeneration {
    /// `{"model": …, "prompt": …, "max_tokens": …}` to `{"choices": [{"text": …, "finish_reason": …}]}`.
    ///
    /// The other parameters keep their names and stand at the root, as Hugging Face's own clients send them.
    public static var openAICompletion: Self {
        Self.form { task, exchange in
            .json(.object(try openAIBody(task, exchange)))
        } decode: { task, reply in
            let json = try reply.json()
            guard let choices = json["choices"]?.arrayValue else { return try task.response(json: json) }
            var texts = try choices.map { choice in
                let members = try choice.members()
                let reason: FinishReason? = try members.decodeIfPresent("finish_reason")
                return GeneratedText(
                    text: try members.label("text"),
                    details: reason.map { GeneratedText.Details(finishReason: $0) },
                    additional: members.removing(["text", "finish_reason", "index", "logprobs"])
                )
            }
            guard !texts.isEmpty else { throw JSONMismatch(expected: "one of \"choices\"", found: "none") }
            var first = texts.removeFirst()
            // The usage is that of all choices together.
            if texts.isEmpty { first.details?.generatedTokens = json["usage"]?["completion_tokens"]?.intValue }
            first.others = texts
            return first
        }
        .streaming { task, exchange in
            try task.checkStream()
            var body = try openAIBody(task, exchange)
            body["stream"] = true
            return try await exchange.open(.json(.object(body), accept: .eventStream))
        }
    }

    private static func openAIBody(_ task: TextGeneration, _ exchange: Exchange) throws -> JSONObject {
        guard case .text(let prompt) = task.prompt, !prompt.isEmpty else {
            throw InferenceError.invalidInput("prompt", expected: "a text that is not empty")
        }
        var body: JSONObject = ["model": .string(exchange.modelName ?? "default"), "prompt": .string(prompt)]
        for (name, value) in try task.parametersObject() {
            body[name == "max_new_tokens" ? "max_tokens" : name] = value
        }
        return body
    }
}

extension WireFormat where Operation == TextRanking {
    /// `{"model": …, "query": …, "documents": […]}` to `{"results": [{"index": …, "relevance_score": …}]}`.
    ///
    /// Source: the `/rerank` of vLLM, SGLang, llama.cpp and infinity, which follow Cohere's.
    public static var openAIRerank: Self {
        .form { task, exchange in
            try task.check()
            let body: JSONObject = [
                "model": .string(exchange.modelName ?? "default"), "query": .string(task.query),
                "documents": task.texts.json,
            ]
            return .json(.object(body.merging(try task.parametersObject())))
        } decode: { task, reply in
            try task.response(from: reply)
        }
    }
}

extension WireFormat where Operation == AutomaticSpeechRecognition {
    /// A multipart form with the file, to `{"text": …}` or `{"text": …, "segments": […]}`.
    public static var openAITranscription: Self {
        .form { task, exchange in
            let content = try task.audio.content(field: "audio")
            var form = MultipartForm()
            // `model` stands before the file, so that a router can read it without buffering the sound.
            form.append(name: "model", text: exchange.modelName ?? "default")
            let granularity = task.returnTimestamps?.json
            if let granularity, granularity.boolValue != false {
                form.append(name: "response_format", text: "verbose_json")
                if granularity.stringValue == "word" {
                    form.append(name: "timestamp_granularities[]", text: "word")
                }
            }
            let generation = try task.generationParameters?.checkedMembers() ?? [:]
            for (name, value) in generation.merging(task.extraParameters) {
                form.append(name: name, text: value.stringValue ?? value.jsonString())
            }
            form.append(
                name: "file",
                fileName: "audio.\(content.mediaType.preferredFileExtension ?? "wav")",
                contentType: content.mediaType,
                segment: content.segment
            )
            return Payload(body: .segments(form.segments), contentType: form.contentType)
        } decode: { task, reply in
            // `text`, `srt` and `vtt` answers are no JSON.
            guard reply.isJSON else {
                return Transcription(text: String(decoding: reply.bytes, as: UTF8.self))
            }
            return try task.response(from: reply)
        }
    }
}

extension WireFormat where Operation == TextToSpeech {
    /// `{"model": …, "input": …, "voice": …, "response_format": …, "speed": …}` to the sound's bytes.
    public static var openAISpeech: Self {
        .form { task, exchange in
            try InferenceError.require(!task.text.isEmpty, "text", "a text that is not empty")
            try task.generationParameters?.validate()
            var body: JSONObject = [:]
            body["model"] = .string(exchange.modelName ?? "default")
            body["input"] = .string(task.text)
            body["voice"] = task.voice?.json
            body["response_format"] = task.mediaType?.speechFormat.json
            for (name, value) in try task.parametersObject() { body[name] = value }
            return .json(.object(body), expectsMedia: true)
        } decode: { task, reply in
            try task.response(from: reply)
        }
    }
}

extension MediaType {
    /// The word of OpenAI's dialect for a sound's type.
    fileprivate var speechFormat: String {
        switch withoutParameters.rawValue {
        // Opus comes in an Ogg file.
        case "audio/ogg", "audio/opus": "opus"
        case "audio/pcm", "audio/l16": "pcm"
        default:
            preferredFileExtension ?? String(withoutParameters.rawValue.drop { $0 != "/" }.dropFirst())
        }
    }
}

extension WireFormat where Operation == TextToImage {
    /// `{"model": …, "prompt": …, "size": "WxH"}` to `{"data": [{"b64_json": …}]}`, or a URL that is fetched.
    public static var openAIImage: Self {
        Self { task, exchange in
            try InferenceError.require(!task.prompt.isEmpty, "prompt", "a text that is not empty")
            var body: JSONObject = [:]
            body["model"] = .string(exchange.modelName ?? "default")
            body["prompt"] = .string(task.prompt)
            body["response_format"] = "b64_json"
            var parameters = try task.parametersObject()
            if let width = task.width, let height = task.height {
                body["size"] = .string("\(width)x\(height)")
                parameters = parameters.removing(["width", "height"])
            }
            let payload = Payload.json(.object(body.merging(parameters)), expectsMedia: true)
            let reply = try await exchange.send(payload)
            let image = try exchange.decode(reply, as: TextToImage.self) { try task.response(from: $0) }
            guard case .url(let url) = image.source else { return image }
            let download = try await exchange.download(url)
            return try exchange.decode(download, as: TextToImage.self) { try task.response(from: $0) }
        }
    }
}
