#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the system says about this process; read from `/proc`, so on Linux only.
public enum ProcessFacts {
    /// The resident memory in bytes.
    public static var residentBytes: Int {
        let words = text("/proc/self/statm").split(separator: " ")
        return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * Int(getpagesize())
    }

    /// The most resident memory in bytes since ``resetPeak()``.
    public static var peakResidentBytes: Int {
        let line = text("/proc/self/status").split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let number = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
        return number.flatMap { Int($0) }.map { $0 << 10 } ?? 0
    }

    /// Lets the peak of the resident memory begin anew at what is resident now.
    public static func resetPeak() {
        let descriptor = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var digit = UInt8(ascii: "5")
        _ = write(descriptor, &digit, 1)
    }

    /// Whether a sanitizer watches this process; it takes memory and threads of its own.
    public static var isSanitized: Bool {
        ["__asan_init", "__tsan_init"].contains { (name: String) in dlsym(dlopen(nil, RTLD_NOW), name) != nil }
    }

    /// The number of threads.
    public static var threadCount: Int { entries("/proc/self/task").count }

    /// The names of the threads; a thread without one of its own has the program's.
    public static var threadNames: [String] {
        entries("/proc/self/task").map { entry in
            text("/proc/self/task/\(entry)/comm").split(separator: "\n").first.map(String.init) ?? ""
        }
    }

    /// The open descriptors, each with what it is open on, such as `socket:[123]`.
    public static var descriptors: [Int32: String] {
        var result: [Int32: String] = [:]
        for entry in entries("/proc/self/fd") {
            guard let number = Int32(entry) else { continue }
            var target = [CChar](repeating: 0, count: 512)
            // The descriptor that lists the folder is gone by now and has no target.
            let count = readlink("/proc/self/fd/\(number)", &target, target.count - 1)
            guard count > 0 else { continue }
            result[number] = String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return result
    }

    /// This process's sockets that are connected to a port of the loopback.
    public static func sockets(connectedTo port: UInt16) -> [Int32] {
        descriptors.filter { $0.value.hasPrefix("socket:") && peerPort(of: $0.key) == port }.keys.sorted()
    }

    /// The bytes that a socket has received and nobody has read yet.
    public static func unreadBytes(of descriptor: Int32) -> Int {
        var count: Int32 = 0
        return ioctl(descriptor, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
    }

    /// The bytes that this process has read from a TCP socket so far.
    ///
    /// What the system received less what it still holds; the difference to what a reader was given is what lies in
    /// between.
    public static func bytesRead(from descriptor: Int32) -> Int {
        #if canImport(Glibc) || canImport(Musl)
        // `struct tcp_info` of the kernel, whose field `tcpi_bytes_received` the C library's header may lack.
        var info = [UInt8](repeating: 0, count: 256)
        var length = socklen_t(info.count)
        guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &length) == 0, length >= 136 else {
            return 0
        }
        let received = info.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 128, as: UInt64.self) }
        return Int(received) - unreadBytes(of: descriptor)
        #else
        return 0
        #endif
    }

    /// The bytes that this process has handed to the system to send on a TCP socket so far.
    public static func bytesWritten(to descriptor: Int32) -> Int {
        #if canImport(Glibc) || canImport(Musl)
        var info = [UInt8](repeating: 0, count: 256)
        var length = socklen_t(info.count)
        guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &length) == 0, length >= 136 else {
            return 0
        }
        // `tcpi_bytes_acked`, and what waits to be sent or acknowledged (TIOCOUTQ).
        let acknowledged = info.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 120, as: UInt64.self) }
        var queued: Int32 = 0
        guard ioctl(descriptor, 0x5411, &queued) == 0 else { return Int(acknowledged) }
        return Int(acknowledged) + Int(queued)
        #else
        return 0
        #endif
    }

    private static func text(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        return (try? readToEnd(descriptor)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private static func entries(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
