/// An Inference Endpoint: what it was made with, and a state that moves on with time.
struct Endpoint: Sendable {
    enum Order: Sendable {
        /// Starting since a moment; running once the start has taken its time.
        case started(ContinuousClock.Instant)
        case paused
        case scaledToZero
        case failed
    }

    var namespace: String
    var name: String
    var type = "authenticated"
    var repository: String
    var task: String
    var order: Order
    /// The parts of the payload that are given back as they came.
    var provider: JSON = ["vendor": "aws", "region": "us-east-1"]
    var compute: JSON = [
        "accelerator": "cpu", "instanceType": "intel-spr", "instanceSize": "x2",
        "scaling": ["minReplica": 0, "maxReplica": 2, "scaleToZeroTimeout": 15],
    ]

    /// The seconds until a start is over.
    func secondsLeft(_ startSeconds: Double) -> Double {
        guard case .started(let start) = order else { return 0 }
        return max(0, startSeconds - start.duration(to: .now).seconds)
    }

    /// The state's word: `pending` in the first third of a start, then `initializing`, then `running`.
    func state(_ startSeconds: Double) -> String {
        switch order {
        case .paused: return "paused"
        case .scaledToZero: return "scaledToZero"
        case .failed: return "failed"
        case .started:
            let left = secondsLeft(startSeconds)
            return left <= 0 ? "running" : left > startSeconds * 2 / 3 ? "pending" : "initializing"
        }
    }

    func json(base: String, startSeconds: Double) -> JSON {
        let state = state(startSeconds)
        let isRunning = state == "running"
        let user: JSON = ["id": .string(String(Hash.fnv1a(namespace), radix: 16)), "name": .string(namespace)]
        var status: [JSON.Member] = [
            .init(key: "state", value: .string(state)),
            .init(key: "message", value: .string(isRunning ? "Endpoint is ready" : "Endpoint is \(state)")),
            .init(key: "createdAt", value: "2026-01-02T03:04:05.123456789Z"),
            .init(key: "updatedAt", value: "2026-01-02T03:09:05.1Z"), .init(key: "createdBy", value: user),
            .init(key: "updatedBy", value: user), .init(key: "private", value: nil),
            .init(key: "readyReplica", value: isRunning ? 1 : 0),
            .init(key: "targetReplica", value: ["paused", "scaledToZero"].contains(state) ? 0 : 1),
        ]
        // There is no URL before the first deployment.
        if state != "pending", state != "failed" {
            status.append(.init(key: "url", value: .string("\(base)/endpoints/\(namespace)/\(name)")))
        }
        return [
            "name": .string(name), "type": .string(type), "accountId": nil, "healthRoute": "/health", "tags": [],
            "provider": provider, "compute": compute,
            "model": [
                "repository": .string(repository), "revision": .string(String(Hash.fnv1a(repository), radix: 16)),
                "task": .string(task), "framework": "pytorch", "image": ["huggingface": .object([])],
                "secrets": .object([]),
            ],
            "status": .object(status),
        ]
    }
}
