import Foundation

/// Standard base64, as strict as the router: padded, one line, no `data:` prefix.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// The bytes, or `nil` where `text` is empty or anything but strict base64.
    static func decode(_ text: String) -> [UInt8]? {
        guard !text.isEmpty, text.utf8.count.isMultiple(of: 4), let data = Data(base64Encoded: text) else { return nil }
        return [UInt8](data)
    }

    /// Numbers as little-endian 32-bit floats in base64, the form of `encoding_format: base64`.
    static func encode(floats: [Float]) -> String {
        encode(floats.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) })
    }
}
