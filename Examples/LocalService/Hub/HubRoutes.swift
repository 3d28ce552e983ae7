/// The routes of the Hub API, and what the service told about models before the Hub did.
struct HubRoutes {
    var backend: Backend

    func reply(to request: Request, _ segments: [String]) throws(Refusal) -> Reply? {
        guard request.method == "GET" || request.method == "HEAD" else { return nil }
        switch segments.first {
        case "api": return try api(request, Array(segments.dropFirst()))
        case "oauth" where segments == ["oauth", "userinfo"]:
            return .json(AccountInfo(try account(request), backend.accounts).userInfo)
        case "status" where segments.count > 1:
            return try LegacyStatus(backend: backend).status(segments.dropFirst().joined(separator: "/"))
        case "framework" where segments.count == 2: return LegacyStatus(backend: backend).framework(segments[1])
        default:
            guard segments.count >= 5, segments[2] == "resolve" else { return nil }
            return try file(request, segments.prefix(2).joined(separator: "/"))
        }
    }

    /// The Hub routes count against the `api` bucket, `whoami-v2` against a smaller one of its own.
    private func api(_ request: Request, _ path: [String]) throws(Refusal) -> Reply? {
        let account = try backend.accounts.account(of: request)
        let plan = backend.accounts.plan(of: account)
        var limit = backend.limits.hub(plan, isAnonymous: account == nil)
        let isWhoami = path == ["whoami-v2"]
        if isWhoami { limit.quota = 100 }
        let standing = backend.limiter.take(
            bucket: isWhoami ? "whoami" : "api",
            caller: account?.name ?? "anonymous",
            quota: limit.quota,
            window: limit.window
        )
        guard standing.isAllowed else {
            let wait = [("retry-after", String(standing.reset))]
            throw Refusal(
                429,
                "We had to rate limit you, you hit the quota of \(limit.quota) requests per 5 minutes period.",
                headers: standing.headers + wait
            )
        }
        var reply = try answer(request, path, account)
        reply?.headers += standing.headers
        return reply
    }

    private func answer(
        _ request: Request,
        _ path: [String],
        _ account: LocalService.Account?
    ) throws(Refusal) -> Reply? {
        switch (path.first, path.count) {
        case ("models", 1): return try ModelList(request: request, backend: backend).reply()
        case ("models", _): return try model(request, Array(path.dropFirst()), account)
        case ("tasks", 1): return .json(TaskPages.json)
        case ("whoami-v2", 1): return .json(AccountInfo(try self.account(request), backend.accounts).whoami)
        case ("partners", 3) where path[2] == "models": return partner(path[1])
        case ("organizations", 3) where path[2] == "overview":
            return .json(["name": .string(path[1]), "fullname": .string(path[1]), "plan": "team", "isVerified": false])
        case ("users", 3) where path[2] == "overview":
            let isPro = account?.name == path[1] && backend.accounts.plan(of: account) == .pro
            return .json([
                "user": .string(path[1]), "fullname": .string(path[1]), "isPro": .bool(isPro), "type": "user",
            ])
        case ("catalog", 2) where path[1] == "repo-list":
            return .json(["models": .array(backend.catalog.ordered.filter { $0.state == .warm }.map { .string($0.id) })]
            )
        default: return nil
        }
    }

    private func account(_ request: Request) throws(Refusal) -> LocalService.Account {
        guard let account = try backend.accounts.account(of: request) else {
            throw Refusal(401, "Invalid username or password.")
        }
        return account
    }

    /// One model; an old name is a 307 with a relative location, an unknown one a 401 or 404, as the Hub does not tell
    /// private from missing.
    private func model(
        _ request: Request,
        _ path: [String],
        _ account: LocalService.Account?
    ) throws(Refusal) -> Reply {
        var path = path
        if path.count >= 3, path[path.count - 2] == "revision" { path.removeLast(2) }
        let id = path.joined(separator: "/")
        if let renamed = Catalog.renames[id] {
            var reply = Reply.text("Temporary Redirect. Redirecting to /api/models/\(renamed)", status: 307)
            let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
            reply.headers.append(("location", "/api/models/\(renamed)" + (query.isEmpty ? "" : "?" + query)))
            return reply
        }
        guard let model = backend.catalog.find(id) else { throw missing(account) }
        let info = ModelInfo(model: model, availability: backend.states.availability(of: model))
        let expand = try ModelList.expand(of: request)
        var reply = Reply.json(info.json(expand: expand, isList: false))
        guard case .bytes(let bytes) = reply.body else { return reply }
        let tag = "W/\"\(String(Hash.fnv1a(bytes), radix: 16))\""
        if request.header("if-none-match") == tag { reply = Reply(status: 304) }
        reply.headers.append(("etag", tag))
        return reply
    }

    private func missing(_ account: LocalService.Account?) -> Refusal {
        let headers = [("x-error-code", "RepoNotFound"), ("x-error-message", "Repository not found")]
        return account == nil
            ? Refusal(401, "Invalid username or password.", headers: headers)
            : Refusal(404, "Repository not found", headers: headers)
    }

    /// A provider's whole mapping, by task and model.
    private func partner(_ provider: String) -> Reply {
        var tasks: [JSON.Member] = []
        for model in backend.catalog.ordered {
            let info = ModelInfo(model: model, availability: backend.states.availability(of: model))
            guard let entry = info.mapping.first(where: { $0.key == provider })?.value else { continue }
            let task = entry["task"]?.text ?? model.task
            let index = tasks.firstIndex { $0.key == task } ?? tasks.count
            if index == tasks.count { tasks.append(JSON.Member(key: task, value: .object([]))) }
            let members = (tasks[index].value.members ?? []) + [JSON.Member(key: model.id, value: entry)]
            tasks[index].value = .object(members)
        }
        return .json(.object(tasks))
    }

    /// A file of a model: there are none, but a gated model says so first.
    private func file(_ request: Request, _ id: String) throws(Refusal) -> Reply {
        let account = try backend.accounts.account(of: request)
        guard let model = backend.catalog.find(id) else { throw missing(account) }
        try backend.accounts.admit(account, to: model)
        throw Refusal(404, "Entry not found", headers: [("x-error-code", "EntryNotFound")])
    }
}
