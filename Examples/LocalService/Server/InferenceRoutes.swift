/// The routes of the router, of the API before it, and of single servers.
struct InferenceRoutes {
    var backend: Backend

    func reply(to request: Request, _ segments: [String]) async throws -> Reply? {
        if request.method == "GET" || request.method == "HEAD" { return try get(request, segments) }
        guard request.method == "POST" else { return nil }
        if var reply = try await post(request, segments) {
            reply.headers.append(("x-inference-provider", "hf-inference"))
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
        case "v1": return try await openAI(request, Array(path.dropFirst()), modelID: nil)
        default: return nil
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
            case ("v1", 2...): return try await openAI(request, Array(rest.dropFirst()), modelID: id)
            default: continue
            }
        }
        return nil
    }

    /// `v1/…`; the model is the path's, else the body's.
    private func openAI(_ request: Request, _ path: [String], modelID: String?) async throws -> Reply? {
        switch path {
        case ["chat", "completions"]:
            return try await ChatRoute(backend: backend).reply(to: request, modelID: modelID)
        default: return nil
        }
    }

    private func get(_ request: Request, _ segments: [String]) throws -> Reply? {
        switch segments.first {
        case nil: .json(["ok": "ok"])
        case "health" where segments.count == 1: .text("Ok")
        default: nil
        }
    }
}
