/// What the Hub says about an account.
struct AccountInfo {
    private let account: LocalService.Account
    private let isPro: Bool

    init(_ account: LocalService.Account, _ accounts: Accounts) {
        self.account = account
        isPro = accounts.plan(of: account) == .pro
    }

    /// An id that looks like one.
    private func identifier(_ name: String) -> JSON { .string(String(Hash.fnv1a(name), radix: 16)) }

    private var avatar: JSON { .string("https://huggingface.co/avatars/\(account.name).svg") }

    /// The answer of `/api/whoami-v2`.
    var whoami: JSON {
        let organizations = account.organizations.map { name -> JSON in
            [
                "type": "org", "id": identifier(name), "name": .string(name), "fullname": .string(name), "email": nil,
                "canPay": true, "periodEnd": nil, "avatarUrl": avatar, "roleInOrg": "admin",
            ]
        }
        var token: [JSON.Member] = [
            .init(key: "displayName", value: "local"), .init(key: "role", value: .string(account.role)),
            .init(key: "createdAt", value: "2026-01-02T03:04:05.000Z"),
        ]
        if account.role == "fineGrained" {
            let entity: JSON = ["_id": identifier(account.name), "type": "user", "name": .string(account.name)]
            token.append(
                .init(
                    key: "fineGrained",
                    value: [
                        "canReadGatedRepos": .bool(account.acceptsGated), "global": [],
                        "scoped": [
                            ["entity": entity, "permissions": .array(account.permissions.map(JSON.string))]
                        ],
                    ]
                )
            )
        }
        return [
            "type": "user", "id": identifier(account.name), "name": .string(account.name),
            "fullname": .string(account.name.prefix(1).uppercased() + account.name.dropFirst()),
            "email": .string("\(account.name)@example.com"), "emailVerified": true, "isPro": .bool(isPro),
            "canPay": .bool(isPro), "billingMode": "postpaid", "periodEnd": 1_798_761_600, "avatarUrl": avatar,
            "orgs": .array(organizations),
            "auth": ["type": "access_token", "expiresAt": nil, "accessToken": .object(token)],
        ]
    }

    /// The answer of `/oauth/userinfo`.
    var userInfo: JSON {
        [
            "sub": identifier(account.name), "name": .string(account.name),
            "preferred_username": .string(account.name), "picture": avatar, "isPro": .bool(isPro),
            "canPay": .bool(isPro),
            "orgs": .array(
                account.organizations.map { name in
                    [
                        "sub": identifier(name), "name": .string(name), "preferred_username": .string(name),
                        "picture": avatar, "plan": "team", "canPay": true, "roleInOrg": "admin",
                    ]
                }
            ),
        ]
    }
}
