/// How a server of one's own wants its requests.
public struct Dialect: RawRepresentable, Hashable, Sendable {
    /// The word, as in `infer --dialect`.
    public var rawValue: String
    /// Makes a dialect of a word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// By the end of the URL's path, else Hugging Face's form.
    public static var automatic: Self { Self(rawValue: "auto") }
    /// Hugging Face's form: the URL as it stands, `{"inputs": …, "parameters": …}`.
    public static var huggingFace: Self { Self(rawValue: "huggingface") }
    /// The OpenAI-compatible routes below `/v1`.
    public static var openAI: Self { Self(rawValue: "openai") }
    /// The own routes of text-generation-inference.
    public static var tgi: Self { Self(rawValue: "tgi") }
    /// The own routes of text-embeddings-inference.
    public static var tei: Self { Self(rawValue: "tei") }

    /// The dialect that the end of a path tells.
    static func of(path: String) -> Self {
        let path = path.withoutTrailingSlash
        let openAIRoutes = [
            "/v1", "/chat/completions", "/completions", "/embeddings", "/audio/transcriptions", "/audio/speech",
            "/images/generations", "/responses",
        ]
        if openAIRoutes.contains(where: path.hasSuffix) || path.hasPrefix("/v1/") || path.contains("/v1/") {
            return .openAI
        }
        if ["/generate", "/generate_stream"].contains(where: path.hasSuffix) { return .tgi }
        if ["/embed", "/rerank", "/predict", "/similarity"].contains(where: path.hasSuffix) { return .tei }
        return .huggingFace
    }
}

/// A server by its URL, in the shape of a provider; what the dialects have in common.
protocol ServerProvider: SingleServer {
    /// The route of a task below a base, or `nil` to use the URL as it stands.
    func route(for task: TaskID) -> String?
    /// The ends of paths that are complete routes already.
    var completeRoutes: [String] { get }
}

extension ServerProvider {
    /// The server's own names are used.
    public var mapsModels: Bool { false }

    /// A token that was not given for this host goes to Hugging Face's own hosts, and to this machine.
    public var takesAmbientToken: Bool { server.takesAmbientToken }

    /// The route, as an absolute path.
    public func path(for task: TaskID, model: ModelID?) throws -> String {
        _ = try model?.serverName()
        guard let route = route(for: task) else { return server.path.isEmpty ? "/" : server.path }
        let path = server.path.withoutTrailingSlash
        if completeRoutes.contains(where: path.hasSuffix) { return server.path }
        // A base that names the version already is not given it twice, and routes without one stand beside it.
        return path.hasSuffix("/v1") ? path.dropLast(3) + route : path + route
    }

    /// The server's URL with the route, the query kept in its place.
    public func url(for task: TaskID, model: ModelID?, in place: ProviderPlace) throws -> String {
        let path = try path(for: task, model: model)
        return URLReference.text(scheme: server.scheme, authority: server.authority, path: path, query: server.query)
    }
}

/// A dedicated endpoint or a server that speaks Hugging Face's form: the URL is used as it stands.
public struct HuggingFaceServer: ServerProvider {
    /// `endpoint`; not one of the router's.
    public static let id: ProviderID = "endpoint"

    /// Every task goes in its own form.
    public let formats = WireFormats(otherTasks: .canonical) { formats in
        formats[ChatCompletion.self] = .chat(.openAI)
        formats[ResponseCreation.self] = .responses
    }
    let server: URLReference
    var completeRoutes: [String] { ["/chat/completions", "/responses"] }

    init(_ server: URLReference) { self.server = server }

    /// Chat alone, in both of its APIs, has a route below the URL.
    func route(for task: TaskID) -> String? {
        task == "chat-completion" || task == "responses" ? OpenAIRoutes.route(for: task) : nil
    }
}

extension Target {
    /// A dedicated endpoint or a server of one's own.
    ///
    /// A complete route is never extended; a base such as `http://host/v1` gets the task's route. A token that comes from
    /// the environment is sent to Hugging Face's hosts and to loopback only; give the client or the call its token for
    /// any other host.
    ///
    /// - Parameters:
    ///   - url: An absolute `http` or `https` URL; anything else makes the calls fail with an error that says so.
    ///   - dialect: How the server wants its requests; `.automatic` goes by the end of the path.
    /// - Returns: The target.
    public static func url(_ url: String, dialect: Dialect = .automatic) -> Target {
        let server: URLReference
        do {
            server = try URLReference(parsing: url)
        } catch {
            return Target(
                HFInference(),
                problem: .invalidInput("url", expected: "an absolute http or https URL (\(error))")
            )
        }
        switch dialect == .automatic ? Dialect.of(path: server.path) : dialect {
        case .huggingFace: return Target(HuggingFaceServer(server))
        case .openAI: return Target(OpenAIServer(server))
        case .tei: return Target(TEIServer(server))
        case .tgi: return Target(TGIServer(server))
        default:
            return Target(
                HFInference(),
                problem: .invalidInput("dialect", expected: "auto, huggingface, openai, tgi or tei")
            )
        }
    }
}
