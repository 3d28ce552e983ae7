#if os(Linux)
import Glibc
import HTTPTypes
import InferenceKit
import Synchronization
import TestSupport
import Testing

extension TransportContract {
    /// Where curl's configuration makes it connect to: Unix sockets, proxies, and how many connections.
    @Suite("Ways to a server", .timeLimit(.minutes(1)))
    struct ReachTests {
        /// A proxy that answers itself, with what it was asked for.
        private static func proxy() throws -> ByteServer {
            try ByteServer.answering { .response(body: Array("proxy \($0.method) \($0.target)".utf8)) }
        }

        private static func origin() throws -> ByteServer {
            try ByteServer.answering { .response(body: Array("origin \($0.method) \($0.target)".utf8)) }
        }

        @Test("A Unix socket")
        func unixSocket() async throws {
            let folder = try TemporaryFolder()
            let server = try ByteServer.answering(.unix(path: folder.file("socket"))) { request in
                .response(body: Array("\(request["host"] ?? "") \(request.target) \(request.bodyText)".utf8))
            }
            var configuration = CurlTransport.Configuration()
            configuration.unixSocketPath = folder.file("socket")
            let transport = CurlTransport(configuration)
            for _ in 0..<2 {
                let response = try await transport.fetch(server.request(.post, "/a"), body: .bytes(Array("b".utf8)))
                #expect(response.text == "localhost /a b")
            }
            #expect(server.connectionCount == 1)
        }

        @Test("A Unix socket that is not there refuses")
        func missingUnixSocket() async throws {
            var configuration = CurlTransport.Configuration()
            configuration.unixSocketPath = try TemporaryFolder().file("none")
            let request = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/")
            let error = await CurlTransport(configuration).failure(of: request)
            #expect(error?.kind == .connectFailed)
            #expect(error?.requestMayHaveReachedServer == false)
        }

        @Test("A proxy that the configuration names")
        func explicitProxy() async throws {
            let proxy = try Self.proxy()
            let origin = try Self.origin()
            var configuration = CurlTransport.Configuration()
            configuration.proxy = .url("http://127.0.0.1:\(proxy.port)")
            let response = try await CurlTransport(configuration).fetch(origin.request(.get, "/a?b=c"))
            #expect(response.text == "proxy GET http://\(origin.authority)/a?b=c")
            #expect(origin.connectionCount == 0)
        }

        @Test("A proxy that is not there refuses, and is never passed by")
        func deadProxy() async throws {
            let origin = try Self.origin()
            let closed = try ByteServer.requestToClosedPort()
            var configuration = CurlTransport.Configuration()
            configuration.proxy = .url("http://\(closed.authority ?? "")")
            let error = await CurlTransport(configuration).failure(of: origin.request())
            #expect(error?.kind == .connectFailed)
            #expect(error?.requestMayHaveReachedServer == false)
            #expect(origin.connectionCount == 0)
        }

        @Test("A proxy's name and password reach the proxy only, and no error")
        func proxyCredentials() async throws {
            let heads = Mutex<[ReceivedRequest]>([])
            let proxy = try ByteServer { connection in
                let head = try connection.readHead()
                heads.withLock { $0.append(head) }
            }
            var configuration = CurlTransport.Configuration()
            configuration.proxy = .url("http://user:hidden@127.0.0.1:\(proxy.port)")
            let origin = try Self.origin()
            let error = try #require(await CurlTransport(configuration).failure(of: origin.request()))
            #expect(heads.withLock { $0.first?["proxy-authorization"] } == "Basic dXNlcjpoaWRkZW4=")
            #expect(!"\(error) \(String(reflecting: error))".contains("hidden"))
        }

        @Test("Proxies that the environment names, and hosts that it excepts")
        func environmentProxy() async throws {
            // In a process of its own: the environment belongs to all tests of one.
            await #expect(processExitsWith: .success) {
                let proxy = try Self.proxy()
                let origin = try Self.origin()
                func text(_ transport: CurlTransport) async throws -> String {
                    try await transport.fetch(origin.request(.get, "/a")).text
                }
                for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "NO_PROXY"] {
                    unsetenv(name)
                }
                #expect(try await text(CurlTransport()) == "origin GET /a")
                setenv("http_proxy", "http://127.0.0.1:\(proxy.port)", 1)
                #expect(try await text(CurlTransport()) == "proxy GET http://\(origin.authority)/a")
                var configuration = CurlTransport.Configuration()
                configuration.proxy = .none
                #expect(try await text(CurlTransport(configuration)) == "origin GET /a")
                setenv("no_proxy", "example.test,127.0.0.1", 1)
                #expect(try await text(CurlTransport()) == "origin GET /a")
                setenv("no_proxy", "example.test", 1)
                #expect(try await text(CurlTransport()) == "proxy GET http://\(origin.authority)/a")
                unsetenv("http_proxy")
                setenv("all_proxy", "http://127.0.0.1:\(proxy.port)", 1)
                #expect(try await text(CurlTransport()) == "proxy GET http://\(origin.authority)/a")
            }
        }

        @Test("A limit of connections to one host holds, and those who wait get their turn")
        func connectionLimit() async throws {
            let open = Mutex((now: 0, most: 0))
            let server = try ByteServer { connection in
                while try connection.readRequest() != nil {
                    open.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                    try connection.wait(.milliseconds(20))
                    open.withLock { $0.now -= 1 }
                    try connection.respond(body: "ok")
                }
            }
            var configuration = CurlTransport.Configuration()
            configuration.maxConnectionsPerHost = 3
            let transport = CurlTransport(configuration)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<24 {
                    group.addTask {
                        let text = try await transport.fetch(server.request()).text
                        #expect(text == "ok")
                    }
                }
                try await group.waitForAll()
            }
            #expect(server.connectionCount <= 3)
            #expect(open.withLock { $0.most } <= 3)
        }

        @Test("An exchange that waits for a connection can be cancelled, and its total clock runs")
        func waitingForConnection() async throws {
            let server = try ByteServer { connection in
                while try connection.readRequest() != nil { connection.waitForClose() }
            }
            var configuration = CurlTransport.Configuration()
            configuration.maxConnectionsPerHost = 1
            let transport = CurlTransport(configuration)
            let first = Task { _ = try await transport.fetch(server.request()) }
            await eventually { server.connectionCount == 1 }
            let error = await transport.failure(of: server.request(), timeouts: Timeouts(total: .milliseconds(150)))
            #expect(error?.clock == .total)
            #expect(error?.requestMayHaveReachedServer == false)
            let outcome = try await cancelled(when: { try await Task.sleep(for: .milliseconds(50)) }) {
                _ = try await transport.fetch(server.request())
            }
            #expect(outcome.isCancellation)
            first.cancel()
            #expect(await first.result.isCancellation)
            #expect(server.connectionCount == 1)
        }
    }
}
#endif
