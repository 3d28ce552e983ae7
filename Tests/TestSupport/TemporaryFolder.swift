#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A folder of its own for one test, deleted with everything in it when it is dropped.
public final class TemporaryFolder: Sendable {
    /// The folder's path, without a slash at its end.
    public let path: String

    /// Makes the folder, in the system's place for temporary files.
    public init() throws {
        let root = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(root)/inferencekit-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { removeTree(path) }

    /// The path of a file in the folder, which need not exist.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file into the folder and returns its path.
    @discardableResult
    public func write(_ bytes: [UInt8], to name: String) throws -> String {
        let path = file(name)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("open") }
        defer { close(descriptor) }
        var start = 0
        while start < bytes.count {
            let count = bytes[start...].withUnsafeBytes { writeSome(descriptor, $0) }
            guard count > 0 else { throw SystemError("write") }
            start += count
        }
        return path
    }

    /// Opens a file of the folder for writing, calls `body` with a function that appends to it, and closes it.
    public func writing(
        to name: String,
        _ body: (_ append: ([UInt8]) throws -> Void) async throws -> Void
    ) async throws {
        let descriptor = open(file(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("open") }
        defer { close(descriptor) }
        try await body { bytes in
            var start = 0
            while start < bytes.count {
                let count = bytes[start...].withUnsafeBytes { writeSome(descriptor, $0) }
                guard count > 0 else { throw SystemError("write") }
                start += count
            }
        }
    }

    /// The size of a file of the folder in bytes.
    public func size(of name: String) -> Int {
        var status = stat()
        return stat(file(name), &status) == 0 ? Int(status.st_size) : 0
    }

    /// Makes a file of `size` zero bytes that takes no room on disk, and returns its path.
    public func sparseFile(_ name: String, size: Int) throws -> String {
        let path = try write([], to: name)
        guard truncate(path, off_t(size)) == 0 else { throw SystemError("truncate") }
        return path
    }

    /// Reads a file of the folder.
    public func read(_ name: String) throws -> [UInt8] {
        let descriptor = open(file(name), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("open") }
        defer { close(descriptor) }
        return try readToEnd(descriptor)
    }
}

private func writeSome(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}

func readToEnd(_ descriptor: Int32) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
        let chunk = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        if chunk.isEmpty { return bytes }
        bytes += chunk
    }
}

private func removeTree(_ path: String) {
    if let folder = opendir(path) {
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            let child = "\(path)/\(name)"
            if entry.pointee.d_type == UInt8(DT_DIR) { removeTree(child) } else { unlink(child) }
        }
        closedir(folder)
    }
    rmdir(path)
}
