import Testing

@testable import InferenceKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Numbers that are hard to round, and numbers as servers write them.
private struct NumberTexts {
    var random: SeededGenerator

    mutating func next() -> String {
        switch UInt8.random(in: 0..<12, using: &random) {
        case 0: return Float.random(in: -1...1, using: &random).description
        case 1: return Double.random(in: -1...1, using: &random).description
        case 2: return anyFloat().description
        case 3: return anyDouble().description
        case 4: return exactHalfway(extraDigit: false)
        case 5: return exactHalfway(extraDigit: true)
        case 6: return subnormal()
        case 7: return "\(Int.random(in: -40_000_000...40_000_000, using: &random))"
        case 8: return digits(Int.random(in: 1...40, using: &random)) + exponent(60)
        case 9: return "0." + digits(Int.random(in: 1...30, using: &random)) + exponent(50)
        case 10: return "0." + String(repeating: "0", count: Int.random(in: 0...50, using: &random)) + digits(20)
        default: return "-" + digits(5) + "." + digits(17) + exponent(400)
        }
    }

    mutating func anyFloat() -> Float {
        let value = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
        return value.isFinite ? value : 0
    }

    mutating func anyDouble() -> Double {
        let value = Double(bitPattern: random.next())
        return value.isFinite ? value : 0
    }

    /// The decimal number exactly between two neighbouring floats, or a hair above or below.
    mutating func exactHalfway(extraDigit: Bool) -> String {
        let low = Float.random(in: 1e-3...1e6, using: &random)
        let middle = (Double(low) + Double(low.nextUp)) / 2
        var text = exactDigits(middle)
        if extraDigit {
            if Bool.random(using: &random) {
                text += String(repeating: "0", count: Int.random(in: 0...20, using: &random)) + "1"
            } else if let last = text.last?.wholeNumberValue, last > 0 {
                text = text.dropLast() + "\(last - 1)" + "99999999"
            }
        }
        return text
    }

    /// All digits of a number between 1e-3 and 1e7, whose fraction ends after some forty.
    func exactDigits(_ value: Double) -> String {
        var text = "\(Int(value))."
        var fraction = value - value.rounded(.down)
        repeat {
            fraction *= 10
            text += "\(Int(fraction))"
            fraction -= fraction.rounded(.down)
        } while fraction != 0
        return text
    }

    mutating func subnormal() -> String {
        let value = Float(bitPattern: UInt32.random(in: 0...0x00FF_FFFF, using: &random))
        let middle = (Double(value) + Double(value.nextUp)) / 2
        return Bool.random(using: &random) ? value.description : middle.description
    }

    mutating func digits(_ count: Int) -> String {
        var text = "\(Int.random(in: 1...9, using: &random))"
        for _ in 1..<max(count, 1) { text += "\(Int.random(in: 0...9, using: &random))" }
        return text
    }

    mutating func exponent(_ limit: Int) -> String {
        switch UInt8.random(in: 0..<4, using: &random) {
        case 0: ""
        case 1: "e\(Int.random(in: -limit...limit, using: &random))"
        case 2: "E+\(Int.random(in: 0...limit, using: &random))"
        default: "e-\(Int.random(in: 0...limit, using: &random))"
        }
    }
}

@Suite struct FloatReading {
    @Test func equalsTheCLibraryBitForBit() throws {
        let seed = getenv("INFERENCEKIT_SEED").flatMap { UInt64(String(cString: $0)) } ?? 20_260_801
        let count = getenv("INFERENCEKIT_FLOATS").flatMap { Int(String(cString: $0)) } ?? 300_000
        var texts = NumberTexts(random: SeededGenerator(seed: seed))
        var differences: [String] = []
        var tested = 0
        while tested < count {
            let batch = (0..<min(1000, count - tested)).map { _ in texts.next() }
            let tensor = try FloatTensor(jsonBytes: Array("[\(batch.joined(separator: ","))]".utf8))
            for (text, value) in zip(batch, tensor.scalars) where value.bitPattern != strtof(text, nil).bitPattern {
                differences.append("\(text) as Float")
            }
            for text in batch {
                let number = try JSONValue(jsonString: text)
                if number.doubleValue?.bitPattern != strtod(text, nil).bitPattern {
                    differences.append("\(text) as Double")
                }
                if try Float(json: number).bitPattern != strtof(text, nil).bitPattern {
                    differences.append("\(text) as Float of a value")
                }
            }
            tested += batch.count
        }
        print(
            "FloatScanner against strtof and strtod: \(tested) numbers, seed \(seed), \(differences.count) differences"
        )
        #expect(differences.isEmpty, "\(differences.prefix(10))")
    }

    @Test(arguments: [
        "0", "-0", "0.0", "-0.0e5", "0e999999999999999999999", "1e999999999999999999999", "-1e-999999999999999999999",
        "3.4028235e38", "3.4028236e38", "3.40282356779733661637539395458142568447e38",
        "3.40282356779733661637539395458142568448e38", "1.1754943508222875e-38", "1.401298464324817e-45",
        "7.006492321624085e-46", "7.0064923216240853546186479164495e-46", "7.00649232162408535461864791644958e-46",
        "16777216", "16777217", "16777218", "16777219", "9007199254740993", "18446744073709551615",
        "18446744073709551616", "99999999999999999999999999999999999999", "1.00000005960464477539062",
        "1.000000059604644775390625", "1.000000059604644775390626", "8388608.5", "8388609.5", "1e10", "1e-10", "1e11",
        "123456789012345678901234567890e-29", "0.000000000000000000000000000000000000000000001",
    ])
    func edges(_ text: String) throws {
        // At the end of the input, and before more of it, where eight bytes are read at once.
        for suffix in ["", "          "] {
            let tensor = try FloatTensor(jsonBytes: Array("[\(text)\(suffix)]\(suffix)".utf8))
            #expect(tensor.scalars.map(\.bitPattern) == [strtof(text, nil).bitPattern])
        }
        #expect(try JSONValue(jsonString: text).doubleValue?.bitPattern == strtod(text, nil).bitPattern)
    }

    @Test(arguments: [
        "[]", "[[]]", "[[],[]]", "[[[]],[]]", "[[],[[]]]", "[1]", "[1,2,3]", "[[1,2],[3,4]]", "[[1],[2,3],[]]",
        "[[],[1]]", "[[[1,2],[3,4]],[[5,6]]]", "[[[[1]],[[2]]],[[[3]],[[4]]]]", "[[[[1],[]],[]],[]]",
        "[ 1 , 2\n,\t3 ]", "[null,1]", "[NaN,Infinity,-Infinity]", "[[1,-0.5e-3],[null,2]]",
    ])
    func readsTheSameAsThroughAValue(_ text: String) throws {
        let scanned = try FloatTensor(jsonBytes: Array(text.utf8))
        let converted = try FloatTensor(json: JSONValue(jsonString: text))
        #expect(scanned.description == converted.description)
        #expect(scanned.scalars.map(\.bitPattern) == converted.scalars.map(\.bitPattern))
        #expect(scanned.extents == converted.extents)
        let again = try FloatTensor(jsonBytes: scanned.json.jsonBytes())
        #expect(again.extents == scanned.extents)
        #expect(again.scalars.map(\.bitPattern) == scanned.scalars.map(\.bitPattern))
    }

    @Test(arguments: [
        "", "1", "null", "{}", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[[1],2]", "[1,[2]]", "[[1],]", "[[],1]",
        "[[[[[1]]]]]", "[[[[[]]]]]", "[\"1\"]", "[true]", "[01]", "[1.]", "[.5]", "[+1]", "[-]", "[1e]", "[1]]",
        "[1] x", "[{}]", "[nul]", "[-Inf]", "[[[]],[1]]", "[[1],[[]]]", "[1,\u{0}]",
    ])
    func refusesWhatIsNoTensor(_ text: String) {
        #expect(throws: JSONError.self) { try FloatTensor(jsonBytes: Array(text.utf8)) }
        #expect(throws: (any Error).self) { try FloatTensor(json: JSONValue(jsonString: text)) }
    }

    @Test func readsEmbeddingsApartFromTheirDocument() throws {
        let text = #"""
            {"object":"list","data":[{"embedding":[1, 2.5],"index":1},{"index":0,"embedding":"AACAPwAAIMA="},
            {"embedding":"no floats!"},{"embedding":["x"]},{"embedding":[]}],"usage":{"embedding_count":[3]}}
            """#
        let parsed = try JSONWithTensors(jsonBytes: Array(text.utf8), members: ["embedding"])
        let tensors = (0..<4).compactMap { parsed[$0] }
        #expect(tensors.map(\.scalars) == [[1, 2.5], [1, -2.5], []])
        let data = try #require(parsed.value["data"]?.arrayValue)
        #expect(data.map { $0["embedding"] } == [0, 1, "no floats!", ["x"], 2])
        #expect(parsed.value["usage"] == ["embedding_count": [3]])
        let stacked = try #require(FloatTensor(stacking: Array(tensors.prefix(2))))
        #expect(stacked.shape == [2, 2])
        #expect(throws: JSONError.self) {
            try JSONWithTensors(jsonBytes: Array(#"{"embedding":[1,]}"#.utf8), members: ["embedding"])
        }
    }

    /// The little-endian floats whose bytes a text is; the way around which the rows of a document take.
    private static func floats(base64 text: String) -> [Float]? {
        guard let bytes = try? Base64.decode(text), bytes.count % 4 == 0 else { return nil }
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * $1) })
        }
    }

    private static func base64(_ floats: [Float]) -> String {
        Base64.encode(
            floats.flatMap { float in (0..<4).map { UInt8(truncatingIfNeeded: float.bitPattern >> (8 * $0)) } }
        )
    }

    @Test func rowsOfAllFormsInAnyOrder() throws {
        var random = SeededGenerator(seed: 65)
        for round in 0..<2_000 {
            let rows = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                (0..<Int.random(in: 0...7, using: &random)).map { _ in Float(Int.random(in: -99...99, using: &random)) }
            }
            var items = rows.enumerated().map { index, row in
                let isText = round % 2 == 0 || Bool.random(using: &random)
                // An empty string is no row.
                let embedding =
                    isText && !row.isEmpty
                    ? "\"\(Self.base64(row))\"" : "[\(row.map { "\(Int($0))" }.joined(separator: ","))]"
                return "{\"index\":\(index),\"embedding\":\(embedding)}"
            }
            if round % 3 == 0 { items.shuffle(using: &random) }
            // What begins like a row and is none leaves no trace.
            let other = "{\"embedding\":\"AAAAAAAAAAAAAAAA!\"}"
            let document = "{\"other\":\(other),\"data\":[\(items.joined(separator: ","))]}"
            let tensor = try FloatTensor(embeddingsReply: Array(document.utf8))
            #expect(tensor == FloatTensor(rows: rows), "\(document)")
        }
    }

    @Test func base64IsReadAsItsStringWouldBe() throws {
        var random = SeededGenerator(seed: 64)
        let pieces = [
            "\n", "\r", "\t", " ", "\u{B}", "=", "\\n", "\\u0041", "\"", "\\\"", "-", "_", "!", "é", "\0", "\\",
        ]
        var read = 0
        let count = 20_000
        for _ in 0..<count {
            let values = (0..<Int.random(in: 0...9, using: &random)).map { _ in
                Float(bitPattern: UInt32.random(in: 0...(.max), using: &random))
            }
            var text = Self.base64(values)
            if Bool.random(using: &random) { text.removeAll { $0 == "=" } }
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                let place = text.index(text.startIndex, offsetBy: Int.random(in: 0...text.count, using: &random))
                text.insert(contentsOf: pieces.randomElement(using: &random) ?? "", at: place)
            }
            let document = Array("{\"embedding\":\"\(text)\",\"a\":1}".utf8)
            let general = try? JSONValue(jsonBytes: document)
            let parsed = try? JSONWithTensors(jsonBytes: document, members: ["embedding"])
            let string = general?["embedding"]?.stringValue
            if let tensor = parsed?[0] {
                let floats = string.flatMap(Self.floats(base64:))
                #expect(floats?.map(\.bitPattern) == tensor.scalars.map(\.bitPattern), "\(text)")
                read += 1
            } else {
                #expect(parsed?.value == general, "\(text)")
                let isPlain = string == text && !text.isEmpty
                #expect(!isPlain || Self.floats(base64: text) == nil, "\(text)")
            }
        }
        #expect(read > count / 4)
        print("Base64 in JSON: \(count) strings, \(read) of floats.")
    }
}

@Suite struct FloatTensorTests {
    let ragged = FloatTensor(
        scalars: [1, 2, 3, 4, 5, 6],
        lengths: [[2], [1, 2], [2, 2, 2]]
    )

    @Test func shapes() throws {
        #expect(FloatTensor([1, 2, 3], shape: [3])?.rank == 1)
        #expect(FloatTensor([1, 2, 3], shape: [2]) == nil)
        #expect(FloatTensor([], shape: [Int.max, 4]) == nil)
        #expect(FloatTensor([], shape: [-1]) == nil)
        #expect(FloatTensor([], shape: []) == nil)
        #expect(FloatTensor([1], shape: [1, 1, 1, 1, 1]) == nil)
        let matrix = try #require(FloatTensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
        #expect(matrix.count == 2)
        #expect(matrix.row(1) == [4, 5, 6])
        #expect(matrix[1, 2] == 6)
        #expect(matrix[0].shape == [3])
        #expect(matrix.withRow(1) { $0.count } == 3)
        #expect(matrix.description == "FloatTensor(2 × 3)")
        #expect(FloatTensor([7, 8])[1].scalars == [8])
        #expect(ragged.shape == nil)
        #expect(ragged.isRagged)
        #expect(ragged.row(1) == [3, 4, 5, 6])
        #expect(ragged[1].shape == [2, 2])
        #expect(ragged.description == "FloatTensor(2 × ragged × 2)")
        #expect(FloatTensor(rows: [[1], [2, 3]]).json == [[1.0], [2.0, 3.0]])
    }

    @Test func dropsAnOuterLevelOfOne() throws {
        let wrapped = try FloatTensor(json: [[[1, 2], [3, 4]]])
        #expect(wrapped.droppingOuterLevelOfOne().shape == [2, 2])
        #expect(ragged.droppingOuterLevelOfOne() == ragged)
        #expect(FloatTensor([1]).droppingOuterLevelOfOne().shape == [1])
    }

    @Test func stacks() {
        #expect(FloatTensor(stacking: [ragged[0], ragged[1]]) == ragged)
        #expect(FloatTensor(stacking: [ragged, FloatTensor([1])]) == nil)
        #expect(FloatTensor(stacking: [])?.count == 0)
    }

    @Test func pools() throws {
        #expect(ragged.mean(over: 1) == FloatTensor([1, 2, 4, 5], shape: [2, 2]))
        #expect(ragged.first(along: 1) == FloatTensor([1, 2, 3, 4], shape: [2, 2]))
        #expect(ragged.mean(over: 0) == nil)
        #expect(ragged.mean(over: 3) == nil)
        #expect(ragged.mean(over: -1) == nil)
        #expect(ragged.mean(over: 2)?.json == [[1.5], [3.5, 5.5]])
        #expect(FloatTensor([1, 3]).mean(over: 0) == FloatTensor([2]))
        #expect(FloatTensor([1, 2, 3, 4], shape: [2, 2])?.mean(over: 0) == FloatTensor([2, 3]))
        #expect(FloatTensor(rows: [[], [1]]).first(along: 1) == nil)
    }

    @Test func normalizes() {
        let tensor = FloatTensor(rows: [[3, 4], [0, 0], [5]]).l2Normalized()
        #expect(tensor == FloatTensor(rows: [[0.6, 0.8], [0, 0], [1]]))
    }

    @Test func findsTheNearest() {
        let rows = FloatTensor(rows: [[1, 0], [0, 1], [1, 1], [-1, 0], [.nan, 0], [1], [2, 0]])
        let matches = rows.nearest(to: [1, 0], count: 4)
        #expect(matches.map(\.index) == [0, 6, 2, 1])
        #expect(matches[0].similarity == 1)
        #expect(abs(matches[2].similarity - 0.70710677) < 1e-6)
        #expect(rows.nearest(to: [1, 0], count: 0) == [])
        #expect(FloatTensor.cosineSimilarity([1, 2], [1]).isNaN)
        #expect(FloatTensor.cosineSimilarity([0, 0], [1, 1]) == 0)
        let long = (0..<1000).map { Float($0 % 17) - 8 }
        #expect(abs(FloatTensor.cosineSimilarity(long, long.map { -$0 }) + 1) < 1e-6)
    }
}
