/// The answer of `GET /api/tasks`, made from the rules.
enum TaskPages {
    /// Tasks whose page recommends a model by an empty string, as some do in the real data.
    private static let emptyWidgets: Set<String> = ["depth-estimation", "image-text-to-image"]
    /// Tasks that have no page.
    private static let withoutPage: Set<String> = ["text-to-audio", "text2text-generation"]

    static let json: JSON = .object(
        TaskRules.all.filter { !withoutPage.contains($0.id) }.map { rule in
            let models = rule.models.map { model -> JSON in
                ["id": .string(model.id), "description": .string("A model of the local service.")]
            }
            let libraries = rule.models.map(\.library).reduce(into: [String]()) { list, library in
                if !list.contains(library) { list.append(library) }
            }
            let widget = emptyWidgets.contains(rule.id) ? "" : rule.models.first?.id ?? ""
            return JSON.Member(
                key: rule.id,
                value: [
                    "id": .string(rule.id), "label": .string(rule.label),
                    "libraries": .array(libraries.map(JSON.string)), "models": .array(models),
                    "widgetModels": [.string(widget)], "datasets": [], "spaces": [], "metrics": [],
                    "summary": .string("\(rule.label), answered by a small rule."),
                ]
            )
        }
    )
}
