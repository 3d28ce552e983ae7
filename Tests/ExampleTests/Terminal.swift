#if os(Linux)
import Foundation
import Synchronization

/// A terminal for a program to write on; what it writes is read at once, so that the program never has to wait.
final class Terminal: Sendable {
    /// The end that the program gets.
    let programEnd: FileHandle

    private let reader: Int32
    /// Guards what was read, and the reading itself, which a thread of its own does too.
    private let bytes = Mutex<[UInt8]>([])

    /// The system has no terminal to give.
    struct Failure: Error {}

    init() throws {
        // What `posix_openpt` and its kin do, which the C library's module does not show: `TIOCSPTLCK`, `TIOCGPTN`.
        reader = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var isLocked: Int32 = 0
        var number: Int32 = 0
        guard reader >= 0, ioctl(reader, 0x4004_5431, &isLocked) == 0, ioctl(reader, 0x8004_5430, &number) == 0 else {
            throw Failure()
        }
        let writer = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard writer >= 0 else { throw Failure() }
        programEnd = FileHandle(fileDescriptor: writer, closeOnDealloc: true)
        // Ends with the terminal.
        let thread = Thread { [weak self] in
            while let terminal = self {
                terminal.read()
                usleep(20_000)
            }
        }
        thread.start()
    }

    deinit { close(reader) }

    /// What was written until now.
    var text: String {
        read()
        return bytes.withLock { String(decoding: $0, as: UTF8.self) }
    }

    private func read() {
        bytes.withLock { bytes in
            var buffer = [UInt8](repeating: 0, count: 4_096)
            while true {
                var state = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
                guard poll(&state, 1, 0) == 1, state.revents & Int16(POLLIN) != 0 else { return }
                let count = Foundation.read(reader, &buffer, buffer.count)
                guard count > 0 else { return }
                bytes += buffer[..<count]
            }
        }
    }
}
#endif
