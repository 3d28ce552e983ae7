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

    /// Guards what attempts and waits note down.
    private let record: Mutex<CallMetadata>
    /// Guards the request of a stream, of which a late error must not repeat anything.
    private let sent = Mutex<JSONValue?>(nil)

    init(
        task: TaskID,
        isCostly: Bool,
        model: ModelID?,
        provider: any InferenceProvider,
        place: ProviderPlace,
        token: AccessToken?,
        settings: CallSettings,
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
        self.settings = settings
        self.memory = memory
        self.start = start
        self.recovery = recovery
        deadline = settings.timeouts.total.map { start + $0 }
        record = Mutex(CallMetadata(task: task, model: model, provider: provider.id))
    }

    var clock: InferenceClock { settings.clock }

    /// The time left until the deadline, never negative; `nil` when there is none.
    var remaining: Duration? {
        deadline.map { max($0 - clock.now(), .zero) }
    }

    /// The metadata as it stands.
    var metadata: CallMetadata {
        var metadata = record.withLock { $0 }
        metadata.total = clock.now() - start
        return metadata
    }

    func note(_ change: (inout CallMetadata) -> Void) {
        record.withLock { change(&$0) }
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
