import HTTPTypes

/// The HTTP side of one call, as a wire format sees it: where to send, and the attempts that are made.
public struct Exchange: Sendable {
    let context: CallContext

    /// The model's name at the provider; `nil` when none was given and the URL alone decides.
    public let model: ModelID?

    /// The provider's offer of the model, when the Hub was asked for it.
    public var mapping: ProviderMapping?

    /// The model's name as a JSON value, for bodies that want one.
    public var modelName: String? { model?.rawValue }

    /// How the provider is reached.
    public var place: ProviderPlace { context.place }

    /// Sends a payload to the task's own URL, or to `url`, and collects the answer.
    ///
    /// Makes as many attempts as the retry policy allows; the payload is encoded once for all of them.
    ///
    /// - Parameters:
    ///   - payload: The body and its description.
    ///   - url: Another URL of the same provider, or `nil` for the task's own.
    /// - Returns: The answer; its status is a success.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func send(_ payload: Payload, to url: String? = nil) async throws -> Reply {
        if let field = payload.remoteMediaField, !context.provider.fetchesMedia {
            throw InferenceError.invalidInput(
                field,
                expected: "bytes or a file: \(context.provider.id) does not fetch URLs"
            )
        }
        let request = try request(.post, url: url ?? taskURL(), payload: payload)
        return try await reply(to: request, payload: payload)
    }

    /// Gets a URL of the same provider with the call's credentials, such as the state of a job.
    public func get(_ url: String) async throws -> Reply {
        let payload = Payload(body: .empty, contentType: .octetStream)
        let request = try request(.get, url: url, payload: nil)
        return try await reply(to: request, payload: payload)
    }

    /// Asks a question that is no task.
    func ask(_ question: Question) async throws -> Reply {
        let body = question.body.map { Payload.json($0) }
        let payload = body ?? Payload(body: .empty, contentType: .octetStream)
        var request = try request(question.method, url: question.url, payload: body)
        for field in question.fields { request.headerFields[field.name] = field.value }
        return try await reply(to: request, payload: payload)
    }

    /// Gets a result from a URL that a provider named, without any credentials: such hosts are not the provider's own.
    public func download(_ url: String) async throws -> Reply {
        var payload = Payload(body: .empty, contentType: .octetStream)
        payload.expectsMedia = true
        let request = try request(.get, url: url, payload: nil, withCredentials: false)
        return try await reply(to: request, payload: payload)
    }

    /// Sends a payload and returns as soon as a successful head is there; the body is the caller's to pull.
    func open(_ payload: Payload, to url: String? = nil) async throws -> HTTPTransportResponse {
        context.noteSent(payload.json)
        let request = try request(.post, url: url ?? taskURL(), payload: payload)
        return try await attempt(request, payload: payload) { $0 }
    }

    /// Waits before a job is asked about again.
    ///
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/timedOut`` when the call's deadline comes
    ///   first, or `CancellationError`.
    public func poll(after duration: Duration, state: String) async throws {
        context.tell(.job(state: state))
        if let remaining = context.remaining, remaining <= duration {
            throw InferenceError(.timedOut, "The job was still in state \"\(state)\" at the call's deadline.")
        }
        try await context.pause(Wait(duration, .polling))
    }

    /// The URL of the task at this provider.
    public func taskURL() throws -> String {
        try context.provider.url(for: context.task, model: model, in: context.place)
    }

    /// Runs a decoder; what it throws becomes an error that names the task and what was found.
    func decode<Operation: InferenceTask>(
        _ reply: Reply,
        as task: Operation.Type,
        _ decoder: (Reply) throws -> Operation.Response
    ) throws -> Operation.Response {
        do {
            return try decoder(reply)
        } catch let error as InferenceError {
            throw error
        } catch {
            var failure = InferenceError.undecodable(reply, task: Operation.id, cause: error)
            failure.status = reply.status
            failure.requestID = context.metadata.requestID
            throw failure
        }
    }
}

// MARK: - Requests

extension Exchange {
    /// The head of a request, credentials included.
    private func request(
        _ method: HTTPRequest.Method,
        url: String,
        payload: Payload?,
        withCredentials: Bool = true
    ) throws -> HTTPRequest {
        var request: HTTPRequest
        do {
            request = try context.memory.head(method, url: url)
        } catch {
            throw InferenceError.invalidInput("url", expected: "an absolute http or https URL (\(error))")
        }
        request.headerFields = Self.firstFields(payload?.contentType, accept: payload?.accept)
        for field in payload?.fields ?? [:] { request.headerFields[field.name] = field.value }
        guard withCredentials else { return request }
        for field in context.provider.fields { request.headerFields[field.name] = field.value }
        if let token = context.token {
            request.headerFields[.authorization] = context.provider.authorization(
                secret: token.secret,
                in: context.place
            )
        }
        if let organisation = context.settings.billTo { request.headerFields[.billTo] = organisation }
        if !context.settings.usesCache { request.headerFields[.useCache] = "false" }
        for field in context.settings.fields { request.headerFields[field.name] = field.value }
        return request
    }

    /// Who asks, what is sent, and what is wanted.
    private static func firstFields(_ contentType: MediaType?, accept: MediaType?) -> HTTPFields {
        guard let contentType else { return fieldsWithoutBody }
        var fields = fieldsOfJSON
        if contentType != .json { fields[.contentType] = contentType.rawValue }
        if let accept { fields[.accept] = accept.rawValue }
        return fields
    }

    private static let fieldsWithoutBody: HTTPFields = [.userAgent: Defaults.userAgent]
    // Made once: nearly all calls send them, and each value is checked when it is made.
    private static let fieldsOfJSON: HTTPFields = [
        .userAgent: Defaults.userAgent, .contentType: MediaType.json.rawValue,
    ]
}

// MARK: - Attempts

extension Exchange {
    /// Makes attempts until one succeeds and its answer is collected.
    private func reply(to request: HTTPRequest, payload: Payload) async throws -> Reply {
        try await attempt(request, payload: payload) { response in
            try await collect(response, payload: payload)
        }
    }

    /// Makes attempts until one succeeds, the policy gives up, or the deadline comes.
    private func attempt<Value>(
        _ first: HTTPRequest,
        payload: Payload,
        consume: (HTTPTransportResponse) async throws -> Value
    ) async throws -> Value {
        var request = first
        var number = 0
        var sent = 0
        var loadingWaits = 0
        var redirects = 0
        while true {
            try Task.checkCancellation()
            if let recovery = context.recovery { request = try await recovery.prepare(request, in: context) }
            number += 1
            sent += 1
            let attempts = sent
            context.note(attempt: request)
            context.tell(.attempt(number: attempts))
            var failure: InferenceError
            var mayHaveReachedServer = true
            do {
                let response = try await context.settings.transport.send(
                    request,
                    body: payload.body,
                    timeouts: timeouts()
                )
                context.note(response: response.head, from: request.authority)
                context.tell(.head(status: response.head.status.code))
                switch response.head.status.code {
                case 200...203, 205...299:
                    let value = try await consume(response)
                    context.note { $0.timings = response.body.timings }
                    if attempts == 1 { context.memory.budget.noteSuccess() }
                    context.recovery?.noteSuccess(in: context)
                    return value
                case 204 where request.method == .delete:
                    return try await consume(response)
                case 304 where request.headerFields[.ifNoneMatch] != nil:
                    // The answer that the caller still has.
                    return try await consume(response)
                case 307, 308:
                    redirects += 1
                    request = try redirected(request, by: response.head, count: redirects)
                    number -= 1
                    continue
                default:
                    failure = try await rejection(of: request, payload: payload, response: response)
                }
            } catch let error as TransportError {
                mayHaveReachedServer = error.requestMayHaveReachedServer
                failure = InferenceError(error)
            } catch let error as InferenceError {
                failure = error
            }
            failure.attempts = attempts
            let recovery = try await context.recovery?.recover(
                from: failure,
                isReplayable: payload.body.isReplayable,
                in: context
            )
            switch recovery {
            case .replay?:
                number -= 1
                continue
            case .leave(let cause)?: failure = cause
            case nil: break
            }
            let failed = FailedAttempt(
                number: number,
                loadingWaits: loadingWaits,
                error: failure,
                mayHaveReachedServer: mayHaveReachedServer,
                isReplayable: payload.body.isReplayable,
                isCostly: context.isCostly,
                waitsForModel: context.settings.waitsForModel,
                remaining: context.remaining
            )
            guard let wait = context.settings.retry.wait(after: failed, draw: context.settings.random()),
                context.settings.patience.map({ wait.duration <= $0 }) ?? true
            else { throw failure }
            if failure.code.isStarting, context.settings.waitsForModel {
                loadingWaits += 1
                number -= 1
            } else if !context.memory.budget.take() {
                throw failure
            }
            try await context.pause(wait, estimate: failure.code == .modelLoading ? failure.retryAfter : nil)
        }
    }

    /// The clocks of the next attempt: the total one is what is left of the whole call's time.
    private func timeouts() throws -> Timeouts {
        var timeouts = context.settings.timeouts
        if let remaining = context.remaining {
            guard remaining > .zero else {
                throw TransportError.timedOut(
                    .total,
                    after: timeouts.total ?? .zero,
                    requestMayHaveReachedServer: false
                )
            }
            timeouts.total = remaining
        }
        return timeouts
    }

    /// The error of a response that is no success.
    private func rejection(
        of request: HTTPRequest,
        payload: Payload,
        response: HTTPTransportResponse
    ) async throws -> InferenceError {
        let limit = context.settings.maxErrorBytes
        let body: [UInt8]
        do {
            body = try await response.body.collect(upTo: limit)
        } catch is TransportError {
            // The status says enough; a body that is too long or broken off adds nothing.
            body = []
        }
        context.note { $0.timings = response.body.timings }
        return ErrorMapping(
            head: response.head,
            body: body,
            redactor: Redactor(token: context.token, payload: payload.json),
            now: context.clock.secondsSince1970()
        ).error(for: request)
    }

    /// Follows a redirect on the same host, where the credentials were going anyway.
    ///
    /// Source: the Hub answers 307 with a relative `Location` for models that were renamed.
    private func redirected(
        _ request: HTTPRequest,
        by head: HTTPResponse,
        count: Int
    ) throws -> HTTPRequest {
        var error = InferenceError(.refusedRedirect, "The server redirects without saying where.")
        error.status = head.status.code
        guard let location = head.headerFields[.location], let current = request.reference else { throw error }
        guard let next = try? current.resolving(location) else { throw error }
        guard next.scheme == current.scheme, next.authority == current.authority else {
            error.message = "The server redirects to another host (\(next.host)); credentials stay where they were."
            throw error
        }
        guard count <= 5 else {
            error.message = "The server redirects in a circle."
            throw error
        }
        var request = request
        request.path = next.pathAndQuery
        return request
    }
}

// MARK: - Answers

extension Exchange {
    /// Reads a successful response to its end, into memory or into the file that the call named.
    private func collect(_ response: HTTPTransportResponse, payload: Payload) async throws -> Reply {
        if payload.expectsMedia, let path = context.settings.outputPath,
            Reply(head: response.head, body: .bytes([])).mediaType?.isJSON != true
        {
            let count = try await save(response, to: path)
            return Reply(head: response.head, body: .file(path: path, count: count))
        }
        let limit = context.settings.maxReplyBytes
        let bytes: [UInt8]
        if payload.expectsMedia, context.settings.isObserved {
            bytes = try await collectTelling(response, upTo: limit)
        } else {
            bytes = try await response.body.collect(upTo: limit, expecting: response.head.contentLength)
        }
        if let error = ErrorMapping.errorInsideSuccess(head: response.head, body: bytes, context: context, payload) {
            throw error
        }
        return Reply(head: response.head, body: .bytes(bytes))
    }

    private func collectTelling(_ response: HTTPTransportResponse, upTo limit: Int) async throws -> [UInt8] {
        let size = response.head.contentLength
        var whole: [UInt8] = []
        while let chunk = try await response.body.nextChunk() {
            whole.append(contentsOf: chunk)
            guard whole.count <= limit else {
                response.body.cancel()
                throw TransportError(
                    .tooLarge,
                    "The response is longer than the limit of \(limit) bytes.",
                    requestMayHaveReachedServer: true
                )
            }
            context.tell(.received(bytes: whole.count, of: size))
        }
        return whole
    }

    /// Streams a body into a file at constant memory; the file appears under its name only when it is complete.
    private func save(_ response: HTTPTransportResponse, to path: String) async throws -> Int {
        let size = response.head.contentLength
        var file = try OutputFile(path: path)
        var count = 0
        while let chunk = try await response.body.nextChunk() {
            try file.write(chunk)
            count += chunk.count
            response.body.recycle(chunk)
            context.tell(.received(bytes: count, of: size))
        }
        try file.finish()
        return count
    }
}

extension HTTPField.Name {
    /// The organisation that is billed.
    ///
    /// Source: the Inference Providers documentation.
    static let billTo = Self.known("X-HF-Bill-To")
    /// Whether equal requests may be answered from a cache; ignored by servers that do not know it.
    static let useCache = Self.known("X-Use-Cache")
}

extension HTTPResponse {
    /// The size of the body, when the server told it.
    var contentLength: Int? {
        headerFields.value(of: .contentLength).flatMap { Int($0) }
    }
}

extension HTTPRequest {
    /// The URL in parts.
    var reference: URLReference? {
        try? URLReference(parsing: "\(scheme ?? "")://\(authority ?? "")\(path ?? "/")")
    }
}
