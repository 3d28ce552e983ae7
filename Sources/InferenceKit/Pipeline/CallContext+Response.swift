import HTTPTypes

extension CallContext {
    /// Notes what a response head tells about the call.
    func note(response head: HTTPResponse, from host: String?) {
        let fields = head.headerFields
        let limit = RateLimit(fields: fields)
        if let limit, let host { memory.note(limit, host: host, at: clock.now()) }
        note { metadata in
            metadata.status = head.status.code
            metadata.requestID = head.requestID
            metadata.computeType = fields[.computeType]
            metadata.computeTime = fields[.computeTime].flatMap(Self.computeTime)
            metadata.isCached = fields[.cache].flatMap(Self.cacheHit)
            metadata.rateLimit = limit
            for (name, key) in Self.counters {
                if let number = fields[name].flatMap(Double.init) { metadata.usage[key] = number }
            }
        }
    }

    /// Text with a decimal point is seconds (TGI and the older servers), an integer is milliseconds (TEI).
    private static func computeTime(_ text: String) -> Duration? {
        guard let number = Double(text), number.isFinite, (0..<1e9).contains(number) else { return nil }
        return text.contains(".") ? .seconds(number) : .milliseconds(number)
    }

    private static func cacheHit(_ text: String) -> Bool? {
        let word = text.lowercased()
        if word.contains("hit") || word == "true" { return true }
        if word.contains("miss") || word == "false" { return false }
        return nil
    }

    /// The counters that servers send, and their names in ``CallMetadata/usage``.
    private static let counters: [(HTTPField.Name, String)] = [
        (.known("x-compute-characters"), "characters"), (.known("x-compute-tokens"), "tokens"),
        (.known("x-compute-images"), "images"), (.known("x-compute-audio-length"), "audioSeconds"),
        (.known("x-prompt-tokens"), "promptTokens"), (.known("x-generated-tokens"), "generatedTokens"),
    ]
}

extension HTTPField.Name {
    static let computeType = Self.known("X-Compute-Type")
    static let computeTime = Self.known("X-Compute-Time")
    /// What proxies use to tell a cache hit; the service itself documents no sign.
    static let cache = Self.known("X-Cache")
}
