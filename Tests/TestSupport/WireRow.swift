public import InferenceKit
import HTTPTypes
import Synchronization
public import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// One row of a task's wire table: a request value and the exact bytes it becomes, or reply bytes and what they become.
///
/// Each row runs through the whole client over a scripted transport.
public struct WireRow: Sendable, CustomTestStringConvertible {
    /// What the row is about.
    public let testDescription: String
    private let run: @Sendable () async throws -> Void

    /// Runs the row.
    public func check() async throws {
        RowCount.shared.note()
        try await run()
    }

    /// A request: the task becomes exactly this path, these fields and this JSON.
    ///
    /// `path` is the one below the router, `nil` for `/hf-inference/models/a/b`; the body is `json` or `bytes`, exactly.
    public static func sends<Operation: InferenceTask>(
        _ name: String,
        _ task: Operation,
        path: String? = nil,
        json: String? = nil,
        bytes: [UInt8]? = nil,
        contentType: String = "application/json",
        accept: String? = nil,
        options: CallOptions = CallOptions(),
        model: ModelID? = "a/b",
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> Self {
        Self(testDescription: "\(Operation.id) sends \(name)") {
            let transport = MockTransport(.json("null"))
            // The reply is not what the row is about; most tasks cannot read it.
            _ = try? await client(transport).run(task, model: model, options: options)
            let call = try #require(transport.calls.first, "nothing was sent", sourceLocation: sourceLocation)
            #expect(call.path == path ?? "/hf-inference/models/a/b", sourceLocation: sourceLocation)
            #expect(call.request.method == .post, sourceLocation: sourceLocation)
            #expect(call.request.headerFields[.contentType] == contentType, sourceLocation: sourceLocation)
            #expect(call.request.headerFields[.accept] == accept, sourceLocation: sourceLocation)
            #expect(call.request.headerFields[.authorization] == "Bearer hf_test", sourceLocation: sourceLocation)
            if let json { #expect(call.bodyText == json, sourceLocation: sourceLocation) }
            if let bytes { #expect(call.body == bytes, sourceLocation: sourceLocation) }
        }
    }

    /// A reply: these bytes become this value.
    public static func reads<Operation: InferenceTask>(
        _ name: String,
        _ task: Operation,
        _ reply: MockTransport.Answer,
        options: CallOptions = CallOptions(),
        gives expected: Operation.Response,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> Self where Operation.Response: Equatable {
        reads(name, task, reply, options: options) { value in
            #expect(value == expected, sourceLocation: sourceLocation)
        }
    }

    /// A reply: these bytes become a value that `check` looks at.
    public static func reads<Operation: InferenceTask>(
        _ name: String,
        _ task: Operation,
        _ reply: MockTransport.Answer,
        options: CallOptions = CallOptions(),
        check: @escaping @Sendable (Operation.Response) throws -> Void
    ) -> Self {
        Self(testDescription: "\(Operation.id) reads \(name)") {
            let transport = MockTransport(reply)
            try check(try await client(transport).run(task, model: "a/b", options: options))
        }
    }

    /// A reply that is an error, whatever its status.
    public static func fails<Operation: InferenceTask>(
        _ name: String,
        _ task: Operation,
        _ reply: MockTransport.Answer,
        code: InferenceError.Code,
        message: String? = nil,
        options: CallOptions = CallOptions(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> Self {
        Self(testDescription: "\(Operation.id) fails with \(name)") {
            let transport = MockTransport()
            transport.answer(.any, with: reply, times: nil)
            do {
                _ = try await client(transport).run(task, model: "a/b", options: options)
                Issue.record("no error", sourceLocation: sourceLocation)
            } catch let error as InferenceError {
                #expect(error.code == code, sourceLocation: sourceLocation)
                if let message { #expect(error.message.contains(message), "\(error)", sourceLocation: sourceLocation) }
            }
        }
    }

    /// Input that is refused before anything is sent, by an error that names the field.
    public static func refuses<Operation: InferenceTask>(
        _ name: String,
        _ task: Operation,
        field: String,
        options: CallOptions = CallOptions(),
        model: ModelID? = "a/b",
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> Self {
        Self(testDescription: "\(Operation.id) refuses \(name)") {
            let transport = MockTransport()
            do {
                _ = try await client(transport).run(task, model: model, options: options)
                Issue.record("no error", sourceLocation: sourceLocation)
            } catch let error as InferenceError {
                #expect(error.code == .invalidInput, sourceLocation: sourceLocation)
                #expect(error.field == field, sourceLocation: sourceLocation)
            }
            #expect(transport.calls.isEmpty, sourceLocation: sourceLocation)
        }
    }

    private static func client(_ transport: MockTransport) -> InferenceClient {
        var configuration = InferenceClient.Configuration(token: .fixed("hf_test"), transport: transport)
        configuration.clock = VirtualClock().clock
        configuration.random = { 0.5 }
        return InferenceClient(configuration)
    }
}

/// Counts the rows that were checked, and says how many at the end of the process.
private final class RowCount: Sendable {
    static let shared = RowCount()
    private let count = Atomic(0)

    private init() {
        atexit { print("Wire tables: \(RowCount.shared.count.load(ordering: .relaxed)) rows checked.") }
    }

    func note() { count.add(1, ordering: .relaxed) }
}
