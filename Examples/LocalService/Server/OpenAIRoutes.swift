import Foundation

/// The OpenAI forms: chat and responses, which have files of their own, completions, embeddings, transcriptions, speech and images.
struct OpenAIRoutes {
    var backend: Backend

    /// The path after `v1`; the model is the path's, else the body's, else the task's first.
    func reply(to request: Request, _ path: [String], modelID: String?) async throws -> Reply? {
        let rule: TaskRule
        switch path {
        case ["chat", "completions"]: return try await ChatRoute(backend: backend).reply(to: request, modelID: modelID)
        case ["responses"]: return try await ResponsesRoute(backend: backend).reply(to: request, modelID: modelID)
        case ["completions"]: rule = .textGeneration
        case ["embeddings"]: rule = .featureExtraction
        case ["audio", "transcriptions"]: rule = .automaticSpeechRecognition
        case ["audio", "speech"]: rule = .textToSpeech
        case ["images", "generations"]: rule = .textToImage
        default: return nil
        }
        let account = try backend.admit(request)
        let form = try Form(request)
        let model = try model(modelID ?? form["model"]?.text, rule)
        let waits = request.header("x-wait-for-model").map { !["false", "0"].contains($0.lowercased()) } ?? false
        try await backend.makeReady(model, for: account, waits: waits, loads: true)
        try await backend.takeTime()
        var call = TaskCall(
            rule: rule,
            model: model,
            inputs: .null,
            parameters: .object([]),
            root: form.json,
            accept: []
        )
        switch path.last {
        case "completions": return try completions(form, &call)
        case "embeddings": return try embeddings(form, model)
        case "transcriptions": return try transcription(form, &call)
        case "speech": return try speech(form, &call)
        default: return try images(form, &call)
        }
    }

    private func model(_ id: String?, _ rule: TaskRule) throws(Refusal) -> Model {
        guard let id, !["", "default", "dummy", "tgi", "tei"].contains(id) else {
            guard let first = rule.models.first else { throw Refusal(404, "Model not found") }
            return first
        }
        guard let model = backend.catalog.find(id), model.canDo(rule.id) else {
            throw Refusal(
                404,
                json: [
                    "error": [
                        "message": .string("The model `\(id)` does not exist."), "type": "NotFoundError",
                        "param": "model", "code": 404,
                    ]
                ]
            )
        }
        return model
    }

    private static func invalid(_ message: String, _ parameter: String) -> Refusal {
        Refusal(
            400,
            json: [
                "error": [
                    "message": .string(message), "type": "invalid_request_error", "param": .string(parameter),
                    "code": 400,
                ]
            ]
        )
    }

    private func completions(_ form: Form, _ call: inout TaskCall) throws -> Reply {
        guard let prompts = form["prompt"]?.text.map({ [$0] }) ?? form["prompt"]?.texts, !prompts.isEmpty else {
            throw Self.invalid("prompt: Field required", "prompt")
        }
        var parameters: [JSON.Member] = []
        for (name, own) in [("max_tokens", "max_new_tokens"), ("seed", "seed"), ("stop", "stop")] {
            guard let value = form[name], !value.isNull else { continue }
            parameters.append(JSON.Member(key: own, value: value.text.map { [.string($0)] } ?? value))
        }
        call.parameters = .object(parameters)
        let generations = try prompts.map { try Generation(prompt: $0, call: call) }
        let identifier = "cmpl-" + String(Hash.fnv1a(prompts.joined()), radix: 16)
        let created = Int(Date().timeIntervalSince1970)
        let model = call.model.id
        func envelope(_ choices: [JSON], usage: JSON) -> JSON {
            [
                "id": .string(identifier), "object": "text_completion", "created": .integer(created),
                "model": .string(model), "choices": .array(choices), "usage": usage,
            ]
        }
        func choice(_ index: Int, _ text: String, _ reason: JSON) -> JSON {
            ["index": .integer(index), "text": .string(text), "finish_reason": reason, "logprobs": nil]
        }
        let spoken = generations.reduce(0) { $0 + $1.tokens.count }
        let read = prompts.reduce(0) { $0 + Words.tokenCount($1) }
        let usage: JSON = [
            "prompt_tokens": .integer(read), "completion_tokens": .integer(spoken),
            "total_tokens": .integer(read + spoken),
        ]
        if form["stream"] == true {
            let events = generations.enumerated().flatMap { index, generation in
                generation.tokens.map { envelope([choice(index, $0, nil)], usage: nil) }
                    + [envelope([choice(index, "", .string(generation.finishReason))], usage: usage)]
            }
            return .events(EventScript(events, interval: backend.tokenInterval))
        }
        let choices = generations.enumerated().map {
            choice($0.offset, $0.element.text, .string($0.element.finishReason))
        }
        return .json(envelope(choices, usage: usage))
    }

    /// TEI's own form of refusal stands at the top level here.
    private func embeddings(_ form: Form, _ model: Model) throws -> Reply {
        func refusal(_ message: String) -> Refusal {
            Refusal(422, json: ["message": .string(message), "code": 422, "type": "Validation"])
        }
        guard let texts = form["input"]?.text.map({ [$0] }) ?? form["input"]?.texts, !texts.isEmpty else {
            throw refusal("`input` must be a text or a list of texts")
        }
        if let long = texts.map(Words.tokenCount).max(), long + 2 > model.window {
            throw refusal("`inputs` must have less than \(model.window) tokens. Given: \(long + 2)")
        }
        let dimensions = form["dimensions"]?.whole ?? Embedding.dimensions
        guard (1...Embedding.dimensions).contains(dimensions) else {
            throw refusal("`dimensions` should be positive and at most \(Embedding.dimensions)")
        }
        let isBase64 = form["encoding_format"]?.text == "base64"
        let data = texts.enumerated().map { index, text -> JSON in
            let vector = Embedding.normalised(Array(Embedding.vector(of: text).prefix(dimensions)))
            return [
                "object": "embedding", "index": .integer(index),
                "embedding": isBase64
                    ? .string(Base64.encode(floats: vector.map { Float($0) })) : .array(vector.map(JSON.number)),
            ]
        }
        let count = texts.reduce(0) { $0 + Words.tokenCount($1) }
        return .json([
            "object": "list", "data": .array(data), "model": .string(model.id),
            "usage": ["prompt_tokens": .integer(count), "total_tokens": .integer(count)],
        ])
    }

    private func transcription(_ form: Form, _ call: inout TaskCall) throws -> Reply {
        guard let file = form.files["file"] else { throw Self.invalid("file: Field required", "file") }
        call.media = file
        let sound = try call.sound()
        let words = Listening.words(in: sound)
        let text = words.map(\.text).joined(separator: " ")
        switch form["response_format"]?.text ?? "json" {
        case "json": return .json(["text": .string(text)])
        case "text": return .text(text + "\n")
        case "verbose_json":
            let segments = Listening.phrases(words).enumerated().map { index, phrase -> JSON in
                [
                    "id": .integer(index), "start": .number(phrase.first?.start ?? 0),
                    "end": .number(phrase.last?.end ?? 0),
                    "text": .string(phrase.map { " " + $0.text }.joined()),
                ]
            }
            let timed = words.map { word -> JSON in
                ["word": .string(word.text), "start": .number(word.start), "end": .number(word.end)]
            }
            return .json([
                "task": "transcribe", "language": "english", "duration": .number(sound.duration), "text": .string(text),
                "segments": .array(segments), "words": .array(timed),
            ])
        case let format: throw Self.invalid("response_format `\(format)` is not supported", "response_format")
        }
    }

    /// WAV, or its samples alone; there are no other formats here, and no voices.
    private func speech(_ form: Form, _ call: inout TaskCall) throws -> Reply {
        guard let text = form["input"]?.text, !text.isEmpty else {
            throw Self.invalid("input: Field required", "input")
        }
        if let speed = form["speed"]?.real, !(0.25...4).contains(speed) {
            throw Self.invalid("speed: Input should be between 0.25 and 4", "speed")
        }
        call.inputs = .string(text)
        let reply = try call.rule.answer(call).reply
        switch form["response_format"]?.text ?? "wav" {
        case "wav": return reply
        case "pcm":
            guard case .bytes(let sound) = reply.body else { return reply }
            return .media(Array(sound.dropFirst(WAV.headerSize)), "audio/pcm")
        case let format: throw Self.invalid("response_format `\(format)` is not supported", "response_format")
        }
    }

    private func images(_ form: Form, _ call: inout TaskCall) throws -> Reply {
        call.inputs = form["prompt"] ?? nil
        if let size = form["size"]?.text {
            let parts = size.split(separator: "x").compactMap { Int($0) }
            guard parts.count == 2 else { throw Self.invalid("size must be WIDTHxHEIGHT", "size") }
            call.parameters = ["width": .integer(parts[0]), "height": .integer(parts[1])]
        }
        guard case .bytes(let png) = try call.rule.answer(call).reply.body else { return .json(["data": []]) }
        return .json([
            "created": .integer(Int(Date().timeIntervalSince1970)),
            "data": [["b64_json": .string(Base64.encode(png))]],
        ])
    }

    /// A body of JSON or of parts.
    private struct Form {
        var json: JSON
        var files: [String: [UInt8]] = [:]

        init(_ request: Request) throws(Refusal) {
            guard request.contentType == "multipart/form-data" else {
                json = try TaskCallReader.json(request.body)
                return
            }
            guard let parts = Multipart.parts(of: request.body, contentType: request.header("content-type") ?? "")
            else {
                throw invalid("There was an error parsing the body", "file")
            }
            json = .object(
                parts.filter { $0.fileName == nil }.map { .init(key: $0.name, value: .string($0.text)) }
            )
            for part in parts where part.fileName != nil { files[part.name] = part.content }
        }

        subscript(name: String) -> JSON? { json[name] }
    }
}
