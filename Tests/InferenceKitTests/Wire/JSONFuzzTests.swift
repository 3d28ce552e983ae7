import Testing

@testable import InferenceKit

/// Feeds documents that are nearly right: an error or a value, never a trap, and what is read can be written and read
/// again.
@Suite struct JSONFuzz {
    static let documents: [String] = [
        #"{"id":"x","choices":[{"index":0,"delta":{"content":"Hé\u00e9\ud83d\ude00\n"},"finish_reason":null}],"n":-1.5e-7}"#,
        #"[[{"label":"POSITIVE","score":0.9998},{"label":"NEGATIVE","score":1.34e-4}],[],{},"",0,-0,true,false,null]"#,
        #"{"a":{"b":{"c":[[[[[[1,2,[3]]]]]]]}},"a":1,"d":"\"\\\/\b\f\n\r\t","e":[NaN,Infinity,-Infinity]}"#,
        "\u{FEFF} { \"long key with many bytes\" : \"a text that is longer than one word of eight bytes, é ü 😀\" } ",
        "[[0.1,-2.5e10,3],[1e-45,340282356779733661637539395458142568448,16777217.0000001]]",
    ]

    static func check(_ bytes: [UInt8]) -> Bool {
        _ = try? FloatTensor(jsonBytes: bytes)
        _ = try? JSONWithTensors(jsonBytes: bytes, members: ["content", "d", "c", "a", "e"])
        guard let value = try? JSONValue(jsonBytes: bytes) else { return false }
        let again = value.jsonBytes()
        #expect((try? JSONValue(jsonBytes: again)) == value)
        #expect((try? JSONValue(jsonBytes: again))?.jsonBytes() == again)
        _ = value.hashValue
        _ = try? FloatTensor(json: value)
        return true
    }

    @Test func everyTruncation() {
        var accepted = 0
        var count = 0
        for document in Self.documents {
            let bytes = Array(document.utf8)
            for length in 0..<bytes.count {
                if Self.check(Array(bytes.prefix(length))) { accepted += 1 }
                _ = Self.check(Array(bytes.dropFirst(length)))
                count += 2
            }
            #expect(Self.check(bytes))
        }
        // Only the document with a space behind its value may lose it.
        #expect(accepted == 1)
        print("JSON fuzz: \(count) truncations")
    }

    @Test func mutations() {
        let seed: UInt64 = 99
        var random = SeededGenerator(seed: seed)
        var accepted = 0
        let count = 20_000
        let tokens = [
            "\"", "\\", "[", "]", "{", "}", ",", ":", "1e9999", "-", "null", "\\ud800", "\u{0}", "0", "9", ".", "e",
        ]
        for _ in 0..<count {
            var bytes = Array((Self.documents.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                guard !bytes.isEmpty else { break }
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch UInt8.random(in: 0..<5, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2: bytes.remove(at: place)
                case 3: bytes.insert(contentsOf: (tokens.randomElement(using: &random) ?? "").utf8, at: place)
                default:
                    let end = Int.random(in: place..<bytes.count, using: &random)
                    bytes.insert(contentsOf: bytes[place...end], at: end)
                }
            }
            if Self.check(bytes) { accepted += 1 }
        }
        print("JSON fuzz: \(count) mutations, seed \(seed), \(accepted) of them still JSON")
        #expect(accepted > 0 && accepted < count)
    }

    @Test func extremes() throws {
        for depth in [511, 512, 513, 100_000] {
            for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
                _ = Self.check(
                    Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
                )
                _ = Self.check(Array(String(repeating: open, count: depth).utf8))
                _ = Self.check(Array(String(repeating: close, count: depth).utf8))
            }
        }
        for number in [
            String(repeating: "9", count: 100_000), "0." + String(repeating: "0", count: 100_000) + "1",
            "1e" + String(repeating: "9", count: 10_000), "-1e-" + String(repeating: "9", count: 10_000),
            String(repeating: "1", count: 400) + "e-400",
        ] {
            #expect(Self.check(Array("[\(number)]".utf8)))
            let value = try JSONValue(jsonString: number)
            _ = (value.intValue, value.doubleValue)
            #expect(value.jsonString() == number)
        }
        #expect(
            try JSONValue(jsonString: String(repeating: "1", count: 400) + "e-400").doubleValue == 0.1111111111111111
        )
    }
}
