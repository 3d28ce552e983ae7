#if canImport(Darwin) || URLSession

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Looks at this process's sockets, for a session does not tell whether its connection stands.
enum URLSessionConnections {
    #if os(Linux)

    /// Whether a socket of this process still waits for the answer of a peer at `port`.
    ///
    /// The sockets that wait are listed in `/proc/self/net/tcp` and `tcp6` (state 02, `SYN_SENT`); the inode there tells
    /// whose they are. Two exchanges with the same port are not told apart. TLS is not seen: it counts as connected.
    static func isConnecting(toPort port: Int) -> Bool {
        let inodes = inodesOfConnecting(toPort: port, in: "/proc/self/net/tcp")
            .union(inodesOfConnecting(toPort: port, in: "/proc/self/net/tcp6"))
        guard !inodes.isEmpty else { return false }
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return false }
        for descriptor in 0..<CInt(clamping: min(limit.rlim_cur, 65_536)) {
            var status = stat()
            if unsafe fstat(descriptor, &status) == 0, inodes.contains(UInt64(status.st_ino)) { return true }
        }
        return false
    }

    private static func inodesOfConnecting(toPort port: Int, in path: String) -> Set<UInt64> {
        guard let file = unsafe fopen(path, "re") else { return [] }
        defer { unsafe fclose(file) }
        var inodes: Set<UInt64> = []
        let line = UnsafeMutableBufferPointer<CChar>.allocate(capacity: 512)
        defer { unsafe line.deallocate() }
        while unsafe fgets(line.baseAddress, CInt(line.count), file) != nil {
            guard let start = line.baseAddress else { break }
            // sl, local address, remote address, state, queues, timer, retransmits, uid, timeout, inode
            let fields = unsafe String(cString: start).split(separator: " ")
            guard fields.count > 9, fields[3] == "02", let inode = UInt64(fields[9]),
                let remote = fields[2].split(separator: ":").last, Int(remote, radix: 16) == port
            else { continue }
            inodes.insert(inode)
        }
        return inodes
    }

    #else

    /// Always `false`: the system does not tell.
    static func isConnecting(toPort port: Int) -> Bool { false }

    #endif
}

#endif
