/// What the Hub's page of a task tells.
///
/// Source: `GET /api/tasks` of the Hub.
public struct TaskPage: JSONConvertible, Hashable, Sendable {
    /// A model that the page names.
    public struct Model: Hashable, Sendable {
        /// The model.
        public var id: ModelID
        /// Why it is named.
        public var description: String?
    }

    /// The task.
    public var id: TaskID
    /// Its name for people.
    public var label: String?
    /// What it is.
    public var summary: String?
    /// The libraries that have models of it.
    public var libraries: [ModelLibrary]
    /// The models that the page tries the task with; the first is the default of the official Python client.
    public var widgetModels: [ModelID]
    /// The models that the page names; the first is the default of the official JavaScript client.
    public var models: [Model]
    /// Members that the Hub sent besides: data sets, spaces, metrics and others.
    public var additional: JSONObject

    /// Reads a page; a model whose name is empty, as some pages have, is left out.
    public init(json: JSONValue) throws {
        let members = try json.members()
        id = TaskID(rawValue: try members.label("id"))
        label = members["label"]?.stringValue
        summary = members["summary"]?.stringValue
        libraries = members["libraries"]?.arrayValue?.compactMap(\.stringValue).map { ModelLibrary(rawValue: $0) } ?? []
        widgetModels =
            members["widgetModels"]?.arrayValue?.compactMap(\.stringValue).filter { !$0.isEmpty }
            .map { ModelID($0) } ?? []
        models = (members["models"]?.arrayValue ?? []).compactMap { entry in
            guard let id = entry["id"]?.stringValue, !id.isEmpty else { return nil }
            return Model(id: ModelID(id), description: entry["description"]?.stringValue)
        }
        additional = members.removing(["id", "label", "summary", "libraries", "widgetModels", "models"])
    }

    /// The page in the Hub's own words.
    public var json: JSONValue {
        var members: JSONObject = ["id": .string(id.rawValue)]
        members["label"] = label?.json
        members["libraries"] = .array(libraries.map { .string($0.rawValue) })
        members["models"] = .array(
            models.map { model in
                var entry: JSONObject = ["id": .string(model.id.rawValue)]
                entry["description"] = model.description?.json
                return .object(entry)
            }
        )
        members["widgetModels"] = .array(widgetModels.map { .string($0.rawValue) })
        members["summary"] = summary?.json
        return .object(members.merging(additional))
    }

    /// The models that the page recommends, each once: those it tries the task with, then those it names.
    public var recommendedModels: [ModelID] {
        var seen: Set<ModelID> = []
        return (widgetModels + models.map(\.id)).filter { seen.insert($0).inserted }
    }
}

extension InferenceClient {
    /// The pages of the tasks, in the Hub's order; a task without a page is missing.
    ///
    /// - Parameters:
    ///   - maxAge: The age up to which a kept answer serves; zero asks in any case. Default: one hour.
    ///   - options: What this call does differently from the client.
    /// - Returns: The pages.
    /// - Throws: ``InferenceError``.
    @concurrent
    public func taskPages(
        maxAge: Duration = .seconds(3_600),
        options: CallOptions = CallOptions()
    ) async throws -> [TaskPage] {
        do {
            let question = Question("tasks", hubURL("/tasks"))
            let kept = try await answer(to: question, lifetime: maxAge, options: options)
            return try Self.decoding(kept, of: question) { json in
                try json.members().map { key, page in
                    var members = try page.members()
                    if members["id"]?.stringValue == nil { members["id"] = .string(key) }
                    return try TaskPage(json: .object(members))
                }
            }
        } catch {
            throw InferenceError.wrapping(error)
        }
    }

    /// The models that the Hub recommends for a task.
    ///
    /// A recommendation is no promise that anyone serves the model: ask ``modelStatus(_:maxAge:options:)``, or for models
    /// that are served ``models(_:options:)``.
    ///
    /// - Parameters:
    ///   - task: The task; chat goes by the page of text generation.
    ///   - maxAge: The age up to which a kept answer serves; zero asks in any case. Default: one hour.
    ///   - options: What this call does differently from the client.
    /// - Returns: The models, the first choice first; empty for a task without a page, or a page without models.
    /// - Throws: ``InferenceError``.
    @concurrent
    public func recommendedModels(
        for task: TaskID,
        maxAge: Duration = .seconds(3_600),
        options: CallOptions = CallOptions()
    ) async throws -> [ModelID] {
        let task: TaskID = task == "chat-completion" ? "text-generation" : task
        return try await taskPages(maxAge: maxAge, options: options).first { $0.id == task }?.recommendedModels ?? []
    }
}
