#if canImport(CInferenceCurl)
/// Runs tasks on the thread of a transport, so that a call and its answer need not change threads.
final class CurlTaskExecutor: TaskExecutor {
    // Keeps the thread alive for as long as tasks may be handed to it.
    private let transport: CurlTransport
    private let inbox: CurlInbox

    init(_ transport: CurlTransport, _ inbox: CurlInbox) {
        self.transport = transport
        self.inbox = inbox
    }

    func enqueue(_ job: consuming ExecutorJob) {
        inbox.post(.run(UnownedJob(job), self))
    }

    /// Runs a job on the thread that calls, which is the transport's, or one that stands in for it.
    func run(_ job: UnownedJob) {
        unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    }
}

extension CurlTransport {
    /// Runs tasks on the transport's own thread.
    ///
    /// For a program that makes one call after the other: the change of threads when the answer comes is saved, and over TLS
    /// also that when the call begins; without TLS the transport saves that one anyway. Whatever the tasks do in between
    /// holds up the exchanges of this transport, so nothing that computes for long or blocks belongs there.
    ///
    /// ```swift
    /// let transport = CurlTransport()
    /// let client = InferenceClient(.init(transport: transport))
    /// try await withTaskExecutorPreference(transport.taskExecutor) {
    ///     for text in texts { print(try await client.textClassification(text, model: "org/model")) }
    /// }
    /// ```
    public var taskExecutor: any TaskExecutor { CurlTaskExecutor(self, inbox) }
}
#endif
