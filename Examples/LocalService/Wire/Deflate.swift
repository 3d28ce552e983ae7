/// A zlib stream written with fixed Huffman codes and runs of a few distances (RFC 1950, RFC 1951).
///
/// Drawn pictures are long runs of the same pixel or row: looking back one byte, one pixel and one row is all the
/// matching there is, and still makes them a hundred times smaller than stored blocks.
enum Deflate {
    static func zlib(_ bytes: [UInt8], rowLength: Int) -> [UInt8] {
        var writer = BitWriter(bytes: [0x78, 0x01])
        writer.write(0b011, count: 3)  // the last block, fixed codes
        let distances = [1, 3, rowLength].filter { (1...32_768).contains($0) }
        var position = 0
        while position < bytes.count {
            var best = (length: 0, distance: 0)
            for distance in distances where distance <= position {
                var length = 0
                let limit = min(258, bytes.count - position)
                while length < limit, bytes[position + length] == bytes[position + length - distance] { length += 1 }
                if length > best.length { best = (length, distance) }
            }
            if best.length >= 4 {
                writer.writeMatch(length: best.length, distance: best.distance)
                position += best.length
            } else {
                writer.writeSymbol(Int(bytes[position]))
                position += 1
            }
        }
        writer.writeSymbol(256)
        writer.align()
        return writer.bytes + Checksums.adler32(bytes).bigEndianBytes
    }

    /// Base and extra bits of the length codes 257…285.
    static let lengths = table(first: 3, groups: 7, step: 4) + [(base: 258, extra: 0)]
    /// Base and extra bits of the distance codes 0…29.
    static let distances = table(first: 1, groups: 15, step: 2)

    private static func table(first: Int, groups: Int, step: Int) -> [(base: Int, extra: Int)] {
        var entries: [(base: Int, extra: Int)] = []
        var base = first
        for group in 0..<groups {
            let extra = max(0, group - 1)
            for _ in 0..<step {
                entries.append((base, extra))
                base += 1 << extra
            }
        }
        return entries
    }
}

private struct BitWriter {
    var bytes: [UInt8]
    private var pending: UInt64 = 0
    private var pendingCount = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Appends the low bits of `value`, the least significant first.
    mutating func write(_ value: Int, count: Int) {
        pending |= UInt64(value) << UInt64(pendingCount)
        pendingCount += count
        while pendingCount >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: pending))
            pending >>= 8
            pendingCount -= 8
        }
    }

    /// Appends a Huffman code, the most significant bit first.
    private mutating func writeCode(_ code: Int, count: Int) {
        var reversed = 0
        for bit in 0..<count where code >> bit & 1 == 1 { reversed |= 1 << (count - 1 - bit) }
        write(reversed, count: count)
    }

    /// Appends a literal or length symbol in the fixed code.
    mutating func writeSymbol(_ symbol: Int) {
        switch symbol {
        case ..<144: writeCode(0x30 + symbol, count: 8)
        case ..<256: writeCode(0x190 + symbol - 144, count: 9)
        case ..<280: writeCode(symbol - 256, count: 7)
        default: writeCode(0xC0 + symbol - 280, count: 8)
        }
    }

    mutating func writeMatch(length: Int, distance: Int) {
        if let index = Deflate.lengths.lastIndex(where: { $0.base <= length }) {
            writeSymbol(257 + index)
            write(length - Deflate.lengths[index].base, count: Deflate.lengths[index].extra)
        }
        if let index = Deflate.distances.lastIndex(where: { $0.base <= distance }) {
            writeCode(index, count: 5)
            write(distance - Deflate.distances[index].base, count: Deflate.distances[index].extra)
        }
    }

    mutating func align() {
        if pendingCount > 0 { write(0, count: 8 - pendingCount) }
    }
}

extension FixedWidthInteger {
    var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian, Array.init) }
    var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian, Array.init) }
}
