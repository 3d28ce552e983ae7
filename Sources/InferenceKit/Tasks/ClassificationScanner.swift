/// Reads the labels of an answer straight from its bytes, when they are written as nearly all servers write them.
///
/// Values of JSON in between would cost four times as much. Whatever is written otherwise is left to them, and is then a
/// label or an error as ``ClassificationLabel/list(from:)-(JSONValue)`` has it.
struct ClassificationScanner {
    private var reader: ByteReader

    /// The labels of `[{"label": "…", "score": …}, …]` or of that list in a list, in their order; `nil` of anything else.
    static func labels(in bytes: [UInt8]) -> [ClassificationLabel]? {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            var scanner = unsafe Self(reader: ByteReader(bytes))
            return scanner.document()
        }
    }

    private mutating func document() -> [ClassificationLabel]? {
        guard pass(UInt8(ascii: "[")) else { return nil }
        let isInList = pass(UInt8(ascii: "["))
        var labels: [ClassificationLabel] = []
        repeat {
            guard let label = label() else { return nil }
            labels.append(label)
        } while pass(UInt8(ascii: ","))
        guard pass(UInt8(ascii: "]")), !isInList || pass(UInt8(ascii: "]")) else { return nil }
        skipSpace()
        return reader.position == reader.end ? labels : nil
    }

    private mutating func label() -> ClassificationLabel? {
        guard pass(UInt8(ascii: "{")) else { return nil }
        var label: String?
        var score: Double?
        repeat {
            if label == nil, pass("\"label\"") {
                guard pass(UInt8(ascii: ":")), let text = text() else { return nil }
                label = text
            } else if score == nil, pass("\"score\"") {
                guard pass(UInt8(ascii: ":")), let number = number() else { return nil }
                score = number
            } else {
                return nil
            }
        } while pass(UInt8(ascii: ","))
        guard pass(UInt8(ascii: "}")), let label, let score else { return nil }
        return ClassificationLabel(label: label, score: score)
    }

    /// A string of plain ASCII.
    private mutating func text() -> String? {
        guard pass(UInt8(ascii: "\"")) else { return nil }
        let start = reader.position
        let run = reader.plainRun(from: start)
        guard run.isASCII, run.end < reader.end, reader.byte(at: run.end) == UInt8(ascii: "\"") else { return nil }
        reader.position = run.end + 1
        return unsafe String(decoding: reader.view(from: start, to: run.end), as: UTF8.self)
    }

    private mutating func number() -> Double? {
        skipSpace()
        return (try? DecimalNumber(&reader))?.rounded(to: Double.self, .shared)
    }

    /// Passes white space, and then `byte` if it is there.
    private mutating func pass(_ byte: UInt8) -> Bool {
        skipSpace()
        guard reader.current == byte else { return false }
        reader.position += 1
        return true
    }

    /// Passes white space, and then `word` if it is there.
    private mutating func pass(_ word: StaticString) -> Bool {
        skipSpace()
        guard reader.starts(with: word) else { return false }
        reader.position += word.utf8CodeUnitCount
        return true
    }

    private mutating func skipSpace() {
        while reader.current == 0x20 || reader.current == 0x0A || reader.current == 0x0D || reader.current == 0x09 {
            reader.position += 1
        }
    }
}
