/// One provider's offer of a model, as the Hub knows it.
///
/// Source: `inferenceProviderMapping` of the Hub's model API; an object on one model, an array on lists.
public struct ProviderMapping: JSONConvertible, Hashable, Sendable {
    /// The provider.
    public var provider: ProviderID
    /// The model's name at the provider.
    public var providerID: String
    /// The state of the offer.
    public var status: Status
    /// The task that the provider offers the model for; chat is called `conversational` here.
    public var task: String?
    /// The kind of adapter when the model is one, such as `lora`.
    public var adapter: String?
    /// The file with the adapter's weights in the model's repository.
    public var adapterWeightsPath: String?
    /// Whether the provider has published the model itself.
    public var isModelAuthor: Bool?
    /// Members that the Hub sent besides.
    public var additional: JSONObject

    /// The state of an offer, in the Hub's word, known here or not.
    public struct Status: RawRepresentable, Hashable, Sendable {
        /// The Hub's word.
        public var rawValue: String
        /// Makes a state of the Hub's word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// It answers.
        public static var live: Self { Self(rawValue: "live") }
        /// It is being tried out.
        public static var staging: Self { Self(rawValue: "staging") }
        /// The last automatic check failed.
        public static var error: Self { Self(rawValue: "error") }
    }

    /// Reads one element of the array form.
    public init(json: JSONValue) throws {
        let members = try json.members()
        try self.init(provider: members.label("provider"), members)
    }

    private init(provider: String, _ members: JSONObject) throws {
        self.provider = ProviderID(rawValue: provider)
        providerID = try members.label("providerId", "hfModelId")
        status = Status(rawValue: members["status"]?.stringValue ?? "live")
        task = members["task"]?.stringValue
        adapter = members["adapter"]?.stringValue
        adapterWeightsPath = members["adapterWeightsPath"]?.stringValue
        isModelAuthor = members["isModelAuthor"]?.boolValue
        additional = members.removing([
            "provider", "providerId", "status", "task", "adapter", "adapterWeightsPath", "isModelAuthor",
        ])
    }

    /// The element of the array form.
    public var json: JSONValue {
        var members: JSONObject = [
            "provider": .string(provider.rawValue), "providerId": .string(providerID),
            "status": .string(status.rawValue),
        ]
        members["task"] = task.map { .string($0) }
        members["adapter"] = adapter.map { .string($0) }
        members["adapterWeightsPath"] = adapterWeightsPath.map { .string($0) }
        members["isModelAuthor"] = isModelAuthor.map { .bool($0) }
        return .object(members.merging(additional))
    }

    /// The offers of a model in the Hub's order, which is the caller's own preference; an offer that cannot be read is
    /// left out.
    static func list(from json: JSONValue?) -> [Self] {
        switch json {
        case .object(let members):
            members.compactMap { key, value in
                guard let entry = value.objectValue else { return nil }
                return try? Self(provider: entry["provider"]?.stringValue ?? key, entry)
            }
        case .array(let entries): entries.compactMap { try? Self(json: $0) }
        default: []
        }
    }

    /// Whether the offer is for `task`, by the Hub's words.
    func offers(_ task: TaskID) -> Bool {
        guard let offered = self.task else { return true }
        if offered == task.rawValue { return true }
        return switch task {
        case "chat-completion": offered == "conversational"
        // One model does both, and the Hub knows it under one of the names.
        case "feature-extraction": offered == "sentence-similarity"
        case "sentence-similarity": offered == "feature-extraction"
        default: false
        }
    }
}
