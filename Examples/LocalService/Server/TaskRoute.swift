/// The route that answers tasks: `POST …/models/{id}` and its forms.
struct TaskRoute {
    var backend: Backend

    /// Answers `request` as a call of `task`, or of the model's own task where `task` is `nil`.
    func reply(to request: Request, modelID: String, task: String?) async throws -> Reply {
        let account = try backend.admit(request)
        let model = try backend.catalog.model(modelID)
        let taskID = task ?? model.task
        guard model.canDo(taskID), let rule = TaskRules.byID[taskID] else {
            throw Refusal(400, "Model \(model.id) cannot be loaded for the task \(taskID)")
        }
        let options = Options(request)
        try await backend.makeReady(model, for: account, waits: options.waitsForModel, loads: options.loadsModel)
        let key = AnswerCache.Key(
            path: model.id + " " + taskID,
            contentType: request.contentType,
            accept: request.header("accept"),
            body: request.body
        )
        if options.usesCache, let kept = backend.cache[key] { return kept }
        let call = try TaskCallReader(rule: rule, model: model, request: request).call()
        let start = ContinuousClock.now
        try await backend.takeTime()
        let answer = try rule.answer(call)
        var reply = answer.reply
        reply.headers += [("x-compute-type", "cpu"), ("x-sha", ModelInfo.sha(of: model))]
        // A hit of the cache is known by its lack of a compute time, so the kept copy has none.
        if case .bytes = reply.body { backend.cache.keep(reply, for: key) }
        reply.headers += computeHeaders(answer, seconds: start.duration(to: .now).seconds)
        return reply
    }

    private func computeHeaders(_ answer: TaskAnswer, seconds: Double) -> [(name: String, value: String)] {
        var headers = [("x-compute-time", String((seconds * 1e6).rounded() / 1e6))]
        if let characters = answer.characters { headers.append(("x-compute-characters", String(characters))) }
        if let seconds = answer.audioSeconds {
            headers.append(("x-compute-audio-length", String((seconds * 1_000).rounded() / 1_000)))
        }
        if let images = answer.images { headers.append(("x-compute-images", String(images))) }
        return headers
    }

    /// The caller's wishes, in headers or, with a JSON body, under `options`; headers win.
    private struct Options {
        var usesCache: Bool
        var waitsForModel: Bool
        var loadsModel: Bool

        init(_ request: Request) {
            var options = JSON.null
            if request.contentType == "application/json" {
                options = (try? JSONReader.read(request.body))?["options"] ?? .null
            }
            func header(_ name: String) -> Bool? {
                request.header(name).map { !["false", "0"].contains($0.lowercased()) }
            }
            usesCache = header("x-use-cache") ?? options["use_cache"]?.flag ?? true
            waitsForModel = header("x-wait-for-model") ?? options["wait_for_model"]?.flag ?? false
            loadsModel = header("x-load-model") ?? options["dont_load_model"]?.flag.map { !$0 } ?? true
        }
    }
}
