/// How one provider speaks about one task; ``WireFormats`` keeps them by task type.
public struct WireFormat<Operation: InferenceTask>: Sendable {
    let run: @Sendable (Operation, Exchange) async throws -> Operation.Response
    /// Begins a stream, for tasks that have one; `nil` sends the task's own request.
    var open: (@Sendable (Operation, Exchange) async throws -> HTTPTransportResponse)?

    /// A format that needs more than one exchange, such as submit, poll and fetch.
    public init(_ run: @escaping @Sendable (Operation, Exchange) async throws -> Operation.Response) {
        self.run = run
    }

    /// The same format with a way of its own to begin a stream.
    func streaming(
        _ open: @escaping @Sendable (Operation, Exchange) async throws -> HTTPTransportResponse
    ) -> Self {
        var format = self
        format.open = open
        return format
    }

    /// The task's own form, unchanged.
    public static var canonical: Self {
        Self { task, exchange in
            let reply: Reply
            do {
                reply = try await exchange.send(task.payload(for: exchange.model))
            } catch let error as InferenceError {
                guard let body = error.rejectedBody, let json = try? JSONValue(jsonBytes: body.bytes),
                    let value = task.response(fromRejection: json)
                else { throw error }
                return value
            }
            let value = try exchange.decode(reply, as: Operation.self) { try task.response(from: $0) }
            // A server may name a place instead of sending a medium; such a place gets no credentials.
            guard let medium = value as? Media, case .url(let url) = medium.source else { return value }
            let download = try await exchange.download(url)
            return try exchange.decode(download, as: Operation.self) { try task.response(from: $0) }
        }
    }

    /// Refused before anything is sent, for a provider that offers every task but this one.
    public static var unsupported: Self {
        Self { _, exchange in throw exchange.unsupported(Operation.id) }
            .streaming { _, exchange in throw exchange.unsupported(Operation.id) }
    }

    /// One exchange with its own encoding and decoding.
    public static func form(
        encode: @escaping @Sendable (Operation, Exchange) throws -> Payload,
        decode: @escaping @Sendable (Operation, Reply) throws -> Operation.Response
    ) -> Self {
        Self { task, exchange in
            let reply = try await exchange.send(encode(task, exchange))
            return try exchange.decode(reply, as: Operation.self) { try decode(task, $0) }
        }
    }
}

/// The wire forms of one provider, by task.
public struct WireFormats: Sendable {
    /// What is done about tasks that the provider does not name.
    public enum OtherTasks: Sendable {
        /// They go in Hugging Face's own form.
        case canonical
        /// They are refused before anything is sent.
        case unsupported
    }

    private var formats: [ObjectIdentifier: any Sendable] = [:]
    private let otherTasks: OtherTasks

    /// Makes a table; `fill` adds the tasks whose form departs from the usual one.
    public init(otherTasks: OtherTasks, _ fill: (inout Self) -> Void = { _ in }) {
        self.otherTasks = otherTasks
        fill(&self)
    }

    /// The format of one task, or `nil` when the provider does not offer it.
    public subscript<Operation: InferenceTask>(_ task: Operation.Type) -> WireFormat<Operation>? {
        get {
            if let format = formats[ObjectIdentifier(task)] as? WireFormat<Operation> { return format }
            return otherTasks == .canonical ? .canonical : nil
        }
        set { formats[ObjectIdentifier(task)] = newValue }
    }
}

extension Exchange {
    fileprivate func unsupported(_ task: TaskID) -> InferenceError {
        InferenceError(.unsupportedTask, "The provider \(context.provider.id) does not offer \(task).")
    }
}
