/// The routes of the router, of the API before it, and of single servers.
struct InferenceRoutes {
    var backend: Backend

    func reply(to request: Request, _ segments: [String]) async throws -> Reply? {
        if request.method == "GET" || request.method == "HEAD" {
            return try ServerFacts(backend: backend).reply(to: request, segments)
        }
        guard request.method == "POST" else { return nil }
        if var reply = try await post(request, segments) {
            let provider = segments.first.flatMap { ModelList.providers.contains($0) ? $0 : nil } ?? "hf-inference"
            reply.headers.append(("x-inference-provider", provider))
            return reply
        }
        return nil
    }

    private func post(_ request: Request, _ segments: [String]) async throws -> Reply? {
        var path = segments[...]
        if path.first == "hf-inference" { path = path.dropFirst() }
        switch path.first {
        case "models": return try await model(request, Array(path.dropFirst()))
        // The older order: the task, then the model.
        case "pipeline" where path.count > 2:
            let id = path.dropFirst(2).joined(separator: "/")
            return try await TaskRoute(backend: backend).reply(to: request, modelID: id, task: path.dropFirst().first)
        case "v1":
            return try await OpenAIRoutes(backend: backend).reply(to: request, Array(path.dropFirst()), modelID: nil)
        // Another provider's own path, which a router hands on; chat is what they have in common.
        case let provider? where ModelList.providers.contains(provider):
            guard path.suffix(2) == ["chat", "completions"] else {
                throw Refusal(400, "Model not supported by provider \(provider)")
            }
            return try await ChatRoute(backend: backend).reply(to: request, modelID: nil, provider: provider)
        default: return try await ServerRoutes(backend: backend).reply(to: request, Array(path))
        }
    }

    /// `models/{id}` with whatever follows the id; an id is one or two segments.
    private func model(_ request: Request, _ path: [String]) async throws -> Reply? {
        for idLength in [2, 1] where path.count >= idLength {
            let id = path.prefix(idLength).joined(separator: "/")
            let rest = Array(path.dropFirst(idLength))
            switch (rest.first, rest.count) {
            case (nil, _): return try await TaskRoute(backend: backend).reply(to: request, modelID: id, task: nil)
            case ("pipeline", 2):
                return try await TaskRoute(backend: backend).reply(to: request, modelID: id, task: rest[1])
            case ("v1", 2...):
                return try await OpenAIRoutes(backend: backend).reply(to: request, Array(rest.dropFirst()), modelID: id)
            default: continue
            }
        }
        return nil
    }
}
