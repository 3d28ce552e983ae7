import HTTPTypes

/// The management API in the shape of a provider, so that questions to it have retries, credentials and errors.
struct EndpointsService: InferenceProvider {
    static let id: ProviderID = "inference-endpoints"
    let formats = WireFormats(otherTasks: .unsupported)
    var mapsModels: Bool { false }

    func path(for task: TaskID, model: ModelID?) throws -> String { "/endpoint" }

    /// A question to the API.
    ///
    /// - Throws: ``InferenceError`` that names `namespace` or `name` when it can be no segment of a path.
    static func question(
        _ method: HTTPRequest.Method,
        _ base: String,
        _ resource: String,
        _ segments: [String]
    ) throws -> Question {
        for (field, segment) in zip(["namespace", "name"], segments) {
            let isSegment = !segment.isEmpty && segment != "." && segment != ".." && segment.utf8.count <= 200
            try InferenceError.require(isSegment, field, "a name")
        }
        let path = segments.map { URLReference.escape($0) }.joined(separator: "/")
        var question = Question("inference-endpoints", "\(base.withoutTrailingSlash)/\(resource)/\(path)")
        question.method = method
        question.provider = EndpointsService()
        return question
    }
}

extension InferenceEndpoint {
    /// The endpoint, known to be in a namespace.
    func placed(in namespace: String) -> Self {
        var copy = self
        copy.namespace = namespace
        return copy
    }
}

extension InferenceError {
    /// Whether the API will not resume what runs.
    var saysAlreadyRunning: Bool { status == 400 && message.lowercased().contains("already running") }
}

extension CallOptions {
    /// What of the options holds for a question to the service: not the target, nor what belongs to a task.
    var asking: CallOptions {
        CallOptions(timeouts: timeouts, retry: retry, token: token, observer: observer)
    }
}
