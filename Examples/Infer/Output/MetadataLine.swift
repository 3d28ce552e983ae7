import InferenceKit

/// What is known about a call as one line of JSON; what no server told is left out.
struct MetadataLine {
    var metadata: CallMetadata

    init(_ metadata: CallMetadata) { self.metadata = metadata }

    var json: JSONValue {
        var members: JSONObject = [:]
        members["model"] = metadata.model.map { .string($0.rawValue) }
        members["provider"] = .string(metadata.provider.rawValue)
        members["url"] = metadata.url.map { .string($0) }
        members["status"] = metadata.status.map { .number(JSONNumber($0)) }
        members["requestID"] = metadata.requestID.map { .string($0) }
        members["attempts"] = .number(JSONNumber(metadata.attempts))
        members["waits"] = .array(metadata.waits.map(\.duration.jsonSeconds))
        members["durations"] = .object(durations)
        members["computeType"] = metadata.computeType.map { .string($0) }
        members["computeSeconds"] = metadata.computeTime?.jsonSeconds
        members["cached"] = metadata.isCached.map { .bool($0) }
        if !metadata.usage.isEmpty {
            let counters = metadata.usage.sorted { $0.key < $1.key }
            members["usage"] = .object(JSONObject(counters.map { ($0.key, $0.value.jsonCount) }))
        }
        members["rateLimit"] = metadata.rateLimit.map { .object(Self.members(of: $0)) }
        if !metadata.failedChoices.isEmpty {
            members["failedChoices"] = .array(metadata.failedChoices.map { .object(Self.members(of: $0)) })
        }
        return .object(members)
    }

    private static func members(of choice: FailedChoice) -> JSONObject {
        var members: JSONObject = [:]
        members["model"] = choice.model.map { .string($0.rawValue) }
        members["provider"] = choice.provider.map { .string($0.rawValue) }
        members["code"] = .string("\(choice.error.code)")
        members["status"] = choice.error.status.map { .number(JSONNumber($0)) }
        return members
    }

    /// The last attempt's connection and first byte; the whole call with its waits.
    private var durations: JSONObject {
        var members: JSONObject = [:]
        members["connect"] = metadata.timings.connect?.jsonSeconds
        members["firstByte"] = metadata.timings.firstByte?.jsonSeconds
        members["total"] = metadata.total.jsonSeconds
        return members
    }

    private static func members(of limit: RateLimit) -> JSONObject {
        var members: JSONObject = [:]
        members["bucket"] = limit.bucket.map { .string($0) }
        members["remaining"] = limit.remaining.map { .number(JSONNumber($0)) }
        members["reset"] = limit.reset?.jsonSeconds
        members["quota"] = limit.quota.map { .number(JSONNumber($0)) }
        members["window"] = limit.window?.jsonSeconds
        return members
    }
}

extension Double {
    /// A counter, without a fraction where there is none.
    fileprivate var jsonCount: JSONValue {
        self == rounded() && abs(self) < 1e15 ? .number(JSONNumber(Int(self))) : json
    }
}
