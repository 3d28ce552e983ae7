/// A model that a service before the router has loaded.
public struct DeployedModel: JSONConvertible, Hashable, Sendable {
    /// The model.
    public var model: ModelID
    /// The task it is loaded for.
    public var task: TaskID?
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Makes an entry.
    public init(model: ModelID, task: TaskID?) {
        self.model = model
        self.task = task
        additional = [:]
    }

    /// Reads an element of the list.
    public init(json: JSONValue) throws {
        let members = try json.members()
        model = ModelID(try members.label("model_id", "id"))
        task = members["task"]?.stringValue.map { TaskID(rawValue: $0) }
        additional = members.removing(["model_id", "id", "task"])
    }

    /// The element of the list.
    public var json: JSONValue {
        var members: JSONObject = ["model_id": .string(model.rawValue)]
        members["task"] = task.map { .string($0.rawValue) }
        return .object(members.merging(additional))
    }
}

extension ModelStatus {
    /// Reads the answer of `/status/{id}`.
    init(legacy json: JSONValue, model: ModelID) throws {
        let members = try json.members()
        let state = members["state"]?.stringValue
        let isLoaded = members["loaded"]?.boolValue
        guard state != nil || isLoaded != nil else {
            throw JSONMismatch(expected: "a \"state\" or \"loaded\"", found: json)
        }
        let availability: ModelAvailability
        // The letter case of the words differs between sources.
        switch state?.lowercased() {
        case "loaded"?: availability = .warm
        case "loadable"?: availability = .cold
        case "toobig"?, "error"?: availability = .frozen
        case nil: availability = isLoaded == true ? .warm : .unknown
        case let word?: availability = ModelAvailability(rawValue: word)
        }
        self.init(model: model, availability: availability, source: .legacyStatus)
        switch members["compute_type"] {
        case .string(let type): computeType = type
        // {"gpu": {"gpu": "a100", "count": 2}}
        case .object(let types): computeType = types.keys.first
        default: break
        }
        framework = members["framework"]?.stringValue
    }
}

extension InferenceClient {
    /// The state of a model at a server that speaks the API of before the router.
    ///
    /// `Loaded` is warm, `Loadable` cold, `TooBig` and `error` are frozen; any other word is kept as it is, in lower case.
    ///
    /// Source: `GET /status/{id}` of the serverless API until 2025.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - base: The server's URL, in front of `/status`. Hugging Face's own is gone.
    ///   - options: What this call does differently from the client.
    /// - Returns: The status.
    /// - Throws: ``InferenceError``; a model that the server does not know is
    ///   ``InferenceError/Code-swift.struct/notFound``.
    @concurrent
    public func legacyStatus(
        of model: ModelID,
        at base: String,
        options: CallOptions = CallOptions()
    ) async throws -> ModelStatus {
        do {
            var question = try serverQuestion("legacy-status", base, "/status/\(model.hubPath())")
            question.model = model
            let reply = try await reply(to: question, options: options)
            return try Self.decoding(reply, of: question) { try ModelStatus(legacy: $0.json(), model: model) }
        } catch {
            throw InferenceError.wrapping(error, about: model)
        }
    }

    /// The models of a framework that a server of before the router has loaded.
    ///
    /// Source: `GET /framework/{name}` of the serverless API until 2025; the list may be some minutes old.
    ///
    /// - Parameters:
    ///   - framework: The framework, such as ``ModelLibrary/transformers`` or ``ModelLibrary/textGenerationInference``.
    ///   - base: The server's URL, in front of `/framework`.
    ///   - options: What this call does differently from the client.
    /// - Returns: The models.
    /// - Throws: ``InferenceError``.
    @concurrent
    public func deployedModels(
        framework: ModelLibrary,
        at base: String,
        options: CallOptions = CallOptions()
    ) async throws -> [DeployedModel] {
        do {
            try InferenceError.require(!framework.rawValue.isEmpty, "framework", "a name")
            let name = URLReference.escape(framework.rawValue)
            let question = try serverQuestion("deployed-models", base, "/framework/\(name)")
            let reply = try await reply(to: question, options: options)
            return try Self.decoding(reply, of: question) { try [DeployedModel](json: $0.json()) }
        } catch {
            throw InferenceError.wrapping(error)
        }
    }
}
