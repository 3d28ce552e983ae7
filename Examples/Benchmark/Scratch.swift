#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Files that are moved.
enum Scratch {
    /// A path of this process's own in the folder for temporary files.
    static func path(_ name: String) -> String {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        return "\(folder)/inference-bench-\(getpid())-\(name)"
    }

    /// The size in bytes, or 0 when there is no such file.
    static func size(of path: String) -> Int {
        var info = stat()
        return stat(path, &info) == 0 ? Int(info.st_size) : 0
    }

    static func remove(_ path: String) { unlink(path) }

    /// Writes `size` bytes.
    static func fill(_ path: String, size: Int) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(description: "\(path): \(String(cString: strerror(errno))).") }
        defer { close(descriptor) }
        let piece = [UInt8](repeating: 0x55, count: 1 << 20)
        var left = size
        while left > 0 {
            let written = write(descriptor, piece, min(left, piece.count))
            guard written > 0 else { throw Failure(description: "\(path): \(String(cString: strerror(errno))).") }
            left -= written
        }
    }
}
