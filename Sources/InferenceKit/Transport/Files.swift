#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#endif

/// A file that is read.
struct InputFile: ~Copyable {
    private let descriptor: Int32
    /// The size in bytes when the file was opened.
    let size: Int

    /// Opens the regular file at `path`; throws the reason in words.
    init(path: String) throws(FileProblem) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileProblem(errno) }
        var info = stat()
        guard unsafe fstat(descriptor, &info) == 0 else {
            let problem = FileProblem(errno)
            close(descriptor)
            throw problem
        }
        guard info.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileProblem(words: "not a regular file")
        }
        self.descriptor = descriptor
        size = Int(info.st_size)
    }

    deinit { close(descriptor) }

    /// The first bytes, `count` at most.
    func prefix(_ count: Int) throws(FileProblem) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let read = unsafe bytes.withUnsafeMutableBytes { buffer in
                // The buffer holds `count` bytes, of which `filled` are taken.
                unsafe pread(descriptor, buffer.baseAddress.map { unsafe $0 + filled }, count - filled, off_t(filled))
            }
            if read < 0 {
                if errno == EINTR { continue }
                throw FileProblem(errno)
            }
            if read == 0 { break }
            filled += read
        }
        bytes.removeLast(count - filled)
        return bytes
    }
}

/// A file that is written beside its final name and moved there when it is complete.
struct OutputFile: ~Copyable {
    private let descriptor: Int32
    private let path: String
    private let partial: String
    private var isFinished = false

    /// Creates the file beside `path`.
    init(path: String) throws(InferenceError) {
        self.path = path
        partial = path + ".part"
        descriptor = unsafe open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw InferenceError.invalidInput("output", expected: "a file that can be written (\(FileProblem(errno)))")
        }
    }

    deinit {
        close(descriptor)
        if !isFinished { unsafe unlink(partial) }
    }

    /// Appends bytes.
    func write(_ bytes: [UInt8]) throws(InferenceError) {
        var done = 0
        while done < bytes.count {
            let written = unsafe bytes.withUnsafeBytes { buffer in
                // The buffer holds all of `bytes`, of which `done` are written.
                unsafe Self.systemWrite(descriptor, buffer.baseAddress.map { unsafe $0 + done }, bytes.count - done)
            }
            if written < 0 {
                if errno == EINTR { continue }
                throw InferenceError(.invalidInput, "output: the file cannot be written: \(FileProblem(errno)).")
            }
            done += written
        }
    }

    /// Gives the file its name.
    mutating func finish() throws(InferenceError) {
        guard unsafe rename(partial, path) == 0 else {
            throw InferenceError(.invalidInput, "output: the file cannot be renamed: \(FileProblem(errno)).")
        }
        isFinished = true
    }

    private static func systemWrite(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Darwin)
        unsafe Darwin.write(descriptor, start, count)
        #elseif canImport(Glibc)
        unsafe Glibc.write(descriptor, start, count)
        #elseif canImport(Musl)
        unsafe Musl.write(descriptor, start, count)
        #else
        unsafe Android.write(descriptor, start, count)
        #endif
    }
}

/// Why a file cannot be used, in the system's words.
struct FileProblem: Error, CustomStringConvertible {
    let description: String

    init(_ code: Int32) {
        description = unsafe String(cString: strerror(code)).lowercased()
    }

    init(words: String) { description = words }
}
