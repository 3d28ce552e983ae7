/// An answer before it becomes HTTP.
struct Reply: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        case events(EventScript)
    }

    var status = 200
    var headers: [(name: String, value: String)] = []
    var body: Body = .bytes([])

    static func json(_ value: JSON, status: Int = 200) -> Reply {
        Reply(status: status, headers: [("content-type", "application/json")], body: .bytes(value.encoded))
    }

    static func text(_ text: String, status: Int = 200) -> Reply {
        Reply(status: status, headers: [("content-type", "text/plain; charset=utf-8")], body: .bytes(Array(text.utf8)))
    }

    static func media(_ bytes: [UInt8], _ mediaType: String) -> Reply {
        Reply(headers: [("content-type", mediaType)], body: .bytes(bytes))
    }

    static func events(_ script: EventScript) -> Reply {
        Reply(
            headers: [
                ("content-type", "text/event-stream"), ("cache-control", "no-cache"), ("x-accel-buffering", "no"),
            ],
            body: .events(script)
        )
    }

    init(status: Int = 200, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    init(_ refusal: Refusal) {
        switch refusal.body {
        case .json(let value): self = .json(value, status: refusal.status)
        case .plain(let message): self = .text(message, status: refusal.status)
        case .empty: self.init(status: refusal.status)
        }
        headers += refusal.headers
    }
}

/// Server-sent events, each sent as one chunk after a pause.
struct EventScript: Sendable {
    /// The `data` of each event.
    var events: [String]
    /// The pause before each event but the first.
    var interval: Duration = .zero
    /// Whether the connection is cut after the last event instead of ending the body.
    var isCut = false

    init(_ events: [JSON], interval: Duration, end: String? = "[DONE]") {
        self.events = events.map(\.encodedText) + (end.map { [$0] } ?? [])
        self.interval = interval
    }
}
