/// Finds what answers a request.
struct Router: Sendable {
    let backend: Backend

    init(_ backend: Backend) { self.backend = backend }

    func reply(to request: Request) async -> Reply {
        do {
            return try await route(request)
        } catch let refusal as Refusal {
            return Reply(refusal)
        } catch {
            return Reply(Refusal(500, "unknown error"))
        }
    }

    private func route(_ request: Request) async throws -> Reply {
        let segments = request.segments
        guard !segments.contains(".."), !segments.contains(".") else { throw Refusal(404, "Not Found") }
        if let reply = try await InferenceRoutes(backend: backend).reply(to: request, segments) { return reply }
        if let reply = try await EndpointRoutes(backend: backend).reply(to: request, segments) { return reply }
        if let reply = try HubRoutes(backend: backend).reply(to: request, segments) { return reply }
        throw Refusal(404, "Not Found")
    }
}
