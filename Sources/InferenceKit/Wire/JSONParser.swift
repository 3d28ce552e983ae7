/// Reads JSON values from bytes.
///
/// Keeps its own stack instead of calling itself, so depth costs no stack space; finished elements wait on move-only
/// stacks and leave as arrays of their exact size.
struct JSONParser: ~Copyable {
    /// The deepest nesting of arrays and objects that is read.
    static let depthLimit = 512

    /// An array or object whose end has not been seen.
    private struct Frame {
        var isObject: Bool
        /// How many finished elements (or members) of outer containers are on the stack.
        var start: Int
        /// A bit for each small hash of a key seen so far; a key whose bit is new cannot be a duplicate.
        var seenKeys: UInt64 = 0
        /// Whether the members must be put together with care, because a key may occur twice or there are many.
        var needsCare = false
    }

    var reader: ByteReader
    private var elements = MoveStack<JSONValue>()
    private var members = MoveStack<JSONObject.Member>()
    private var keys = MoveStack<String>(capacity: 8)
    private var frames: [Frame] = []
    /// The members that hold embeddings, which are read apart into ``tensors``; mostly none.
    var tensorKeys: [String] = []
    /// The embeddings found so far.
    private(set) var tensors: [JSONWithTensors.Tensor] = []
    /// Where the floats of those in Base64 go; without it they stay strings.
    var rows: FloatRows?

    /// A parser that reads from where `reader` is.
    init(_ reader: ByteReader) {
        self.reader = reader
        // Most documents are not nested deeper.
        frames.reserveCapacity(8)
    }

    /// The one value of a document.
    static func document(_ bytes: some Collection<UInt8>) throws(JSONError) -> JSONValue {
        let result = bytes.withContiguousStorageIfAvailable { buffer -> Result<JSONValue, JSONError> in
            do throws(JSONError) {
                return .success(try unsafe document(UnsafeRawBufferPointer(buffer)))
            } catch {
                return .failure(error)
            }
        }
        if let result { return try result.get() }
        return try document(Array(bytes))
    }

    /// The one value of a document.
    @unsafe
    static func document(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> JSONValue {
        var parser = unsafe JSONParser(ByteReader(bytes.assumingMemoryBound(to: UInt8.self)))
        return try parser.wholeDocument()
    }

    /// The one value that the bytes are.
    mutating func wholeDocument() throws(JSONError) -> JSONValue {
        if reader.starts(with: "\u{FEFF}") { reader.position = 3 }
        let value = try value()
        skipSpace()
        guard reader.position == reader.end else { throw expected("the end") }
        return value
    }

    /// The value at the position, which is moved behind it; white space in front is skipped.
    mutating func value() throws(JSONError) -> JSONValue {
        while true {
            skipSpace()
            var value: JSONValue
            switch reader.current {
            case UInt8(ascii: "[") where !tensorKeys.isEmpty && readTensor(),
                UInt8(ascii: "\"") where !tensorKeys.isEmpty && readTensor():
                value = (tensors.count - 1).json
            case UInt8(ascii: "\""):
                reader.position += 1
                value = .string(try string())
            case UInt8(ascii: "{"):
                try enter()
                guard reader.current == UInt8(ascii: "}") else {
                    frames.append(Frame(isObject: true, start: members.count))
                    try key()
                    continue
                }
                reader.position += 1
                value = .object(JSONObject())
            case UInt8(ascii: "["):
                try enter()
                guard reader.current == UInt8(ascii: "]") else {
                    frames.append(Frame(isObject: false, start: elements.count))
                    continue
                }
                reader.position += 1
                value = .array([])
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = .number(try number())
            case UInt8(ascii: "-"): value = try number(orWord: "-Infinity")
            case UInt8(ascii: "t"): value = try word("true", .bool(true))
            case UInt8(ascii: "f"): value = try word("false", .bool(false))
            case UInt8(ascii: "n"): value = try word("null", .null)
            case UInt8(ascii: "N"): value = try word("NaN", .null)
            case UInt8(ascii: "I"): value = try word("Infinity", .null)
            default: throw expected("a value")
            }
            // The value may be the last of its container, which then may be the last of its own.
            while true {
                guard let frame = frames.last else { return value }
                skipSpace()
                let next = reader.current
                if frame.isObject {
                    members.push(JSONObject.Member(key: keys.pop(), value: value))
                    if next == UInt8(ascii: ",") {
                        reader.position += 1
                        skipSpace()
                        try key()
                        break
                    }
                    guard next == UInt8(ascii: "}") else { throw expected("',' or '}'") }
                    value = .object(object(frame))
                } else {
                    elements.push(value)
                    if next == UInt8(ascii: ",") {
                        reader.position += 1
                        break
                    }
                    guard next == UInt8(ascii: "]") else { throw expected("',' or ']'") }
                    value = .array(elements.take(from: frame.start))
                }
                reader.position += 1
                frames.removeLast()
            }
        }
    }

    func expected(_ what: String) -> JSONError { JSONError(offset: reader.position, expected: what) }

    @inline(__always)
    mutating func skipSpace() {
        while reader.position < reader.end {
            switch reader.byte(at: reader.position) {
            case 0x20, 0x0A, 0x0D, 0x09: reader.position += 1
            default: return
            }
        }
    }

    /// Passes the opening bracket of an array or object.
    @inline(__always)
    private mutating func enter() throws(JSONError) {
        guard frames.count < Self.depthLimit else { throw expected("at most \(Self.depthLimit) levels of nesting") }
        reader.position += 1
        skipSpace()
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        guard reader.starts(with: word) else { throw expected("a value") }
        reader.position += word.utf8CodeUnitCount
        return value
    }
}

// MARK: - Objects

extension JSONParser {
    /// Reads a key and its colon.
    @inline(__always)
    private mutating func key() throws(JSONError) {
        guard reader.current == UInt8(ascii: "\"") else { throw expected("a key in quotes") }
        reader.position += 1
        let start = reader.position
        let run = reader.plainRun(from: start)
        if run.isASCII, run.end > start, run.end < reader.end, reader.byte(at: run.end) == UInt8(ascii: "\"") {
            let key = unsafe String(decoding: reader.view(from: start, to: run.end), as: UTF8.self)
            reader.position = run.end + 1
            note(key, from: start, to: run.end)
            keys.push(key)
        } else {
            // An escaped or accented key may equal one that is written otherwise.
            frames[frames.count - 1].needsCare = true
            keys.push(try string())
        }
        skipSpace()
        guard reader.current == UInt8(ascii: ":") else { throw expected("':'") }
        reader.position += 1
    }

    /// Notes whether the key written from `start` to `end` may have occurred in the innermost object before.
    @inline(__always)
    private mutating func note(_ key: String, from start: Int, to end: Int) {
        let top = frames.count - 1
        let first = Int(reader.byte(at: start))
        let last = Int(reader.byte(at: end - 1))
        let middle = Int(reader.byte(at: start + (end - start) / 2))
        let bit: UInt64 = 1 << UInt64((first &* 7 &+ middle &* 13 &+ last &* 29 &+ end &- start) & 63)
        let known = frames[top].seenKeys
        frames[top].seenKeys = known | bit
        if known & bit != 0, !frames[top].needsCare { compare(key) }
    }

    /// Compares a key with those of its object; many keys are not compared but put together with care at once.
    @inline(never)
    private mutating func compare(_ key: String) {
        let top = frames.count - 1
        let start = frames[top].start
        frames[top].needsCare =
            members.count - start >= JSONObject.linearLimit
            || (start..<members.count).contains { members[$0].key == key }
    }

    private mutating func object(_ frame: Frame) -> JSONObject {
        let members = members.take(from: frame.start)
        guard frame.needsCare else { return JSONObject(uniqueMembers: members) }
        return JSONObject(members.lazy.map { ($0.key, $0.value) })
    }
}

// MARK: - Embeddings

extension JSONParser {
    /// Reads the array or string at the position into ``tensors``, if it is the value of one of ``tensorKeys`` and
    /// holds numbers; else stays where it is.
    private mutating func readTensor() -> Bool {
        guard frames.last?.isObject == true, tensorKeys.contains(keys[keys.count - 1]) else { return false }
        var ahead = reader
        if ahead.current == UInt8(ascii: "[") {
            guard let tensor = try? FloatScanner.scan(&ahead) else { return false }
            tensors.append(.array(tensor))
        } else {
            guard let row = rows?.appendString(&ahead) else { return false }
            tensors.append(.row(row))
        }
        reader = ahead
        return true
    }
}

// MARK: - Strings

extension JSONParser {
    /// Reads a string from behind its opening quote to behind its closing one.
    mutating func string() throws(JSONError) -> String {
        let start = reader.position
        let run = reader.plainRun(from: start)
        guard run.end < reader.end, reader.byte(at: run.end) == UInt8(ascii: "\"") else { return try escapedString() }
        try checkUTF8(run, from: start)
        reader.position = run.end + 1
        return unsafe String(decoding: reader.view(from: start, to: run.end), as: UTF8.self)
    }

    @inline(__always)
    private func checkUTF8(_ run: ByteReader.PlainRun, from start: Int) throws(JSONError) {
        if run.isASCII { return }
        if let invalid = unsafe UTF8Check.firstInvalid(reader.view(from: start, to: run.end)) {
            throw JSONError(offset: start + invalid, expected: "valid UTF-8")
        }
    }

    /// Reads a string that is not plain all through.
    private mutating func escapedString() throws(JSONError) -> String {
        var text: [UInt8] = []
        var runStart = reader.position
        while true {
            let run = reader.plainRun(from: runStart)
            let runEnd = run.end
            reader.position = runEnd
            guard runEnd < reader.end else { throw expected("the string's closing quote") }
            // Escapes are ASCII, so each run must be valid by itself.
            try checkUTF8(run, from: runStart)
            unsafe text.append(contentsOf: reader.view(from: runStart, to: runEnd))
            switch reader.byte(at: runEnd) {
            case UInt8(ascii: "\""):
                reader.position += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                reader.position += 1
                try escape(into: &text)
            default: throw expected("a control character to be escaped")
            }
            runStart = reader.position
        }
    }

    /// Reads an escape from behind its backslash.
    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        let byte = reader.current
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "u"):
            reader.position += 1
            try unicodeEscape(into: &text)
            return
        default: throw expected("an escape")
        }
        reader.position += 1
    }

    /// Reads four hexadecimal digits, and the second half of a surrogate pair behind the first.
    private mutating func unicodeEscape(into text: inout [UInt8]) throws(JSONError) {
        var code = try hexadecimalCode()
        if code & 0xFC00 == 0xD800 {
            guard reader.starts(with: "\\u") else { throw expected("the second half of a surrogate pair") }
            reader.position += 2
            let low = try hexadecimalCode()
            guard low & 0xFC00 == 0xDC00 else {
                reader.position -= 6
                throw expected("the second half of a surrogate pair")
            }
            code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
        }
        guard let scalar = Unicode.Scalar(code) else {
            reader.position -= 6
            throw expected("the first half of a surrogate pair")
        }
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    private mutating func hexadecimalCode() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            let byte = reader.current
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw expected("four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
            reader.position += 1
        }
        return code
    }
}

// MARK: - Numbers

extension JSONParser {
    private mutating func number(orWord negative: StaticString) throws(JSONError) -> JSONValue {
        if reader.starts(with: negative) { return try word(negative, .null) }
        return .number(try number())
    }

    /// Reads a number, whose first byte is a digit or a minus sign.
    private mutating func number() throws(JSONError) -> JSONNumber {
        let start = reader.position
        let isNegative = reader.current == UInt8(ascii: "-")
        if isNegative { reader.position += 1 }
        var magnitude = 0
        let firstDigit = reader.position
        while let digit = digit() {
            magnitude = magnitude &* 10 &+ digit
        }
        let digits = reader.position - firstDigit
        guard digits > 0 else { throw expected("a digit") }
        guard digits == 1 || reader.byte(at: firstDigit) != UInt8(ascii: "0") else {
            reader.position = firstDigit
            throw expected("a number without leading zeros")
        }
        var isInteger = true
        if reader.current == UInt8(ascii: ".") {
            isInteger = false
            reader.position += 1
            try skipDigits()
        }
        if reader.current | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            reader.position += 1
            if reader.current == UInt8(ascii: "+") || reader.current == UInt8(ascii: "-") { reader.position += 1 }
            try skipDigits()
        }
        // Eighteen digits always fit; minus zero is no integer that keeps its sign.
        if isInteger, digits <= 18, !(isNegative && magnitude == 0) {
            return JSONNumber(isNegative ? -magnitude : magnitude)
        }
        return unsafe JSONNumber(
            storage: .literal(String(decoding: reader.view(from: start, to: reader.position), as: UTF8.self))
        )
    }

    @inline(__always)
    private mutating func digit() -> Int? {
        let value = reader.current &- UInt8(ascii: "0")
        guard value < 10 else { return nil }
        reader.position += 1
        return Int(value)
    }

    private mutating func skipDigits() throws(JSONError) {
        guard digit() != nil else { throw expected("a digit") }
        while digit() != nil {}
    }
}
