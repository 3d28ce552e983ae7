/// Base64 as RFC 4648 has it: bytes as text, four characters for three bytes.
enum Base64 {
    /// Why text is not Base64; shows no character of it.
    struct Malformed: Error, Hashable, CustomStringConvertible {
        /// The byte of the text at which decoding stopped.
        var offset: Int
        /// What would have been right there.
        var expected: String

        var description: String { "The Base64 is malformed at byte \(offset): expected \(expected)." }
    }

    // MARK: - Encoding

    /// The number of characters that `count` bytes make, padding included.
    static func encodedLength(of count: Int) -> Int { (count + 2) / 3 * 4 }

    /// `bytes` in the standard alphabet, padded, in one line.
    static func encode(_ bytes: [UInt8]) -> String {
        let length = encodedLength(of: bytes.count)
        return unsafe bytes.withUnsafeBytes { source in
            unsafe String(unsafeUninitializedCapacity: length) { text in
                unsafe encode(source, into: UnsafeMutableRawBufferPointer(text))
                return length
            }
        }
    }

    /// Appends `bytes`, encoded, to `text`; a body is built this way without a string in between.
    static func encode(_ bytes: [UInt8], into text: inout [UInt8]) {
        let start = text.count
        text.append(contentsOf: repeatElement(0, count: encodedLength(of: bytes.count)))
        unsafe bytes.withUnsafeBytes { source in
            unsafe text.withUnsafeMutableBytes { target in
                unsafe encode(source, into: UnsafeMutableRawBufferPointer(rebasing: target[start...]))
            }
        }
    }

    /// Two characters for every twelve bits, the first in the lower byte.
    private static let pairs: [UInt16] = {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        return (0..<4096).map { UInt16(alphabet[$0 >> 6]) | UInt16(alphabet[$0 & 63]) << 8 }
    }()

    /// Fills `text`, which has room for ``encodedLength(of:)``.
    @unsafe
    private static func encode(_ bytes: UnsafeRawBufferPointer, into text: UnsafeMutableRawBufferPointer) {
        unsafe pairs.withUnsafeBufferPointer { pairs in
            var source = 0
            var target = 0
            // Six bytes in, eight characters out; two bytes more are read than used.
            while source + 8 <= bytes.count {
                let word = unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: source, as: UInt64.self))
                let first = unsafe UInt64(pairs[Int(word >> 52)]) | UInt64(pairs[Int(word >> 40 & 0xFFF)]) << 16
                let second =
                    unsafe UInt64(pairs[Int(word >> 28 & 0xFFF)]) | UInt64(pairs[Int(word >> 16 & 0xFFF)]) << 16
                unsafe text.storeBytes(of: (first | second << 32).littleEndian, toByteOffset: target, as: UInt64.self)
                source += 6
                target += 8
            }
            while source < bytes.count {
                let count = min(3, bytes.count - source)
                var bits = 0
                for index in 0..<3 { bits = unsafe bits << 8 | (index < count ? Int(bytes[source + index]) : 0) }
                let characters = unsafe UInt32(pairs[bits >> 12]) | UInt32(pairs[bits & 0xFFF]) << 16
                unsafe text.storeBytes(of: characters.littleEndian, toByteOffset: target, as: UInt32.self)
                source += 3
                target += 4
            }
            if bytes.count % 3 != 0 { unsafe text[target - 1] = UInt8(ascii: "=") }
            if bytes.count % 3 == 1 { unsafe text[target - 2] = UInt8(ascii: "=") }
        }
    }

    // MARK: - Decoding

    /// The bytes of `text`.
    ///
    /// Takes the standard and the URL-safe alphabet, padded or not, and skips spaces and line breaks. Bits left over
    /// behind the last byte are ignored.
    ///
    /// - Throws: ``Malformed``.
    static func decode(_ text: String) throws(Malformed) -> [UInt8] {
        try decode(Array(text.utf8))
    }

    /// The bytes of `text`, as ``decode(_:)-(String)`` reads it.
    static func decode(_ text: [UInt8]) throws(Malformed) -> [UInt8] {
        var failure: Malformed?
        let bytes = unsafe text.withUnsafeBufferPointer { text in
            unsafe [UInt8](unsafeUninitializedCapacity: room(for: text.count)) { target, count in
                do throws(Malformed) {
                    count = try unsafe decode(ByteReader(text), into: UnsafeMutableRawBufferPointer(target))
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Decodes what stands in a JSON document from `start` up to the next quote.
    ///
    /// - Returns: Where the quote is and the number of bytes; `nil` when there is no Base64 without escapes and line breaks.
    @unsafe
    static func decodeString(
        in document: ByteReader,
        from start: Int,
        into target: UnsafeMutableRawBufferPointer
    ) -> (end: Int, count: Int)? {
        // Groups have no quote in them: only behind the last whole ones is one looked for.
        var (offset, written) = (start, 0)
        unsafe values.withUnsafeBufferPointer { values in
            unsafe decodeGroups(document, &offset, into: target, &written, values)
        }
        let end = document.plainRun(from: offset).end
        guard end > start, end < document.end, document.byte(at: end) == UInt8(ascii: "\"") else { return nil }
        let rest = unsafe ByteReader(document.view(from: offset, to: end))
        guard let more = try? unsafe decode(rest, into: UnsafeMutableRawBufferPointer(rebasing: target[written...]))
        else { return nil }
        return (end, written + more)
    }

    /// The room that decoding so many characters takes: each group is stored as four bytes, of which the last is written over or
    /// left out, and two groups are stored at once.
    static func room(for count: Int) -> Int { count / 4 * 3 + 8 }

    /// What a byte stands for, at each place in a group of four, so that the four `or`ed have the three bytes in order.
    private static let values: [UInt32] = {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_".utf8)
        var values = [UInt32](repeating: invalid, count: 4 * 256)
        for (index, byte) in alphabet.enumerated() {
            let value = UInt32(index < 64 ? index : index - 2)
            values[Int(byte)] = value << 2
            values[256 + Int(byte)] = value >> 4 | (value & 0xF) << 12
            values[512 + Int(byte)] = (value >> 2) << 8 | (value & 3) << 22
            values[768 + Int(byte)] = value << 16
        }
        return values
    }()

    /// Marks a byte outside the alphabet in `values`, above the three bytes of data.
    private static var invalid: UInt32 { 1 << 24 }

    /// Decodes into `target`, which has the room, and returns the number of bytes.
    @unsafe
    private static func decode(_ text: ByteReader, into target: UnsafeMutableRawBufferPointer) throws(Malformed) -> Int
    {
        try unsafe values.withUnsafeBufferPointer { values throws(Malformed) in
            let end = text.end
            var offset = 0
            var written = 0
            while true {
                unsafe decodeGroups(text, &offset, into: target, &written, values)
                // A group with spaces in it, or the last.
                var bits: UInt32 = 0
                var count = 0
                while offset < end, count < 4 {
                    let byte = text.byte(at: offset)
                    let value = unsafe values[count * 256 + Int(byte)]
                    if value != invalid {
                        bits |= value
                        count += 1
                    } else if byte == UInt8(ascii: "=") {
                        try checkPadding(text, from: offset, after: count)
                        offset = end
                        break
                    } else if !isSpace(byte) {
                        throw Malformed(offset: offset, expected: "a character of the alphabet")
                    }
                    offset += 1
                }
                guard count != 1 else { throw Malformed(offset: end, expected: "another character") }
                for index in 0..<max(count - 1, 0) {
                    unsafe target[written] = UInt8(truncatingIfNeeded: bits >> UInt32(8 * index))
                    written += 1
                }
                if offset >= end { return written }
            }
        }
    }

    /// Decodes the whole groups at `offset`, two at a time, up to the first that is none.
    @unsafe
    @inline(__always)
    private static func decodeGroups(
        _ text: ByteReader,
        _ offset: inout Int,
        into target: UnsafeMutableRawBufferPointer,
        _ written: inout Int,
        _ values: UnsafeBufferPointer<UInt32>
    ) {
        while offset + 8 <= text.end {
            let word = text.word(at: offset)
            let first = unsafe group(UInt32(truncatingIfNeeded: word), values)
            let second = unsafe group(UInt32(truncatingIfNeeded: word >> 32), values)
            guard (first | second) < invalid else { return }
            let bytes = UInt64(first) | UInt64(second) << 24
            unsafe target.storeBytes(of: bytes.littleEndian, toByteOffset: written, as: UInt64.self)
            // Both stay below the lengths of buffers.
            offset &+= 8
            written &+= 6
        }
    }

    /// The three bytes of four characters, the first of each lowest; `invalid` or more when one is outside the alphabet.
    @unsafe
    @inline(__always)
    private static func group(_ characters: UInt32, _ values: UnsafeBufferPointer<UInt32>) -> UInt32 {
        unsafe values[Int(characters & 0xFF)] | values[256 + Int(characters >> 8 & 0xFF)]
            | values[512 + Int(characters >> 16 & 0xFF)] | values[768 + Int(characters >> 24)]
    }

    /// Checks that what begins at `offset` is the right number of padding characters, and nothing else.
    private static func checkPadding(_ text: ByteReader, from offset: Int, after count: Int) throws(Malformed) {
        guard count >= 2 else { throw Malformed(offset: offset, expected: "a character of the alphabet") }
        var padding = 0
        for place in offset..<text.end {
            let byte = text.byte(at: place)
            if byte == UInt8(ascii: "="), padding < 4 - count {
                padding += 1
            } else if !isSpace(byte) {
                throw Malformed(offset: place, expected: "the end")
            }
        }
        guard padding == 4 - count else { throw Malformed(offset: text.end, expected: "'='") }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
