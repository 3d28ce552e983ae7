/// Why the service refused a call, in words that say what to do about it.
public struct RefusalExplanation: Hashable, Sendable, CustomStringConvertible {
    /// The kind of refusal; minor releases may add kinds, so handle the ones you know.
    public struct Reason: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The word.
        public var rawValue: String
        /// Makes a reason of a word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The word.
        public var description: String { rawValue }
        /// No token was sent, and one is needed.
        public static var noToken: Self { Self(rawValue: "noToken") }
        /// There is a token, but it was found in the environment and is not sent to a host that is not Hugging Face's.
        public static var tokenKeptBack: Self { Self(rawValue: "tokenKeptBack") }
        /// The Hub does not know the token: it was mistyped, revoked or has expired.
        public static var unknownToken: Self { Self(rawValue: "unknownToken") }
        /// The provider does not know its own key.
        public static var unknownKey: Self { Self(rawValue: "unknownKey") }
        /// The token lacks a permission.
        public static var missingPermission: Self { Self(rawValue: "missingPermission") }
        /// The account has not accepted the conditions of the model, or has not been admitted yet.
        public static var gated: Self { Self(rawValue: "gated") }
        /// The model is for PRO accounts.
        public static var proNeeded: Self { Self(rawValue: "proNeeded") }
        /// The credits are used up.
        public static var creditsUsedUp: Self { Self(rawValue: "creditsUsedUp") }
        /// An organisation does not allow it, or the account is no member of the one that should pay.
        public static var organization: Self { Self(rawValue: "organization") }
        /// The Hub knows the token, but the server that was called does not admit its account.
        public static var notAdmitted: Self { Self(rawValue: "notAdmitted") }
        /// Nothing that the account tells explains it.
        public static var unexplained: Self { Self(rawValue: "unexplained") }
        /// The error is no refusal of this kind.
        public static var otherCause: Self { Self(rawValue: "otherCause") }
    }

    /// The kind of refusal.
    public var reason: Reason
    /// What happened and what helps, for a person.
    public var message: String
    /// The page on which something can be done about it.
    public var page: String?
    /// The permission that is missing.
    public var permission: Account.Permission?
    /// The name of the account, when the Hub told it.
    public var account: String?

    /// Makes an explanation.
    public init(
        _ reason: Reason,
        _ message: String,
        page: String? = nil,
        permission: Account.Permission? = nil,
        account: String? = nil
    ) {
        self.reason = reason
        self.message = message
        self.page = page
        self.permission = permission
        self.account = account
    }

    /// The message, and the page.
    public var description: String { page.map { "\(message) See \($0)" } ?? message }
}

extension InferenceClient {
    /// Explains a refusal: 401, 402, 403 and gated models.
    ///
    /// The account is asked for (``whoami(maxAge:options:)``) where it can tell more than the error does; when that fails,
    /// the error alone is explained. Any other error gets ``RefusalExplanation/Reason/otherCause``, and nothing is asked.
    ///
    /// ```swift
    /// do {
    ///     print(try await client.chatCompletion("Hello", model: "org/gated"))
    /// } catch let error as InferenceError {
    ///     print(try await client.explanation(of: error))
    /// }
    /// ```
    /// - Parameters:
    ///   - error: What a call threw.
    ///   - options: The options of that call, since its token and its target may not be the client's.
    /// - Returns: The explanation.
    /// - Throws: `CancellationError` only.
    @concurrent
    public func explanation(
        of error: InferenceError,
        options: CallOptions = CallOptions()
    ) async throws -> RefusalExplanation {
        let isRefusal = [.authenticationFailed, .permissionDenied, .gated, .quotaExhausted].contains(error.code)
        guard isRefusal else { return RefusalExplanation(.otherCause, error.message) }
        let refusal = Refusal(error: error, hub: configuration.hub.withoutTrailingSlash)
        let source = options.token ?? configuration.token
        guard let token = try? await source.load() else {
            try Task.checkCancellation()
            return refusal.withoutToken
        }
        let target = options.target ?? configuration.target
        if error.code == .authenticationFailed, source.isAmbient, target?.provider.takesAmbientToken == false {
            return refusal.withTokenKeptBack
        }
        guard token.isHuggingFace else { return refusal.withForeignKey }
        var asking = CallOptions(timeouts: options.timeouts, token: options.token)
        asking.retry = options.retry
        do {
            let account = try await whoami(options: asking)
            return refusal.explained(by: account, billTo: options.billTo ?? configuration.billTo)
        } catch let failure as InferenceError {
            guard failure.code == .authenticationFailed else { return refusal.withoutAccount }
            return refusal.withUnknownToken
        }
    }
}
