/// Reads a zlib stream (RFC 1950, RFC 1951).
struct Inflate {
    /// The stream is damaged, or longer than its reader wants.
    struct Failure: Error {}

    private let input: [UInt8]
    private var position: Int
    private var pending: UInt32 = 0
    private var pendingCount = 0
    private var output: [UInt8] = []
    private let limit: Int

    /// The bytes of `stream`, at most `limit` of them.
    static func zlib(_ stream: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
        guard stream.count >= 2, stream[0] & 0x0F == 8, stream[1] & 0x20 == 0 else { throw Failure() }
        var inflate = Inflate(input: stream, limit: limit)
        while try !inflate.block() {}
        return inflate.output
    }

    private init(input: [UInt8], limit: Int) {
        self.input = input
        self.limit = limit
        position = 2
    }

    private mutating func bits(_ count: Int) throws(Failure) -> Int {
        while pendingCount < count {
            guard position < input.count else { throw Failure() }
            pending |= UInt32(input[position]) << UInt32(pendingCount)
            position += 1
            pendingCount += 8
        }
        let value = pending & ((1 << UInt32(count)) - 1)
        pending >>= UInt32(count)
        pendingCount -= count
        return Int(value)
    }

    /// Reads a block and says whether it was the last.
    private mutating func block() throws(Failure) -> Bool {
        let isLast = try bits(1) == 1
        switch try bits(2) {
        case 0: try storedBlock()
        case 1:
            let lengths = [Int](repeating: 8, count: 144) + [Int](repeating: 9, count: 112)
            let fixed = lengths + [Int](repeating: 7, count: 24) + [Int](repeating: 8, count: 8)
            try codedBlock(Code(lengths: fixed), Code(lengths: [Int](repeating: 5, count: 30)))
        case 2:
            let (symbols, distances) = try dynamicCodes()
            try codedBlock(symbols, distances)
        default: throw Failure()
        }
        return isLast
    }

    private mutating func storedBlock() throws(Failure) {
        pending = 0
        pendingCount = 0
        guard position + 4 <= input.count else { throw Failure() }
        let length = Int(input[position]) | Int(input[position + 1]) << 8
        position += 4
        guard position + length <= input.count, output.count + length <= limit else { throw Failure() }
        output += input[position..<position + length]
        position += length
    }

    private mutating func dynamicCodes() throws(Failure) -> (symbols: Code, distances: Code) {
        let symbolCount = try bits(5) + 257
        let distanceCount = try bits(5) + 1
        let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
        let lengthCount = try bits(4) + 4
        var codeLengths = [Int](repeating: 0, count: 19)
        for index in order.prefix(lengthCount) { codeLengths[index] = try bits(3) }
        let code = Code(lengths: codeLengths)
        var lengths: [Int] = []
        while lengths.count < symbolCount + distanceCount {
            switch try symbol(code) {
            case let length where length < 16: lengths.append(length)
            case 16:
                guard let last = lengths.last else { throw Failure() }
                lengths += [Int](repeating: last, count: try bits(2) + 3)
            case 17: lengths += [Int](repeating: 0, count: try bits(3) + 3)
            default: lengths += [Int](repeating: 0, count: try bits(7) + 11)
            }
        }
        guard lengths.count == symbolCount + distanceCount else { throw Failure() }
        return (Code(lengths: Array(lengths[..<symbolCount])), Code(lengths: Array(lengths[symbolCount...])))
    }

    private mutating func codedBlock(_ symbols: Code, _ distances: Code) throws(Failure) {
        while true {
            let next = try symbol(symbols)
            if next == 256 { return }
            guard output.count < limit else { throw Failure() }
            if next < 256 {
                output.append(UInt8(next))
                continue
            }
            guard next - 257 < Deflate.lengths.count else { throw Failure() }
            let length = Deflate.lengths[next - 257]
            let count = length.base + (try bits(length.extra))
            let code = try symbol(distances)
            guard code < Deflate.distances.count else { throw Failure() }
            let distance = Deflate.distances[code].base + (try bits(Deflate.distances[code].extra))
            guard distance <= output.count, output.count + count <= limit else { throw Failure() }
            for _ in 0..<count { output.append(output[output.count - distance]) }
        }
    }

    private mutating func symbol(_ code: Code) throws(Failure) -> Int {
        var value = 0
        var first = 0
        var index = 0
        for length in 1...15 {
            value |= try bits(1)
            let count = code.counts[length]
            if value - first < count { return code.symbols[index + value - first] }
            index += count
            first = (first + count) << 1
            value <<= 1
        }
        throw Failure()
    }

    /// A canonical Huffman code: how many codes there are of each length, and their symbols in order.
    private struct Code {
        var counts = [Int](repeating: 0, count: 16)
        var symbols: [Int] = []

        init(lengths: [Int]) {
            for length in lengths where length > 0 { counts[length] += 1 }
            for length in 1...15 {
                symbols += lengths.indices.filter { lengths[$0] == length }
            }
        }
    }
}
