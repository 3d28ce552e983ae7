extension Account {
    /// What the Hub says about the token that asked; never the token itself.
    public struct Token: JSONConvertible, Hashable, Sendable {
        /// The kind of credentials, in the Hub's word: `access_token` and others.
        public var type: String?
        /// The name that its owner gave it.
        public var displayName: String?
        /// What it is.
        public var role: Role?
        /// When it was made, since the start of 1970 in UTC.
        public var created: Duration?
        /// When it ends, since the start of 1970 in UTC; `nil` for never.
        public var expires: Duration?
        /// The permissions of a fine-grained token; `nil` of any other.
        public var fineGrained: FineGrained?
        /// Members that the Hub sent besides, those of `accessToken` under that name.
        public var additional: JSONObject
        /// The dates as the Hub wrote them.
        private var dates: JSONObject
    }

    /// What a token is, in the Hub's word, known here or not.
    public struct Role: RawRepresentable, Hashable, Sendable {
        /// The Hub's word.
        public var rawValue: String
        /// Makes a role of the Hub's word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// It reads, and calls models.
        public static var read: Self { Self(rawValue: "read") }
        /// It may do what its owner may.
        public static var write: Self { Self(rawValue: "write") }
        /// It may do what stands in its permissions.
        public static var fineGrained: Self { Self(rawValue: "fineGrained") }
    }

    /// Something that a fine-grained token may do, in the Hub's word, known here or not.
    public struct Permission: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral,
        CustomStringConvertible
    {
        /// The Hub's word.
        public var rawValue: String
        /// Makes a permission of the Hub's word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Makes a permission of the Hub's word.
        public init(stringLiteral value: String) { rawValue = value }
        /// The Hub's word.
        public var description: String { rawValue }
        /// "Make calls to Inference Providers".
        public static var callProviders: Self { "inference.serverless.write" }
        /// "Make calls to Inference Endpoints", those that are protected.
        public static var callEndpoints: Self { "inference.endpoints.infer.write" }
        /// "Manage Inference Endpoints".
        public static var manageEndpoints: Self { "inference.endpoints.write" }
    }

    /// What a fine-grained token may do, and where.
    public struct FineGrained: JSONConvertible, Hashable, Sendable {
        /// Whether it opens gated models that its owner may open.
        public var canReadGatedRepositories: Bool?
        /// What it may do everywhere.
        public var global: [Permission]
        /// What it may do for one user, organisation or repository.
        public var scoped: [Scope]
        /// Members that the Hub sent besides.
        public var additional: JSONObject
    }

    /// What a token may do for one user, organisation or repository.
    public struct Scope: JSONConvertible, Hashable, Sendable {
        /// The Hub's word for what it is about: `user`, `org`, `model`, `dataset` and others.
        public var entityType: String?
        /// Its name.
        public var entityName: String?
        /// What the token may do there.
        public var permissions: [Permission]
        /// Members that the Hub sent besides, those of `entity` under that name.
        public var additional: JSONObject
    }
}

extension Account.Token {
    /// Whether the token may do something; `nil` when the Hub does not tell.
    public func can(_ permission: Account.Permission) -> Bool? {
        if let fineGrained { return fineGrained.allows(permission) }
        switch role {
        case .write?: return true
        case .read?:
            // Calling a model changes nothing of the owner's, so the older read tokens may do it.
            return permission == .callProviders || permission == .callEndpoints
                || permission.rawValue.hasSuffix(".read")
        default: return nil
        }
    }

    /// Reads the `auth` member of the Hub's answer.
    public init(json: JSONValue) throws {
        let members = try json.members()
        let token = members["accessToken"]?.objectValue ?? [:]
        type = members["type"]?.stringValue
        displayName = token["displayName"]?.stringValue
        role = token["role"]?.stringValue.map { Account.Role(rawValue: $0) }
        dates = [:]
        dates["createdAt"] = token["createdAt"]
        if let end = members["expiresAt"], !end.isNull { dates["expiresAt"] = end }
        created = dates["createdAt"]?.date
        expires = dates["expiresAt"]?.date
        // Known from other projects' code only, so another shape is no failure: it stays in `additional`.
        fineGrained = token["fineGrained"].flatMap { try? Account.FineGrained(json: $0) }
        additional = members.removing(["type", "accessToken", "expiresAt"])
        var rest = token.removing(["displayName", "role", "createdAt"])
        if fineGrained != nil { rest["fineGrained"] = nil }
        if !rest.isEmpty { additional["accessToken"] = .object(rest) }
    }

    /// The token in the Hub's form; what is `nil` is left out.
    public var json: JSONValue {
        var token: JSONObject = [:]
        token["displayName"] = displayName?.json
        token["role"] = role?.rawValue.json
        token["createdAt"] = dates["createdAt"]
        token["fineGrained"] = fineGrained?.json
        var members: JSONObject = [:]
        members["type"] = type?.json
        members["expiresAt"] = dates["expiresAt"]
        if !token.isEmpty { members["accessToken"] = .object(token) }
        return .object(members.mergingRecursively(additional))
    }
}

extension Account.Token: CustomStringConvertible, CustomReflectable {
    /// The role.
    public var description: String { role?.rawValue ?? "token" }

    /// Nothing but the role.
    public var customMirror: Mirror { Mirror(self, children: ["role": description]) }
}

extension Account.FineGrained {
    /// Whether a permission stands anywhere.
    public func allows(_ permission: Account.Permission) -> Bool {
        global.contains(permission) || scoped.contains { $0.permissions.contains(permission) }
    }

    /// Reads the permissions.
    public init(json: JSONValue) throws {
        let members = try json.members()
        canReadGatedRepositories = members["canReadGatedRepos"]?.boolValue
        global = try members.decodeIfPresent("global", as: [String].self).map(Account.Permission.list) ?? []
        scoped = try members.decodeIfPresent("scoped") ?? []
        additional = members.removing(["canReadGatedRepos", "global", "scoped"])
    }

    /// The permissions in the Hub's form.
    public var json: JSONValue {
        var members: JSONObject = [:]
        members["canReadGatedRepos"] = canReadGatedRepositories?.json
        members["global"] = global.map(\.rawValue).json
        members["scoped"] = scoped.json
        return .object(members.merging(additional))
    }
}

extension Account.Scope {
    /// Reads the permissions for one entity.
    public init(json: JSONValue) throws {
        let members = try json.members()
        let entity = members["entity"]?.objectValue ?? [:]
        entityType = entity["type"]?.stringValue
        entityName = entity["name"]?.stringValue
        permissions = try members.decodeIfPresent("permissions", as: [String].self).map(Account.Permission.list) ?? []
        additional = members.removing(["entity", "permissions"])
        let rest = entity.removing(["type", "name"])
        if !rest.isEmpty { additional["entity"] = .object(rest) }
    }

    /// The permissions in the Hub's form.
    public var json: JSONValue {
        var entity: JSONObject = [:]
        entity["type"] = entityType?.json
        entity["name"] = entityName?.json
        var members: JSONObject = [:]
        if !entity.isEmpty { members["entity"] = .object(entity) }
        members["permissions"] = permissions.map(\.rawValue).json
        return .object(members.mergingRecursively(additional))
    }
}

extension Account.Permission {
    fileprivate static func list(_ words: [String]) -> [Self] { words.map { Self(rawValue: $0) } }
}

extension JSONValue {
    /// A date of ISO 8601 since the start of 1970 in UTC, exact to the nanosecond; `nil` for anything else.
    var date: Duration? { stringValue.flatMap { HTTPDate.duration(iso8601: $0) } }
}
