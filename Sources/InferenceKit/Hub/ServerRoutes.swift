/// What a server says about its health.
public struct ServerHealth: Hashable, Sendable {
    /// How a server is; minor releases may add states.
    public struct State: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The name.
        public var rawValue: String
        /// Makes a state of a name.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The name.
        public var description: String { rawValue }
        /// It answers.
        public static var ready: Self { Self(rawValue: "ready") }
        /// It is there, and loads its model.
        public static var loading: Self { Self(rawValue: "loading") }
        /// It is there, and cannot answer.
        public static var unhealthy: Self { Self(rawValue: "unhealthy") }
    }

    /// How it is.
    public var state: State
    /// The server's own words, if it said any.
    public var message: String?
    /// What it told in JSON.
    public var details: JSONObject

    /// Makes a health.
    public init(state: State, message: String? = nil, details: JSONObject = [:]) {
        self.state = state
        self.message = message
        self.details = details
    }

    /// Whether it answers.
    public var isReady: Bool { state == .ready }
}

/// What a server of text-generation-inference or text-embeddings-inference tells about itself.
///
/// Source: `GET /info` of both servers; each has fields that the other lacks.
public struct ServerInfo: JSONConvertible, Hashable, Sendable {
    /// The model, or the folder it was loaded from.
    public var modelID: ModelID?
    /// The model's commit.
    public var modelSHA: String?
    /// The name that clients know the model by.
    public var servedModelName: String?
    /// The model's task, which only TGI tells.
    public var task: TaskID?
    /// The type of the weights, such as `float16`.
    public var modelDType: String?
    /// What TEI serves the model as, with its settings: `embedding`, `classifier` or `reranker`.
    public var modelType: JSONObject?
    /// The most requests at a time.
    public var maxConcurrentRequests: Int?
    /// The most inputs in one request.
    public var maxClientBatchSize: Int?
    /// The most tokens of an input: TGI's `max_input_tokens`, TEI's `max_input_length`.
    public var maxInputTokens: Int?
    /// The most tokens of an input and its answer.
    public var maxTotalTokens: Int?
    /// The most tokens of a batch.
    public var maxBatchTokens: Int?
    /// The most inputs of a batch.
    public var maxBatchRequests: Int?
    /// The most candidates of which the best is chosen.
    public var maxBestOf: Int?
    /// The most stop texts.
    public var maxStopSequences: Int?
    /// Whether inputs that are too long are cut.
    public var truncatesAutomatically: Bool?
    /// The server's program.
    public var router: String?
    /// Its version.
    public var version: String?
    /// Its commit.
    public var sha: String?
    /// The label of its image.
    public var dockerLabel: String?
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Reads information; any field may be missing.
    public init(json: JSONValue) throws {
        let members = try json.members()
        modelID = members["model_id"]?.stringValue.map { ModelID($0) }
        modelSHA = members["model_sha"]?.stringValue
        servedModelName = members["served_model_name"]?.stringValue
        task = members["model_pipeline_tag"]?.stringValue.map { TaskID(rawValue: $0) }
        modelDType = members["model_dtype"]?.stringValue
        modelType = members["model_type"]?.objectValue
        maxConcurrentRequests = members["max_concurrent_requests"]?.intValue
        maxClientBatchSize = members["max_client_batch_size"]?.intValue
        maxInputTokens = members["max_input_tokens"]?.intValue ?? members["max_input_length"]?.intValue
        maxTotalTokens = members["max_total_tokens"]?.intValue
        maxBatchTokens = members["max_batch_tokens"]?.intValue
        maxBatchRequests = members["max_batch_requests"]?.intValue
        maxBestOf = members["max_best_of"]?.intValue
        maxStopSequences = members["max_stop_sequences"]?.intValue
        truncatesAutomatically = members["auto_truncate"]?.boolValue
        router = members["router"]?.stringValue
        version = members["version"]?.stringValue
        sha = members["sha"]?.stringValue
        dockerLabel = members["docker_label"]?.stringValue
        additional = members.removing(Self.known)
        original = members
    }

    /// The information as the server sent it.
    public var json: JSONValue { .object(original) }

    /// Which of the two servers it is, by the fields that only one of them has.
    public var framework: String? {
        if maxTotalTokens != nil || maxBestOf != nil { return "text-generation-inference" }
        if modelDType != nil || modelType != nil { return "text-embeddings-inference" }
        return router
    }

    /// What TEI serves the model as, in its word.
    public var modelKind: String? { modelType?.keys.first }

    private let original: JSONObject

    private static let known = [
        "model_id", "model_sha", "served_model_name", "model_pipeline_tag", "model_dtype", "model_type",
        "max_concurrent_requests", "max_client_batch_size", "max_input_tokens", "max_input_length", "max_total_tokens",
        "max_batch_tokens", "max_batch_requests", "max_best_of", "max_stop_sequences", "auto_truncate", "router",
        "version", "sha", "docker_label",
    ]
}

/// A model that an OpenAI-compatible server has.
public struct ServedModel: JSONConvertible, Hashable, Sendable {
    /// The name to call it by.
    public var id: ModelID
    /// When it was made, or loaded, since the start of 1970 in UTC.
    public var created: Duration?
    /// Whose it is, in the server's word.
    public var owner: String?
    /// The most tokens of a conversation; vLLM tells.
    public var maxModelTokens: Int?
    /// Members that the server sent besides.
    public var additional: JSONObject

    /// Reads an element of the list.
    public init(json: JSONValue) throws {
        let members = try json.members()
        id = ModelID(try members.label("id", "model", "name"))
        created = members["created"]?.doubleValue.flatMap { $0.isFinite && abs($0) < 1e12 ? .seconds($0) : nil }
        owner = members["owned_by"]?.stringValue
        maxModelTokens = members["max_model_len"]?.intValue
        additional = members.removing(["id", "object", "created", "owned_by", "max_model_len"])
    }

    /// The element of the list.
    public var json: JSONValue {
        var members: JSONObject = ["id": .string(id.rawValue), "object": "model"]
        members["created"] = created.map { Int($0.components.seconds).json }
        members["owned_by"] = owner?.json
        members["max_model_len"] = maxModelTokens?.json
        return .object(members.merging(additional))
    }
}

extension InferenceClient {
    /// How a server is, by its `/health`.
    ///
    /// One attempt is made unless the options say otherwise: a health that has to be asked for twice is an answer, too.
    ///
    /// - Parameters:
    ///   - url: The server: its base, `…/v1`, or any of its routes, in whose place `/health` is asked. A token that comes
    ///     from the environment goes to Hugging Face's hosts and to loopback only.
    ///   - options: What this call does differently from the client.
    /// - Returns: The health; a server that says it is loading or unhealthy (503 and its kin) is no error.
    /// - Throws: ``InferenceError``: ``InferenceError/Code-swift.struct/notFound`` when the server has no such route,
    ///   ``InferenceError/Code-swift.struct/endpointPaused`` and
    ///   ``InferenceError/Code-swift.struct/endpointScaledToZero`` of a dedicated endpoint, and whatever a connection
    ///   can meet.
    @concurrent
    public func health(of url: String, options: CallOptions = CallOptions()) async throws -> ServerHealth {
        var options = options
        options.retry = options.retry ?? .never
        do {
            let reply = try await reply(to: serverQuestion("health", url, "/health"), options: options)
            let details = (try? reply.json())?.objectValue ?? [:]
            let text =
                details.isEmpty && reply.mediaType?.rawValue != "text/html"
                ? String(decoding: reply.bytes.prefix(200), as: UTF8.self) : ""
            let words = details["status"]?.stringValue ?? details["message"]?.stringValue ?? text
            // llama.cpp of older versions says so under 200.
            let isLoading = details["status"]?.stringValue?.lowercased().hasPrefix("loading") == true
            return ServerHealth(
                state: isLoading ? .loading : .ready,
                message: words.isEmpty ? nil : words,
                details: details
            )
        } catch {
            let error = InferenceError.wrapping(error)
            guard let failure = error as? InferenceError, let status = failure.status, status >= 500,
                failure.code != .endpointScaledToZero
            else { throw error }
            let state: ServerHealth.State = failure.code == .modelLoading ? .loading : .unhealthy
            return ServerHealth(state: state, message: failure.message)
        }
    }

    /// What a server of text-generation-inference or text-embeddings-inference tells about itself, by its `/info`.
    ///
    /// - Parameters:
    ///   - url: The server, as in ``health(of:options:)``.
    ///   - options: What this call does differently from the client.
    /// - Returns: The information, or `nil` of a server that has no such route: it is neither, but not down.
    /// - Throws: ``InferenceError``.
    @concurrent
    public func serverInfo(of url: String, options: CallOptions = CallOptions()) async throws -> ServerInfo? {
        do {
            let question = try serverQuestion("server-info", url, "/info")
            let reply = try await reply(to: question, options: options)
            return try Self.decoding(reply, of: question) { try ServerInfo(json: $0.json()) }
        } catch {
            let error = InferenceError.wrapping(error)
            if let failure = error as? InferenceError, failure.status == 404 || failure.status == 405 { return nil }
            throw error
        }
    }

    /// The models that a server has, by its `/v1/models`.
    ///
    /// - Parameters:
    ///   - url: The server, as in ``health(of:options:)``.
    ///   - options: What this call does differently from the client.
    /// - Returns: The models.
    /// - Throws: ``InferenceError``: ``InferenceError/Code-swift.struct/notFound`` when the server has no such route.
    @concurrent
    public func servedModels(of url: String, options: CallOptions = CallOptions()) async throws -> [ServedModel] {
        do {
            let question = try serverQuestion("served-models", url, "/v1/models")
            let reply = try await reply(to: question, options: options)
            return try Self.decoding(reply, of: question) { reply in
                let json = try reply.json()
                // Some servers leave the envelope out.
                return try [ServedModel](json: json["data"] ?? json["models"] ?? json)
            }
        } catch {
            throw InferenceError.wrapping(error)
        }
    }

    /// What a server counts and measures, by its `/metrics`.
    ///
    /// - Parameters:
    ///   - url: The server, as in ``health(of:options:)``.
    ///   - options: What this call does differently from the client.
    /// - Returns: The samples.
    /// - Throws: ``InferenceError``: ``InferenceError/Code-swift.struct/notFound`` when the server has no such route,
    ///   ``InferenceError/Code-swift.struct/undecodable`` when the answer is no list of samples.
    @concurrent
    public func metrics(of url: String, options: CallOptions = CallOptions()) async throws -> ServerMetrics {
        do {
            let question = try serverQuestion("server-metrics", url, "/metrics")
            let reply = try await reply(to: question, options: options)
            return try Self.decoding(reply, of: question) { try ServerMetrics(text: $0.bytes) }
        } catch {
            throw InferenceError.wrapping(error)
        }
    }

    /// A question for a server's own route; `url` may be the server's base or any of its other routes.
    func serverQuestion(_ name: TaskID, _ url: String, _ route: String) throws -> Question {
        let target = Target.url(url)
        if let problem = target.problem { throw problem }
        guard let provider = target.provider as? any SingleServer else {
            throw InferenceError.invalidInput("url", expected: "an absolute http or https URL")
        }
        var server = provider.server
        server.path = server.basePath + route
        var question = Question(name, server.text)
        question.credentials = .any
        question.provider = provider
        return question
    }
}

extension URLReference {
    /// The path in front of the routes that servers have.
    fileprivate var basePath: String {
        var path = path.withoutTrailingSlash
        if let route = Self.routes.first(where: path.hasSuffix) { path = String(path.dropLast(route.count)) }
        return path.hasSuffix("/v1") ? String(path.dropLast(3)) : path
    }

    private static let routes = [
        "/chat/completions", "/completions", "/embeddings", "/audio/transcriptions", "/audio/speech",
        "/images/generations", "/responses", "/classify", "/generate", "/generate_stream", "/embed", "/rerank",
        "/predict", "/similarity", "/health", "/info", "/metrics", "/v1/models",
    ]
}
