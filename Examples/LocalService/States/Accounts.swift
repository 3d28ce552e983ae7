/// Whom tokens belong to.
///
/// Built in: `hf_local` and whatever begins so is an ordinary account; `hf_local_pro` is on PRO, `hf_local_accepted` has
/// accepted the conditions of gated models, `hf_local_exhausted` has no credits left, `hf_local_noscope` is a fine-grained
/// token without the permission for inference, `hf_local_read` has the role `read`.
struct Accounts: Sendable {
    private static let builtIn: [String: LocalService.Account] = [
        "hf_local_pro": LocalService.Account(name: "grace", plan: .pro),
        "hf_local_accepted": LocalService.Account(name: "edsger", acceptsGated: true),
        "hf_local_exhausted": LocalService.Account(name: "blaise", isExhausted: true),
        "hf_local_noscope": LocalService.Account(name: "alan", permissions: ["repo.content.read"]),
        "hf_local_read": LocalService.Account(name: "barbara", role: "read", permissions: []),
    ]

    var configuration: LocalService.Configuration

    /// The account of a request, `nil` for a request without a token.
    ///
    /// - Throws: 401 for a token that nobody has.
    func account(of request: Request) throws(Refusal) -> LocalService.Account? {
        guard let token = request.token else { return nil }
        if let account = configuration.tokens[token] ?? Self.builtIn[token] { return account }
        guard token.hasPrefix("hf_local") else {
            throw Refusal(401, "Invalid credentials in Authorization header")
        }
        return LocalService.Account()
    }

    func plan(of account: LocalService.Account?) -> LocalService.Plan { account?.plan ?? configuration.plan }

    /// Lets a request call inference, or refuses it: 401, 402 or 403.
    func admitToInference(_ request: Request) throws(Refusal) -> LocalService.Account? {
        guard let account = try account(of: request) else {
            guard configuration.requiresToken else { return nil }
            throw Refusal(401, "Invalid username or password.")
        }
        let mayCall = account.role != "fineGrained" || account.permissions.contains("inference.serverless.write")
        guard mayCall else {
            throw Refusal(
                403,
                "This authentication method does not have sufficient permissions to call Inference Providers on behalf"
                    + " of user \(account.name)"
            )
        }
        guard !account.isExhausted else {
            throw Refusal(
                402,
                "You have exceeded your monthly included credits for Inference Providers. Subscribe to PRO to get 20x"
                    + " more monthly included credits."
            )
        }
        return account
    }

    /// Lets an account open a gated model, or refuses it as the Hub does.
    func admit(_ account: LocalService.Account?, to model: Model) throws(Refusal) {
        guard model.gated != nil, account?.acceptsGated != true else { return }
        let headers = [
            ("x-error-code", "GatedRepo"),
            ("x-error-message", "Access to model \(model.id) is restricted. You must have access to it."),
        ]
        guard account != nil else {
            throw Refusal(
                401,
                "Access to model \(model.id) is restricted. You must have access to it and be authenticated to access it."
                    + " Please log in.",
                headers: headers
            )
        }
        throw Refusal(
            403,
            "Access to model \(model.id) is restricted and you are not in the authorized list. Visit"
                + " https://huggingface.co/\(model.id) to ask for access.",
            headers: headers
        )
    }
}
