extension InferenceClient {
    /// Asks a question that is no task; retries, credentials, clocks and observers as in any call.
    ///
    /// - Parameters:
    ///   - question: The question.
    ///   - options: What this call does differently from the client; its header fields are sent, the client's are not,
    ///     since they were meant for another host.
    /// - Returns: The answer of a success.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    func reply(to question: Question, options: CallOptions) async throws -> Reply {
        let (token, settings) = try await prepared(question, options)
        return try await memory.reply(to: question, token: token, settings: settings)
    }

    /// Asks for an answer in JSON that is not kept.
    func json(of question: Question, options: CallOptions) async throws -> JSONValue {
        let reply = try await reply(to: question, options: options)
        return try Self.decoding(reply, of: question) { try $0.json() }
    }

    /// Asks once for all who want to know the same, and keeps the answer.
    ///
    /// - Parameters:
    ///   - question: The question.
    ///   - lifetime: The age up to which a kept answer serves; zero asks in any case.
    ///   - options: What this call does differently from the client.
    /// - Returns: The answer.
    /// - Throws: ``InferenceError``, or `CancellationError`; a failure is not kept.
    func answer(to question: Question, lifetime: Duration, options: CallOptions) async throws -> KeptAnswer {
        let (token, settings) = try await prepared(question, options)
        return try await memory.answer(to: question, lifetime: lifetime, token: token, settings: settings)
    }

    /// Forgets the kept answer to a question, if there is one.
    func forgetAnswer(to question: Question, options: CallOptions) async throws {
        let (token, _) = try await prepared(question, options)
        memory.answers.forget(question.key(for: token))
    }

    /// Runs a decoder of an answer; what it throws becomes an error that names the question.
    static func decoding<Value>(
        _ reply: Reply,
        of question: Question,
        _ decoder: (Reply) throws -> Value
    ) throws -> Value {
        do {
            return try decoder(reply)
        } catch {
            var failure = InferenceError.undecodable(reply, task: question.name, cause: error)
            failure.status = reply.status
            failure.requestID = reply.head.requestID
            failure.model = question.model
            throw failure
        }
    }

    private func prepared(_ question: Question, _ options: CallOptions) async throws -> (AccessToken?, CallSettings) {
        do {
            var settings = try configuration.merging(options)
            settings.fields = options.fields
            settings.billTo = nil
            settings.usesCache = true
            settings.waitsForModel = false
            settings.outputPath = nil
            let source = options.token ?? configuration.token
            let isAllowed = question.provider.takesAmbientToken || !source.isAmbient
            return (isAllowed && question.credentials != .none ? try await source.load() : nil, settings)
        } catch {
            throw InferenceError.wrapping(error)
        }
    }
}
