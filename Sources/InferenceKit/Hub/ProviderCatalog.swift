/// One entry of a provider's whole mapping: a model it offers, or every model of some tags.
///
/// Source: `GET /api/partners/{provider}/models` of the Hub.
public struct ProviderOffer: Hashable, Sendable {
    /// The task; chat is called `conversational` here.
    public var task: String
    /// The model; `nil` for an offer that is for every model of some tags.
    public var model: ModelID?
    /// The tags of the models that the offer is for.
    public var tags: [String]
    /// The model's name at the provider.
    public var providerID: String?
    /// The state of the offer.
    public var status: ProviderMapping.Status
    /// The kind of adapter that the offer is for, such as `lora`.
    public var adapterType: String?
    /// Members that the Hub sent besides.
    public var additional: JSONObject

    init(task: String, key: String, _ members: JSONObject) {
        self.task = task
        let prefix = "tag-filter="
        let isFilter = key.hasPrefix(prefix)
        model = isFilter ? nil : ModelID(key)
        let listed = members["tags"]?.arrayValue?.compactMap(\.stringValue)
        tags = listed ?? (isFilter ? key.dropFirst(prefix.count).split(separator: ",").map(String.init) : [])
        providerID = members["providerId"]?.stringValue
        status = ProviderMapping.Status(rawValue: members["status"]?.stringValue ?? "live")
        adapterType = members["adapterType"]?.stringValue
        additional = members.removing(["providerId", "status", "adapterType", "tags"])
    }

    /// Reads the whole mapping, in the Hub's order; an entry that is no object is passed over.
    static func list(from json: JSONValue) throws -> [Self] {
        try json.members().flatMap { task, models in
            try models.members().compactMap { key, entry in
                entry.objectValue.map { Self(task: task, key: key, $0) }
            }
        }
    }
}

extension InferenceClient {
    /// Everything that a provider offers.
    ///
    /// - Parameters:
    ///   - provider: The provider.
    ///   - status: The state that offers must have; `nil` for all.
    ///   - maxAge: The age up to which a kept answer serves; zero asks in any case. Default: five minutes.
    ///   - options: What this call does differently from the client.
    /// - Returns: The offers, by task.
    /// - Throws: ``InferenceError``.
    @concurrent
    public func providerOffers(
        of provider: ProviderID,
        status: ProviderMapping.Status? = .live,
        maxAge: Duration = .seconds(300),
        options: CallOptions = CallOptions()
    ) async throws -> [ProviderOffer] {
        do {
            try InferenceError.require(!provider.rawValue.isEmpty, "provider", "the name of a provider")
            let path = "/partners/\(URLReference.escape(provider.rawValue))/models"
            let question = Question("provider-offers", hubURL(path, status.map { [("status", $0.rawValue)] } ?? []))
            let kept = try await answer(to: question, lifetime: maxAge, options: options)
            return try Self.decoding(kept, of: question) { try ProviderOffer.list(from: $0) }
        } catch {
            throw InferenceError.wrapping(error)
        }
    }
}
