import ArgumentParser
import HTTPTypes
import InferenceKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// How a call is made.
struct CallFlags: ParsableArguments {
    @Option(help: ArgumentHelp("The variable that holds the token. (default: HF_TOKEN)", valueName: "name"))
    var tokenEnv: String?

    @Option(help: ArgumentHelp("The most attempts; 1 switches retries off. (default: 3)", valueName: "n"))
    var attempts: Int?

    @Option(help: ArgumentHelp("Seconds for the whole call, retries included. (default: 600)", valueName: "s"))
    var timeout: Double?

    @Option(help: ArgumentHelp("Seconds to connect. (default: 10)", valueName: "s"))
    var connectTimeout: Double?

    @Option(help: ArgumentHelp("Seconds from the request to the answer's first byte. (default: none)", valueName: "s"))
    var firstByteTimeout: Double?

    @Option(help: ArgumentHelp("Seconds without a byte in either direction. (default: 60)", valueName: "s"))
    var idleTimeout: Double?

    @Flag(help: "Wait for a model that loads, up to the timeout.")
    var wait = false

    @Flag(help: "Do not take an answer from the service's cache.")
    var noCache = false

    @Option(help: ArgumentHelp("The organisation that pays.", valueName: "org"))
    var billTo: String?

    @Option(help: ArgumentHelp("A further header, 'Name: value'; may be repeated.", valueName: "header"))
    var header: [String] = []

    @OptionGroup
    var transport: TransportOptions

    /// Puts the flags into a configuration; whatever is wrong with them is found here, before anything is sent.
    func apply(to configuration: inout InferenceClient.Configuration) throws {
        configuration.token = try tokenSource()
        if let attempts {
            guard attempts >= 1 else { throw UsageError("--attempts", "expected an integer ≥ 1") }
            configuration.retry.maxAttempts = attempts
        }
        let timeouts = configuration.timeouts
        configuration.timeouts.total = try Self.duration(timeout, of: "--timeout") ?? timeouts.total
        configuration.timeouts.connect = try Self.duration(connectTimeout, of: "--connect-timeout") ?? timeouts.connect
        configuration.timeouts.firstByte =
            try Self.duration(firstByteTimeout, of: "--first-byte-timeout") ?? timeouts.firstByte
        configuration.timeouts.idle = try Self.duration(idleTimeout, of: "--idle-timeout") ?? timeouts.idle
        configuration.waitsForModel = wait
        configuration.usesCache = !noCache
        configuration.billTo = billTo
        for line in header {
            let field = try Self.field(line)
            configuration.fields[field.name] = field.value
        }
        if let transport = try transport.makeTransport() { configuration.transport = transport }
    }

    /// The token of the named variable; without the flag, whatever Hugging Face's own tools would use.
    ///
    /// The difference matters for `--url`: a token that was named goes to that host, one that merely lies in the
    /// environment goes to Hugging Face's hosts and to loopback only.
    private func tokenSource() throws -> TokenSource {
        // Whoever sends it back must not put it on the screen.
        for name in ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] { Self.variable(name).map { StandardError.hide($0) } }
        guard let tokenEnv else { return .environment }
        // The name is not repeated: people have put the token itself there.
        guard let token = Self.variable(tokenEnv) else {
            throw UsageError("--token-env", "there is no such variable, or it is empty")
        }
        StandardError.hide(token)
        return .fixed(token)
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        let start = text.firstIndex { !$0.isWhitespace }
        let end = text.lastIndex { !$0.isWhitespace }
        guard let start, let end else { return nil }
        return String(text[start...end])
    }

    private static func duration(_ seconds: Double?, of flag: String) throws -> Duration? {
        guard let seconds else { return nil }
        // A year: more is a mistake, and far more would overflow.
        guard seconds > 0, seconds <= 31_536_000 else { throw UsageError(flag, "expected seconds above zero") }
        return .seconds(seconds)
    }

    /// A header field; its value is never repeated, since it may be a secret.
    private static func field(_ line: String) throws -> HTTPField {
        guard let colon = line.firstIndex(of: ":"), let name = HTTPField.Name(String(line[..<colon])) else {
            throw UsageError("--header", "expected 'Name: value'")
        }
        guard !reserved.contains(name.canonicalName) else {
            throw UsageError("--header", "\(name.canonicalName) is the transport's own")
        }
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let value = String(line[line.index(after: colon)...].drop(while: isBlank))
        let isPrintable = value.unicodeScalars.allSatisfy { ($0.value >= 0x20 && $0.value != 0x7F) || $0 == "\t" }
        guard !value.isEmpty, isPrintable, HTTPField.isValidValue(value) else {
            throw UsageError(
                "--header",
                "\(name.canonicalName) has no value, or one with line ends or control characters"
            )
        }
        return HTTPField(name: name, value: value)
    }

    private static let reserved: Set = ["host", "content-length", "transfer-encoding", "connection", "upgrade"]
}

extension CallFlags {
    /// Says of a refusal for want of a token that there was one, which was kept from a foreign host.
    func explained(_ error: any Error, at target: Target?) -> any Error {
        guard var failure = error as? InferenceError, failure.code == .authenticationFailed, tokenEnv == nil,
            target?.provider.takesAmbientToken == false, Self.variable("HF_TOKEN") != nil
        else { return error }
        failure.message +=
            " HF_TOKEN was not sent, since the host is not Hugging Face's; --token-env HF_TOKEN sends it."
        return failure
    }
}
