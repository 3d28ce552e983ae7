/// A dedicated endpoint, as the management API tells of it.
///
/// Source: the answers of the Inference Endpoints API. Nearly everything can be missing, so only the name and the state
/// are relied on; the values of secrets are never kept.
public struct InferenceEndpoint: JSONConvertible, Hashable, Sendable {
    /// The name, unique in its namespace.
    public var name: String
    /// The user or the organisation that it belongs to; the API does not say it, so it is what the question named.
    public var namespace: String?
    /// Who may call it.
    public var access: Access?
    /// Where it runs.
    public var location: Location?
    /// What it runs on.
    public var compute: Compute?
    /// What it runs.
    public var model: Model?
    /// The state.
    public var status: Status
    /// The route that answers 200 when the server is healthy, such as `/health`.
    public var healthRoute: String?
    /// Its owner's words for it.
    public var tags: [String]
    /// Members that the API sent besides.
    public var additional: JSONObject

    /// Who may call an endpoint, in the API's word, known here or not.
    public struct Access: RawRepresentable, Hashable, Sendable {
        /// The API's word.
        public var rawValue: String
        /// Makes an access of the API's word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Everybody, without a token.
        public static var everyone: Self { Self(rawValue: "public") }
        /// Everybody with a token of any account; formerly `protected`.
        public static var authenticated: Self { Self(rawValue: "authenticated") }
        /// The owner, or the members of the organisation.
        public static var owner: Self { Self(rawValue: "private") }
    }

    /// Where an endpoint runs.
    public struct Location: JSONConvertible, Hashable, Sendable {
        /// The cloud: `aws`, `azure`, `gcp` and others.
        public var vendor: String?
        /// The region, in the cloud's word, such as `us-east-1`.
        public var region: String?
        /// Members that the API sent besides.
        public var additional: JSONObject
    }

    /// What an endpoint runs on.
    public struct Compute: JSONConvertible, Hashable, Sendable {
        /// `cpu`, `gpu`, `neuron` and others.
        public var accelerator: String?
        /// The kind of machine, such as `nvidia-l4`.
        public var instanceType: String?
        /// How many of its parts, such as `x1`.
        public var instanceSize: String?
        /// How many machines.
        public var scaling: Scaling?
        /// Members that the API sent besides.
        public var additional: JSONObject
    }

    /// How many machines an endpoint has.
    public struct Scaling: JSONConvertible, Hashable, Sendable {
        /// The least; zero lets it sleep.
        public var minReplica: Int?
        /// The most.
        public var maxReplica: Int?
        /// The minutes without a call after which it sleeps; `nil` for never.
        public var scaleToZeroMinutes: Int?
        /// What decides when there are more of them.
        public var measure: ScalingMeasure?
        /// Members that the API sent besides.
        public var additional: JSONObject
    }

    /// What an endpoint runs.
    public struct Model: JSONConvertible, Hashable, Sendable {
        /// The repository on the Hub.
        public var repository: ModelID?
        /// The commit.
        public var revision: String?
        /// The task; `custom` for a handler of one's own.
        public var task: TaskID?
        /// `pytorch`, `custom`, `llamacpp` and others.
        public var framework: String?
        /// The container, an object of one member: `huggingface`, `custom`, `tgi`, `tei`, `vLLM` and others.
        ///
        /// Credentials of a registry are never sent back, so an image that was read cannot be sent again as it is.
        public var image: JSONValue?
        /// Variables of the container.
        public var environment: [String: String]
        /// The names of secret variables; their values are dropped on reading.
        public var secretNames: [String]
        /// Members that the API sent besides.
        public var additional: JSONObject
    }

    /// The state of an endpoint, and since when.
    public struct Status: JSONConvertible, Hashable, Sendable {
        /// The state.
        public var state: State
        /// The API's words about it.
        public var message: String?
        /// When the endpoint was made, since the start of 1970 in UTC, exact to the nanosecond.
        public var created: Duration?
        /// When it was changed last, since the start of 1970 in UTC, exact to the nanosecond.
        public var updated: Duration?
        /// The name of the account that made it.
        public var creator: String?
        /// The address for calls; `nil` until it was deployed for the first time.
        public var url: String?
        /// The machines that answer.
        public var readyReplicas: Int?
        /// The machines that there shall be.
        public var targetReplicas: Int?
        /// Members that the API sent besides, and those of which only a part stands above.
        public var additional: JSONObject
    }

    /// The state of an endpoint, in the API's word, known here or not.
    public struct State: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The API's word.
        public var rawValue: String
        /// Makes a state of the API's word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The API's word.
        public var description: String { rawValue }
        /// It was accepted.
        public static var pending: Self { Self(rawValue: "pending") }
        /// It starts.
        public static var initializing: Self { Self(rawValue: "initializing") }
        /// A new version comes; the old one may still answer.
        public static var updating: Self { Self(rawValue: "updating") }
        /// The new version does not start; the old one may still answer.
        public static var updateFailed: Self { Self(rawValue: "updateFailed") }
        /// It answers.
        public static var running: Self { Self(rawValue: "running") }
        /// A person stopped it; only a person starts it again.
        public static var paused: Self { Self(rawValue: "paused") }
        /// It sleeps, and the first call wakes it.
        public static var scaledToZero: Self { Self(rawValue: "scaledToZero") }
        /// It does not start.
        public static var failed: Self { Self(rawValue: "failed") }

        /// Whether it comes by itself, by waiting alone.
        public var isStarting: Bool { [.pending, .initializing, .updating].contains(self) }
    }
}

/// What decides how many machines an endpoint has, with its threshold.
///
/// The API knows `pendingRequests` (calls that wait, for each machine) and `hardwareUsage` (percent).
public struct ScalingMeasure: JSONConvertible, Hashable, Sendable {
    /// The API's word.
    public var name: String
    /// The threshold.
    public var threshold: Double

    /// Makes a measure.
    public init(name: String, threshold: Double) {
        self.name = name
        self.threshold = threshold
    }

    /// So many calls that wait, for each machine.
    public static func pendingRequests(_ count: Double) -> Self { Self(name: "pendingRequests", threshold: count) }

    /// So many percent of the hardware in use.
    public static func hardwareUsage(_ percent: Double) -> Self { Self(name: "hardwareUsage", threshold: percent) }

    /// Reads an object of one member.
    public init(json: JSONValue) throws {
        guard let member = try json.members().first(where: { $0.value.doubleValue != nil }),
            let threshold = member.value.doubleValue
        else { throw JSONMismatch(expected: "a threshold", found: json) }
        self.init(name: member.key, threshold: threshold)
    }

    /// An object of one member.
    public var json: JSONValue { .object([name: .number(wholeIfPossible: threshold)]) }
}
