import InferenceKit

/// What is known about a model as one line of JSON; what is not known is left out.
struct ModelLine {
    private var members: JSONObject
    /// Another model of the task, when this one cannot be used.
    var recommended: ModelID?

    /// The answer to the question whether a model can be called.
    init(_ status: ModelStatus) {
        members = ["model": .string(status.asked.rawValue), "availability": .string(status.availability.rawValue)]
        members["task"] = status.task.map { .string($0.rawValue) }
        members["library"] = status.library.map { .string($0.rawValue) }
        members["gated"] = status.gated?.json
        members["providers"] = .array(status.providers.map(Self.line))
        members["computeType"] = status.computeType?.json
        members["framework"] = status.framework?.json
        members["decidedBy"] = .string(status.source.rawValue)
        if status.id != status.asked {
            members[status.isRenamed ? "renamedTo" : "serves"] = .string(status.id.rawValue)
        }
    }

    /// A model of a list.
    init(_ model: ModelInfo) {
        self.init(model.status())
        members["decidedBy"] = nil
        members["downloads"] = model.downloads?.json
        members["likes"] = model.likes?.json
        members["trendingScore"] = model.trendingScore.map { score in
            Int(exactly: score).map(\.json) ?? score.json
        }
        members["parameters"] = model.parameterCount?.json
        members["lastModified"] = model.additional["lastModified"]
    }

    var json: JSONValue {
        var members = members
        members["recommended"] = recommended.map { .string($0.rawValue) }
        return .object(members)
    }

    private static func line(_ offer: ProviderMapping) -> JSONValue {
        var members: JSONObject = [
            "provider": .string(offer.provider.rawValue), "providerID": .string(offer.providerID),
            "status": .string(offer.status.rawValue),
        ]
        members["task"] = offer.task.map { .string($0) }
        return .object(members)
    }
}
