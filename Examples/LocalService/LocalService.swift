import FlyingFox
import FlyingSocks
import Foundation
import Synchronization

/// A stand-in for the Hugging Face services on a loopback port, for development, demonstrations and tests.
///
/// It speaks the wire form of the router, the Hub API and the endpoints API, and keeps the service's states: models that
/// are warm, cold or frozen, limits, tokens, caches. It is not a model server: answers are computed from the input by
/// small deterministic rules, each documented in its file, and every answer carries `x-served-by: local-service`.
/// It shares no code with the library, so that one checks the other.
public final class LocalService: Sendable {
    /// Where the service listens, `http://127.0.0.1:PORT`.
    public let url: String

    private let server: HTTPServer
    private let frontend: Frontend
    /// The server's life; ``stop()`` awaits its end.
    private let life: Task<Void, Never>

    /// What the service does not start for.
    public enum Failure: Error {
        /// The port could not be had; the text is the system's.
        case cannotListen(String)
    }

    private init(url: String, server: HTTPServer, frontend: Frontend, life: Task<Void, Never>) {
        self.url = url
        self.server = server
        self.frontend = frontend
        self.life = life
    }

    deinit { life.cancel() }

    /// Starts a service on 127.0.0.1 and returns once it accepts connections.
    ///
    /// - Throws: ``Failure/cannotListen(_:)`` where the port is taken or not allowed.
    public static func start(_ configuration: Configuration = Configuration()) async throws -> LocalService {
        let frontend = Frontend(configuration)
        let server = HTTPServer(
            config: HTTPServer.Configuration(
                address: try .inet(ip4: "127.0.0.1", port: configuration.port),
                // A request that waits for a model is held far longer than the server's usual 15 seconds.
                timeout: 600,
                pool: EagerPool(),
                logger: .disabled
            ),
            handler: frontend
        )
        let failure = FirstFailure()
        let life = Task {
            do { try await server.run() } catch { failure.set("\(error)") }
        }
        // The server tells listeners only of success, so a failure has to be looked for beside it.
        for _ in 0..<1_000 {
            if case .ip4(_, let port) = await server.listeningAddress {
                let url = "http://127.0.0.1:\(port)"
                frontend.setBase(url)
                return LocalService(url: url, server: server, frontend: frontend, life: life)
            }
            if let message = failure.message { throw Failure.cannotListen(message) }
            try await Task.sleep(for: .milliseconds(2))
        }
        life.cancel()
        throw Failure.cannotListen(failure.message ?? "not listening after two seconds")
    }

    /// Closes the port and every connection, and returns when that is done; requests in flight are cut.
    public func stop() async {
        await server.stop()
        await life.value
    }

    /// A request as the service saw it; of headers only the names, so that no token is kept.
    public struct RecordedRequest: Hashable, Sendable {
        /// The HTTP method.
        public var method: String
        /// The path as it was sent, without the query.
        public var path: String
        /// The names of the headers, in lower case, sorted.
        public var headerNames: [String]
        /// The body's length in bytes.
        public var bodySize: Int
    }

    /// The requests until now, oldest first; at most the last 10,000.
    public var requests: [RecordedRequest] { frontend.requests.all }
}

/// The text of the error that ended a server's run.
private final class FirstFailure: Sendable {
    /// Guards the text, written by the server's task.
    private let text = Mutex<String?>(nil)

    var message: String? { text.withLock { $0 } }

    func set(_ message: String) { text.withLock { $0 = $0 ?? message } }
}
