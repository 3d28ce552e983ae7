#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The server of `Server/server.c`, built beside this program, in a process of its own.
///
/// It ends when its standard input does, so it never outlives this process, however that ends.
final class OwnServer {
    let url: String

    #if os(Linux)
    private let process: pid_t
    private let input: Int32

    init() throws {
        var toServer: [Int32] = [-1, -1]
        var fromServer: [Int32] = [-1, -1]
        guard pipe(&toServer) == 0, pipe(&fromServer) == 0 else {
            throw Failure(description: "The server cannot be started: \(String(cString: strerror(errno))).")
        }
        // A server that held the other end of its own input would never see it end.
        for descriptor in toServer + fromServer { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toServer[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromServer[1], 1)

        let path = Self.folder + "/bench-server"
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
        defer { free(arguments[0]) }
        var process: pid_t = 0
        let problem = posix_spawn(&process, path, &actions, nil, &arguments, environ)
        close(toServer[0])
        close(fromServer[1])
        guard problem == 0 else {
            close(toServer[1])
            close(fromServer[0])
            throw Failure(description: "\(path) cannot be started: \(String(cString: strerror(problem))).")
        }
        self.process = process
        input = toServer[1]

        var line = [UInt8](repeating: 0, count: 16)
        let count = read(fromServer[0], &line, line.count)
        close(fromServer[0])
        guard let port = Int(String(decoding: line.prefix(max(count - 1, 0)), as: UTF8.self)) else {
            close(toServer[1])
            waitpid(process, nil, 0)
            throw Failure(description: "The server told no port.")
        }
        url = "http://127.0.0.1:\(port)"
    }

    /// Ends the server and waits for its end.
    func stop() {
        close(input)
        waitpid(process, nil, 0)
    }

    /// Where this program is, and the server beside it.
    private static var folder: String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count)
        let name = String(decoding: path.prefix(max(count, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return String(name[..<(name.lastIndex(of: "/") ?? name.startIndex)])
    }
    #else
    init() throws {
        throw Failure(description: "The own server needs Linux; give one by --url.")
    }

    /// Does nothing.
    func stop() {}
    #endif
}
