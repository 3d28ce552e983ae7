/// How an endpoint shall be: the payload of making and of changing one.
///
/// Only what is set is sent. For a new endpoint ``repository``, ``accelerator``, ``instanceType``, ``instanceSize``,
/// ``vendor`` and ``region`` are needed; a change needs nothing, and leaves what is not set as it is.
///
/// Source: the payloads of the Inference Endpoints API, as the Python client sends them.
public struct EndpointSettings: Hashable, Sendable {
    /// The model's repository on the Hub.
    public var repository: ModelID?
    /// A commit, a branch or a tag of the repository.
    public var revision: String?
    /// The task; `custom` for a handler of one's own.
    ///
    /// The API takes no `null` for it, so `nil` is never sent.
    public var task: TaskID?
    /// `pytorch`, `custom`, `llamacpp` and others.
    public var framework: String?
    /// `cpu`, `gpu`, `neuron` and others.
    public var accelerator: String?
    /// The kind of machine, such as `nvidia-l4`.
    public var instanceType: String?
    /// How many of its parts, such as `x1`.
    public var instanceSize: String?
    /// The cloud: `aws`, `azure`, `gcp` and others.
    ///
    /// Cannot be changed later.
    public var vendor: String?
    /// The region, in the cloud's word.
    ///
    /// Cannot be changed later.
    public var region: String?
    /// The least machines, zero or more; zero lets the endpoint sleep.
    public var minReplica: Int?
    /// The most machines, one or more.
    public var maxReplica: Int?
    /// The minutes without a call after which it sleeps, one or more; needs ``minReplica`` zero.
    public var scaleToZeroMinutes: Int?
    /// What decides when there are more machines.
    public var measure: ScalingMeasure?
    /// Who may call it.
    public var access: InferenceEndpoint.Access?
    /// The container, an object of one member such as `["tgi": [:]]`; an object with a `url` is taken as `custom`.
    public var image: JSONValue?
    /// Variables of the container; an empty dictionary is sent and takes all of them away.
    public var environment: [String: String]?
    /// Secret variables of the container.
    public var secrets: [String: String]?
    /// The container's command.
    public var command: [String]?
    /// The command's arguments.
    public var arguments: [String]?
    /// A domain of one's own.
    public var domain: String?
    /// The path below that domain.
    public var path: String?
    /// Whether the proxy answers equal requests from a cache.
    public var cachesResponses: Bool?
    /// Its owner's words for it.
    public var tags: [String]?
    /// Further members, merged in last: what the API takes and this type does not know.
    public var additional: JSONObject

    /// Makes settings; nothing is checked yet.
    public init(
        repository: ModelID? = nil,
        accelerator: String? = nil,
        instanceType: String? = nil,
        instanceSize: String? = nil,
        vendor: String? = nil,
        region: String? = nil,
        additional: JSONObject = [:]
    ) {
        self.repository = repository
        self.accelerator = accelerator
        self.instanceType = instanceType
        self.instanceSize = instanceSize
        self.vendor = vendor
        self.region = region
        self.additional = additional
    }

    /// The body that makes an endpoint.
    ///
    /// - Throws: ``InferenceError`` that names the setting which is missing or wrong.
    func creation(of name: String) throws -> JSONValue {
        // The API allows 32 characters, and puts the name into the endpoint's host.
        let isPlain = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (0x30...0x39).contains(byte)
                || byte == UInt8(ascii: "-")
        }
        try InferenceError.require(
            !name.isEmpty && name.utf8.count <= 32 && isPlain,
            "name",
            "1 to 32 letters, digits and '-'"
        )
        let needed: [(String, String?)] = [
            ("repository", repository?.rawValue), ("accelerator", accelerator), ("instanceType", instanceType),
            ("instanceSize", instanceSize), ("vendor", vendor), ("region", region),
        ]
        for (field, value) in needed {
            try InferenceError.require(value?.isEmpty == false, field, "a value: a new endpoint needs one")
        }
        var body: JSONObject = ["name": .string(name)]
        body["type"] = (access ?? .authenticated).rawValue.json
        return .object(body.mergingRecursively(try members()))
    }

    /// The body that changes an endpoint.
    ///
    /// - Throws: ``InferenceError`` that names the setting which is wrong.
    func change() throws -> JSONValue { .object(try members()) }

    private func members() throws -> JSONObject {
        try check()
        var body: JSONObject = [:]
        body["type"] = access?.rawValue.json
        var location: JSONObject = [:]
        location["vendor"] = vendor?.json
        location["region"] = region?.json
        body["provider"] = location.unlessEmpty
        body["compute"] = compute.unlessEmpty
        body["model"] = model.unlessEmpty
        var route: JSONObject = [:]
        route["domain"] = domain?.json
        route["path"] = path?.json
        body["route"] = route.unlessEmpty
        body["cacheHttpResponses"] = cachesResponses?.json
        body["tags"] = tags?.json
        return body.mergingRecursively(additional)
    }

    private var compute: JSONObject {
        var scaling: JSONObject = [:]
        scaling["minReplica"] = minReplica?.json
        scaling["maxReplica"] = maxReplica?.json
        scaling["scaleToZeroTimeout"] = scaleToZeroMinutes?.json
        scaling["measure"] = measure?.json
        var members: JSONObject = [:]
        members["accelerator"] = accelerator?.json
        members["instanceType"] = instanceType?.json
        members["instanceSize"] = instanceSize?.json
        members["scaling"] = scaling.unlessEmpty
        return members
    }

    private var model: JSONObject {
        var members: JSONObject = [:]
        members["repository"] = repository?.rawValue.json
        members["framework"] = framework?.json
        members["revision"] = revision?.json
        members["task"] = task?.rawValue.json
        members["image"] = image.map { $0["url"] == nil ? $0 : .object(["custom": $0]) }
        members["env"] = environment?.json
        members["secrets"] = secrets?.json
        members["command"] = command?.json
        members["args"] = arguments?.json
        return members
    }

    private func check() throws {
        if let repository {
            let isPath = (try? repository.hubPath()) != nil
            try InferenceError.require(isPath, "repository", "a Hub model id such as \"organisation/name\"")
        }
        if let minReplica { try InferenceError.require(minReplica >= 0, "minReplica", "an integer ≥ 0") }
        if let maxReplica {
            let least = max(minReplica ?? 1, 1)
            try InferenceError.require(maxReplica >= least, "maxReplica", "an integer ≥ \(least)")
        }
        if let scaleToZeroMinutes {
            try InferenceError.require(
                scaleToZeroMinutes >= 1 && minReplica ?? 0 == 0,
                "scaleToZeroMinutes",
                "an integer ≥ 1, together with minReplica 0"
            )
        }
        if let measure {
            try InferenceError.require(
                measure.threshold.isFinite && measure.threshold > 0 && !measure.name.isEmpty,
                "measure",
                "a threshold above zero"
            )
        }
        if let image {
            let isOne = image.objectValue.map { $0.count == 1 || $0.contains("url") } ?? false
            try InferenceError.require(isOne, "image", "an object of one member, or one with a \"url\"")
        }
        for (field, names) in [("environment", environment?.keys), ("secrets", secrets?.keys)] {
            let areNames = names?.allSatisfy { !$0.isEmpty && !$0.utf8.contains(UInt8(ascii: "=")) } ?? true
            try InferenceError.require(areNames, field, "names that are not empty and have no '='")
        }
        if additional["model"]?["task"]?.isNull == true {
            throw InferenceError.invalidInput("additional", expected: "no null for model.task, which the API refuses")
        }
    }
}

extension EndpointSettings: CustomStringConvertible, CustomReflectable {
    /// The repository.
    public var description: String { "endpoint settings (\(repository?.rawValue ?? "no repository"))" }

    /// Nothing but the repository: there are secrets in here.
    public var customMirror: Mirror { Mirror(self, children: ["repository": repository?.rawValue ?? ""]) }
}

extension JSONObject {
    /// The object as a value, or `nil` when it has no members.
    fileprivate var unlessEmpty: JSONValue? { isEmpty ? nil : .object(self) }
}
