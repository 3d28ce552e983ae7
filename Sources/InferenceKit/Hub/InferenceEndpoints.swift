import HTTPTypes

extension InferenceClient {
    /// The dedicated endpoints of the client's account.
    public var endpoints: InferenceEndpoints { InferenceEndpoints(client: self) }
}

/// The dedicated endpoints of an account: made, changed, paused, resumed, waited for, deleted.
///
/// ```swift
/// let endpoint = try await client.endpoints.waitUntilRunning("my-bert")
/// let labels = try await client.textClassification("I liked it", options: CallOptions(target: .endpoint(endpoint)))
/// ```
/// A namespace is a user or an organisation; `nil` is the user that the token belongs to, who is asked for
/// (``InferenceClient/whoami(maxAge:options:)``). An organisation's token belongs to no user, so the namespace must then
/// be named. The API is at ``InferenceClient/Configuration/endpoints`` and wants a token that may manage endpoints.
///
/// Source: the Inference Endpoints API, as the Python client uses it.
public struct InferenceEndpoints: Sendable {
    let client: InferenceClient

    /// Lists the endpoints of a namespace.
    ///
    /// - Parameters:
    ///   - namespace: A user or an organisation; `nil` for the token's user, `*` for that user and each of their
    ///     organisations in turn, without those that the token may not see.
    ///   - options: What this call does differently from the client.
    /// - Returns: The endpoints, in the API's order.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    @concurrent
    public func list(
        namespace: String? = nil,
        options: CallOptions = CallOptions()
    ) async throws
        -> [InferenceEndpoint]
    {
        guard namespace == "*" else { return try await listOne(namespace, options) }
        let account = try await client.whoami(options: options.asking)
        var endpoints: [InferenceEndpoint] = []
        for name in [account.name] + account.organizations.map(\.name) {
            do {
                endpoints += try await listOne(name, options)
            } catch let error as InferenceError where error.status == 401 {
                // Source: the Python client skips what the token may not see.
                continue
            }
        }
        return endpoints
    }

    private func listOne(_ namespace: String?, _ options: CallOptions) async throws -> [InferenceEndpoint] {
        let namespace = try await self.namespace(namespace, options)
        let question = try question(.get, "endpoint", namespace)
        return try await answer(to: question, options) { json in
            let items: [InferenceEndpoint] = try json.members().decode("items")
            return items.map { $0.placed(in: namespace) }
        }
    }

    /// Asks for one endpoint as it is now.
    ///
    /// - Parameters:
    ///   - name: The endpoint's name.
    ///   - namespace: A user or an organisation; `nil` for the token's user.
    ///   - options: What this call does differently from the client.
    /// - Returns: The endpoint.
    /// - Throws: ``InferenceError``, of code ``InferenceError/Code-swift.struct/notFound`` when there is none of that
    ///   name. Or `CancellationError`.
    @concurrent
    public func find(
        _ name: String,
        namespace: String? = nil,
        options: CallOptions = CallOptions()
    ) async throws
        -> InferenceEndpoint
    {
        try await single(.get, name, namespace, options: options)
    }

    /// Makes an endpoint, which costs money from when it runs; it is in state `pending` at first.
    ///
    /// The request is never sent again once it may have reached the API.
    ///
    /// - Parameters:
    ///   - name: Its name, new in the namespace: 1 to 32 letters, digits and `-`.
    ///   - settings: How it shall be.
    ///   - namespace: A user or an organisation; `nil` for the token's user.
    ///   - options: What this call does differently from the client.
    /// - Returns: The endpoint.
    /// - Throws: ``InferenceError``; of code ``InferenceError/Code-swift.struct/invalidInput`` with the setting's name
    ///   when one is missing or wrong. Or `CancellationError`.
    @concurrent
    public func create(
        _ name: String,
        _ settings: EndpointSettings,
        namespace: String? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> InferenceEndpoint {
        let body = try settings.creation(of: name)
        let namespace = try await self.namespace(namespace, options)
        var question = try question(.post, "endpoint", namespace)
        question.body = body
        question.isCostly = true
        return try await endpoint(question, in: namespace, options)
    }

    /// Changes an endpoint; what `settings` leaves out stays as it is.
    ///
    /// - Parameters:
    ///   - name: The endpoint's name.
    ///   - settings: What shall be different.
    ///   - namespace: A user or an organisation; `nil` for the token's user.
    ///   - options: What this call does differently from the client.
    /// - Returns: The endpoint, mostly in state `updating`.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    @concurrent
    public func update(
        _ name: String,
        _ settings: EndpointSettings,
        namespace: String? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> InferenceEndpoint {
        try await single(.put, name, namespace, body: settings.change(), options: options)
    }

    /// Stops an endpoint until it is resumed; it costs nothing meanwhile, and calls fail.
    ///
    /// - Parameters:
    ///   - name: The endpoint's name.
    ///   - namespace: A user or an organisation; `nil` for the token's user.
    ///   - options: What this call does differently from the client.
    /// - Returns: The endpoint.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    @concurrent
    public func pause(
        _ name: String,
        namespace: String? = nil,
        options: CallOptions = CallOptions()
    ) async throws
        -> InferenceEndpoint
    {
        try await single(.post, name, namespace, verb: "pause", options: options)
    }

    /// Starts an endpoint that is paused or sleeps; one that runs stays as it is, which is no error.
    ///
    /// - Parameters:
    ///   - name: The endpoint's name.
    ///   - namespace: A user or an organisation; `nil` for the token's user.
    ///   - options: What this call does differently from the client.
    /// - Returns: The endpoint; ``waitUntilRunning(_:namespace:timeout:interval:options:progress:)`` waits for it.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    @concurrent
    public func resume(
        _ name: String,
        namespace: String? = nil,
        options: CallOptions = CallOptions()
    ) async throws
        -> InferenceEndpoint
    {
        let namespace = try await self.namespace(namespace, options)
        do {
            return try await single(.post, name, namespace, verb: "resume", options: options)
        } catch let error as InferenceError where error.saysAlreadyRunning {
            return try await single(.get, name, namespace, options: options)
        }
    }

    /// Lets an endpoint sleep now; the next call wakes it.
    ///
    /// - Parameters:
    ///   - name: The endpoint's name.
    ///   - namespace: A user or an organisation; `nil` for the token's user.
    ///   - options: What this call does differently from the client.
    /// - Returns: The endpoint.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    @concurrent
    public func scaleToZero(
        _ name: String,
        namespace: String? = nil,
        options: CallOptions = CallOptions()
    )
        async throws -> InferenceEndpoint
    {
        try await single(.post, name, namespace, verb: "scale-to-zero", options: options)
    }

    /// Deletes an endpoint for good, with all that it remembers; ``pause(_:namespace:options:)`` can be undone.
    ///
    /// - Parameters:
    ///   - name: The endpoint's name.
    ///   - namespace: A user or an organisation; `nil` for the token's user.
    ///   - options: What this call does differently from the client.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    @concurrent
    public func delete(_ name: String, namespace: String? = nil, options: CallOptions = CallOptions()) async throws {
        let namespace = try await self.namespace(namespace, options)
        do {
            _ = try await client.reply(to: question(.delete, "endpoint", namespace, name), options: options.asking)
        } catch let error as InferenceError where error.code == .notFound && error.attempts > 1 {
            // An attempt before this one did it, although its answer was lost.
        }
    }

    /// Lists the machines that endpoints of a namespace can run on, with their prices.
    ///
    /// - Parameters:
    ///   - namespace: A user or an organisation, whose quota is told; `nil` for the token's user.
    ///   - options: What this call does differently from the client.
    /// - Returns: The machines, in the API's order.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    @concurrent
    public func hardware(
        namespace: String? = nil,
        options: CallOptions = CallOptions()
    ) async throws
        -> [EndpointHardware]
    {
        let namespace = try await self.namespace(namespace, options)
        return try await answer(to: question(.get, "provider", namespace), options, EndpointHardware.list)
    }
}

// MARK: - Requests

extension InferenceEndpoints {
    /// The namespace that is meant.
    func namespace(_ given: String?, _ options: CallOptions) async throws -> String {
        if let given {
            try InferenceError.require(given != "*", "namespace", "one namespace; \"*\" is for lists")
            return given
        }
        let account = try await client.whoami(options: options.asking)
        guard account.type == .user else {
            throw InferenceError.invalidInput(
                "namespace",
                expected: "a name, since the token belongs to no user (\(account.type.rawValue))"
            )
        }
        return account.name
    }

    private func single(
        _ method: HTTPRequest.Method,
        _ name: String,
        _ namespace: String?,
        verb: String? = nil,
        body: JSONValue? = nil,
        options: CallOptions
    ) async throws -> InferenceEndpoint {
        let namespace = try await self.namespace(namespace, options)
        var question = try question(method, "endpoint", namespace, name, verb)
        question.body = body
        return try await endpoint(question, in: namespace, options)
    }

    private func endpoint(
        _ question: Question,
        in namespace: String,
        _ options: CallOptions
    ) async throws
        -> InferenceEndpoint
    {
        try await answer(to: question, options) { try InferenceEndpoint(json: $0).placed(in: namespace) }
    }

    private func answer<Value>(
        to question: Question,
        _ options: CallOptions,
        _ decode: (JSONValue) throws -> Value
    ) async throws -> Value {
        let reply = try await client.reply(to: question, options: options.asking)
        return try InferenceClient.decoding(reply, of: question) { try decode($0.json()) }
    }

    private func question(_ method: HTTPRequest.Method, _ resource: String, _ segments: String?...) throws -> Question {
        try EndpointsService.question(method, client.configuration.endpoints, resource, segments.compactMap { $0 })
    }
}
