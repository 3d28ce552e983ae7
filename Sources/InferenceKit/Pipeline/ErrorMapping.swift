import HTTPTypes

/// Turns a response that is no success into an error: ten shapes of body, the headers, and the status.
///
/// Source: the error bodies of the router, the Hub, the task servers, TGI, TEI, FastAPI servers and OpenAI routes.
struct ErrorMapping {
    var head: HTTPResponse
    var body: [UInt8]
    var redactor: Redactor
    /// Seconds since 1970, to count from when the server names a date.
    var now: Double

    /// The error of this response to `request`.
    func error(for request: HTTPRequest) -> InferenceError {
        let facts = ErrorFacts(body: body, mediaType: head.headerFields[.contentType])
        let status = head.status.code
        var code = code(status: status, facts: facts)
        // Not the server said it, but the proxy in front of an endpoint that has no replica.
        let isOfProxy = status == 503 && code == .overloaded && facts.isBare && request.isToEndpoint
        if isOfProxy { code = .endpointScaledToZero }
        let headline = head.headerFields[.errorMessage]
        var said = [headline, facts.message].compactMap { $0 }.map { redactor.clean($0) }
        if said.count == 2, said[0] == said[1] { said.removeLast() }
        let words = said.filter { !$0.isEmpty }.joined(separator: " ")
        var error = InferenceError(
            code,
            words.isEmpty || isOfProxy ? Self.explanation(of: code, status: status) : words,
            status: status,
            requestID: head.requestID,
            retryAfter: delay(facts: facts, code: code),
            isRetryable: isRetryable(code, status: status)
        )
        error.rejectedBody = RedactedBytes(bytes: body)
        return error
    }

    // MARK: - The cause

    private func code(status: Int, facts: ErrorFacts) -> InferenceError.Code {
        let text = facts.message.map { $0.lowercased() } ?? ""
        if facts.isQuota || text.contains("insufficient_quota") { return .quotaExhausted }
        if let byHeader = codeOfHub() { return byHeader }
        switch status {
        case 400 where text.contains("invalid state"): return .endpointPaused
        case 400 where text.contains("token seems invalid") || text.hasPrefix("invalid token"):
            return .authenticationFailed
        case 400 where text.contains("requires a pro subscription"): return .permissionDenied
        case 400 where text.contains("not supported by provider") || facts.kind == "model_not_supported":
            return .unsupportedTask
        case 401: return .authenticationFailed
        case 402: return .quotaExhausted
        case 403 where text.contains("too large to be loaded"): return .unsupportedTask
        case 403 where text.contains("gated") || text.contains("restricted"): return .gated
        case 403: return .permissionDenied
        case 404: return .notFound
        case 408: return .timedOut
        case 410: return .removed
        case 413: return .tooLarge
        case 429 where facts.kind == "overloaded" || text.contains("overloaded"): return .overloaded
        case 429: return .rateLimited
        case 503 where facts.estimate != nil || text.contains("loading"): return .modelLoading
        case 503 where text.contains("scaled to zero"): return .endpointScaledToZero
        case 503: return .overloaded
        case 204: return .serverFailure
        case 300..<400: return .refusedRedirect
        case 400..<500 where status != 424: return .rejected
        default: return .serverFailure
        }
    }

    private func codeOfHub() -> InferenceError.Code? {
        switch head.headerFields[.errorCode] {
        case "GatedRepo": .gated
        case "RepoNotFound", "RevisionNotFound", "EntryNotFound": head.status.code == 401 ? nil : .notFound
        default: nil
        }
    }

    private func isRetryable(_ code: InferenceError.Code, status: Int) -> Bool {
        switch code {
        case .rateLimited, .overloaded, .modelLoading, .serverFailure, .endpointScaledToZero, .timedOut:
            // 501 and 505 say that the server will never do it.
            status != 501 && status != 505
        default: false
        }
    }

    // MARK: - The wait

    private func delay(facts: ErrorFacts, code: InferenceError.Code) -> Duration? {
        let fields = head.headerFields
        if let asked = RetryAfter.delay(fields: fields, now: now) { return asked }
        if code == .rateLimited, let limit = RateLimit(fields: fields), limit.remaining == 0, let reset = limit.reset {
            // Present on every response of the Hub: it explains a 429 only when nothing is left.
            return reset + .seconds(1)
        }
        if code == .modelLoading, let estimate = facts.estimate, estimate.isFinite {
            // What is longer than ten years is as good as for ever, and cannot overflow.
            return .seconds(min(max(estimate, 0), 315_360_000))
        }
        return nil
    }

    // MARK: - Words

    private static func explanation(of code: InferenceError.Code, status: Int) -> String {
        switch code {
        case .authenticationFailed: "The server wants a valid token."
        case .permissionDenied: "The token may not do this."
        case .quotaExhausted: "The credits or the quota are used up."
        case .notFound: "There is no such model or route."
        case .rateLimited: "Too many requests."
        case .endpointScaledToZero: "The endpoint has no replica that answers; a call wakes one that sleeps."
        case .overloaded: "The server has no room at the moment."
        case .modelLoading: "The model is loading."
        case .tooLarge: "The request is larger than the server takes."
        case .serverFailure where status == 204: "The server dropped the request without an answer."
        default: "The server answered with status \(status) and said nothing about it."
        }
    }

    /// The error that stands in a body although the status is a success, or `nil`.
    ///
    /// Source: old loading answers (`{"error": "not loaded yet"}` under 200) and proxies that keep the status.
    static func errorInsideSuccess(
        head: HTTPResponse,
        body: [UInt8],
        context: CallContext,
        _ payload: Payload
    ) -> InferenceError? {
        // An error is a small object that has the word in it; everything else is left to the task's own decoder.
        guard body.count < 65_536, body.first(where: { $0 > 0x20 }) == UInt8(ascii: "{"),
            body.containsErrorKey, let json = try? JSONValue(jsonBytes: body),
            let value = json["error"], !value.isNull, value.boolValue != false,
            // A response of the Responses API has an error beside what it had said; its task looks at both.
            json["object"]?.stringValue != "response"
        else { return nil }
        var mapping = ErrorMapping(
            head: head,
            body: body,
            redactor: Redactor(token: context.token, payload: payload.json),
            now: context.clock.secondsSince1970()
        )
        let facts = ErrorFacts(body: body, mediaType: nil)
        let text = facts.message?.lowercased() ?? ""
        let isLoading = facts.estimate != nil || text.contains("loading") || text.contains("not loaded")
        mapping.head.status = .init(code: isLoading ? 503 : facts.status ?? 500)
        var error = mapping.error(for: HTTPRequest(method: .post, scheme: nil, authority: nil, path: nil))
        if isLoading { error.code = .modelLoading }
        error.status = head.status.code
        return error
    }
}

/// What an error body says, whichever of the shapes it has.
struct ErrorFacts {
    /// The words for a person, several joined.
    var message: String?
    /// The seconds until a model that loads may be there.
    var estimate: Double?
    /// The server's own word for the kind of error, in lower case: `validation`, `overloaded`, `model_not_supported` and others.
    var kind: String?
    /// A status that stands in the body.
    var status: Int?
    /// Whether a code or type says that the quota is used up.
    var isQuota = false

    /// Whether there is nothing in it but the status, in words or not.
    var isBare: Bool {
        guard kind == nil, estimate == nil else { return false }
        return message.map { $0.lowercased().contains("service unavailable") || $0.contains("web page") } ?? true
    }

    init(body: [UInt8], mediaType: String?) {
        guard let json = try? JSONValue(jsonBytes: body) else {
            message = Self.plainText(body, mediaType: mediaType)
            return
        }
        read(json)
    }

    init(json: JSONValue) { read(json) }

    private mutating func read(_ json: JSONValue) {
        var words: [String] = []
        switch json {
        case .string(let text): words = [text]
        case .object(let members):
            if let error = members["error"] { words += describe(error) }
            if words.isEmpty, let errors = members["errors"] { words += describe(errors) }
            if words.isEmpty, let detail = members["detail"] { words += describe(detail) }
            if words.isEmpty, let details = members["details"] { words += describe(details) }
            if words.isEmpty, let text = members["message"]?.stringValue { words.append(text) }
            if let text = members["error_description"]?.stringValue { words.append(text) }
            if let warnings = members["warnings"] { words += describe(warnings) }
            estimate = members["estimated_time"]?.doubleValue
            for key in ["error_type", "type", "code"] { note(members[key], isStatus: key == "code") }
        case .array: words = describe(json)
        default: break
        }
        var seen: Set<String> = []
        words = words.filter { !$0.isEmpty && seen.insert($0).inserted }
        message = words.isEmpty ? nil : words.joined(separator: "; ")
    }

    /// The words of a member that may be a text, a list of texts, an object with a message, or a list of those.
    private mutating func describe(_ value: JSONValue) -> [String] {
        switch value {
        case .string(let text): return [text]
        case .array(let values): return values.prefix(8).flatMap { describe($0) }
        case .object(let members):
            for key in ["type", "code", "error_type", "http_status_code"] {
                note(members[key], isStatus: key != "type" && key != "error_type")
            }
            if estimate == nil { estimate = members["estimated_time"]?.doubleValue }
            let text = members["message"]?.stringValue ?? members["msg"]?.stringValue
            guard let text else { return [] }
            // FastAPI says where; the place is a name of ours, not an input.
            let place = members["loc"]?.arrayValue?.compactMap { $0.stringValue ?? $0.intValue.map(String.init) }
            return [place.map { "\($0.joined(separator: ".")): \(text)" } ?? text]
        default: return []
        }
    }

    private mutating func note(_ value: JSONValue?, isStatus: Bool) {
        if let text = value?.stringValue {
            let word = text.lowercased()
            if word == "insufficient_quota" || word == "billing_hard_limit_reached" { isQuota = true }
            if kind == nil || word == "model_not_supported" { kind = word }
        } else if isStatus, let number = value?.intValue, (400..<600).contains(number) {
            status = status ?? number
        }
    }

    /// A sentence in plain text; an HTML page is only named by its title.
    private static func plainText(_ body: [UInt8], mediaType: String?) -> String? {
        let text = String(decoding: body.prefix(4_096), as: UTF8.self)
        let isPage = mediaType?.lowercased().hasPrefix("text/html") == true || text.hasPrefix("<")
        guard isPage else {
            let printable = text.unicodeScalars.filter { $0.value >= 0x20 || $0 == "\n" || $0 == "\t" }
            let line = String(String.UnicodeScalarView(printable)).split(separator: "\n").prefix(3)
                .joined(separator: " ")
            return line.isEmpty ? nil : line
        }
        let lowered = text.lowercased()
        guard let start = lowered.firstIndex(after: "<title>"),
            let end = lowered[start...].firstIndex(of: "<")
        else { return "The server answered with a web page." }
        return "The server answered with a web page titled \"\(lowered[start..<end])\"."
    }
}

extension String {
    fileprivate func firstIndex(after word: String) -> Index? {
        var start = startIndex
        while start != endIndex {
            if self[start...].hasPrefix(word) { return index(start, offsetBy: word.count) }
            start = index(after: start)
        }
        return nil
    }
}

extension [UInt8] {
    /// Whether `"error"` stands anywhere.
    fileprivate var containsErrorKey: Bool {
        let needle = Array("\"error\"".utf8)
        guard count >= needle.count else { return false }
        for start in 0...(count - needle.count) where self[start] == needle[0] && self[start + 1] == needle[1] {
            if self[start..<(start + needle.count)].elementsEqual(needle) { return true }
        }
        return false
    }
}

extension HTTPField.Name {
    static let errorCode = Self.known("X-Error-Code")
    static let errorMessage = Self.known("X-Error-Message")
    static let requestID = Self.known("X-Request-Id")
    static let amazonTraceID = Self.known("X-Amzn-Trace-Id")
    static let amazonCloudFrontID = Self.known("X-Amz-Cf-Id")
}

extension HTTPRequest {
    /// Whether the host is that of a dedicated endpoint; the API that manages them is in the same domain.
    var isToEndpoint: Bool {
        guard let host = reference?.host else { return false }
        return host.hasSuffix(".endpoints.huggingface.cloud") && host != "api.endpoints.huggingface.cloud"
    }
}

extension HTTPResponse {
    /// The server's id of the request.
    var requestID: String? {
        headerFields[.requestID] ?? headerFields[.amazonTraceID] ?? headerFields[.amazonCloudFrontID]
    }
}

extension InferenceError {
    /// What a transport's failure means for a call.
    init(_ error: TransportError) {
        let code: Code
        switch error.kind {
        case .timedOut: code = .timedOut
        case .invalidRequest: code = .invalidInput
        case .requestBodyFailed: code = .invalidInput
        case .cutShort: code = .cutShort
        case .tooLarge, .protocolViolation: code = .undecodable
        default: code = error.requestMayHaveReachedServer ? .connectionLost : .connectionFailed
        }
        let isRetryable: Bool
        switch error.kind {
        case .timedOut: isRetryable = error.clock != .total
        case .nameLookupFailed, .connectFailed, .connectionLost, .cutShort: isRetryable = true
        default: isRetryable = false
        }
        self.init(code, error.message, isRetryable: isRetryable, underlyingError: error)
        if code == .invalidInput { field = error.kind == .requestBodyFailed ? "body" : "request" }
    }

    /// An answer that the task's decoder cannot understand.
    static func undecodable(_ reply: Reply, task: TaskID, cause: any Error) -> Self {
        let found: String
        if let json = try? reply.json() {
            found = "\(json)"
        } else if reply.bytes.isEmpty {
            found = "an empty body"
        } else {
            found = "\(reply.bytes.count) bytes of \(reply.mediaType?.rawValue ?? "an unnamed type")"
        }
        return Self(.undecodable, "The answer to \(task) cannot be understood: \(cause) (found \(found)).")
    }

    /// Any error as one of this type; cancellation stays what it is.
    static func wrapping(_ error: any Error, context: CallContext? = nil) -> any Error {
        if error is CancellationError { return error }
        var failure =
            switch error {
            case let error as InferenceError: error
            case let error as TransportError: InferenceError(error)
            default: InferenceError(.undecodable, "\(error)", underlyingError: error)
            }
        if let context {
            failure.model = failure.model ?? context.model
            failure.provider = failure.provider ?? context.provider.id
            let metadata = context.metadata
            failure.attempts = max(failure.attempts, metadata.attempts)
            failure.requestID = failure.requestID ?? metadata.requestID
        }
        return failure
    }
}
