#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#elseif canImport(Darwin)
import Darwin
#endif

/// A JSON document with one string in it that varies, as the events of a stream repeat it around each piece of text.
///
/// Bytes that agree with those before and after the string, and have one string in between, are the same document but
/// for that string; reading them takes two comparisons. The grammar of the string is the parser's own.
struct TextTemplate: Sendable {
    /// Everything up to and with the opening quote.
    private let prefix: [UInt8]
    /// Everything from the closing quote on.
    private let suffix: [UInt8]

    /// Templates of `document`, one for each string that follows `"key":`, in order.
    ///
    /// Whether the string is the one that is meant is for the caller to find out, with ``document(with:)``.
    static func all(in document: ArraySlice<UInt8>, key: String) -> [Self] {
        let needle = Array("\"\(key)\"".utf8)
        var templates: [Self] = []
        var position = document.startIndex
        while let start = document.firstRange(of: needle, from: position) {
            position = start + needle.count
            var ahead = position
            func skipSpace() { while ahead < document.endIndex, document[ahead] <= 0x20 { ahead += 1 } }
            skipSpace()
            guard ahead < document.endIndex, document[ahead] == UInt8(ascii: ":") else { continue }
            ahead += 1
            skipSpace()
            guard ahead < document.endIndex, document[ahead] == UInt8(ascii: "\"") else { continue }
            let opening = ahead
            ahead += 1
            while ahead < document.endIndex, document[ahead] != UInt8(ascii: "\"") {
                ahead += document[ahead] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard ahead < document.endIndex else { return templates }
            templates.append(Self(prefix: Array(document[...opening]), suffix: Array(document[ahead...])))
        }
        return templates
    }

    private init(prefix: [UInt8], suffix: [UInt8]) {
        self.prefix = prefix
        self.suffix = suffix
    }

    /// The document with another string in its place, which needs no escapes.
    func document(with plainText: String) -> [UInt8] {
        prefix + Array(plainText.utf8) + suffix
    }

    /// The string of bytes that are this document but for it; `nil` for any others, and when the string is no good.
    func text(of bytes: ArraySlice<UInt8>) -> String? {
        let text = unsafe bytes.withContiguousStorageIfAvailable { bytes in unsafe self.text(of: bytes) }
        return text ?? nil
    }

    @unsafe
    private func text(of bytes: UnsafeBufferPointer<UInt8>) -> String? {
        let end = bytes.count - suffix.count
        guard end >= prefix.count, let base = unsafe UnsafeRawPointer(bytes.baseAddress),
            unsafe prefix.withUnsafeBytes({ unsafe memcmp(base, $0.baseAddress.unsafelyUnwrapped, $0.count) }) == 0,
            unsafe suffix.withUnsafeBytes({ unsafe memcmp(base + end, $0.baseAddress.unsafelyUnwrapped, $0.count) })
                == 0
        else { return nil }
        let reader = unsafe ByteReader(bytes)
        let run = reader.plainRun(from: prefix.count)
        if run.end == end {
            let view = unsafe reader.view(from: prefix.count, to: end)
            if !run.isASCII, unsafe UTF8Check.firstInvalid(view) != nil { return nil }
            return unsafe String(decoding: view, as: UTF8.self)
        }
        var parser = unsafe JSONParser(ByteReader(bytes))
        parser.reader.position = prefix.count
        guard let text = try? parser.string(), parser.reader.position == end + 1 else { return nil }
        return text
    }
}

extension ArraySlice<UInt8> {
    /// Where `needle` first stands, from `start` on.
    fileprivate func firstRange(of needle: [UInt8], from start: Int) -> Int? {
        guard let first = needle.first else { return nil }
        var position = start
        while position + needle.count <= endIndex {
            if self[position] == first, self[position..<position + needle.count].elementsEqual(needle) {
                return position
            }
            position += 1
        }
        return nil
    }
}
