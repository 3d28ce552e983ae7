import Synchronization

/// The management API of Inference Endpoints under `/v2`, and calls to endpoints under `/endpoints/{namespace}/{name}`.
struct EndpointRoutes {
    var backend: Backend

    private var startSeconds: Double { backend.configuration.coldSeconds }

    func reply(to request: Request, _ segments: [String]) async throws -> Reply? {
        switch segments.first {
        case "v2" where segments.count >= 3: return try management(request, segments)
        case "endpoints" where segments.count >= 3: return try await call(request, segments)
        default: return nil
        }
    }

    // MARK: Management

    private func management(_ request: Request, _ segments: [String]) throws(Refusal) -> Reply? {
        guard let account = try backend.accounts.account(of: request) else {
            throw Refusal(401, "Invalid username or password.")
        }
        guard account.role == "write" || account.permissions.contains("inference.endpoints.write") else {
            throw Refusal(403, "This token does not have sufficient permissions to manage Inference Endpoints")
        }
        let namespace = segments[2]
        guard namespace == account.name || account.organizations.contains(namespace) else {
            throw Refusal(401, "Unauthorized for namespace \(namespace)")
        }
        switch (segments[1], segments.count) {
        case ("provider", 3): return .json(hardware)
        case ("endpoint", 3): return try list(request, namespace)
        case ("endpoint", 4): return try single(request, namespace, segments[3])
        case ("endpoint", 5) where request.method == "POST": return try order(namespace, segments[3], segments[4])
        default: return nil
        }
    }

    private func json(_ endpoint: Endpoint) -> JSON {
        endpoint.json(base: backend.base.withLock { $0 }, startSeconds: startSeconds)
    }

    private func missing(_ name: String) -> Refusal { Refusal(404, "Endpoint \(name) not found") }

    private func list(_ request: Request, _ namespace: String) throws(Refusal) -> Reply? {
        switch request.method {
        case "GET": return .json(["items": .array(backend.endpoints.all(in: namespace).map(json))])
        case "POST": return try create(TaskCallReader.json(request.body), namespace)
        default: return nil
        }
    }

    private func create(_ payload: JSON, _ namespace: String) throws(Refusal) -> Reply {
        guard let name = payload["name"]?.text, !name.isEmpty, name.utf8.count <= 32 else {
            throw Refusal(400, "name: must be 1 to 32 characters long")
        }
        let model = payload["model"]
        guard let repository = model?["repository"]?.text else {
            throw Refusal(400, "model.repository: field required")
        }
        // Absent is allowed, null is not.
        guard model?["task"] != .null else { throw Refusal(400, "model.task: must not be null") }
        let known = backend.catalog.find(repository)
        var endpoint = Endpoint(
            namespace: namespace,
            name: name,
            type: payload["type"]?.text ?? "authenticated",
            repository: repository,
            task: model?["task"]?.text ?? known?.task ?? "text-classification",
            order: .started(.now)
        )
        endpoint.provider = payload["provider"] ?? endpoint.provider
        endpoint.compute = payload["compute"] ?? endpoint.compute
        guard backend.endpoints.add(endpoint) else { throw Refusal(409, "Endpoint \(name) already exists") }
        return .json(json(endpoint))
    }

    private func single(_ request: Request, _ namespace: String, _ name: String) throws(Refusal) -> Reply? {
        switch request.method {
        case "GET":
            guard let endpoint = backend.endpoints.find(namespace, name) else { throw missing(name) }
            return .json(json(endpoint))
        case "PUT":
            let payload = try TaskCallReader.json(request.body)
            let changed = backend.endpoints.change(namespace, name) { endpoint in
                if let compute = payload["compute"] { endpoint?.compute = compute }
                if let type = payload["type"]?.text { endpoint?.type = type }
                if let repository = payload["model"]?["repository"]?.text { endpoint?.repository = repository }
                if let task = payload["model"]?["task"]?.text { endpoint?.task = task }
            }
            guard let changed else { throw missing(name) }
            return .json(json(changed))
        case "DELETE":
            guard backend.endpoints.change(namespace, name, { $0 = nil }) != nil else { throw missing(name) }
            return .json(.object([]))
        default: return nil
        }
    }

    private func order(_ namespace: String, _ name: String, _ verb: String) throws(Refusal) -> Reply? {
        guard let endpoint = backend.endpoints.find(namespace, name) else { throw missing(name) }
        let order: Endpoint.Order
        switch verb {
        case "pause": order = .paused
        case "scale-to-zero": order = .scaledToZero
        case "resume":
            guard endpoint.state(startSeconds) != "running" else {
                throw Refusal(400, "Endpoint \(name) is already running")
            }
            order = .started(.now)
        default: return nil
        }
        guard let changed = backend.endpoints.change(namespace, name, { $0?.order = order }) else {
            throw missing(name)
        }
        return .json(json(changed))
    }

    private var hardware: JSON {
        func compute(_ accelerator: String, _ type: String, _ size: String, _ price: Double) -> JSON {
            [
                "id": .string("aws-us-east-1-\(type)-\(size)"), "accelerator": .string(accelerator),
                "instanceType": .string(type), "instanceSize": .string(size), "architecture": "x86_64",
                "numAccelerators": 1, "numCpus": 4, "memoryGb": 15, "gpuMemoryGb": accelerator == "gpu" ? 24 : nil,
                "pricePerHour": .number(price), "status": "available",
                "quota": ["maxAccelerators": 4, "usedAccelerators": 1],
            ]
        }
        let region: JSON = [
            "name": "us-east-1",
            "computes": [compute("cpu", "intel-spr", "x2", 0.067), compute("gpu", "nvidia-l4", "x1", 0.8)],
        ]
        return ["vendors": [["name": "aws", "regions": [region]]]]
    }

    // MARK: Calls

    /// A call of an endpoint's URL: refused where it is paused, held or refused while it starts, else its task's answer.
    private func call(_ request: Request, _ segments: [String]) async throws -> Reply? {
        let (namespace, name) = (segments[1], segments[2])
        let rest = Array(segments.dropFirst(3))
        guard let endpoint = backend.endpoints.find(namespace, name) else { throw missing(name) }
        if endpoint.type != "public", try backend.accounts.account(of: request) == nil {
            throw Refusal(401, "Invalid username or password.")
        }
        let isHealth = request.method == "GET" && rest == ["health"]
        switch endpoint.state(startSeconds) {
        case "running": break
        case "paused": throw Refusal(400, "Bad Request: Invalid state")
        case "failed": throw Refusal(503, "503 Service Unavailable")
        default: try await start(endpoint, request, isHealth: isHealth)
        }
        if isHealth { return .text("Ok") }
        guard request.method == "POST" else { return nil }
        if rest.first == "v1" {
            return try await OpenAIRoutes(backend: backend)
                .reply(to: request, Array(rest.dropFirst()), modelID: endpoint.repository)
        }
        guard rest.isEmpty || rest.first == "pipeline" && rest.count == 2 else { return nil }
        let task = rest.last ?? endpoint.task
        return try await TaskRoute(backend: backend).reply(to: request, modelID: endpoint.repository, task: task)
    }

    /// A call wakes an endpoint that sleeps; a look at its health does not.
    ///
    /// The proxy holds the call as long as `X-Scale-Up-Timeout` says, else it answers 503 at once.
    private func start(_ endpoint: Endpoint, _ request: Request, isHealth: Bool) async throws {
        guard !isHealth else { throw Refusal(503, "503 Service Unavailable") }
        let started = backend.endpoints.change(endpoint.namespace, endpoint.name) { endpoint in
            if case .scaledToZero = endpoint?.order { endpoint?.order = .started(.now) }
        }
        let left = started?.secondsLeft(startSeconds) ?? 0
        let patience = request.header("x-scale-up-timeout").flatMap(Double.init) ?? 0
        guard patience > 0 else { throw Refusal(503, "503 Service Unavailable") }
        try await Task.sleep(for: .seconds(min(left, patience)))
        if left > patience { throw Refusal(503, "503 Service Unavailable") }
    }
}
