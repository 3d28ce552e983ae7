#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A certificate and its key, as files.
public struct TestCertificate: Sendable {
    /// The certificate, PEM.
    public var certificate: String
    /// Its private key, PEM.
    public var key: String
}

/// An authority that lives as long as one test, made with the `openssl` program.
public final class TestAuthority: Sendable {
    /// The authority's own certificate, PEM.
    public let certificate: String
    private let folder: TemporaryFolder

    /// Makes an authority.
    public init() throws {
        folder = try TemporaryFolder()
        certificate = folder.file("ca.pem")
        try Self.openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=Throw-away test authority",
            "-keyout",
            folder.file("ca.key"),
            "-out",
            certificate,
            "-addext",
            "keyUsage=critical,keyCertSign,cRLSign"
        )
    }

    /// Issues a certificate.
    ///
    /// - Parameters:
    ///   - names: What it is for, as in `DNS:localhost` or `IP:127.0.0.1`.
    ///   - isExpired: Whether its time has passed.
    /// - Returns: Where certificate and key lie, as long as the authority lives.
    /// - Throws: ``ChildProcess/Failure`` with the words of `openssl`.
    public func issue(
        _ names: [String] = ["DNS:localhost", "IP:127.0.0.1", "IP:::1"],
        isExpired: Bool = false
    ) throws
        -> TestCertificate
    {
        let name = "leaf\(isExpired ? "-expired" : "")\(names.count)"
        let leaf = TestCertificate(certificate: folder.file("\(name).pem"), key: folder.file("\(name).key"))
        let extensions = try folder.write(
            Array("subjectAltName=\(names.joined(separator: ","))\nbasicConstraints=CA:FALSE\n".utf8),
            to: "\(name).ext"
        )
        try Self.openssl(
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/CN=test",
            "-keyout",
            leaf.key,
            "-out",
            folder.file("\(name).csr")
        )
        if isExpired {
            // Only `ca` can date a certificate back; it wants a little database.
            try folder.write([], to: "index")
            let configuration = try folder.write(
                Array(
                    """
                    [ca]
                    default_ca = test
                    [test]
                    database = \(folder.file("index"))
                    new_certs_dir = \(folder.path)
                    rand_serial = yes
                    default_md = sha256
                    policy = any
                    [any]
                    commonName = supplied

                    """.utf8
                ),
                to: "ca.cnf"
            )
            try Self.openssl(
                "ca",
                "-batch",
                "-notext",
                "-config",
                configuration,
                "-cert",
                certificate,
                "-keyfile",
                folder.file("ca.key"),
                "-in",
                folder.file("\(name).csr"),
                "-out",
                leaf.certificate,
                "-startdate",
                "20200101000000Z",
                "-enddate",
                "20200201000000Z",
                "-extfile",
                extensions
            )
        } else {
            try Self.openssl(
                "x509",
                "-req",
                "-in",
                folder.file("\(name).csr"),
                "-CA",
                certificate,
                "-CAkey",
                folder.file("ca.key"),
                "-CAcreateserial",
                "-days",
                "2",
                "-extfile",
                extensions,
                "-out",
                leaf.certificate
            )
        }
        return leaf
    }

    private static func openssl(_ arguments: String...) throws {
        try ChildProcess("openssl", arguments).waitForSuccess()
    }
}

/// A real server that ends TLS and HTTP/2, and hands every request to a ``ByteServer`` behind it.
public final class TLSFront: Sendable {
    /// Which server.
    public enum Program: String, CaseIterable, Sendable {
        /// Debian's `nginx-light`.
        case nginx
        /// Debian's `nghttp2-proxy`.
        case nghttpx
    }

    /// Its port on 127.0.0.1.
    public let port: UInt16
    private let process: ChildProcess
    private let folder: TemporaryFolder

    /// Starts a server and waits until it answers.
    ///
    /// - Parameters:
    ///   - program: Which server.
    ///   - certificate: What it shows.
    ///   - backend: Where it sends requests. With nginx, those for `/early` it answers itself, with 401, their body
    ///     unread.
    /// - Throws: ``ChildProcess/Failure`` with the server's words.
    public init(_ program: Program, certificate: TestCertificate, backend: ByteServer) async throws {
        folder = try TemporaryFolder()
        port = try freePort()
        switch program {
        case .nginx:
            let folder = folder.path
            let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map { "\($0)_temp_path \(folder)/\($0);" }.joined(separator: " ")
            let configuration = """
                daemon off; master_process off; pid \(folder)/pid; error_log stderr warn;
                events { worker_connections 1024; }
                http {
                    access_log off; \(paths)
                    server {
                        listen 127.0.0.1:\(port) ssl http2;
                        ssl_certificate \(certificate.certificate); ssl_certificate_key \(certificate.key);
                        client_max_body_size 0;
                        location /early { return 401 "no token"; }
                        location / {
                            proxy_pass http://127.0.0.1:\(backend.port);
                            proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
                            proxy_buffering off; proxy_request_buffering off;
                        }
                    }
                }

                """
            let path = try self.folder.write(Array(configuration.utf8), to: "nginx.conf")
            process = try ChildProcess("nginx", ["-e", "stderr", "-p", folder, "-c", path])
        case .nghttpx:
            process = try ChildProcess(
                "nghttpx",
                [
                    "--conf=/dev/null", "-f127.0.0.1,\(port)", "-b127.0.0.1,\(backend.port)", "--workers=1",
                    "--no-ocsp", "--accesslog-file=/dev/null", "--errorlog-file=/dev/stderr", certificate.key,
                    certificate.certificate,
                ]
            )
        }
        let address = SocketAddress.ipv4(port: port)
        guard await eventually(within: .seconds(10), { canConnect(to: address) }) else {
            throw ChildProcess.Failure(description: "\(program) does not answer: \(process.text)")
        }
    }

    /// Host and port; the certificates are for this name.
    public var authority: String { "localhost:\(port)" }
}

/// `openssl s_server`: TLS whose bytes a test writes itself, and that can die without a farewell.
public final class RawTLSServer: Sendable {
    /// Its port on 127.0.0.1.
    public let port: UInt16
    private let process: ChildProcess

    /// Starts it and waits until it listens.
    public init(certificate: TestCertificate) async throws {
        let port = try freePort()
        self.port = port
        let process = try ChildProcess(
            "openssl",
            [
                "s_server", "-accept", "127.0.0.1:\(port)", "-cert", certificate.certificate,
                "-key", certificate.key, "-naccept", "1",
            ]
        )
        self.process = process
        guard await eventually(within: .seconds(10), { process.text.contains("ACCEPT") }) else {
            throw ChildProcess.Failure(description: "s_server: \(process.text)")
        }
    }

    /// Waits until it has received this text.
    public func waitFor(_ text: String) async -> Bool {
        await eventually { self.process.text.contains(text) }
    }

    /// Sends text to the client.
    public func send(_ text: String) { process.send(text) }

    /// Dies: the connection ends with a FIN and without TLS's closing alert.
    public func die() { process.kill() }
}

/// A port that was free a moment ago.
func freePort() throws -> UInt16 {
    let descriptor = socket(AF_INET, streamSocket, 0)
    guard descriptor >= 0 else { throw SystemError("socket") }
    defer { close(descriptor) }
    guard SocketAddress.ipv4().withAddress({ bind(descriptor, $0, $1) }) == 0 else { throw SystemError("bind") }
    return localPort(of: descriptor)
}

func canConnect(to address: SocketAddress) -> Bool {
    let descriptor = socket(address.family, streamSocket, 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return address.withAddress { connect(descriptor, $0, $1) } == 0
}

extension ByteConnection {
    /// Passes bytes on in both directions between this connection and a new one to `address`, until either side closes.
    ///
    /// - Parameters:
    ///   - address: The other end.
    ///   - limit: The most bytes to pass on to this connection's peer before both are closed; `nil` for all.
    /// - Throws: ``Ended`` when the server stops, ``SystemError`` when the other end does not answer.
    public func relay(to address: SocketAddress, cuttingAfter limit: Int? = nil) throws {
        let other = socket(address.family, streamSocket, 0)
        guard other >= 0 else { throw SystemError("socket") }
        setCloseOnExec(other)
        guard address.withAddress({ connect(other, $0, $1) }) == 0 else {
            _ = closeSocket(other)
            throw SystemError("connect")
        }
        try relay(with: other, cuttingAfter: limit)
    }
}

private func closeSocket(_ descriptor: Int32) -> Int32 { close(descriptor) }
