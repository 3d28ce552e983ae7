import InferenceKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The media that `--file` names.
enum InputFiles {
    /// Files by their paths; `-` is standard input, which is read to its end.
    static func media(_ paths: [String]) throws -> [Media] {
        guard paths.count(where: { $0 == "-" }) <= 1 else {
            throw UsageError("--file", "standard input can be read only once")
        }
        return try paths.map { path in
            if path == "-" { return .bytes(try standardInput()) }
            guard !path.isEmpty, !path.utf8.contains(0) else { throw UsageError("--file", "expected a path") }
            // Asked here, so that the message has the path, which the library keeps to itself.
            guard access(path, R_OK) == 0 else {
                throw UsageError("--file", "\"\(path)\" cannot be read (\(systemWords(errno)))")
            }
            return .file(path)
        }
    }

    private static func standardInput() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let chunk = try chunk(of: STDIN_FILENO, count: 1 << 16)
            if chunk.isEmpty { return bytes }
            bytes += chunk
        }
    }

    private static func chunk(of descriptor: Int32, count: Int) throws -> [UInt8] {
        while true {
            var result = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
                result = read(descriptor, buffer.baseAddress, buffer.count)
                initialized = max(result, 0)
            }
            if result >= 0 { return bytes }
            guard errno == EINTR else {
                throw UsageError("--file", "standard input cannot be read (\(systemWords(errno)))")
            }
        }
    }
}
