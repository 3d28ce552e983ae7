extension InferenceEndpoint {
    /// Reads an endpoint.
    ///
    /// - Throws: ``JSONMismatch`` that names the member at fault; only the name and the state are needed.
    public init(json: JSONValue) throws {
        let members = try json.members()
        name = try members.decode("name")
        access = try members.decodeIfPresent("type", as: String.self).map { Access(rawValue: $0) }
        location = try members.decodeIfPresent("provider")
        compute = try members.decodeIfPresent("compute")
        model = try members.decodeIfPresent("model")
        status = try members.decode("status")
        healthRoute = try members.decodeIfPresent("healthRoute")
        tags = try members.decodeIfPresent("tags") ?? []
        additional = members.removing([
            "name", "type", "provider", "compute", "model", "status", "healthRoute", "tags",
        ])
    }

    /// The endpoint in the API's form; what is `nil` is left out.
    public var json: JSONValue {
        var members: JSONObject = ["name": .string(name)]
        members["type"] = access?.rawValue.json
        members["healthRoute"] = healthRoute?.json
        members["tags"] = tags.json
        members["provider"] = location?.json
        members["compute"] = compute?.json
        members["model"] = model?.json
        members["status"] = status.json
        return .object(members.merging(additional))
    }
}

extension InferenceEndpoint.Location {
    /// Reads a place.
    public init(json: JSONValue) throws {
        let members = try json.members()
        vendor = try members.decodeIfPresent("vendor")
        region = try members.decodeIfPresent("region")
        additional = members.removing(["vendor", "region"])
    }

    /// The place in the API's form.
    public var json: JSONValue {
        var members: JSONObject = [:]
        members["vendor"] = vendor?.json
        members["region"] = region?.json
        return .object(members.merging(additional))
    }
}

extension InferenceEndpoint.Compute {
    /// Reads what it runs on.
    public init(json: JSONValue) throws {
        let members = try json.members()
        accelerator = try members.decodeIfPresent("accelerator")
        instanceType = try members.decodeIfPresent("instanceType")
        instanceSize = try members.decodeIfPresent("instanceSize")
        scaling = try members.decodeIfPresent("scaling")
        additional = members.removing(["accelerator", "instanceType", "instanceSize", "scaling"])
    }

    /// What it runs on, in the API's form.
    public var json: JSONValue {
        var members: JSONObject = [:]
        members["accelerator"] = accelerator?.json
        members["instanceType"] = instanceType?.json
        members["instanceSize"] = instanceSize?.json
        members["scaling"] = scaling?.json
        return .object(members.merging(additional))
    }
}

extension InferenceEndpoint.Scaling {
    /// Reads how many machines there are.
    public init(json: JSONValue) throws {
        let members = try json.members()
        minReplica = try members.decodeIfPresent("minReplica")
        maxReplica = try members.decodeIfPresent("maxReplica")
        scaleToZeroMinutes = try members.decodeIfPresent("scaleToZeroTimeout")
        // Other measures may come, of another shape; those stay in `additional`.
        measure = members["measure"].flatMap { try? ScalingMeasure(json: $0) }
        additional = members.removing(["minReplica", "maxReplica", "scaleToZeroTimeout"])
        if measure != nil { additional["measure"] = nil }
    }

    /// How many machines there are, in the API's form.
    public var json: JSONValue {
        var members: JSONObject = [:]
        members["minReplica"] = minReplica?.json
        members["maxReplica"] = maxReplica?.json
        members["scaleToZeroTimeout"] = scaleToZeroMinutes?.json
        members["measure"] = measure?.json
        return .object(members.merging(additional))
    }
}

extension InferenceEndpoint.Model {
    /// Reads what it runs.
    public init(json: JSONValue) throws {
        let members = try json.members()
        repository = try members.decodeIfPresent("repository", as: String.self).map { ModelID($0) }
        revision = try members.decodeIfPresent("revision")
        task = try members.decodeIfPresent("task", as: String.self).map { TaskID(rawValue: $0) }
        framework = try members.decodeIfPresent("framework")
        image = members["image"].flatMap { $0.isNull ? nil : $0 }
        environment = try members.decodeIfPresent("env") ?? [:]
        secretNames = members["secrets"]?.objectValue?.keys ?? []
        additional = members.removing(["repository", "revision", "task", "framework", "image", "env", "secrets"])
    }

    /// What it runs, in the API's form; secrets have names only.
    public var json: JSONValue {
        var members: JSONObject = [:]
        members["repository"] = repository?.rawValue.json
        members["revision"] = revision?.json
        members["task"] = task?.rawValue.json
        members["framework"] = framework?.json
        members["image"] = image
        if !environment.isEmpty { members["env"] = environment.json }
        if !secretNames.isEmpty { members["secrets"] = .object(JSONObject(secretNames.map { ($0, .null) })) }
        return .object(members.merging(additional))
    }
}

extension InferenceEndpoint.Model: CustomStringConvertible, CustomReflectable {
    /// The repository.
    public var description: String { repository?.rawValue ?? "model" }

    /// Nothing but the repository: variables and images may hold what is nobody's business.
    public var customMirror: Mirror { Mirror(self, children: ["repository": description]) }
}

extension InferenceEndpoint.Status {
    /// Reads a state.
    public init(json: JSONValue) throws {
        let members = try json.members()
        state = InferenceEndpoint.State(rawValue: try members.decode("state"))
        message = try members.decodeIfPresent("message")
        created = members["createdAt"]?.date
        updated = members["updatedAt"]?.date
        creator = members["createdBy"]?["name"]?.stringValue
        url = try members.decodeIfPresent("url")
        readyReplicas = try members.decodeIfPresent("readyReplica")
        targetReplicas = try members.decodeIfPresent("targetReplica")
        additional = members.removing(["state", "message", "url", "readyReplica", "targetReplica"])
    }

    /// The state in the API's form.
    public var json: JSONValue {
        var members: JSONObject = ["state": .string(state.rawValue)]
        members["message"] = message?.json
        members["url"] = url?.json
        members["readyReplica"] = readyReplicas?.json
        members["targetReplica"] = targetReplicas?.json
        return .object(members.merging(additional))
    }
}
