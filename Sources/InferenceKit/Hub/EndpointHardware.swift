/// A kind of machine that endpoints can run on, at one place.
///
/// Source: `/provider/{namespace}` of the Inference Endpoints API, whose vendors and regions are unfolded here.
public struct EndpointHardware: Hashable, Sendable {
    /// The cloud: `aws`, `azure`, `gcp` and others.
    public var vendor: String
    /// The region, in the cloud's word.
    public var region: String
    /// The API's id.
    public var id: String?
    /// `cpu`, `gpu`, `neuron` and others.
    public var accelerator: String?
    /// The kind of machine, such as `nvidia-l4`.
    public var instanceType: String?
    /// How many of its parts, such as `x1`.
    public var instanceSize: String?
    /// The processor's architecture.
    public var architecture: String?
    /// The accelerators of one machine.
    public var acceleratorCount: Int?
    /// The processors of one machine.
    public var processorCount: Double?
    /// The memory of one machine in gigabytes.
    public var memoryGigabytes: Double?
    /// The memory of its accelerators in gigabytes.
    public var acceleratorMemoryGigabytes: Double?
    /// The price of an hour in US dollars.
    public var pricePerHour: Double?
    /// Whether it can be had.
    public var availability: Availability?
    /// The accelerators that the namespace may have at most.
    public var quota: Int?
    /// Those that it has; endpoints that are scaled to zero count, paused ones do not.
    public var usedQuota: Int?
    /// Members that the API sent besides.
    public var additional: JSONObject

    /// Whether hardware can be had, in the API's word, known here or not.
    public struct Availability: RawRepresentable, Hashable, Sendable {
        /// The API's word.
        public var rawValue: String
        /// Makes an availability of the API's word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// It can be had.
        public static var available: Self { Self(rawValue: "available") }
        /// There is little of it.
        public static var low: Self { Self(rawValue: "low_availability") }
        /// There is none.
        public static var unavailable: Self { Self(rawValue: "not_available") }
        /// It is kept for others.
        public static var reserved: Self { Self(rawValue: "reserved") }
        /// It is going to be dropped.
        public static var deprecated: Self { Self(rawValue: "deprecated") }
    }

    /// Reads all kinds of the API's answer, in its order.
    ///
    /// - Throws: ``JSONMismatch``.
    static func list(_ json: JSONValue) throws -> [Self] {
        try json.members().decode("vendors", as: [JSONObject].self).flatMap { vendor in
            let vendorName: String = try vendor.decode("name")
            return try (vendor.decodeIfPresent("regions", as: [JSONObject].self) ?? []).flatMap { region in
                let regionName: String = try region.decode("name")
                return try (region.decodeIfPresent("computes", as: [JSONObject].self) ?? []).map {
                    try Self(vendor: vendorName, region: regionName, $0)
                }
            }
        }
    }

    private init(vendor: String, region: String, _ members: JSONObject) throws {
        self.vendor = vendor
        self.region = region
        id = members["id"]?.stringValue
        accelerator = try members.decodeIfPresent("accelerator")
        instanceType = try members.decodeIfPresent("instanceType")
        instanceSize = try members.decodeIfPresent("instanceSize")
        architecture = try members.decodeIfPresent("architecture")
        acceleratorCount = try members.decodeIfPresent("numAccelerators")
        processorCount = try members.decodeIfPresent("numCpus")
        memoryGigabytes = try members.decodeIfPresent("memoryGb")
        acceleratorMemoryGigabytes = try members.decodeIfPresent("gpuMemoryGb")
        pricePerHour = try members.decodeIfPresent("pricePerHour")
        availability = try members.decodeIfPresent("status", as: String.self).map { Availability(rawValue: $0) }
        quota = members["quota"]?["maxAccelerators"]?.intValue
        usedQuota = members["quota"]?["usedAccelerators"]?.intValue
        additional = members.removing([
            "id", "accelerator", "instanceType", "instanceSize", "architecture", "numAccelerators", "numCpus",
            "memoryGb", "gpuMemoryGb", "pricePerHour", "status", "quota",
        ])
    }
}
