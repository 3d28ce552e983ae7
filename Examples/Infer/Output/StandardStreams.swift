import InferenceKit
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Standard output, which is data and nothing else.
enum StandardOutput {
    /// Writes one JSON document and ends the line.
    static func write(_ json: JSONValue) throws {
        try write(json.jsonBytes() + [UInt8(ascii: "\n")])
    }

    /// Writes bytes.
    static func write(_ bytes: [UInt8]) throws {
        guard writeAll(bytes, to: STDOUT_FILENO) else { throw OutputFailure("Standard output", code: errno) }
    }
}

/// Standard error, which is for people: warnings, progress, metadata and failures.
enum StandardError {
    /// What must not be shown whoever says it: a server may repeat the token that it was sent.
    private static let secrets = Mutex<[String]>([])

    /// Whether somebody watches.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Removes a secret from all that is written from now on.
    static func hide(_ secret: String) {
        guard secret.utf8.count >= 4 else { return }
        secrets.withLock { $0.append(secret) }
    }

    /// Writes one line of JSON.
    static func write(_ json: JSONValue) { write(json.jsonString() + "\n") }

    /// Writes text as it is; nobody is left to be told when that fails.
    static func write(_ text: String) {
        _ = writeAll(Array(clean(text).utf8), to: STDERR_FILENO)
    }

    private static func clean(_ text: String) -> String {
        secrets.withLock { $0 }.reduce(text) { $0.replacing($1, with: "[token]") }
    }
}

/// A file or standard output that cannot be written.
struct OutputFailure: Error, CustomStringConvertible {
    let description: String

    init(_ what: String, code: Int32) {
        description = "\(what) cannot be written: \(systemWords(code))."
    }
}

/// The system's words for an error number.
func systemWords(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }

private func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 {
            if errno == EINTR { continue }
            return false
        }
        rest.removeFirst(count)
    }
    return true
}
