import Testing

@testable import InferenceKit

@Suite("Labels scanned from bytes") struct ClassificationScannerTests {
    static let documents = [
        #"[[{"label":"POSITIVE","score":0.9998},{"label":"NEGATIVE","score":1.34e-4}]]"#,
        #"[{"score":0.1,"label":"NEGATIVE"},{"score":0.9,"label":"POSITIVE"}]"#,
        " [ [\n{ \"label\" : \"a b\" , \"score\" : -0 } ,\t{\"label\":\"\",\"score\":12345678901234567890}\r] ] ",
        #"[{"label":"x","score":0.30000000000000004},{"label":"y","score":2.2250738585072014e-30}]"#,
    ]

    static let others = [
        "", "[", "[]", "[[]]", "{}", "[[],[]]", #"{"label":"a","score":1}"#, #"[{"label":"a"}]"#, #"[{"score":1}]"#,
        #"[[{"label":"a","score":1}]"#, #"[{"label":"a","score":1}]]"#, #"[[{"label":"a","score":1}],[]]"#,
        #"[{"label":"a","score":1},]"#, #"[{"label":"a","score":1,}]"#, #"[{"label":"a","label":"b","score":1}]"#,
        #"[{"label":"a","score":1,"score":2}]"#, #"[{"label":"a","score":1,"rank":2}]"#, #"[{"label":4,"score":1}]"#,
        #"[{"label":"a","score":null}]"#, #"[{"label":"a","score":NaN}]"#, #"[{"label":"a","score":"1"}]"#,
        #"[{"label":"a","score":01}]"#, #"[{"label":"a","score":1.}]"#, #"[{"label":"a","score":1} 2]"#,
        #"[{"label":"ä","score":1}]"#, #"[{"label":"\n","score":1}]"#, "\u{FEFF}[{\"label\":\"a\",\"score\":1}]",
        "[{\"label\":\"a\u{1}\",\"score\":1}]", #"[[[{"label":"a","score":1}]]]"#, #"[{"label":"a""score":1}]"#,
        #"[{"label":"a","score":1}{"label":"a","score":1}]"#, #"[{"label" "a","score":1}]"#,
        #"[{"label":"a","score":2.2250738585072014e-308}]"#,
    ]

    /// Whether the labels were scanned; they are then those of the general decoder, bit for bit.
    static func check(_ bytes: [UInt8]) -> Bool {
        guard let labels = ClassificationScanner.labels(in: bytes) else { return false }
        let decoded = try? ClassificationLabel.list(from: JSONValue(jsonBytes: bytes))
        #expect(labels.bestFirst() == decoded, "\(String(decoding: bytes, as: UTF8.self))")
        #expect(labels.bestFirst().map { $0.score?.bitPattern } == decoded?.map { $0.score?.bitPattern })
        return true
    }

    @Test(arguments: documents)
    func scans(_ document: String) {
        #expect(Self.check(Array(document.utf8)))
    }

    @Test(arguments: others)
    func leavesToTheDecoder(_ document: String) {
        #expect(!Self.check(Array(document.utf8)))
    }

    @Test func truncationsAndMutations() {
        let seed: UInt64 = 7
        var random = SeededGenerator(seed: seed)
        let tokens = [
            "\"", "\\", "[", "]", "{", "}", ",", ":", "1e9999", "-", "null", "0", "9", ".", "e", " ", "label", "score",
            #","score":1"#, #","label":"z""#, #",{"label":"n","score":0.123456789012345678901}"#,
        ]
        var scanned = 0
        let count = 40_000
        for document in Self.documents {
            let bytes = Array(document.utf8)
            for length in 0..<bytes.count {
                _ = Self.check(Array(bytes.prefix(length)))
                _ = Self.check(Array(bytes.dropFirst(length)))
            }
        }
        for _ in 0..<count {
            var bytes = Array((Self.documents.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                guard !bytes.isEmpty else { break }
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch UInt8.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(UInt8(ascii: "0") + UInt8.random(in: 0..<10, using: &random), at: place)
                default: bytes.insert(contentsOf: (tokens.randomElement(using: &random) ?? "").utf8, at: place)
                }
            }
            if Self.check(bytes) { scanned += 1 }
        }
        print("Labels: \(count) mutations, seed \(seed), \(scanned) of them scanned")
        #expect(scanned > 1_000 && scanned < count)
    }
}
