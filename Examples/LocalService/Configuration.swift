extension LocalService {
    /// How a local service behaves.
    public struct Configuration: Sendable {
        /// The port on 127.0.0.1; 0, the default, is any free one.
        public var port: UInt16
        /// The time that each computed answer takes, zero by default; tokens of a stream take a tenth of it each.
        public var latency: Duration
        /// How long a cold model loads, in seconds; 3 by default.
        public var coldSeconds: Double
        /// The inference calls an account may make in an hour, or `nil` for the plan's own limit a day: 1,000 on the
        /// free plan, 20,000 on PRO, as the service had it from October 2024.
        public var rateLimitPerHour: Int?
        /// The plan of callers without a token and of tokens that name no plan.
        public var plan: Plan
        /// Tokens beside the built-in ones, with the accounts they belong to.
        public var tokens: [String: Account]
        /// Whether inference calls without a token get a 401, as on the real router; no by default.
        public var requiresToken: Bool
        /// How many further models `/api/models` lists, to page through; none by default.
        public var syntheticModels: Int

        /// Makes a configuration; every part has the default described at its property.
        public init(
            port: UInt16 = 0,
            latency: Duration = .zero,
            coldSeconds: Double = 3,
            rateLimitPerHour: Int? = nil,
            plan: Plan = .free,
            tokens: [String: Account] = [:],
            requiresToken: Bool = false,
            syntheticModels: Int = 0
        ) {
            self.port = port
            self.latency = latency
            self.coldSeconds = coldSeconds
            self.rateLimitPerHour = rateLimitPerHour
            self.plan = plan
            self.tokens = tokens
            self.requiresToken = requiresToken
            self.syntheticModels = syntheticModels
        }
    }

    /// What an account pays for.
    public enum Plan: String, Sendable, CaseIterable {
        /// Signed up, nothing paid.
        case free
        /// The PRO subscription.
        case pro
    }

    /// Whom a token belongs to and what it allows.
    public struct Account: Hashable, Sendable {
        /// The user name.
        public var name: String
        /// The plan, or `nil` for the configuration's.
        public var plan: Plan?
        /// The token's role: `read`, `write` or `fineGrained`.
        public var role: String
        /// The permissions of a fine-grained token.
        public var permissions: [String]
        /// Organisations the user is in.
        public var organizations: [String]
        /// Whether the month's included credits are used up.
        public var isExhausted: Bool
        /// Whether the user has accepted the conditions of gated models.
        public var acceptsGated: Bool

        /// Makes an account; by default a fine-grained token that may do everything but open gated models.
        public init(
            name: String = "ada",
            plan: Plan? = nil,
            role: String = "fineGrained",
            permissions: [String] = [
                "inference.serverless.write", "inference.endpoints.infer.write", "inference.endpoints.write",
            ],
            organizations: [String] = ["acme"],
            isExhausted: Bool = false,
            acceptsGated: Bool = false
        ) {
            self.name = name
            self.plan = plan
            self.role = role
            self.permissions = permissions
            self.organizations = organizations
            self.isExhausted = isExhausted
            self.acceptsGated = acceptsGated
        }
    }
}
