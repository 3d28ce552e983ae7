import HTTPTypes

extension CallContext {
    /// Notes what a response head tells about the call.
    func note(response head: HTTPResponse, from host: String?) {
        let fields = head.headerFields
        // Looking a name up is dear, and most responses tell none of this: one walk finds out which do.
        let tells = Tells(fields)
        let limit = tells.limits ? RateLimit(fields: fields) : nil
        if let limit, let host { memory.note(limit, host: host, at: clock.now()) }
        note { metadata in
            metadata.status = head.status.code
            metadata.requestID = tells.ids ? head.requestID : nil
            metadata.rateLimit = limit
            metadata.computeType = nil
            metadata.computeTime = nil
            metadata.isCached = nil
            guard tells.service else { return }
            metadata.computeType = fields[.computeType]
            metadata.computeTime = fields[.computeTime].flatMap(Self.computeTime)
            metadata.isCached = fields[.cache].flatMap(Self.cacheHit)
            for (name, key) in Self.counters {
                if let number = fields[name].flatMap(Double.init) { metadata.usage[key] = number }
            }
        }
    }

    /// Which kinds of facts a head has.
    private struct Tells {
        /// An id of the request.
        var ids = false
        /// A limit.
        var limits = false
        /// Something about the computation, the cache, or what was counted.
        var service = false

        init(_ fields: HTTPFields) {
            for field in fields {
                let name = field.name.canonicalName.utf8
                switch name.first {
                case UInt8(ascii: "r"): if name.starts(with: "ratelimit".utf8) { limits = true }
                case UInt8(ascii: "x"):
                    if name.starts(with: "x-ratelimit".utf8) {
                        limits = true
                    } else if name.starts(with: "x-request-id".utf8) || name.starts(with: "x-amz".utf8) {
                        ids = true
                    } else if name.starts(with: "x-c".utf8) || name.starts(with: "x-prompt".utf8)
                        || name.starts(with: "x-generated".utf8)
                    {
                        service = true
                    }
                default: break
                }
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
