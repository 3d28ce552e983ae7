/// fal.ai, whose results are files at another host.
///
/// Source: the `fal-ai` helpers of both official clients.
public struct FalAI: InferenceProvider {
    /// `fal-ai`.
    public static let id: ProviderID = "fal-ai"

    /// The tasks that are offered.
    public let formats = WireFormats(otherTasks: .unsupported) { formats in
        formats[TextToImage.self] = WireFormat { task, exchange in
            try InferenceError.require(!task.prompt.isEmpty, "prompt", "a text that is not empty")
            var body: JSONObject = ["prompt": .string(task.prompt)]
            var parameters = try task.parametersObject()
            if let width = task.width, let height = task.height {
                body["image_size"] = ["width": .number(JSONNumber(width)), "height": .number(JSONNumber(height))]
                parameters = parameters.removing(["width", "height"])
            }
            body = body.merging(parameters)
            if let adapter = exchange.mapping, let path = adapter.adapterWeightsPath, let model = exchange.hubModel {
                let weights = "https://huggingface.co/\(model)/resolve/main/\(path)"
                body["loras"] = [["path": .string(weights), "scale": 1]]
                if adapter.providerID == "fal-ai/lora" {
                    body["model_name"] = "stabilityai/stable-diffusion-xl-base-1.0"
                }
            }
            let result = try await exchange.run(job: .json(.object(body)))
            guard let url = result["images"]?[0]?["url"]?.stringValue else {
                throw InferenceError(.undecodable, "The answer of fal-ai holds no image (found \(result)).")
            }
            return try await exchange.fetchMedium(url, fallback: .png)
        }
        formats[AutomaticSpeechRecognition.self] = .form { task, exchange in
            let content = try task.audio.content(field: "audio")
            let type = Self.audioTypes[content.mediaType.withoutParameters.rawValue] ?? "audio/mpeg"
            let base64 = Base64.encode(try content.bytes(field: "audio"))
            let body: JSONObject = ["audio_url": .string("data:\(type);base64,\(base64)")]
            let generation = try task.generationParameters?.checkedMembers() ?? [:]
            return .json(.object(body.merging(generation).merging(task.extraParameters)))
        } decode: { _, reply in
            try Transcription(json: reply.json())
        }
    }

    /// The media types that fal.ai can lead back to a file's ending; it refuses the others.
    private static let audioTypes = [
        "audio/mpeg": "audio/mpeg", "audio/mp3": "audio/mpeg", "audio/wav": "audio/x-wav", "audio/wave": "audio/x-wav",
        "audio/x-wav": "audio/x-wav", "audio/webm": "video/webm", "video/webm": "video/webm",
    ]

    /// For keys of its own.
    public var ownBaseURL: String? { "https://queue.fal.run" }

    /// Makes the provider.
    public init() {}

    /// The model is the path.
    public func path(for task: TaskID, model: ModelID?) throws -> String {
        guard let model else {
            throw InferenceError.invalidInput("model", expected: "a model id")
        }
        return "/\(try model.serverName())"
    }

    /// The queue's host, which the router reaches by a query; recordings go the direct way.
    public func url(for task: TaskID, model: ModelID?, in place: ProviderPlace) throws -> String {
        let path = try path(for: task, model: model)
        if task == "automatic-speech-recognition" {
            return place.usesOwnKey ? "https://fal.run\(path)" : try base(in: place) + path
        }
        return place.usesOwnKey ? try base(in: place) + path : "\(try base(in: place))\(path)?_subdomain=queue"
    }

    /// `Key …` for keys of its own.
    public func authorization(secret: String, in place: ProviderPlace) -> String {
        place.usesOwnKey ? "Key \(secret)" : "Bearer \(secret)"
    }
}

extension Target {
    /// fal.ai, through the router or with a key of its own.
    public static let falAI = Target(FalAI())
}

extension Exchange {
    /// The model's name on the Hub, without the suffix that chooses among providers.
    fileprivate var hubModel: String? {
        context.model.map { String($0.rawValue.prefix { $0 != ":" }) }
    }

    /// Submits a job to fal.ai's queue, asks for its state every half second, and returns its result.
    fileprivate func run(job payload: Payload) async throws -> JSONValue {
        let submitted = try json(await send(payload))
        guard submitted["request_id"]?.stringValue != nil, let response = submitted["response_url"]?.stringValue,
            let path = try? URLReference(parsing: response).path
        else {
            throw InferenceError(
                .undecodable,
                "fal-ai has not said where the job's result will be (found \(submitted))."
            )
        }
        // Only the path is taken: the job stays at the host it was sent to, whatever the answer names.
        let base = try context.provider.base(in: place)
        let query = place.usesOwnKey ? "" : "?_subdomain=queue"
        var state = submitted["status"]?.stringValue ?? "IN_QUEUE"
        while state != "COMPLETED" {
            if ["FAILED", "ERROR", "CANCELLED", "CANCELED"].contains(state.uppercased()) {
                throw InferenceError(.serverFailure, "The job at fal-ai ended in state \"\(state)\".")
            }
            try await poll(after: .milliseconds(500), state: state)
            state = try json(await get("\(base)\(path)/status\(query)"))["status"]?.stringValue ?? state
        }
        return try json(await get("\(base)\(path)\(query)"))
    }

    /// The medium at a URL, or in it when it is a data URL.
    fileprivate func fetchMedium(_ url: String, fallback: MediaType) async throws -> Media {
        if url.hasPrefix("data:") { return try Media(base64: url, fallback: fallback) }
        return try Media(from: await download(url), fallback: fallback)
    }

    private func json(_ reply: Reply) throws -> JSONValue {
        do {
            return try reply.json()
        } catch {
            throw InferenceError.undecodable(reply, task: context.task, cause: error)
        }
    }
}
