/// What the Hub says about a model.
struct ModelInfo {
    var model: Model
    var availability: ModelStates.Availability

    static func sha(of model: Model) -> String {
        let half = String(Hash.fnv1a(model.id), radix: 16)
        return String((half + half + half).prefix(40))
    }

    /// The fields that `expand` can name.
    static let expandable: Set<String> = [
        "author", "baseModels", "cardData", "childrenModelCount", "config", "createdAt", "disabled", "downloads",
        "downloadsAllTime", "evalResults", "gated", "gguf", "inference", "inferenceProviderMapping", "lastModified",
        "library_name", "likes", "mask_token", "model-index", "pipeline_tag", "private", "resourceGroup", "safetensors",
        "sha", "siblings", "spaces", "tags", "transformersInfo", "trendingScore", "usedStorage", "widgetData",
    ]
    private static let usual = [
        "author", "sha", "lastModified", "createdAt", "private", "gated", "disabled", "downloads", "likes",
        "library_name", "pipeline_tag", "tags",
    ]
    private static let whole =
        usual + [
            "inference", "mask_token", "widgetData", "model-index", "config", "cardData", "transformersInfo",
            "siblings",
            "spaces", "safetensors", "usedStorage",
        ]

    private var hash: UInt64 { Hash.fnv1a(model.id) }
    /// Figures that differ from model to model and never change; none of them is real.
    var downloads: Int { Int(hash % 5_000_000) }
    var likes: Int { Int(hash >> 8 % 3_000) }
    var trendingScore: Int { Int(hash >> 16 % 200) }
    var parameterCount: Int { [22, 66, 110, 335, 1_200, 7_000, 13_000][Int(hash >> 24 % 7)] * 1_000_000 }
    var createdAt: String { date(2_022) }
    var lastModified: String { date(2_025) }

    private func date(_ year: Int) -> String {
        func two(_ value: UInt64) -> String { value < 10 ? "0\(value)" : String(value) }
        return "\(year)-\(two(hash % 12 + 1))-\(two(hash >> 32 % 28 + 1))T\(two(hash >> 40 % 24)):00:00.000Z"
    }

    var tags: [String] { [model.library, model.task] + model.tags + ["license:apache-2.0", "region:us"] }

    /// The Hub's word: `warm`, `cold` or `frozen`.
    var word: String {
        switch availability {
        case .warm: "warm"
        case .cold, .loading: "cold"
        case .frozen: "frozen"
        }
    }

    /// The providers of the model with their entries; a frozen model has none at hf-inference.
    var mapping: [JSON.Member] {
        let task = model.tags.contains("conversational") ? "conversational" : model.task
        func entry(_ provider: String) -> JSON.Member {
            let identifier = provider == "hf-inference" ? model.id : model.id.lowercased()
            return JSON.Member(
                key: provider,
                value: [
                    "status": "live", "providerId": .string(identifier), "task": .string(task), "isModelAuthor": false,
                ]
            )
        }
        return ((availability == .frozen ? [] : ["hf-inference"]) + model.providers).map(entry)
    }

    /// The model as JSON: the fields of `expand`, or those of a list or of one model.
    func json(expand: [String], isList: Bool, isFull: Bool = false) -> JSON {
        var members: [JSON.Member] = [
            .init(key: "_id", value: .string(String(hash, radix: 16))), .init(key: "id", value: .string(model.id)),
        ]
        if expand.isEmpty { members.append(.init(key: "modelId", value: .string(model.id))) }
        let names = expand.isEmpty ? (isList && !isFull ? Self.usual : Self.whole) : expand
        for name in names {
            if let value = field(name, isList: isList) { members.append(.init(key: name, value: value)) }
        }
        return .object(members)
    }

    private func field(_ name: String, isList: Bool) -> JSON? {
        switch name {
        case "author": return .string(model.author)
        case "sha": return .string(Self.sha(of: model))
        case "lastModified": return .string(lastModified)
        case "createdAt": return .string(createdAt)
        case "private", "disabled": return false
        case "gated": return model.gated.map(JSON.string) ?? false
        case "downloads": return .integer(downloads)
        case "downloadsAllTime": return .integer(downloads * 20)
        case "likes": return .integer(likes)
        case "trendingScore": return .integer(trendingScore)
        case "library_name": return .string(model.library)
        case "pipeline_tag": return .string(model.task)
        case "tags": return .array(tags.map(JSON.string))
        case "inference": return .string(word)
        case "inferenceProviderMapping": return isList ? .array(mapping.map(listed)) : .object(mapping)
        case "mask_token": return model.maskToken.map(JSON.string)
        case "widgetData": return [["text": "A good day"]]
        case "model-index": return nil as JSON
        case "config": return ["model_type": .string(model.library), "max_position_embeddings": .integer(model.window)]
        case "cardData": return ["license": "apache-2.0"]
        case "transformersInfo" where model.library == "transformers":
            return ["auto_model": "AutoModel", "pipeline_tag": .string(model.task)]
        case "siblings": return [["rfilename": "config.json"], ["rfilename": "model.safetensors"]]
        case "spaces": return []
        case "safetensors": return ["parameters": ["F32": .integer(parameterCount)], "total": .integer(parameterCount)]
        case "usedStorage": return .integer(parameterCount * 4)
        default: return nil
        }
    }

    /// On lists an entry names its provider itself.
    private func listed(_ member: JSON.Member) -> JSON {
        .object([JSON.Member(key: "provider", value: .string(member.key))] + (member.value.members ?? []))
    }
}
