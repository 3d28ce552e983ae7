/// Writes JSON without white space, straight into bytes.
struct JSONWriter {
    /// What has been written.
    var bytes: [UInt8] = []

    /// A writer with room for `capacity` bytes.
    init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    /// Writes a value, with its members in their own order or in that of their keys.
    mutating func write(_ value: JSONValue, sortedKeys: Bool = false) {
        switch value {
        case .null: write(raw: "null")
        case .bool(let bool): write(bool)
        case .number(let number): write(number)
        case .string(let string): write(string)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            var isFirst = true
            for element in elements {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                write(element, sortedKeys: sortedKeys)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object): write(object, sortedKeys: sortedKeys)
        }
    }

    /// Writes an object.
    mutating func write(_ object: JSONObject, sortedKeys: Bool = false) {
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        func write(_ key: String, _ value: JSONValue, to writer: inout JSONWriter) {
            if !isFirst { writer.bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            writer.write(key)
            writer.bytes.append(UInt8(ascii: ":"))
            writer.write(value, sortedKeys: sortedKeys)
        }
        if sortedKeys {
            for (key, value) in object.sorted(on: \.key) { write(key, value, to: &self) }
        } else {
            for (key, value) in object { write(key, value, to: &self) }
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// Writes `true` or `false`.
    mutating func write(_ bool: Bool) { write(raw: bool ? "true" : "false") }

    /// Writes a number as it was sent.
    mutating func write(_ number: JSONNumber) {
        switch number.storage {
        case .integer(let value): write(value)
        case .literal(let literal): write(raw: literal)
        }
    }

    /// Writes a whole number.
    mutating func write(_ value: Int) {
        guard value.magnitude >= 10 else {
            if value < 0 { bytes.append(UInt8(ascii: "-")) }
            bytes.append(UInt8(ascii: "0") + UInt8(value.magnitude))
            return
        }
        write(raw: String(value))
    }

    /// Writes text that is JSON already.
    mutating func write(raw text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Writes a string in quotes.
    ///
    /// Quotes, backslashes and control characters are escaped; all else is copied, in runs.
    mutating func write(_ string: String) {
        bytes.append(UInt8(ascii: "\""))
        var string = string
        string.withUTF8 { unsafe writeEscaped($0) }
        bytes.append(UInt8(ascii: "\""))
    }

    @unsafe
    private mutating func writeEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        let reader = unsafe ByteReader(text)
        var runStart = 0
        var offset = 0
        while offset < reader.end {
            if offset + 8 <= reader.end {
                let specials = ByteWord.stringSpecials(reader.word(at: offset))
                guard specials != 0 else {
                    offset += 8
                    continue
                }
                offset += ByteWord.firstIndex(specials)
            }
            let byte = reader.byte(at: offset)
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                unsafe bytes.append(contentsOf: reader.view(from: runStart, to: offset))
                writeEscape(of: byte)
                runStart = offset + 1
            }
            offset += 1
        }
        unsafe bytes.append(contentsOf: reader.view(from: runStart, to: reader.end))
    }

    private mutating func writeEscape(of byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0..<0x20:
            write(raw: byte < 0x10 ? "u000" : "u001")
            let digit = byte & 0xF
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        default: bytes.append(byte)
        }
    }
}
