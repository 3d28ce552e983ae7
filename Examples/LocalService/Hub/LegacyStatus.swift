/// `GET /status/{id}` and `GET /framework/{name}` of the API before the router.
struct LegacyStatus {
    var backend: Backend

    func status(_ id: String) throws(Refusal) -> Reply {
        guard let model = backend.catalog.find(id) else { throw Refusal(404, "Model \(id) does not exist") }
        let availability = backend.states.availability(of: model)
        let state: String =
            switch availability {
            case .warm: "Loaded"
            case .cold, .loading: "Loadable"
            case .frozen: model.state == .tooBig ? "TooBig" : "error"
            }
        let isGenerator = model.tags.contains("conversational")
        return .json([
            "loaded": .bool(availability == .warm), "state": .string(state),
            // Chat models ran on GPUs, and said which.
            "compute_type": isGenerator ? ["gpu": ["gpu": "a100", "count": 1]] : "cpu",
            "framework": .string(isGenerator ? "text-generation-inference" : model.library),
        ])
    }

    func framework(_ name: String) -> Reply {
        let models = backend.catalog.ordered.filter { model in
            let isGenerator = model.tags.contains("conversational")
            return backend.states.availability(of: model) == .warm
                && (isGenerator ? "text-generation-inference" : model.library) == name
        }
        return .json(.array(models.map { ["model_id": .string($0.id), "task": .string($0.task)] }))
    }
}
