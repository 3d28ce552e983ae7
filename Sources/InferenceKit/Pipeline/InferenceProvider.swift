public import HTTPTypes

/// Where a call goes, as whom, and how its wire form differs from Hugging Face's own.
///
/// A provider is one file: its type, and a static member of ``Target`` that names it.
public protocol InferenceProvider: Sendable {
    /// The provider's name in the router's URLs.
    static var id: ProviderID { get }

    /// How the provider speaks about each task it offers.
    var formats: WireFormats { get }

    /// The API's own address, for keys that are not Hugging Face's; `nil` when it can be reached through the router only.
    var ownBaseURL: String? { get }

    /// Whether the Hub knows the model under another name at this provider, which is looked up before the call.
    var mapsModels: Bool { get }

    /// The path below the base for `task`, such as `/v1/embeddings`.
    ///
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput`` for a model id that
    ///   cannot stand in the path.
    func path(for task: TaskID, model: ModelID?) throws -> String

    /// The whole URL for `task`; the default joins the router's or the provider's own base with the path.
    func url(for task: TaskID, model: ModelID?, in place: ProviderPlace) throws -> String

    /// The value of the `Authorization` field; the default is `Bearer …`.
    func authorization(secret: String, in place: ProviderPlace) -> String

    /// Header fields of every call, polls included.
    var fields: HTTPFields { get }

    /// Whether a token that was found in the environment, rather than given, may go to this provider's host.
    var takesAmbientToken: Bool { get }

    /// Whether the server fetches media from URLs itself.
    var fetchesMedia: Bool { get }
}

/// How a provider is reached in one call.
public struct ProviderPlace: Sendable, Hashable {
    /// The router's base URL.
    public var router: String
    /// Whether the key is the provider's own, so that its own host is called.
    public var usesOwnKey: Bool
    /// Whether there is a key at all.
    public var hasKey: Bool

    /// Makes a place.
    public init(router: String, usesOwnKey: Bool, hasKey: Bool) {
        self.router = router
        self.usesOwnKey = usesOwnKey
        self.hasKey = hasKey
    }
}

extension InferenceProvider {
    /// The provider's name in the router's URLs.
    public var id: ProviderID { Self.id }

    /// The provider is reached through the router only.
    public var ownBaseURL: String? { nil }

    /// The Hub's mapping is asked.
    public var mapsModels: Bool { true }

    /// No further header fields.
    public var fields: HTTPFields { [:] }

    /// The router and the providers behind it are the token's own place.
    public var takesAmbientToken: Bool { true }

    /// URLs are passed on.
    public var fetchesMedia: Bool { true }

    /// The base of the place, and the path below it.
    ///
    /// Source: both official clients send a key that starts with `hf_` to the router, any other to the provider itself.
    public func url(for task: TaskID, model: ModelID?, in place: ProviderPlace) throws -> String {
        try base(in: place) + path(for: task, model: model)
    }

    /// The base of the place: the provider's part of the router, or its own host.
    public func base(in place: ProviderPlace) throws -> String {
        guard place.usesOwnKey else { return "\(place.router.withoutTrailingSlash)/\(id)" }
        guard let ownBaseURL else {
            throw InferenceError.invalidInput(
                "token",
                expected: "a Hugging Face token (it starts with \"hf_\"): \(id) takes no key of its own"
            )
        }
        return ownBaseURL
    }

    /// A bearer token.
    public func authorization(secret: String, in place: ProviderPlace) -> String {
        "Bearer \(secret)"
    }
}

extension String {
    /// The text without one slash at its end.
    var withoutTrailingSlash: String {
        hasSuffix("/") ? String(dropLast()) : self
    }
}
