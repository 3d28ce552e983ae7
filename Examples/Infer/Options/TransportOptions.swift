import ArgumentParser
import InferenceKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What carries the bytes.
struct TransportOptions: ParsableArguments {
    @Option(help: ArgumentHelp("curl, urlsession or asynchttpclient, as far as they are built in.", valueName: "name"))
    var transport: String?

    @Option(help: ArgumentHelp("A file of PEM certificates to trust in place of the system's.", valueName: "path"))
    var caFile: String?

    @Option(help: ArgumentHelp("A proxy for every host. (default: http_proxy and its kin)", valueName: "url"))
    var proxy: String?

    @Option(help: ArgumentHelp("The version of HTTP: 1.1, 2 (where TLS negotiates it) or auto.", valueName: "version"))
    var http: String?

    /// The transport, or `nil` for the library's default.
    func makeTransport() throws -> (any HTTPTransport)? {
        switch transport ?? Self.standard {
        case "curl": return try curl()
        case "urlsession": return try urlSession()
        case "asynchttpclient":
            throw UsageError("--transport", Self.notBuiltIn("asynchttpclient", trait: "AsyncHTTPClient"))
        default: throw UsageError("--transport", "expected curl, urlsession or asynchttpclient")
        }
    }

    private static func notBuiltIn(_ name: String, trait: String) -> String {
        "\(name) is not built in; build it with: swift run --traits \(trait) infer"
    }
}

#if canImport(Darwin)
extension TransportOptions {
    private static let standard = "urlsession"

    private func curl() throws -> (any HTTPTransport)? {
        throw UsageError("--transport", "curl is for Linux; this platform has urlsession")
    }
}
#else
extension TransportOptions {
    private static let standard = "curl"

    /// libcurl, with what was asked for; `nil` when that is nothing, so that the default's connections are shared.
    private func curl() throws -> (any HTTPTransport)? {
        var configuration = CurlTransport.Configuration()
        switch http {
        case nil, "auto", "2": configuration.httpVersion = .automatic
        case "1.1": configuration.httpVersion = .http1
        default: throw UsageError("--http", "expected 1.1, 2 or auto")
        }
        if let caFile {
            guard access(caFile, R_OK) == 0 else {
                throw UsageError("--ca-file", "the file cannot be read (\(systemWords(errno)))")
            }
            configuration.caFile = caFile
        }
        if let proxy {
            let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]
            configuration.proxy = .url(try TargetOptions.base(proxy, of: "--proxy", schemes: schemes))
        }
        return configuration == CurlTransport.Configuration() ? nil : CurlTransport(configuration)
    }
}
#endif

extension TransportOptions {
    private func urlSession() throws -> (any HTTPTransport)? {
        for (flag, value) in [("--ca-file", caFile), ("--proxy", proxy), ("--http", http)] where value != nil {
            throw UsageError(flag, "is curl's own; urlsession goes by the system's settings")
        }
        #if URLSession || canImport(Darwin)
        return URLSessionTransport()
        #else
        throw UsageError("--transport", Self.notBuiltIn("urlsession", trait: "URLSession"))
        #endif
    }
}
