import InferenceKit

/// A failure as one line of JSON; what is not known is left out.
struct ErrorLine {
    private var members: JSONObject

    /// A failure that is known by its code and its words.
    init(code: String, message: String) {
        members = ["code": .string(code), "message": .string(message)]
    }

    /// A command line that cannot be run.
    init(usage message: String) {
        let lines = message.split(whereSeparator: \.isNewline)
        self.init(code: "\(InferenceError.Code.invalidInput)", message: lines.joined(separator: " "))
    }

    /// A failed call.
    init(_ error: InferenceError) {
        self.init(code: "\(error.code)", message: Self.message(of: error))
        // Nothing was sent: then there is nothing to tell about a call.
        guard error.attempts > 0 else { return }
        members["status"] = error.status.map { .number(JSONNumber($0)) }
        members["requestID"] = error.requestID.map { .string($0) }
        members["attempts"] = .number(JSONNumber(error.attempts))
        members["retryAfter"] = error.retryAfter?.jsonSeconds
        members["retryable"] = .bool(error.isRetryable)
    }

    var json: JSONValue { ["error": .object(members)] }

    /// The library names its own arguments; people here have typed flags.
    private static func message(of error: InferenceError) -> String {
        guard let field = error.field, let flag = flags[field], error.message.hasPrefix("\(field):") else {
            return error.message
        }
        return flag + error.message.dropFirst(field.count)
    }

    private static let flags = [
        "model": "--model", "url": "--url", "dialect": "--dialect", "billTo": "--bill-to", "output": "--output",
        "timeouts.connect": "--connect-timeout", "timeouts.firstByte": "--first-byte-timeout",
        "timeouts.idle": "--idle-timeout", "timeouts.total": "--timeout", "retry.maxAttempts": "--attempts",
        "task": "--task", "library": "--library", "availability": "--status", "providers": "--provider",
        "author": "--author", "search": "--search", "sort": "--sort", "tags": "--tag", "apps": "--app",
        "minParameters": "--min-parameters", "maxParameters": "--max-parameters",
        "namespace": "--namespace", "name": "<name>",
    ]
}

extension Duration {
    /// The time in seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }

    /// Seconds to the microsecond, without a fraction where there is none.
    var jsonSeconds: JSONValue {
        let rounded = (seconds * 1e6).rounded() / 1e6
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? .number(JSONNumber(Int(rounded))) : rounded.json
    }
}
