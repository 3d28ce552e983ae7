#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#endif

/// Where the token of a call comes from.
public struct TokenSource: Sendable {
    /// Finds the token; `nil` means none.
    let load: @Sendable () async throws -> AccessToken?
    /// Whether the token was merely lying around, so that it goes to Hugging Face's own hosts only.
    let isAmbient: Bool

    /// Asks `load` before each call, for keychains and tokens that change.
    public init(_ load: @escaping @Sendable () async throws -> AccessToken?) {
        self.load = load
        isAmbient = false
    }

    private init(isAmbient: Bool, _ load: @escaping @Sendable () async throws -> AccessToken?) {
        self.load = load
        self.isAmbient = isAmbient
    }

    /// This token; white space around it is dropped.
    public static func fixed(_ token: String) -> Self {
        Self { try AccessToken(token) }
    }

    /// No token at all.
    public static var none: Self { Self { nil } }

    /// The first of: `HF_TOKEN`, `HUGGING_FACE_HUB_TOKEN`, the file at `HF_TOKEN_PATH`, the file `token` in `HF_HOME`
    /// (default `$XDG_CACHE_HOME/huggingface`, else `~/.cache/huggingface`); none when `HF_HUB_DISABLE_IMPLICIT_TOKEN`
    /// is set.
    ///
    /// A token that was found, not given, goes to Hugging Face's hosts and loopback only: a server at another URL must be
    /// given its token. Source: the order of Hugging Face's own tools.
    public static var environment: Self {
        .environment(ProcessEnvironment.current, files: ProcessEnvironment.smallFile)
    }

    /// The same order over any variables and files; tests use it.
    static func environment(
        _ variables: @escaping @Sendable (String) -> String?,
        files: @escaping @Sendable (String) -> String?
    ) -> Self {
        Self(isAmbient: true) {
            if let off = variables("HF_HUB_DISABLE_IMPLICIT_TOKEN")?.uppercased(),
                ["1", "ON", "YES", "TRUE"].contains(off)
            {
                return nil
            }
            for name in ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] {
                if let token = try variables(name).flatMap({ try AccessToken($0) }) { return token }
            }
            let home = variables("HF_HOME") ?? "\(cacheHome(variables))/huggingface"
            let path = variables("HF_TOKEN_PATH") ?? "\(home)/token"
            return try files(path).flatMap { try AccessToken($0) }
        }
    }

    private static func cacheHome(_ variables: (String) -> String?) -> String {
        variables("XDG_CACHE_HOME") ?? "\(variables("HOME") ?? "")/.cache"
    }
}

extension URLReference {
    /// Whether a token that was found in the environment, rather than given, may go there: to Hugging Face's own hosts,
    /// and to this machine.
    var takesAmbientToken: Bool {
        host == "huggingface.co" || host.hasSuffix(".huggingface.co") || host == "hf.co"
            || host.hasSuffix(".endpoints.huggingface.cloud") || isLoopback
    }
}

/// The process's own environment and its small files.
enum ProcessEnvironment {
    /// The value of a variable; an empty one counts as none.
    @Sendable
    static func current(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// The text of a file of a few kilobytes at most, or `nil`.
    @Sendable
    static func smallFile(_ path: String) -> String? {
        (try? InputFile(path: path).prefix(16_384)).map { String(decoding: $0, as: UTF8.self) }
    }
}
