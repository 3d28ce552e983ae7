import InferenceKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the program ends with; scripts go by it.
enum ExitStatus: Int32 {
    case success = 0
    /// Standard output or a file could not be written.
    case outputFailed = 1
    /// Usage or bad input; nothing was sent.
    case usage = 2
    /// The service refused.
    case refused = 3
    /// No token, a wrong one, or one that may not do this.
    case unauthorized = 4
    /// Too many calls, or no credits left.
    case limited = 5
    /// The model is loading, the server has no room or failed, after all attempts.
    case unavailable = 6
    /// Network, TLS, a timeout, an answer cut short.
    case network = 7
    /// An answer that cannot be understood.
    case notUnderstood = 8
    /// Interrupted by control-C.
    case interrupted = 130

    /// By the cause, which the library has found from status and body; the status decides what it does not name.
    init(_ error: InferenceError) {
        switch error.code {
        case .invalidInput: self = .usage
        case .authenticationFailed, .permissionDenied, .gated: self = .unauthorized
        case .rateLimited, .quotaExhausted: self = .limited
        case .modelLoading, .overloaded, .serverFailure, .endpointScaledToZero, .endpointStarting, .endpointFailed:
            self = .unavailable
        case .timedOut, .connectionFailed, .connectionLost, .cutShort: self = .network
        case .undecodable: self = .notUnderstood
        case .notFound, .removed, .unsupportedTask, .rejected, .tooLarge, .endpointPaused, .refusedRedirect:
            self = .refused
        default: self = Self(status: error.status)
        }
    }

    /// Ends the program.
    func end() -> Never { exit(rawValue) }

    private init(status: Int?) {
        switch status {
        case 401, 403: self = .unauthorized
        case 402, 429: self = .limited
        case 424: self = .unavailable
        case .some(400..<500): self = .refused
        case .some: self = .unavailable
        case nil: self = .network
        }
    }
}

/// A command line that cannot be run; `argument` is the flag or the field at fault.
struct UsageError: Error, CustomStringConvertible {
    var argument: String
    var problem: String

    init(_ argument: String, _ problem: String) {
        self.argument = argument
        self.problem = problem
    }

    var description: String { "\(argument): \(problem)." }
}
