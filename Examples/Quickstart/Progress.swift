import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A bar on a terminal, plain lines elsewhere.
final class Progress: Sendable {
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    /// The whole time as it was first guessed, in seconds.
    private let whole = Mutex<Double?>(nil)

    /// Shows that `elapsed` is over and about `rest` is still to come.
    func show(_ elapsed: Duration, rest: Duration) {
        let (passed, left) = (inSeconds(elapsed), inSeconds(rest))
        let whole = whole.withLock { whole in
            let known = whole ?? passed + left
            whole = known
            return known
        }
        let filled = Int((24 * min(passed / max(whole, 0.1), 1)).rounded())
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 24 - filled)
        let line = "  loading [\(bar)] about \(seconds(rest)) left"
        // One write, so that lines from several threads do not mix; flushed, since a bar has no line end.
        print(isTerminal ? "\r\(line)\u{1B}[K" : line, terminator: isTerminal ? "" : "\n")
        fflush(nil)
    }

    /// Ends the bar's line.
    func finish() {
        if isTerminal { print("\r  loaded\u{1B}[K") }
    }
}

/// `1.2 s`, or a dash.
func seconds(_ duration: Duration?) -> String {
    guard let duration else { return "-" }
    return "\((inSeconds(duration) * 10).rounded() / 10) s"
}

/// `97 %`, or a dash.
func percent(_ share: Double?) -> String {
    share.map { "\(Int(($0 * 100).rounded())) %" } ?? "-"
}

/// Prints a piece of a text at once, without waiting for the line's end.
func show(_ piece: String) {
    print(piece, terminator: "")
    fflush(nil)
}

private func inSeconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}
