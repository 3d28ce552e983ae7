import Foundation

/// `POST …/v1/chat/completions`: whole or token by token.
struct ChatRoute {
    var backend: Backend

    /// The tokens of an answer where the caller names no limit.
    private static let defaultLimit = 1_024

    /// Answers with the model of the path, or with the body's; a provider's own id is the Hub's in lower case.
    func reply(to request: Request, modelID: String?, provider: String? = nil) async throws -> Reply {
        let (completion, _) = try await completion(for: request, modelID: modelID, provider: provider)
        try await backend.takeTime()
        guard completion.isStream else {
            var reply = Reply.json(completion.whole)
            reply.headers += [("x-compute-type", "cpu")]
            return reply
        }
        return .events(completion.script(interval: backend.tokenInterval))
    }

    /// The answer to a request, and the model that gives it.
    func completion(
        for request: Request,
        modelID: String?,
        provider: String? = nil
    ) async throws -> (ChatCompletion, Model) {
        let account = try backend.admit(request)
        guard request.contentType == "application/json" else {
            throw Refusal.plain(415, "Expected request with `Content-Type: application/json`")
        }
        let chat = try ChatRequest(request.body)
        let model =
            if let provider {
                try self.model(named: chat.model, provider: provider)
            } else {
                try self.model(named: modelID ?? chat.model, isPath: modelID != nil)
            }
        let wait = request.header("x-wait-for-model").map { !["false", "0"].contains($0.lowercased()) }
        try await backend.makeReady(model, for: account, waits: wait ?? false, loads: true)
        return (try ChatCompletion(chat, model: model, limit: chat.maxTokens ?? Self.defaultLimit), model)
    }

    private func model(named id: String?, provider: String) throws(Refusal) -> Model {
        let model = backend.catalog.ordered.first { $0.id.lowercased() == id?.lowercased() }
        guard let model, model.providers.contains(provider) else {
            throw Refusal(400, "Model not supported by provider \(provider)")
        }
        return model
    }

    /// The chat model of an id; what follows a colon chooses a provider and is of no matter here.
    private func model(named id: String?, isPath: Bool) throws(Refusal) -> Model {
        guard let id, !id.isEmpty else {
            throw .plain(422, "Failed to deserialize the JSON body into the target type: missing field `model`")
        }
        let plain = String(id.prefix { $0 != ":" })
        // A server of one model answers to any name; these are what clients call it when they know none.
        let name = ["dummy", "tgi"].contains(plain) ? "HuggingFaceTB/SmolLM3-3B" : plain
        guard let model = backend.catalog.find(name) else {
            if isPath { throw Refusal(404, "Model \(plain) does not exist") }
            throw Refusal(
                400,
                json: [
                    "error": [
                        "message": .string("The requested model '\(plain)' does not exist"),
                        "type": "invalid_request_error", "param": "model", "code": "model_not_found",
                    ]
                ]
            )
        }
        guard model.tags.contains("conversational") else {
            if isPath { throw .typed(422, "Template error: template not found", type: "template_error") }
            throw Refusal(
                400,
                json: [
                    "error": [
                        "message": .string("The requested model '\(plain)' is not a chat model"),
                        "type": "invalid_request_error", "param": "model", "code": "model_not_supported",
                    ]
                ]
            )
        }
        return model
    }
}
