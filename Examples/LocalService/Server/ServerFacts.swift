/// What servers tell about themselves: health, information, metrics and lists of chat models.
struct ServerFacts {
    var backend: Backend

    func reply(to request: Request, _ path: [String]) throws(Refusal) -> Reply? {
        switch (path.first, path.count) {
        case (nil, _): return .json(["ok": "ok"])
        case ("health", 1), ("ping", 1): return .text("Ok")
        case ("info", 1): return .json(information)
        case ("metrics", 1): return .text(metrics)
        case ("v1", 2) where path[1] == "models":
            return .json(["object": "list", "data": .array(chatModels.map(entry))])
        case ("v1", 3...) where path[1] == "models":
            let id = path.dropFirst(2).joined(separator: "/")
            guard let model = chatModels.first(where: { $0.id == id }) else {
                throw Refusal(
                    404,
                    json: [
                        "error": [
                            "message": .string("The model '\(id)' does not exist"), "type": "invalid_request_error",
                            "param": "model", "code": "model_not_found",
                        ]
                    ]
                )
            }
            return .json(entry(model))
        default: return nil
        }
    }

    private var chatModels: [Model] { backend.catalog.ordered.filter { $0.tags.contains("conversational") } }

    /// A model in the router's catalog; prices and speeds are made up, and not every provider tells all of them.
    private func entry(_ model: Model) -> JSON {
        let info = ModelInfo(model: model, availability: backend.states.availability(of: model))
        let providers = info.mapping.enumerated().map { index, member -> JSON in
            var facts: [JSON.Member] = [
                .init(key: "provider", value: .string(member.key)), .init(key: "status", value: "live"),
                .init(key: "is_model_author", value: false),
            ]
            if index != 1 {
                facts += [
                    .init(key: "context_length", value: .integer(model.window)),
                    .init(key: "pricing", value: ["input": .number(0.1 * Double(index + 1)), "output": 0.4]),
                    .init(key: "supports_tools", value: true), .init(key: "supports_structured_output", value: true),
                    .init(key: "first_token_latency_ms", value: .number(120.5 + 50 * Double(index))),
                    .init(key: "throughput", value: .number(88.2 - 10 * Double(index))),
                ]
            }
            return .object(facts)
        }
        let inputs: JSON = model.task == "image-text-to-text" ? ["text", "image"] : ["text"]
        return [
            "id": .string(model.id), "object": "model", "created": 1_780_000_000, "owned_by": .string(model.author),
            "architecture": ["input_modalities": inputs, "output_modalities": ["text"]],
            "providers": .array(providers),
        ]
    }

    /// The fields of TGI's and TEI's information together.
    private var information: JSON {
        [
            "model_id": .string(TaskRule.textGeneration.models.first?.id ?? ""), "model_sha": nil,
            "model_dtype": "float32",
            "model_pipeline_tag": "text-generation", "model_type": ["embedding": ["pooling": "mean"]],
            "max_concurrent_requests": 128, "max_best_of": 2, "max_stop_sequences": 4, "max_input_tokens": 4_095,
            "max_total_tokens": 4_096, "max_input_length": 512, "max_batch_tokens": 16_384,
            "max_client_batch_size": 32, "validation_workers": 2, "tokenization_workers": 2, "auto_truncate": true,
            "router": "local-service", "version": "1.0.0", "sha": nil, "docker_label": nil,
        ]
    }

    private var metrics: String {
        """
        # HELP tgi_request_count Requests until now.
        # TYPE tgi_request_count counter
        tgi_request_count \(backend.log.count)
        # HELP tgi_queue_size Requests that wait.
        # TYPE tgi_queue_size gauge
        tgi_queue_size 0

        """
    }
}
