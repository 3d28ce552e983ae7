import HTTPTypes
import Synchronization

/// What one call is made of, decided before its first attempt, and what it has met so far.
final class CallContext: Sendable {
    let task: TaskID
    let isCostly: Bool
    let model: ModelID?
    let provider: any InferenceProvider
    let place: ProviderPlace
    let token: AccessToken?
    let settings: CallSettings
    let memory: ClientMemory
    let start: Duration
    /// What is done about attempts that nobody answers.
    let recovery: (any CallRecovery)?
    /// The moment at which the call fails whatever it does, or `nil`.
    let deadline: Duration?

    private struct Record {
        var metadata: CallMetadata
        /// Where the last attempt went; its URL is put together when somebody asks.
        var scheme: String?
        var authority: String?
        var path: String?
    }

    /// Guards what attempts and waits note down.
    private let record: Mutex<Record>
    /// Guards the request of a stream, of which a late error must not repeat anything.
    private let sent = Mutex<JSONValue?>(nil)

    init(
        task: TaskID,
        isCostly: Bool,
        model: ModelID?,
        provider: any InferenceProvider,
        place: ProviderPlace,
        token: AccessToken?,
        settings: consuming CallSettings,
        memory: ClientMemory,
        start: Duration,
        recovery: (any CallRecovery)? = nil
    ) {
        self.task = task
        self.isCostly = isCostly
        self.model = model
        self.provider = provider
        self.place = place
        self.token = token
        deadline = settings.timeouts.total.map { start + $0 }
        self.settings = settings
        self.memory = memory
        self.start = start
        self.recovery = recovery
        record = Mutex(Record(metadata: CallMetadata(task: task, model: model, provider: provider.id)))
    }

    var clock: InferenceClock { settings.clock }

    /// The time left until the deadline, never negative; `nil` when there is none.
    var remaining: Duration? {
        deadline.map { max($0 - clock.now(), .zero) }
    }

    /// The metadata as it stands.
    var metadata: CallMetadata {
        let record = record.withLock { $0 }
        var metadata = record.metadata
        metadata.total = clock.now() - start
        if let path = record.path {
            let end = path.utf8.firstIndex(of: UInt8(ascii: "?")) ?? path.endIndex
            metadata.url = "\(record.scheme ?? "")://\(record.authority ?? "")\(path[..<end])"
        }
        return metadata
    }

    func note(_ change: (inout CallMetadata) -> Void) {
        record.withLock { change(&$0.metadata) }
    }

    /// Notes an attempt.
    func note(attempt request: HTTPRequest) {
        record.withLock { record in
            record.metadata.attempts += 1
            record.scheme = request.scheme
            record.authority = request.authority
            record.path = request.path ?? "/"
        }
    }

    /// Notes the request of a stream.
    func noteSent(_ json: JSONValue?) {
        sent.withLock { $0 = json }
    }

    /// Frees a server's words of what this call sent.
    var redactor: Redactor { Redactor(token: token, payload: sent.withLock { $0 }) }

    /// Tells the observers, if there are any.
    func tell(_ kind: @autoclosure () -> InferenceEvent.Kind) {
        guard settings.isObserved else { return }
        let event = InferenceEvent(
            kind: kind(),
            task: task,
            model: model,
            provider: provider.id,
            elapsed: clock.now() - start
        )
        settings.clientObserver?(event)
        settings.callObserver?(event)
    }

    /// Waits, notes it down and tells the observers.
    func pause(_ wait: Wait, estimate: Duration? = nil) async throws {
        note { $0.waits.append(wait) }
        tell(.waiting(wait, estimate: estimate))
        try await clock.sleep(wait.duration)
    }
}
