import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A program that runs beside the tests; it is killed when the last reference is dropped.
public final class ChildProcess: Sendable {
    /// The program could not be started, or did not end well.
    public struct Failure: Error, CustomStringConvertible {
        /// What was to run, and what it said.
        public var description: String
    }

    private struct State {
        var hasEnded = false
        var input: Int32?
    }

    private let identifier: pid_t
    private let output: String
    private let folder: TemporaryFolder
    /// Guards the writing end of the program's input, and whether it was waited for.
    private let state: Mutex<State>

    /// Where a program of this name lies, or `nil`.
    public static func find(_ name: String) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/sbin", "/sbin"]
        return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - name: Its name, looked for on the path and in the usual places of servers.
    ///   - arguments: Its arguments.
    /// - Throws: ``Failure`` when it is not installed or does not start.
    public init(_ name: String, _ arguments: [String]) throws {
        guard let path = Self.find(name) else { throw Failure(description: "\(name) is not installed.") }
        folder = try TemporaryFolder()
        output = folder.file("output")
        var pair: [Int32] = [0, 0]
        guard pipe(&pair) == 0 else { throw SystemError("pipe") }
        for end in pair { setCloseOnExec(end) }

        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        #else
        var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pair[0], 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var identifier = pid_t()
        let code = posix_spawn(&identifier, path, &actions, nil, words, environ)
        close(pair[0])
        guard code == 0 else {
            close(pair[1])
            throw Failure(description: "\(name): \(String(cString: strerror(code)))")
        }
        self.identifier = identifier
        state = Mutex(State(input: pair[1]))
    }

    deinit { kill() }

    /// What it has written to its output and error so far.
    public var text: String { (try? folder.read("output")).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// Writes to its input.
    public func send(_ text: String) {
        let bytes = Array(text.utf8)
        state.withLock { state in
            if let input = state.input { _ = bytes.withUnsafeBytes { write(input, $0.baseAddress, $0.count) } }
        }
    }

    /// Kills it at once (SIGKILL) and waits for its end; harmless when it has ended.
    public func kill() {
        state.withLock { state in
            // The input is closed last: its end would let some programs say farewell first.
            defer { if let input = state.input.take() { close(input) } }
            guard !state.hasEnded else { return }
            state.hasEnded = true
            _ = sendSignal(identifier, SIGKILL)
            waitpid(identifier, nil, 0)
        }
    }

    /// Waits for its end; blocks, so it is for programs that end by themselves at once.
    ///
    /// - Throws: ``Failure`` when its exit code is not 0.
    public func waitForSuccess() throws {
        var status: Int32 = 0
        state.withLock { state in
            if let input = state.input { close(input) }
            state.input = nil
            state.hasEnded = true
            waitpid(identifier, &status, 0)
        }
        guard status == 0 else { throw Failure(description: "exit status \(status): \(text)") }
    }
}

// Inside the class the name of its own method would hide the system's.
private func sendSignal(_ identifier: pid_t, _ signal: Int32) -> Int32 { kill(identifier, signal) }

/// The tools that tests need beside Swift; they come from the distribution's packages.
public enum TestTools {
    /// Whether the tests run where a missing tool is a failure.
    public static var isContinuousIntegration: Bool {
        getenv("CI").map { String(cString: $0) } == "true"
    }

    /// Whether tests that need `tools` are to run: always in CI, where they then fail for want of a tool.
    public static func areWanted(_ tools: [String]) -> Bool {
        isContinuousIntegration || tools.allSatisfy { ChildProcess.find($0) != nil }
    }
}
