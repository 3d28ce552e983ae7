import HTTPTypes

/// A question that is no task, with an answer in JSON or text: to the Hub, the router, or a server's own routes.
struct Question: Sendable {
    /// Whose credentials go with it.
    enum Credentials: Sendable {
        /// A Hugging Face token, never another provider's key.
        case huggingFace
        /// Whatever token the client has for the provider in ``Question/provider``.
        case any
        /// None.
        case none
    }

    /// What it is called in events, metadata and errors.
    var name: TaskID
    /// The method.
    var method: HTTPRequest.Method = .get
    /// The whole URL.
    var url: String
    /// The model it is about, if it is about one.
    var model: ModelID?
    /// The body, if there is one.
    var body: JSONValue?
    /// Further header fields.
    var fields: HTTPFields = [:]
    /// Whose credentials go with it.
    var credentials = Credentials.huggingFace
    /// Whether sending it twice could do something twice.
    var isCostly = false
    /// Who is asked, in the shape of a provider.
    var provider: any InferenceProvider = HubItself()

    init(_ name: TaskID, _ url: String, model: ModelID? = nil) {
        self.name = name
        self.url = url
        self.model = model
    }

    /// The token that goes along.
    func token(of token: AccessToken?) -> AccessToken? {
        switch credentials {
        case .huggingFace: token?.isHuggingFace == true ? token : nil
        case .any: token
        case .none: nil
        }
    }

    /// What the answer is kept under: who asks may decide it.
    func key(for token: AccessToken?) -> String {
        "\(url) \(self.token(of: token).map { $0.secret.hashValue } ?? 0)"
    }
}

/// An answer that is kept for others who ask the same.
struct KeptAnswer: Sendable {
    /// The answer.
    var json: JSONValue
    /// The mark by which the server knows whether it still holds.
    var etag: String?
    /// When it was last known to hold, on the client's clock.
    var time: Duration
}

extension ClientMemory {
    /// Asks, and returns the answer whatever its type is.
    ///
    /// - Parameters:
    ///   - question: The question.
    ///   - token: The client's token; whether it goes along is the question's to say.
    ///   - settings: Clocks, retries and transport.
    /// - Returns: The answer of a success, or of 304 when the question named a mark.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    func reply(to question: Question, token: AccessToken?, settings: CallSettings) async throws -> Reply {
        let token = question.token(of: token)
        let context = CallContext(
            task: question.name,
            isCostly: question.isCostly,
            model: question.model,
            provider: question.provider,
            place: ProviderPlace(router: "", usesOwnKey: false, hasKey: token != nil),
            token: token,
            settings: settings,
            memory: self,
            start: settings.clock.now()
        )
        do {
            let reply = try await Exchange(context: context, model: question.model).ask(question)
            context.tell(.finished)
            return reply
        } catch {
            let failure = InferenceError.wrapping(error, context: context)
            if let failure = failure as? InferenceError {
                context.tell(.failed(failure.code))
            } else {
                context.tell(.cancelled)
            }
            throw failure
        }
    }

    /// Asks once for all who want to know the same, and keeps the answer; an old one is kept when the server says that
    /// it still holds.
    ///
    /// - Parameters:
    ///   - question: The question.
    ///   - lifetime: The age up to which a kept answer serves; zero asks in any case.
    ///   - token: The client's token. Who asks may decide the answer, so another token is another question.
    ///   - settings: Clocks, retries and transport.
    /// - Returns: The answer.
    /// - Throws: ``InferenceError``, or `CancellationError`; a failure is not kept.
    func answer(
        to question: Question,
        lifetime: Duration,
        token: AccessToken?,
        settings: CallSettings
    ) async throws -> KeptAnswer {
        let key = question.key(for: token)
        let clock = settings.clock
        return try await answers.value(for: key, lifetime: lifetime, clock: clock) { old in
            var question = question
            if let etag = old?.etag { question.fields[.ifNoneMatch] = etag }
            let reply = try await self.reply(to: question, token: token, settings: settings)
            if var old, reply.status == 304 {
                old.time = clock.now()
                return old
            }
            let json: JSONValue
            do {
                json = try reply.json()
            } catch {
                var failure = InferenceError.undecodable(reply, task: question.name, cause: error)
                failure.status = reply.status
                throw failure
            }
            return KeptAnswer(json: json, etag: reply.head.headerFields[.eTag], time: clock.now())
        }
    }
}
