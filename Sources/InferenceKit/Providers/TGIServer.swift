/// A server of text-generation-inference, by its own routes.
///
/// Source: the routes of text-generation-inference.
public struct TGIServer: ServerProvider {
    /// `text-generation-inference`; not one of the router's.
    public static let id: ProviderID = "text-generation-inference"

    /// Tasks of text generation go in their own form, which is this server's.
    public let formats = WireFormats(otherTasks: .canonical) { formats in
        formats[ChatCompletion.self] = .chat(.tgi)
        formats[ResponseCreation.self] = .unsupported
        formats[TextGeneration.self] = WireFormat.canonical.streaming { task, exchange in
            // The stream has a route of its own, and a body that does not say so.
            let whole = try exchange.taskURL()
            let url = whole.hasSuffix("/generate") ? "\(whole)_stream" : whole
            return try await exchange.open(task.streamPayload(for: exchange.model), to: url)
        }
    }
    let server: URLReference
    var completeRoutes: [String] { ["/generate", "/generate_stream", "/chat/completions", "/completions"] }

    init(_ server: URLReference) { self.server = server }

    func route(for task: TaskID) -> String? {
        switch task {
        case "text-generation": "/generate"
        case "chat-completion": "/v1/chat/completions"
        default: nil
        }
    }
}
