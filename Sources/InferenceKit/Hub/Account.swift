/// Whom a token belongs to, and what it allows.
///
/// Source: `/api/whoami-v2` of the Hub. A description shows the name only: there is an address in here.
public struct Account: JSONConvertible, Hashable, Sendable {
    /// A user, an organisation or an app.
    public var type: Kind
    /// The Hub's id.
    public var id: String?
    /// The name in URLs, such as `ada`.
    public var name: String
    /// The name for people.
    public var fullName: String?
    /// The address for mail, as far as the token may see it.
    public var email: String?
    /// Whether the address has been confirmed.
    public var isEmailVerified: Bool?
    /// Whether the account pays for PRO; `nil` for what is no user.
    public var isPro: Bool?
    /// Whether there is a means of payment.
    public var canPay: Bool?
    /// How it is billed.
    public var billingMode: BillingMode?
    /// When the paid period ends, since the start of 1970 in UTC.
    public var periodEnd: Duration?
    /// The address of a picture.
    public var avatarURL: String?
    /// The organisations it is a member of.
    public var organizations: [Organization]
    /// The token that asked; `nil` when the Hub tells nothing about it.
    public var token: Token?
    /// Members that the Hub sent besides.
    public var additional: JSONObject

    /// The kind of an account, in the Hub's word, known here or not.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// The Hub's word.
        public var rawValue: String
        /// Makes a kind of the Hub's word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// A person.
        public static var user: Self { Self(rawValue: "user") }
        /// An organisation, whose tokens belong to no person.
        public static var organization: Self { Self(rawValue: "org") }
        /// An app that acts for others.
        public static var app: Self { Self(rawValue: "app") }
    }

    /// How an account is billed, in the Hub's word, known here or not.
    public struct BillingMode: RawRepresentable, Hashable, Sendable {
        /// The Hub's word.
        public var rawValue: String
        /// Makes a mode of the Hub's word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Afterwards.
        public static var postpaid: Self { Self(rawValue: "postpaid") }
        /// Beforehand.
        public static var prepaid: Self { Self(rawValue: "prepaid") }
    }

    /// An organisation that an account is a member of.
    public struct Organization: JSONConvertible, Hashable, Sendable {
        /// The Hub's id.
        public var id: String?
        /// The name in URLs.
        public var name: String
        /// The name for people.
        public var fullName: String?
        /// Whether it can be billed.
        public var canPay: Bool?
        /// When its paid period ends, since the start of 1970 in UTC.
        public var periodEnd: Duration?
        /// What the account is in it, in the Hub's word: `admin`, `write`, `contributor`, `read` and others.
        public var role: String?
        /// Members that the Hub sent besides.
        public var additional: JSONObject
    }

    /// The first answer that holds the account of `json`.
    ///
    /// - Parameter json: The Hub's answer.
    /// - Throws: ``JSONMismatch`` that names the member at fault; nothing but the name is needed.
    public init(json: JSONValue) throws {
        let members = try json.members()
        type = Kind(rawValue: try members.decodeIfPresent("type") ?? Kind.user.rawValue)
        id = members["id"]?.stringValue
        name = try members.decode("name")
        fullName = try members.decodeIfPresent("fullname")
        email = try members.decodeIfPresent("email")
        isEmailVerified = try members.decodeIfPresent("emailVerified")
        isPro = try members.decodeIfPresent("isPro")
        canPay = try members.decodeIfPresent("canPay")
        billingMode = try members.decodeIfPresent("billingMode", as: String.self).map { BillingMode(rawValue: $0) }
        periodEnd = try members.decodeIfPresent("periodEnd", as: Int.self).map { .seconds($0) }
        avatarURL = try members.decodeIfPresent("avatarUrl")
        organizations = try members.decodeIfPresent("orgs") ?? []
        token = try members.decodeIfPresent("auth")
        additional = members.removing([
            "type", "id", "name", "fullname", "email", "emailVerified", "isPro", "canPay", "billingMode", "periodEnd",
            "avatarUrl", "orgs", "auth",
        ])
    }

    /// The account in the Hub's form; what is `nil` is left out.
    public var json: JSONValue {
        var members: JSONObject = ["type": .string(type.rawValue)]
        members["id"] = id?.json
        members["name"] = .string(name)
        members["fullname"] = fullName?.json
        members["email"] = email?.json
        members["emailVerified"] = isEmailVerified?.json
        members["isPro"] = isPro?.json
        members["canPay"] = canPay?.json
        members["billingMode"] = billingMode?.rawValue.json
        members["periodEnd"] = periodEnd?.wholeSeconds.json
        members["avatarUrl"] = avatarURL?.json
        members["orgs"] = organizations.json
        members["auth"] = token?.json
        return .object(members.merging(additional))
    }
}

extension Account {
    /// Whether the token may do something; `nil` when the Hub does not tell.
    ///
    /// A fine-grained token may do what stands in its permissions, wherever: for the whole account, or for one
    /// organisation or repository only. A `write` token may do everything, a `read` token may read and call models.
    public func can(_ permission: Permission) -> Bool? { token?.can(permission) }
}

extension Account: CustomStringConvertible, CustomReflectable {
    /// The name.
    public var description: String { name }

    /// Nothing but the name, so that `dump` shows no address.
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}

extension Account.Organization {
    /// Reads an organisation.
    public init(json: JSONValue) throws {
        let members = try json.members()
        id = members["id"]?.stringValue
        name = try members.decode("name")
        fullName = try members.decodeIfPresent("fullname")
        canPay = try members.decodeIfPresent("canPay")
        periodEnd = try members.decodeIfPresent("periodEnd", as: Int.self).map { .seconds($0) }
        // Known from other projects' code only, so another shape is no failure.
        role = members["roleInOrg"]?.stringValue
        additional = members.removing(["id", "name", "fullname", "canPay", "periodEnd"])
        if role != nil { additional["roleInOrg"] = nil }
    }

    /// The organisation in the Hub's form; what is `nil` is left out.
    public var json: JSONValue {
        var members: JSONObject = [:]
        members["id"] = id?.json
        members["name"] = .string(name)
        members["fullname"] = fullName?.json
        members["canPay"] = canPay?.json
        members["periodEnd"] = periodEnd?.wholeSeconds.json
        members["roleInOrg"] = role?.json
        return .object(members.merging(additional))
    }
}

extension Account.Organization: CustomStringConvertible, CustomReflectable {
    /// The name.
    public var description: String { name }

    /// Nothing but the name.
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}

extension Duration {
    /// The time in seconds, without its fraction.
    var wholeSeconds: Int { Int(components.seconds) }
}
