/// Reads JSON arrays of numbers from bytes straight into their final storage.
///
/// Numbers are rounded as `strtof` rounds them, bit for bit. `null`, `NaN` and the infinities of Python become `nan`, so
/// that the result is the one that ``FloatTensor/init(json:)`` makes of the parsed value.
struct FloatScanner {
    private let powersOfFive = PowersOfFive.shared
    private var scalars: [Float] = []
    /// For each level, how long its arrays are, in the order in which they end.
    private var lengths: [[Int]] = Array(repeating: [], count: FloatTensor.maximumRank)

    private init() {}

    /// Reads an array of numbers, or of such arrays, at the reader's position, which is moved behind it.
    ///
    /// - Throws: ``JSONError`` when the bytes are no JSON or anything but arrays of numbers, all at one depth of at most
    ///   four; the reader is then somewhere in between.
    static func scan(_ reader: inout ByteReader) throws(JSONError) -> FloatTensor {
        var scanner = FloatScanner()
        try scanner.read(&reader)
        return scanner.tensor()
    }

    private mutating func read(_ reader: inout ByteReader) throws(JSONError) {
        // How many elements the open array of each depth has so far.
        var counts = [Int](repeating: 0, count: FloatTensor.maximumRank + 1)
        var depth = 0
        var deepest = 0
        var numberDepth: Int?
        while true {
            Self.skipSpace(&reader)
            if reader.current == UInt8(ascii: "[") {
                depth += 1
                guard depth <= (numberDepth ?? FloatTensor.maximumRank) else { throw Self.unevenDepth(reader) }
                reader.position += 1
                counts[depth] = 0
                deepest = max(deepest, depth)
                Self.skipSpace(&reader)
                guard reader.current == UInt8(ascii: "]") else { continue }
            } else {
                guard depth > 0, depth == numberDepth ?? deepest else { throw Self.unevenDepth(reader) }
                numberDepth = depth
                counts[depth] += try readNumbers(&reader)
            }
            while reader.current == UInt8(ascii: "]") {
                reader.position += 1
                lengths[depth - 1].append(counts[depth])
                depth -= 1
                guard depth > 0 else { return }
                counts[depth] += 1
                Self.skipSpace(&reader)
            }
            guard reader.current == UInt8(ascii: ",") else {
                throw JSONError(offset: reader.position, expected: "',' or ']'")
            }
            reader.position += 1
        }
    }

    /// Reads numbers up to the end of their array and returns how many they are.
    @inline(__always)
    private mutating func readNumbers(_ reader: inout ByteReader) throws(JSONError) -> Int {
        let start = scalars.count
        while true {
            let byte = reader.current
            if byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "-") && !isWord(reader) {
                let numberStart = reader.position
                let number = try DecimalNumber(&reader)
                if let value = number.rounded(to: Float.self, powersOfFive) {
                    scalars.append(value)
                } else {
                    scalars.append(Self.exactValue(reader, from: numberStart))
                }
            } else {
                try readWord(&reader)
            }
            Self.skipSpace(&reader)
            guard reader.current == UInt8(ascii: ",") else { return scalars.count - start }
            reader.position += 1
            Self.skipSpace(&reader)
        }
    }

    /// Whether what begins with a minus sign is the word for negative infinity.
    @inline(__always)
    private func isWord(_ reader: ByteReader) -> Bool {
        reader.position + 1 < reader.end && reader.byte(at: reader.position + 1) == UInt8(ascii: "I")
    }

    /// The value of the number between `start` and the position, by the standard library, which looks at all digits.
    @inline(never)
    private static func exactValue(_ reader: ByteReader, from start: Int) -> Float {
        let literal = unsafe String(decoding: reader.view(from: start, to: reader.position), as: UTF8.self)
        return Float(literal) ?? .nan
    }

    @inline(never)
    private mutating func readWord(_ reader: inout ByteReader) throws(JSONError) {
        for word in ["null", "NaN", "Infinity", "-Infinity"] as [StaticString] where reader.starts(with: word) {
            reader.position += word.utf8CodeUnitCount
            scalars.append(.nan)
            return
        }
        throw JSONError(offset: reader.position, expected: "a number")
    }

    @inline(__always)
    private static func skipSpace(_ reader: inout ByteReader) {
        while reader.position < reader.end {
            switch reader.byte(at: reader.position) {
            case 0x20, 0x0A, 0x0D, 0x09: reader.position += 1
            default: return
            }
        }
    }

    private static func unevenDepth(_ reader: ByteReader) -> JSONError {
        JSONError(offset: reader.position, expected: "numbers, all at one depth of arrays, at most four")
    }

    private consuming func tensor() -> FloatTensor {
        let rank = lengths.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? 1
        return FloatTensor(scalars: scalars, lengths: Array(lengths[..<rank]))
    }
}

/// The floats of a document's rows in Base64, written where they stay, one row behind the other.
@safe
struct FloatRows {
    private let room: UnsafeMutableBufferPointer<Float>
    /// The number of floats.
    private(set) var count = 0

    /// Rows in `room`, which is that for a whole document.
    @unsafe
    init(_ room: UnsafeMutableBufferPointer<Float>) {
        unsafe self.room = room
    }

    /// The floats that a document of so many bytes may have, and what decoding writes behind them.
    static func room(for bytes: Int) -> Int { (Base64.room(for: bytes) + 3) / 4 }

    /// Reads the string at the reader's position as a row, and passes it; `nil`, and nothing happens, when it is none.
    mutating func appendString(_ reader: inout ByteReader) -> Range<Int>? {
        let free = unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(room)[(count * 4)...])
        guard let (end, bytes) = unsafe Base64.decodeString(in: reader, from: reader.position + 1, into: free),
            bytes % 4 == 0
        else { return nil }
        let row = count..<count + bytes / 4
        // The bytes are where they belong already, on every platform Swift runs on but the odd big-endian one.
        if 1.littleEndian != 1 {
            for index in row { unsafe room[index] = Float(bitPattern: room[index].bitPattern.byteSwapped) }
        }
        count = row.upperBound
        reader.position = end + 1
        return row
    }
}

/// A document whose arrays of numbers have been read apart from it.
struct JSONWithTensors: Sendable {
    /// An array that was read apart: from numbers, or a row of ``rows``.
    enum Tensor: Sendable {
        case array(FloatTensor)
        case row(Range<Int>)
    }

    /// The document; each array that was read apart is replaced by its index in ``tensors``.
    let value: JSONValue
    /// The arrays, in the order of the document.
    private let tensors: [Tensor]
    /// The floats of all that came in Base64.
    private let rows: [Float]

    /// Reads a document in which the members named `keys` hold embeddings: arrays of numbers, or Base64 of
    /// little-endian floats as OpenAI's `encoding_format` has it.
    ///
    /// Such members never pass through ``JSONValue``, which would make a number of twenty bytes out of every four. A
    /// member of that name that holds something else is left in the document.
    ///
    /// - Throws: ``JSONError`` when the bytes are no JSON document.
    init(jsonBytes: [UInt8], members keys: [String]) throws(JSONError) {
        var result = Result<(value: JSONValue, tensors: [Tensor]), JSONError>.success((.null, []))
        rows = unsafe jsonBytes.withUnsafeBufferPointer { bytes in
            unsafe [Float](unsafeUninitializedCapacity: FloatRows.room(for: bytes.count)) { room, count in
                var document = unsafe JSONParser(ByteReader(bytes))
                document.tensorKeys = keys
                document.rows = unsafe FloatRows(room)
                do throws(JSONError) {
                    result = .success((try document.wholeDocument(), document.tensors))
                } catch {
                    result = .failure(error)
                }
                count = document.rows?.count ?? 0
            }
        }
        (value, tensors) = try result.get()
    }

    /// Whether there is an array with an index.
    func has(_ index: Int) -> Bool { tensors.indices.contains(index) }

    /// The array with an index; `nil` when there is none.
    subscript(index: Int) -> FloatTensor? {
        guard has(index) else { return nil }
        return switch tensors[index] {
        case .array(let tensor): tensor
        case .row(let row): FloatTensor(Array(rows[row]))
        }
    }

    /// The arrays with `indices` as the rows of one, without a copy if they are all that came in Base64, in order.
    func rows(_ indices: [Int]) -> FloatTensor {
        var lengths: [Int] = []
        lengths.reserveCapacity(indices.count)
        var end = 0
        for index in indices {
            guard has(index), case .row(let row) = tensors[index], row.lowerBound == end else { break }
            lengths.append(row.count)
            end = row.upperBound
        }
        if lengths.count == indices.count, end == rows.count {
            return FloatTensor(scalars: rows, lengths: [[lengths.count], lengths])
        }
        return FloatTensor(rows: indices.compactMap { self[$0]?.scalars })
    }
}
