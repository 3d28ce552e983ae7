/// A refused call, and what is known of it without asking.
struct Refusal {
    var error: InferenceError
    var hub: String

    private var tokensPage: String { "\(hub)/settings/tokens" }

    /// The model's own page, where gated ones are asked for.
    private var modelPage: String? {
        (try? error.model?.hubPath()).map { "\(hub)/\($0)" }
    }

    private var modelName: String { error.model.map { "\($0)" } ?? "The model" }

    private var words: String { error.message.lowercased() }

    /// What the call needed, by whom it went to.
    private var permission: Account.Permission {
        switch error.provider {
        // A server by its URL, by the names of its dialects.
        case "endpoint", "openai-compatible", "text-embeddings-inference", "text-generation-inference": .callEndpoints
        case EndpointsService.id: .manageEndpoints
        default: .callProviders
        }
    }

    // MARK: - Without the account

    var withoutToken: RefusalExplanation {
        if error.code == .gated {
            return RefusalExplanation(
                .noToken,
                "\(modelName) is gated, and no token was sent: accept its conditions and send a token of that account.",
                page: modelPage
            )
        }
        return RefusalExplanation(
            .noToken,
            "No token was sent. Make one that may \(permission.words), and give it to the client or put it into HF_TOKEN.",
            page: tokensPage,
            permission: permission
        )
    }

    var withTokenKeptBack: RefusalExplanation {
        RefusalExplanation(
            .tokenKeptBack,
            "The server wants a token. The one in the environment was not sent, since the host is not Hugging Face's; "
                + "give the client or the call its token."
        )
    }

    var withForeignKey: RefusalExplanation {
        let provider = error.provider.map { "\($0)" } ?? "The provider"
        switch error.code {
        case .authenticationFailed:
            return RefusalExplanation(
                .unknownKey,
                "\(provider) does not know the key that was sent. It does not begin with \"hf_\", so it counts as a key of "
                    + "the provider's own."
            )
        case .quotaExhausted:
            return RefusalExplanation(.creditsUsedUp, "The credits of this key at \(provider) are used up.")
        default:
            return RefusalExplanation(.unexplained, "\(provider) refused the call: \(error.message)")
        }
    }

    var withUnknownToken: RefusalExplanation {
        RefusalExplanation(
            .unknownToken,
            "The Hub does not know the token: it was mistyped, revoked, or has expired.",
            page: tokensPage
        )
    }

    /// The Hub could not be asked, so the error has to do.
    var withoutAccount: RefusalExplanation {
        switch error.code {
        case .gated: return gated(nil)
        case .quotaExhausted: return creditsUsedUp(nil)
        case .permissionDenied where words.contains("pro subscription"): return proNeeded(nil)
        case .permissionDenied where words.contains("sufficient permissions"): return missingPermission(nil)
        default: return unexplained(nil)
        }
    }

    // MARK: - With the account

    func explained(by account: Account, billTo: String?) -> RefusalExplanation {
        if error.code == .gated { return gated(account) }
        if let billTo, account.type == .user, billTo != account.name,
            !account.organizations.contains(where: { $0.name == billTo || $0.id == billTo })
        {
            return RefusalExplanation(
                .organization,
                "The bill was to go to \(billTo), of which \(account.name) is no member.",
                account: account.name
            )
        }
        if error.code == .quotaExhausted { return creditsUsedUp(account) }
        let mayNeedPro = error.code == .permissionDenied && account.isPro == false
        if mayNeedPro, words.contains("pro subscription") { return proNeeded(account) }
        // The Hub may know of the permission what it does not tell.
        if account.can(permission) == false || words.contains("sufficient permissions") {
            return missingPermission(account)
        }
        if mayNeedPro, error.model.map(ProModels.all.contains) == true { return proNeeded(account) }
        if words.contains("organization") || words.contains("organisation") {
            return RefusalExplanation(
                .organization,
                "An organisation does not allow the call: \(error.message)",
                account: account.name
            )
        }
        if error.code == .authenticationFailed || permission == .callEndpoints { return notAdmitted(account) }
        return unexplained(account)
    }

    private func gated(_ account: Account?) -> RefusalExplanation {
        var message =
            "\(modelName) is gated: \(account?.name ?? "the account") has not accepted its conditions, or has "
        message += "not been admitted yet."
        if account?.token?.fineGrained?.canReadGatedRepositories == false {
            message += " The token, too, must be allowed to read gated repositories (\(tokensPage))."
        }
        return RefusalExplanation(.gated, message, page: modelPage, account: account?.name)
    }

    private func proNeeded(_ account: Account?) -> RefusalExplanation {
        RefusalExplanation(
            .proNeeded,
            "\(modelName) is for PRO accounts, and \(account?.name ?? "the account") has none.",
            page: "\(hub)/pricing",
            account: account?.name
        )
    }

    private func creditsUsedUp(_ account: Account?) -> RefusalExplanation {
        var message = "The credits of \(account?.name ?? "the account") are used up. "
        message +=
            account?.isPro == false ? "PRO has more of them each month, and more can be bought." : "More can be bought."
        return RefusalExplanation(.creditsUsedUp, message, page: "\(hub)/settings/billing", account: account?.name)
    }

    private func missingPermission(_ account: Account?) -> RefusalExplanation {
        let name = account?.token?.displayName.map { "The token \"\($0)\"" } ?? "The token"
        return RefusalExplanation(
            .missingPermission,
            "\(name) may not \(permission.words) (\(permission)). Edit its permissions.",
            page: tokensPage,
            permission: permission,
            account: account?.name
        )
    }

    private func notAdmitted(_ account: Account) -> RefusalExplanation {
        RefusalExplanation(
            .notAdmitted,
            "The Hub knows the token of \(account.name), but the server that was called does not admit it. A private "
                + "endpoint admits its owner's account only.",
            account: account.name
        )
    }

    private func unexplained(_ account: Account?) -> RefusalExplanation {
        RefusalExplanation(.unexplained, "The service refused the call: \(error.message)", account: account?.name)
    }
}

extension Account.Permission {
    /// The words that the Hub's settings have for it, where they are known.
    fileprivate var words: String {
        switch self {
        case .callProviders: "\"Make calls to Inference Providers\""
        case .callEndpoints: "\"Make calls to your Inference Endpoints\""
        case .manageEndpoints: "\"Manage your Inference Endpoints\""
        default: "do this"
        }
    }
}
