import InferenceKit

/// Makes replies that no server should send out of one that a server could.
struct ReplyMutator {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// The reply with one to three mutations.
    mutating func mutate(_ reply: [UInt8], _ json: JSONValue) -> [UInt8] {
        var bytes = reply
        if roll(3) != 0 {
            var json = json
            for _ in 0...roll(3) { json = edited(json) }
            bytes = json.jsonBytes()
        }
        if roll(3) == 0 { bytes = scrambled(bytes) }
        return bytes
    }

    private mutating func roll(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }

    // MARK: - By the structure

    /// The value with one of its nodes changed.
    private mutating func edited(_ json: JSONValue) -> JSONValue {
        var target = roll(Self.nodeCount(json))
        return edited(json, &target)
    }

    private mutating func edited(_ json: JSONValue, _ target: inout Int) -> JSONValue {
        if target == 0 {
            target = -1
            return changed(json)
        }
        target -= 1
        switch json {
        case .array(var values):
            for index in values.indices where target >= 0 { values[index] = edited(values[index], &target) }
            return .array(values)
        case .object(var members):
            for (key, value) in members where target >= 0 { members[key] = edited(value, &target) }
            return .object(members)
        default:
            return json
        }
    }

    private static func nodeCount(_ json: JSONValue) -> Int {
        switch json {
        case .array(let values): values.reduce(1) { $0 + nodeCount($1) }
        case .object(let members): members.reduce(1) { $0 + nodeCount($1.value) }
        default: 1
        }
    }

    private mutating func changed(_ json: JSONValue) -> JSONValue {
        switch roll(10) {
        case 0, 1: return junk()
        case 2: return .array([json])
        case 3: return ["\(roll(3))": json]
        case 4:
            var nested = json
            for _ in 0..<[2, 3, 5, 40, 300][roll(5)] { nested = roll(2) == 0 ? .array([nested]) : ["a": nested] }
            return nested
        default: break
        }
        switch json {
        case .object(var members):
            guard let key = members.keys.randomElement(using: &generator) else { return junk() }
            let value = members[key]
            members[key] = nil
            // Dropped, under another name, or in another's place.
            if roll(2) == 0 { members[key + "s"] = value }
            if roll(3) == 0, let other = members.keys.randomElement(using: &generator) { members[other] = value }
            return .object(members)
        case .array(var values):
            switch roll(4) {
            case 0 where !values.isEmpty: values.remove(at: roll(values.count))
            case 1: values.append(junk())
            case 2: values += values
            default: values.shuffle(using: &generator)
            }
            return .array(values)
        case .string(let text):
            return [.string(""), .string(String(text.reversed())), .string(String(text.prefix(3))), junk()][roll(4)]
        case .number: return hugeNumber()
        default: return junk()
        }
    }

    private mutating func junk() -> JSONValue {
        let values: [JSONValue] = [
            nil, true, false, 0, -1, 1.5, "", "x", "\u{0}\u{FFFD}\u{1F468}\u{200D}\u{1F469}", [], [:], [[]], [nil],
            ["label": nil], [[:], 1], hugeNumber(),
        ]
        return values[roll(values.count)]
    }

    private mutating func hugeNumber() -> JSONValue {
        let literals = [
            "1e999", "-1e999", "1e-999", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
            "18446744073709551616", "123456789012345678901234567890", "0.1e400", "-0.0", "1E+2", "4294967296",
            "1e1000000000",
        ]
        return JSONNumber(literal: literals[roll(literals.count)]).map(JSONValue.number) ?? nil
    }

    // MARK: - By the bytes

    private mutating func scrambled(_ reply: [UInt8]) -> [UInt8] {
        var bytes = reply
        guard !bytes.isEmpty else { return bytes }
        switch roll(6) {
        case 0: bytes.removeLast(1 + roll(bytes.count))
        case 1: bytes[roll(bytes.count)] = UInt8(roll(256))
        case 2:
            let sequences: [[UInt8]] = [
                [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x00], Array("\\ud800".utf8),
                Array("\\udc00\\ud800".utf8), Array("NaN".utf8), Array("1e".utf8), [0xEF, 0xBB, 0xBF],
            ]
            bytes.insert(contentsOf: sequences[roll(sequences.count)], at: roll(bytes.count + 1))
        case 3: bytes = withKeyTwice(bytes)
        case 4:
            let bracket = UInt8(ascii: roll(2) == 0 ? "[" : "{")
            bytes.insert(
                contentsOf: Array(repeating: bracket, count: [1, 600, 20_000][roll(3)]),
                at: roll(bytes.count)
            )
        default:
            let start = roll(bytes.count)
            let part = bytes[start..<min(bytes.count, start + 1 + roll(20))]
            bytes.insert(contentsOf: part, at: roll(bytes.count))
        }
        return bytes
    }

    /// One of the keys once more, with another value.
    private mutating func withKeyTwice(_ bytes: [UInt8]) -> [UInt8] {
        let opening = bytes.indices.filter { bytes[$0] == UInt8(ascii: "{") }
        let colons = bytes.indices.filter {
            bytes[$0] == UInt8(ascii: ":") && $0 > 0 && bytes[$0 - 1] == UInt8(ascii: "\"")
        }
        guard let place = opening.randomElement(using: &generator), let end = colons.randomElement(using: &generator),
            let start = bytes[..<(end - 1)].lastIndex(of: UInt8(ascii: "\""))
        else { return bytes }
        let member = Array(bytes[start...end]) + junk().jsonBytes() + [UInt8(ascii: ",")]
        return Array(bytes[...place]) + member + Array(bytes[(place + 1)...])
    }
}
