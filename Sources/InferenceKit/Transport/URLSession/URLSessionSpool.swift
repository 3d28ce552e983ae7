#if canImport(Darwin) || URLSession

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Foundation

/// Bytes in a file that has no name: first in, first out.
///
/// Made with the first byte; gone with the last reference, or with the process. Written in a ring, so that a reader who
/// stays behind does not make it grow for ever.
final class URLSessionSpool {
    /// Why bytes found no place.
    enum Failure: Error {
        case full
        /// The system's error number.
        case system(CInt)
    }

    private let limit: Int
    private var descriptor: CInt?
    private var readOffset = 0
    private var writeOffset = 0

    /// - Parameter limit: The most bytes to hold at a time.
    init(limit: Int) { self.limit = limit }

    deinit { if let descriptor { _ = close(descriptor) } }

    var count: Int { writeOffset - readOffset }

    /// Adds `bytes` at the end.
    func append(_ bytes: UnsafeRawBufferPointer) throws {
        guard count + bytes.count <= limit else { throw Failure.full }
        let descriptor = try opened()
        var done = 0
        while done < bytes.count {
            let place = writeOffset % limit
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...].prefix(limit - place))
            let written = unsafe pwrite(descriptor, rest.baseAddress, rest.count, off_t(place))
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw Failure.system(errno) }
            done += written
            writeOffset += written
        }
    }

    /// Takes at most `length` bytes from the start; fewer only at the end.
    func read(_ length: Int) throws -> [UInt8] {
        guard let descriptor, count > 0 else { return [] }
        let wanted = min(length, count)
        let bytes = try unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, done in
            while done < wanted {
                let place = readOffset % limit
                let rest = unsafe UnsafeMutableBufferPointer(rebasing: buffer[done..<wanted].prefix(limit - place))
                let taken = unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(place))
                if taken < 0, errno == EINTR { continue }
                guard taken > 0 else { throw Failure.system(errno) }
                done += taken
                readOffset += taken
            }
        }
        if count == 0 {
            _ = ftruncate(descriptor, 0)
            (readOffset, writeOffset) = (0, 0)
        }
        return bytes
    }

    private func opened() throws -> CInt {
        if let descriptor { return descriptor }
        var template = Array((NSTemporaryDirectory() + "/InferenceKit.XXXXXX").utf8CString)
        let opened = unsafe template.withUnsafeMutableBufferPointer { name -> CInt in
            guard let path = name.baseAddress else { return -1 }
            let descriptor = unsafe mkstemp(path)
            guard descriptor >= 0 else { return -1 }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            _ = unsafe unlink(path)
            return descriptor
        }
        guard opened >= 0 else { throw Failure.system(errno) }
        descriptor = opened
        return opened
    }
}

#endif
