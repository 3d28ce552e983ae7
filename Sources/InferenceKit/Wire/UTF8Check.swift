/// Tells whether bytes are UTF-8.
///
/// The standard library can make a string and check in one go, but took 100 ns for the shortest of keys (Swift 6.3);
/// its repairing initialiser takes 20 ns and is all that is needed once the bytes are known to be sound.
enum UTF8Check {
    /// The offset of the first byte that belongs to no valid character, or `nil` when all do.
    @unsafe
    @inline(__always)
    static func firstInvalid(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        let reader = unsafe ByteReader(bytes)
        var offset = 0
        while offset + 8 <= reader.end, reader.word(at: offset) & ByteWord.filled(0x80) == 0 { offset += 8 }
        while offset < reader.end, reader.byte(at: offset) < 0x80 { offset += 1 }
        return offset == reader.end ? nil : firstInvalid(reader, from: offset)
    }

    @inline(never)
    private static func firstInvalid(_ reader: ByteReader, from start: Int) -> Int? {
        var offset = start
        while offset < reader.end {
            if offset + 8 <= reader.end, reader.word(at: offset) & ByteWord.filled(0x80) == 0 {
                offset += 8
                continue
            }
            let lead = reader.byte(at: offset)
            if lead < 0x80 {
                offset += 1
                continue
            }
            guard let length = length(lead), offset + length <= reader.end else { return offset }
            let second = reader.byte(at: offset + 1)
            // The ranges of the second byte shut out overlong forms, surrogates and what is above U+10FFFF
            // (table 3-7 of the Unicode standard).
            let range: ClosedRange<UInt8> =
                switch lead {
                case 0xE0: 0xA0...0xBF
                case 0xED: 0x80...0x9F
                case 0xF0: 0x90...0xBF
                case 0xF4: 0x80...0x8F
                default: 0x80...0xBF
                }
            guard range.contains(second) else { return offset }
            for next in offset + 2..<max(offset + 2, offset + length) where reader.byte(at: next) & 0xC0 != 0x80 {
                return offset
            }
            offset += length
        }
        return nil
    }

    @inline(__always)
    private static func length(_ lead: UInt8) -> Int? {
        switch lead {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: nil
        }
    }
}
