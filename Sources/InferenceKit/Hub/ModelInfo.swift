/// What the Hub says about a model; whatever was not asked for, or is not known, is `nil`.
///
/// Source: `GET /api/models` and `GET /api/models/{id}` of the Hub.
public struct ModelInfo: JSONConvertible, Hashable, Sendable {
    /// The model's name; of a renamed model the new one.
    public var id: ModelID
    /// Whose model it is.
    public var author: String?
    /// The commit.
    public var sha: String?
    /// When it was made, since the start of 1970 in UTC.
    public var createdAt: Duration?
    /// When it was changed last, since the start of 1970 in UTC.
    public var lastModified: Duration?
    /// Whether only some accounts can see it.
    public var isPrivate: Bool?
    /// Whether the Hub has switched it off.
    public var isDisabled: Bool?
    /// Whether conditions have to be accepted first.
    public var gated: ModelGating?
    /// Downloads of the last thirty days.
    public var downloads: Int?
    /// Downloads ever.
    public var downloadsAllTime: Int?
    /// The people who like it.
    public var likes: Int?
    /// How much it is talked about; higher is more.
    public var trendingScore: Double?
    /// The library it is made with.
    public var library: ModelLibrary?
    /// Its task, which the Hub calls `pipeline_tag`.
    public var task: TaskID?
    /// Its tags: library, task, languages, licence and others.
    public var tags: [String]
    /// The Hub's word about its availability; today `warm`, or none.
    public var inference: ModelAvailability?
    /// Who serves it, in the Hub's order; `nil` when that was not told.
    public var providers: [ProviderMapping]?
    /// What stands for a masked word, such as `[MASK]`.
    public var maskToken: String?
    /// The parameters by their type, such as `F32`.
    public var parametersByType: [String: Int]
    /// All parameters.
    public var parameterCount: Int?
    /// The names of its files.
    public var files: [String]?
    /// The bytes that the repository takes.
    public var usedStorage: Int?
    /// Members that the Hub sent besides, and the dates as it wrote them.
    public var additional: JSONObject

    /// Makes information of a name alone.
    public init(id: ModelID) {
        self.id = id
        tags = []
        parametersByType = [:]
        additional = [:]
    }

    /// Reads a model of a list or of its own route; only the name must be there.
    public init(json: JSONValue) throws {
        let members = try json.members()
        self.init(id: ModelID(try members.label("id", "modelId")))
        author = members["author"]?.stringValue
        sha = members["sha"]?.stringValue
        createdAt = members["createdAt"]?.stringValue.flatMap { HTTPDate.duration(iso8601: $0) }
        lastModified = members["lastModified"]?.stringValue.flatMap { HTTPDate.duration(iso8601: $0) }
        isPrivate = members["private"]?.boolValue
        isDisabled = members["disabled"]?.boolValue
        gated = ModelGating(json: members["gated"])
        downloads = members["downloads"]?.intValue
        downloadsAllTime = members["downloadsAllTime"]?.intValue
        likes = members["likes"]?.intValue
        trendingScore = members["trendingScore"]?.doubleValue
        library = members["library_name"]?.stringValue.map { ModelLibrary(rawValue: $0) }
        task = members["pipeline_tag"]?.stringValue.map { TaskID(rawValue: $0) }
        tags = members["tags"]?.arrayValue?.compactMap(\.stringValue) ?? []
        inference = members["inference"]?.stringValue.map { ModelAvailability(rawValue: $0) }
        if let mapping = members["inferenceProviderMapping"], !mapping.isNull {
            providers = ProviderMapping.list(from: mapping)
        }
        maskToken = members["mask_token"]?.stringValue
        if let counts = members["safetensors"]?["parameters"]?.objectValue {
            for (type, count) in counts { parametersByType[type] = count.intValue }
        }
        parameterCount = members["safetensors"]?["total"]?.intValue
        files = members["siblings"]?.arrayValue?.compactMap { $0["rfilename"]?.stringValue }
        usedStorage = members["usedStorage"]?.intValue
        additional = members.removing(Self.known)
    }

    /// The model in the Hub's own words.
    public var json: JSONValue {
        var members: JSONObject = ["id": .string(id.rawValue)]
        members["author"] = author?.json
        members["sha"] = sha?.json
        members["private"] = isPrivate?.json
        members["disabled"] = isDisabled?.json
        members["gated"] = gated?.json
        members["downloads"] = downloads?.json
        members["downloadsAllTime"] = downloadsAllTime?.json
        members["likes"] = likes?.json
        members["trendingScore"] = trendingScore.map { .number(wholeIfPossible: $0) }
        members["library_name"] = library.map { .string($0.rawValue) }
        members["pipeline_tag"] = task.map { .string($0.rawValue) }
        if !tags.isEmpty { members["tags"] = tags.json }
        members["inference"] = inference.map { .string($0.rawValue) }
        members["inferenceProviderMapping"] = providers?.json
        members["mask_token"] = maskToken?.json
        if let parameterCount {
            members["safetensors"] = ["parameters": parametersByType.json, "total": parameterCount.json]
        }
        members["siblings"] = files.map { .array($0.map { ["rfilename": .string($0)] }) }
        members["usedStorage"] = usedStorage?.json
        return .object(members.merging(additional))
    }

    private static let known = [
        "_id", "id", "modelId", "author", "sha", "private", "disabled", "gated", "downloads",
        "downloadsAllTime", "likes", "trendingScore", "library_name", "pipeline_tag", "tags", "inference",
        "inferenceProviderMapping", "mask_token", "safetensors", "siblings", "usedStorage",
    ]
}

extension ModelInfo {
    /// Whether the model takes conversations.
    public var isConversational: Bool { tags.contains("conversational") }

    /// The tasks that Hugging Face's own service takes calls of the model for.
    ///
    /// Source: the check that the official Python client makes before it calls `hf-inference`.
    public var allowedTasks: [TaskID] {
        switch task?.rawValue {
        case nil: []
        case "text-generation"?: isConversational ? ["text-generation", "chat-completion"] : ["text-generation"]
        case "text2text-generation"?: ["text2text-generation", "text-generation"]
        case "image-text-to-text"?:
            isConversational ? ["chat-completion", "image-text-to-text"] : ["image-text-to-text"]
        case "feature-extraction"?:
            ["feature-extraction"] + (tags.contains("sentence-similarity") ? ["sentence-similarity"] : [])
        case "sentence-similarity"?:
            ["sentence-similarity"] + (tags.contains("feature-extraction") ? ["feature-extraction"] : [])
        case let other?: [TaskID(rawValue: other)]
        }
    }
}

extension InferenceClient {
    /// What the Hub says about a model.
    ///
    /// - Parameters:
    ///   - model: The model; an old name is followed to the new one.
    ///   - fields: The fields to ask for, or none for the Hub's own choice, which is everything but who serves it.
    ///   - maxAge: The age up to which a kept answer serves; zero asks in any case.
    ///   - options: What this call does differently from the client.
    /// - Returns: The information.
    /// - Throws: ``InferenceError``: ``InferenceError/Code-swift.struct/notFound`` for a model that is not there, or that
    ///   the token may not see; without a token the Hub answers both with
    ///   ``InferenceError/Code-swift.struct/authenticationFailed``.
    @concurrent
    public func modelInfo(
        _ model: ModelID,
        fields: [ModelField] = [],
        maxAge: Duration = .seconds(60),
        options: CallOptions = CallOptions()
    ) async throws -> ModelInfo {
        try await modelAnswer(model, fields: fields, maxAge: maxAge, options: options).info
    }

    /// The Hub's answer about a model and its age.
    func modelAnswer(
        _ model: ModelID,
        fields: [ModelField],
        maxAge: Duration,
        options: CallOptions
    ) async throws -> (info: ModelInfo, age: Duration) {
        do {
            let question = try modelQuestion(model, fields: fields)
            let kept = try await answer(to: question, lifetime: maxAge, options: options)
            let info = try Self.decoding(kept, of: question) { try ModelInfo(json: $0) }
            return (info, max(configuration.clock.now() - kept.time, .zero))
        } catch {
            throw InferenceError.wrapping(error, about: model)
        }
    }

    /// The question for fields of a model.
    func modelQuestion(_ model: ModelID, fields: [ModelField]) throws -> Question {
        // On the router a suffix chooses among providers; the Hub does not know it.
        let name = try ModelID(String(model.rawValue.prefix { $0 != ":" })).hubPath()
        return Question("model-info", hubURL("/models/\(name)", ModelField.query(fields)), model: model)
    }

    /// An address of the Hub's API.
    func hubURL(_ path: String, _ query: [(name: String, value: String)] = []) -> String {
        let address = "\(configuration.hub.withoutTrailingSlash)/api\(path)"
        return query.isEmpty ? address : "\(address)?\(URLReference.query(query))"
    }

    /// Runs a decoder of a kept answer; what it throws becomes an error that names the question.
    static func decoding<Value>(
        _ kept: KeptAnswer,
        of question: Question,
        _ decoder: (JSONValue) throws -> Value
    ) throws -> Value {
        do {
            return try decoder(kept.json)
        } catch {
            var failure = InferenceError(
                .undecodable,
                "The answer to \(question.name) cannot be understood: \(error) (found \(kept.json))."
            )
            failure.model = question.model
            throw failure
        }
    }
}

extension InferenceError {
    /// Any error as one that names the model, where it names none.
    static func wrapping(_ error: any Error, about model: ModelID?) -> any Error {
        guard var failure = wrapping(error) as? InferenceError else { return error }
        failure.model = failure.model ?? model
        return failure
    }
}
