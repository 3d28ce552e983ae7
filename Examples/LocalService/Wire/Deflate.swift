/// A zlib stream written with fixed Huffman codes and runs of a few distances (RFC 1950, RFC 1951).
///
/// Drawn pictures are long runs of the same pixel or row: looking back one byte, one pixel and one row is all the
/// matching there is, and still makes them a hundred times smaller than stored blocks.
enum Deflate {
    static func zlib(_ bytes: [UInt8], rowLength: Int) -> [UInt8] {
        var writer = BitWriter(bytes: [0x78, 0x01])
        writer.write(0b011, count: 3)  // the last block, fixed codes
        let distances = [rowLength, 3, 1].filter { (1...32_768).contains($0) }
        var position = 0
        while position < bytes.count {
            let limit = min(258, bytes.count - position)
            var bestLength = 0
            var bestDistance = 0
            for distance in distances where distance <= position && bestLength < limit {
                var length = 0
                while length < limit, bytes[position + length] == bytes[position + length - distance] { length += 1 }
                if length > bestLength {
                    bestLength = length
                    bestDistance = distance
                }
            }
            if bestLength >= 4 {
                writer.writeMatch(length: bestLength, distance: bestDistance)
                position += bestLength
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

    /// A Huffman code as it is written: the most significant bit first.
    private static func reversed(_ code: Int, count: Int) -> Int {
        (0..<count).reduce(0) { $0 | (code >> $1 & 1) << (count - 1 - $1) }
    }

    /// The fixed code of each literal and length symbol, reversed; looked up, because pictures have millions of them.
    private static let fixedCode: [(bits: Int, count: Int)] = (0..<288).map { symbol in
        switch symbol {
        case ..<144: (reversed(0x30 + symbol, count: 8), 8)
        case ..<256: (reversed(0x190 + symbol - 144, count: 9), 9)
        case ..<280: (reversed(symbol - 256, count: 7), 7)
        default: (reversed(0xC0 + symbol - 280, count: 8), 8)
        }
    }

    /// Appends a literal or length symbol in the fixed code.
    mutating func writeSymbol(_ symbol: Int) {
        let code = Self.fixedCode[symbol]
        write(code.bits, count: code.count)
    }

    mutating func writeMatch(length: Int, distance: Int) {
        if let index = Deflate.lengths.lastIndex(where: { $0.base <= length }) {
            writeSymbol(257 + index)
            write(length - Deflate.lengths[index].base, count: Deflate.lengths[index].extra)
        }
        if let index = Deflate.distances.lastIndex(where: { $0.base <= distance }) {
            write(Self.reversed(index, count: 5), count: 5)
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
