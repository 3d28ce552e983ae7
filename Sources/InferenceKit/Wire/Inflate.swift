/// Reads a zlib stream, the compression inside of PNG images.
///
/// Source: RFC 1950 for the frame, RFC 1951 for what is in it. Written here because neither the standard library nor
/// FoundationEssentials has it, and masks are the only thing that needs it.
struct Inflate {
    /// The stream is damaged, cut short, or longer than its reader wants; where, and what was expected there.
    struct Malformed: Error, Hashable, CustomStringConvertible {
        /// The byte of the stream at which reading stopped.
        var offset: Int
        /// What would have been right there.
        var expected: String

        var description: String { "The compressed data is malformed at byte \(offset): expected \(expected)." }
    }

    private let input: [UInt8]
    private let limit: Int
    private var position = 2
    /// Bits that were taken from `input` and not used yet, the next one lowest.
    private var pending: UInt64 = 0
    private var pendingCount = 0
    private var output: [UInt8] = []

    /// The bytes of a zlib stream, checked against its checksum.
    ///
    /// - Parameters:
    ///   - stream: The stream; bytes behind its end are ignored.
    ///   - limit: The most bytes that may come out, so that a small stream cannot fill the memory.
    /// - Returns: The bytes.
    /// - Throws: ``Malformed``.
    static func zlib(_ stream: [UInt8], limit: Int) throws(Malformed) -> [UInt8] {
        guard stream.count >= 2, stream[0] & 0x0F == 8, (Int(stream[0]) << 8 | Int(stream[1])) % 31 == 0 else {
            throw Malformed(offset: 0, expected: "the header of a zlib stream")
        }
        guard stream[1] & 0x20 == 0 else { throw Malformed(offset: 1, expected: "no dictionary") }
        var inflate = Inflate(input: stream, limit: limit)
        var isLast = false
        while !isLast { isLast = try inflate.block() }
        inflate.alignToByte()
        var checksum: UInt32 = 0
        for _ in 0..<4 { checksum = checksum << 8 | UInt32(try inflate.bits(8)) }
        guard checksum == adler32(inflate.output) else { throw inflate.malformed("the checksum of what was read") }
        return inflate.output
    }

    private init(input: [UInt8], limit: Int) {
        self.input = input
        self.limit = limit
    }

    /// The checksum of RFC 1950.
    static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var low: UInt32 = 1
        var high: UInt32 = 0
        var rest = bytes[...]
        while !rest.isEmpty {
            // 5552 is the most bytes that the two sums take without overflow.
            for byte in rest.prefix(5552) {
                low &+= UInt32(byte)
                high &+= low
            }
            low %= 65521
            high %= 65521
            rest = rest.dropFirst(5552)
        }
        return high << 16 | low
    }

    private func malformed(_ expected: String) -> Malformed {
        Malformed(offset: min(position, input.count), expected: expected)
    }
}

// MARK: - Bits

extension Inflate {
    /// Fills `pending` as far as there is input.
    private mutating func refill() {
        while pendingCount <= 56, position < input.count {
            pending |= UInt64(input[position]) << UInt64(pendingCount)
            position += 1
            pendingCount += 8
        }
    }

    /// The next bits, at most 16, as a number.
    private mutating func bits(_ count: Int) throws(Malformed) -> Int {
        if pendingCount < count { refill() }
        guard pendingCount >= count else { throw malformed("more data") }
        let value = Int(pending & (1 << UInt64(count) - 1))
        pending >>= UInt64(count)
        pendingCount -= count
        return value
    }

    private mutating func alignToByte() {
        pending >>= UInt64(pendingCount & 7)
        pendingCount -= pendingCount & 7
    }

    private mutating func symbol(_ code: Code) throws(Malformed) -> Int {
        if pendingCount < 15 { refill() }
        let entry = code.table[Int(pending & code.mask)]
        let length = Int(entry & 15)
        guard length > 0 else { throw malformed("a code of the block's own") }
        guard length <= pendingCount else { throw malformed("more data") }
        pending >>= UInt64(length)
        pendingCount -= length
        return Int(entry >> 4)
    }

    /// A canonical Huffman code as one table: any bits that begin with a code lead to its symbol and its length.
    private struct Code {
        /// The symbol above four bits of length; zero where no code begins.
        var table: [UInt16]
        var mask: UInt64

        /// Makes a code of its symbols' lengths, 0 to 15; `nil` when more codes are wanted than there are.
        init?(lengths: some Collection<Int>) {
            let longest = max(lengths.max() ?? 0, 1)
            var counts = [Int](repeating: 0, count: 16)
            for length in lengths where length > 0 { counts[length] += 1 }
            var next = [Int](repeating: 0, count: 16)
            var code = 0
            for length in 1...longest {
                code = (code + (length > 1 ? counts[length - 1] : 0)) << 1
                next[length] = code
                guard code + counts[length] <= 1 << length else { return nil }
            }
            table = [UInt16](repeating: 0, count: 1 << longest)
            mask = UInt64(table.count - 1)
            for (symbol, length) in lengths.enumerated() where length > 0 {
                // Codes are sent highest bit first, everything else lowest bit first.
                var reversed = 0
                for bit in 0..<length where next[length] >> bit & 1 == 1 { reversed |= 1 << (length - 1 - bit) }
                next[length] += 1
                for index in stride(from: reversed, to: table.count, by: 1 << length) {
                    table[index] = UInt16(symbol << 4 | length)
                }
            }
        }
    }
}

// MARK: - Blocks

extension Inflate {
    /// Reads a block and says whether it was the last.
    private mutating func block() throws(Malformed) -> Bool {
        let isLast = try bits(1) == 1
        switch try bits(2) {
        case 0: try storedBlock()
        case 1:
            guard let symbols = Self.fixedSymbols, let distances = Self.fixedDistances else { break }
            try codedBlock(symbols, distances)
        case 2: try dynamicBlock()
        default: throw malformed("a block of a known kind")
        }
        return isLast
    }

    private static let fixedSymbols = Code(
        lengths: [Int](repeating: 8, count: 144) + [Int](repeating: 9, count: 112) + [Int](repeating: 7, count: 24)
            + [Int](repeating: 8, count: 8)
    )
    private static let fixedDistances = Code(lengths: [Int](repeating: 5, count: 30))

    private mutating func storedBlock() throws(Malformed) {
        alignToByte()
        let length = try bits(16)
        guard try bits(16) == length ^ 0xFFFF else { throw malformed("a length and its complement") }
        // Whole bytes may have been taken ahead; they are given back.
        position -= pendingCount / 8
        pending = 0
        pendingCount = 0
        guard length <= input.count - position else { throw malformed("more data") }
        guard length <= limit - output.count else { throw malformed("at most \(limit) bytes") }
        output += input[position..<(position + length)]
        position += length
    }

    private mutating func dynamicBlock() throws(Malformed) {
        let symbolCount = try bits(5) + 257
        let distanceCount = try bits(5) + 1
        let lengthCount = try bits(4) + 4
        var codeLengths = [Int](repeating: 0, count: 19)
        for index in Self.lengthOrder.prefix(lengthCount) { codeLengths[index] = try bits(3) }
        guard let code = Code(lengths: codeLengths) else { throw malformed("a code of possible lengths") }
        var lengths: [Int] = []
        while lengths.count < symbolCount + distanceCount {
            switch try symbol(code) {
            case 16:
                guard let last = lengths.last else { throw malformed("a length to repeat") }
                lengths += [Int](repeating: last, count: try bits(2) + 3)
            case 17: lengths += [Int](repeating: 0, count: try bits(3) + 3)
            case 18: lengths += [Int](repeating: 0, count: try bits(7) + 11)
            case let length: lengths.append(length)
            }
        }
        guard lengths.count == symbolCount + distanceCount,
            let symbols = Code(lengths: lengths[..<symbolCount]),
            let distances = Code(lengths: lengths[symbolCount...])
        else { throw malformed("codes of possible lengths") }
        try codedBlock(symbols, distances)
    }

    private static let lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    private mutating func codedBlock(_ symbols: Code, _ distances: Code) throws(Malformed) {
        while true {
            let next = try symbol(symbols)
            if next == 256 { return }
            guard output.count < limit else { throw malformed("at most \(limit) bytes") }
            if next < 256 {
                output.append(UInt8(next))
                continue
            }
            guard next - 257 < Self.lengths.count else { throw malformed("a length") }
            let length = Self.lengths[next - 257]
            let count = length.base + (try bits(length.extra))
            let code = try symbol(distances)
            guard code < Self.distances.count else { throw malformed("a distance") }
            let distance = Self.distances[code].base + (try bits(Self.distances[code].extra))
            guard distance <= output.count else { throw malformed("a distance that is not before the start") }
            guard count <= limit - output.count else { throw malformed("at most \(limit) bytes") }
            // What is copied may reach into what is being written, so it goes byte by byte.
            var source = output.count - distance
            for _ in 0..<count {
                output.append(output[source])
                source += 1
            }
        }
    }

    /// What the symbols from 257 on stand for: a length, and how many more bits of it follow.
    private static let lengths: [(base: Int, extra: Int)] = {
        var list = (0..<8).map { (base: 3 + $0, extra: 0) }
        for extra in 1...5 { for step in 0..<4 { list.append((3 + (4 + step) << extra, extra)) } }
        return list + [(258, 0)]
    }()

    /// What the symbols of distances stand for, likewise.
    private static let distances: [(base: Int, extra: Int)] = {
        var list = (0..<4).map { (base: 1 + $0, extra: 0) }
        for extra in 1...13 { for step in 0..<2 { list.append((1 + (2 + step) << extra, extra)) } }
        return list
    }()
}
