extension InferenceClient {
    /// Asks the Hub whom the client's token belongs to and what it allows.
    ///
    /// The Hub limits this question harder than others, so the answer is kept: calls at the same time share one request,
    /// and later ones none until it is older than `maxAge`. A failure is not kept.
    ///
    /// - Parameters:
    ///   - maxAge: The age up to which a kept answer serves; zero asks in any case. Default: one hour.
    ///   - options: What this call does differently from the client.
    /// - Returns: The account.
    /// - Throws: ``InferenceError``: ``InferenceError/Code-swift.struct/authenticationFailed`` without a token or with one
    ///   that the Hub does not know, ``InferenceError/Code-swift.struct/rateLimited`` when it was asked too often. Or
    ///   `CancellationError`.
    @concurrent
    public func whoami(
        maxAge: Duration = .seconds(3_600),
        options: CallOptions = CallOptions()
    ) async throws -> Account {
        let question = Question("whoami", "\(configuration.hub.withoutTrailingSlash)/api/whoami-v2")
        do {
            let answer = try await answer(to: question, lifetime: maxAge, options: options)
            return try Self.account(of: answer, to: question)
        } catch var error as InferenceError where error.code == .rateLimited {
            // Source: the Python client, too, has words of its own for this route.
            error.message =
                "The Hub was asked too often whom the token belongs to. Keep the answer: whoami(maxAge:) does so for an "
                + "hour in one client and its copies. (\(error.message))"
            throw error
        }
    }

    private static func account(of answer: KeptAnswer, to question: Question) throws -> Account {
        do {
            return try Account(json: answer.json)
        } catch {
            throw InferenceError(
                .undecodable,
                "The answer to \(question.name) cannot be understood: \(error) (found \(answer.json))."
            )
        }
    }
}
