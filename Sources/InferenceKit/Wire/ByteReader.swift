#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#elseif canImport(Darwin)
import Darwin
#endif

/// Bytes that someone else keeps alive, and a position in them.
///
/// Every reader of this room (JSON, numbers, events) walks with one. Debug builds check each access; release builds rely on
/// callers comparing with `end` first, which ``current`` does by itself.
@safe
struct ByteReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    /// Where the next byte is read.
    var position = 0

    /// A reader of `bytes`, which must outlive it.
    @unsafe
    @inline(__always)
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        unsafe self.bytes = bytes
    }

    /// The number of bytes.
    @inline(__always)
    var end: Int { unsafe bytes.count }

    /// The byte at the position, or zero at the end; a zero byte is nowhere part of a grammar read here.
    @inline(__always)
    var current: UInt8 { position < end ? byte(at: position) : 0 }

    /// The byte at `offset`, which is before the end.
    @inline(__always)
    func byte(at offset: Int) -> UInt8 { unsafe bytes[offset] }

    /// The eight bytes from `offset`, the first in the lowest place; all eight are before the end.
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        unsafe UInt64(
            littleEndian: UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        )
    }

    /// The bytes from `start` up to `end`, for as long as the reader's own live.
    @unsafe
    @inline(__always)
    func view(from start: Int, to end: Int) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(rebasing: bytes[start..<end])
    }

    /// The first such byte from `start` on, or the end.
    @inline(__always)
    func index(of byte: UInt8, from start: Int) -> Int {
        guard start < end, let base = unsafe UnsafeRawPointer(bytes.baseAddress),
            let found = unsafe memchr(base + start, Int32(byte), end - start)
        else { return end }
        return unsafe UnsafeRawPointer(found) - base
    }

    /// Whether the bytes from the position on begin with `word`.
    func starts(with word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard end - position >= count else { return false }
        for index in 0..<count where unsafe byte(at: position + index) != word.utf8Start[index] { return false }
        return true
    }
}

extension ByteReader {
    /// Plain characters of a string, up to a quote, a backslash, a control character or the end of the input.
    struct PlainRun {
        var end: Int
        /// All its bytes `or`ed together, eight at a time.
        var bits: UInt64
        var isASCII: Bool { bits & ByteWord.filled(0x80) == 0 }
    }

    /// The plain characters from `start` on.
    @inline(__always)
    func plainRun(from start: Int) -> PlainRun {
        var offset = start
        var bits: UInt64 = 0
        while offset + 8 <= end {
            let word = word(at: offset)
            let specials = ByteWord.stringSpecials(word)
            if specials != 0 {
                // Only what is in front of the special byte counts, that is, the bits below its mark's own byte.
                let before = (specials & (0 &- specials)) >> 7 &- 1
                return PlainRun(end: offset + ByteWord.firstIndex(specials), bits: bits | word & before)
            }
            bits |= word
            offset += 8
        }
        while offset < end {
            let byte = byte(at: offset)
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
            bits |= UInt64(byte)
            offset += 1
        }
        return PlainRun(end: offset, bits: bits)
    }
}

/// Tricks on eight bytes at a time, one in each byte of a word.
enum ByteWord {
    /// `byte` in all eight places.
    @inline(__always)
    static func filled(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    /// The high bit of each byte that is zero; exact up to and including the first such byte.
    @inline(__always)
    static func zeros(_ word: UInt64) -> UInt64 {
        (word &- filled(1)) & ~word & filled(0x80)
    }

    /// The high bit of each byte that ends a run of plain characters in a JSON string: a quote, a backslash, a control
    /// character; exact up to and including the first.
    @inline(__always)
    static func stringSpecials(_ word: UInt64) -> UInt64 {
        let controls = (word &- filled(0x20)) & ~word & filled(0x80)
        return controls | zeros(word ^ filled(UInt8(ascii: "\""))) | zeros(word ^ filled(UInt8(ascii: "\\")))
    }

    /// The place of the first marked byte, counted from the lowest.
    @inline(__always)
    static func firstIndex(_ marks: UInt64) -> Int { marks.trailingZeroBitCount >> 3 }
}

/// A stack whose top elements leave it as an array, moved and not copied.
@safe
struct MoveStack<Element>: ~Copyable {
    private var base: UnsafeMutablePointer<Element>
    private var capacity: Int
    /// The number of elements.
    private(set) var count = 0

    init(capacity: Int = 16) {
        self.capacity = capacity
        unsafe base = .allocate(capacity: capacity)
    }

    deinit {
        unsafe base.deinitialize(count: count)
        unsafe base.deallocate()
    }

    @inline(__always)
    mutating func push(_ element: consuming Element) {
        if count == capacity { grow() }
        unsafe (base + count).initialize(to: element)
        count += 1
    }

    /// Removes the last element; there is one.
    @inline(__always)
    mutating func pop() -> Element {
        precondition(count > 0)
        count -= 1
        return unsafe (base + count).move()
    }

    /// The element at `index`.
    subscript(index: Int) -> Element {
        precondition(index >= 0 && index < count)
        return unsafe base[index]
    }

    /// Removes the elements from `start` on and returns them.
    ///
    /// Always inlined, and filled by appending: else the array is made by unspecialised code, which looks its type up
    /// anew each time.
    @inline(__always)
    mutating func take(from start: Int) -> [Element] {
        let taken = count - start
        precondition(start >= 0 && taken >= 0)
        guard taken > 0 else { return [] }
        count = start
        let source = unsafe base + start
        var elements: [Element] = []
        elements.reserveCapacity(taken)
        for index in 0..<taken { unsafe elements.append((source + index).move()) }
        return elements
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        unsafe larger.moveInitialize(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = larger
        capacity *= 2
    }
}
