/// A server of text-embeddings-inference, by its own routes.
///
/// Source: the routes of text-embeddings-inference.
public struct TEIServer: ServerProvider {
    /// `text-embeddings-inference`; not one of the router's.
    public static let id: ProviderID = "text-embeddings-inference"

    /// The tasks that have a route.
    public let formats = WireFormats(otherTasks: .unsupported) { formats in
        formats[FeatureExtraction.self] = .canonical
        formats[TextClassification.self] = .form { task, _ in
            // `/predict` takes no parameters object; it always answers every label, best first.
            try InferenceError.require(!task.text.isEmpty, "text", "a text that is not empty")
            return .json(.object((["inputs": .string(task.text)] as JSONObject).merging(task.extraParameters)))
        } decode: { task, reply in
            let labels = try task.response(from: reply)
            return task.topK.map { Array(labels.prefix($0)) } ?? labels
        }
        formats[SentenceSimilarity.self] = .canonical
        formats[TextRanking.self] = .form { task, _ in
            try task.check()
            let body: JSONObject = ["query": .string(task.query), "texts": task.texts.json]
            // The best few are taken here: the route answers all.
            return .json(.object(body.merging(try task.parametersObject().removing(["top_n"]))))
        } decode: { task, reply in
            try task.response(from: reply)
        }
    }
    let server: URLReference
    var completeRoutes: [String] { ["/embed", "/embed_all", "/predict", "/rerank", "/similarity"] }

    init(_ server: URLReference) { self.server = server }

    func route(for task: TaskID) -> String? {
        switch task {
        case "feature-extraction": "/embed"
        case "text-classification": "/predict"
        case "text-ranking": "/rerank"
        case "sentence-similarity": "/similarity"
        default: nil
        }
    }
}
