/// The routes of the Hub API.
struct HubRoutes {
    var backend: Backend

    func reply(to request: Request, _ segments: [String]) throws -> Reply? { nil }
}
