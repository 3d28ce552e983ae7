import Testing

@testable import InferenceKit

@Suite struct JSONReading {
    static func parse(_ text: String) throws -> JSONValue { try JSONValue(jsonString: text) }

    @Test func readsEveryKindOfValue() throws {
        let value = try Self.parse(#" { "a" : [1, -2.5e3, true, false, null, "x"], "b": {}, "c": [ ] } "#)
        #expect(value == ["a": [1, -2500.0, true, false, nil, "x"], "b": [:], "c": []])
        #expect(value["a"]?[0]?.intValue == 1)
        #expect(value["a"]?[9] == nil)
        #expect(value["a"]?[-1] == nil)
        #expect(value["z"] == nil)
        #expect(value["a"]?[4]?.isNull == true)
        #expect(value["a"]?[5]?.stringValue == "x")
    }

    @Test func keepsOrderAndDigits() throws {
        let text = #"{"z":1.0,"a":1e5,"m":12345678901234567890123,"n":-0,"k":0.10}"#
        let value = try Self.parse(text)
        #expect(value.jsonString() == text)
        #expect(value.jsonString(sortedKeys: true).hasPrefix(#"{"a":1e5,"k""#))
        #expect(value.objectValue?.keys == ["z", "a", "m", "n", "k"])
    }

    @Test func lastDuplicateWinsInThePlaceOfTheFirst() throws {
        let value = try Self.parse(#"{"a":1,"b":2,"a":3,"\u0061":4}"#)
        #expect(value.jsonString() == #"{"a":4,"b":2}"#)
        #expect(try Self.parse(#"{"é":1,"é":2,"\u00e9":3}"#).jsonString() == #"{"é":3}"#)
        let many = "{" + (0..<100).map { "\"k\($0 % 50)\":\($0)" }.joined(separator: ",") + "}"
        let object = try #require(try Self.parse(many).objectValue)
        #expect(object.count == 50)
        #expect(object["k7"] == 57)
    }

    @Test func readsPythonsWordsAsNull() throws {
        #expect(try Self.parse("[NaN,Infinity,-Infinity,1]") == [nil, nil, nil, 1])
    }

    @Test func skipsOneByteOrderMark() throws {
        #expect(try JSONValue(jsonBytes: [0xEF, 0xBB, 0xBF] + Array("[1]".utf8)) == [1])
        #expect(throws: JSONError.self) { try Self.parse("\u{FEFF}\u{FEFF}1") }
    }

    @Test func decodesEscapes() throws {
        let value = try Self.parse(#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\u0000é😀 plain text that is long""#)
        #expect(value.stringValue == "\"\\/\u{8}\u{C}\n\r\té😀\0é😀 plain text that is long")
    }

    @Test(arguments: [
        ("", 0), (" ", 1), ("[", 1), ("[1", 2), ("[1,", 3), ("[1,]", 3), ("{", 1), (#"{"a"}"#, 4), (#"{"a":}"#, 5),
        (#"{"a":1,}"#, 7), ("{a:1}", 1), ("tru", 0), ("nul", 0), ("01", 0), ("-", 1), ("-01", 1), ("1.", 2),
        ("1.e3", 2), ("1e", 2), ("1e+", 3), (".5", 0), ("+1", 0), ("1 2", 2), ("[1 2]", 3), (#""abc"#, 4),
        ("\"a\u{1}\"", 2), (#""\x""#, 2), (#""\u12g4""#, 5), (#""\ud800""#, 7), (#""\ud800\u0041""#, 7),
        (#""\udc00""#, 1), ("'a'", 0), ("[]]", 2), ("nulll", 4), ("--1", 1), ("-Inf", 1), ("\u{0}", 0),
    ])
    func refusesWhatIsNoJSON(_ text: String, _ offset: Int) {
        let error = #expect(throws: JSONError.self) { try Self.parse(text) }
        #expect(error?.offset == offset, "\(text)")
    }

    @Test func refusesBadUTF8() {
        for bytes: [UInt8] in [[0x80], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] {
            for prefix in ["", "some plain text "] {
                let document = [0x22] + Array(prefix.utf8) + bytes + [0x22]
                let error = #expect(throws: JSONError.self) { try JSONValue(jsonBytes: document) }
                #expect(error?.offset == 1 + prefix.utf8.count)
                for escaped in [[0x5C, 0x6E] + bytes, bytes + [0x5C, 0x6E], [0x5C, 0x6E] + bytes + [0x5C, 0x6E]] {
                    let document = [0x22] + Array(prefix.utf8) + escaped + [0x22]
                    #expect(throws: JSONError.self) { try JSONValue(jsonBytes: document) }
                    #expect(throws: JSONError.self) { try JSONValue(jsonBytes: [0x7B] + document + Array(":1}".utf8)) }
                }
            }
        }
    }

    @Test func limitsDepthWithoutOverflowing() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try Self.parse(nested(512))
        #expect(throws: JSONError.self) { try Self.parse(nested(513)) }
        #expect(throws: JSONError.self) { try Self.parse(String(repeating: "{\"a\":[", count: 500_000)) }
    }

    @Test func errorsShowNoContent() throws {
        let error = #expect(throws: JSONError.self) { try Self.parse(#"{"token":"hf_secret" oops}"#) }
        #expect(error?.description == "The JSON is malformed at byte 21: expected ',' or '}'.")
    }

    @Test func descriptionsShowShapesOnly() throws {
        let value: JSONValue = ["prompt": "secret", "n": 42]
        #expect("\(value)" == "object(2 members)")
        var dumped = ""
        dump(["x": value], to: &dumped)
        for text in [String(reflecting: value), "\([value])", dumped, "\(value["n"]?.json as Any)"] {
            #expect(!text.contains("secret") && !text.contains("42"), "\(text)")
        }
    }
}

@Suite struct JSONNumbers {
    @Test(arguments: [
        ("3", 3), ("3.0", 3), ("3e0", 3), ("30e-1", 3), ("-0", 0), ("0.0", 0), ("9223372036854775807", Int.max),
        ("-9223372036854775808", Int.min), ("1e18", 1_000_000_000_000_000_000), ("9223372036854775808", nil),
        ("1e19", nil), ("3.5", nil), ("1e999999999999999999999", nil), ("0e999999999999999999999", 0),
    ])
    func wholeNumbers(_ literal: String, _ expected: Int?) throws {
        #expect(try #require(JSONNumber(literal: literal)).intValue == expected)
    }

    @Test func equalityIsByValue() throws {
        let equal = ["1", "1.0", "10e-1", "0.1e1", "1000000000000000000000e-21"].compactMap(JSONNumber.init(literal:))
        #expect(equal.count == 5)
        #expect(Set(equal).count == 1)
        #expect(JSONNumber(literal: "9007199254740993") != JSONNumber(literal: "9007199254740992"))
        #expect(JSONNumber(literal: "-0.0") == 0)
        #expect(JSONNumber(literal: "01") == nil)
        #expect(JSONNumber(literal: " 1") == nil)
        #expect(JSONNumber(literal: "NaN") == nil)
    }

    @Test func doublesRoundTrip() throws {
        for value in [
            0.1, 1e300, .leastNonzeroMagnitude, -0.0, 123456.789, .pi, .greatestFiniteMagnitude, 1e22, 1e23, 0.3,
            2e-308,
        ] {
            let number = try #require(JSONNumber(value))
            #expect(try JSONValue(jsonString: number.literal).doubleValue?.bitPattern == value.bitPattern)
        }
        #expect(JSONNumber(Double.nan) == nil)
        #expect(JSONNumber(Float.infinity) == nil)
        #expect(Double.infinity.json == .null)
        #expect(try JSONValue(jsonString: "1e999").doubleValue == .infinity)
        #expect(try JSONValue(jsonString: "-1e-999").doubleValue?.bitPattern == (-0.0).bitPattern)
    }
}

@Suite struct JSONObjects {
    @Test(arguments: [3, 32, 33, 200])
    func membersAreFoundAtEverySize(_ count: Int) {
        var object = JSONObject()
        for index in 0..<count { object["key \(index)"] = JSONValue(integerLiteral: index) }
        #expect(object.count == count)
        #expect(object.keys == (0..<count).map { "key \($0)" })
        object["key 1"] = "changed"
        object["key 0"] = nil
        #expect(object.count == count - 1)
        #expect(object["key 0"] == nil)
        #expect(object["key 1"] == "changed")
        #expect(object["key \(count - 1)"] == JSONValue(integerLiteral: count - 1))
        object["absent"] = nil
        #expect(!object.contains("absent"))
    }

    @Test func equalWhateverTheOrder() {
        let one: JSONObject = ["a": 1, "b": [2]]
        let other: JSONObject = ["b": [2], "a": 1]
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one != ["a": 1])
        #expect(one != ["a": 1, "c": [2]])
    }

    @Test func merges() {
        let base: JSONObject = ["a": 1, "n": ["x": 1, "y": 2]]
        let other: JSONObject = ["b": 2, "n": ["y": 3]]
        #expect(JSONValue.object(base.merging(other)).jsonString() == #"{"a":1,"n":{"y":3},"b":2}"#)
        #expect(
            JSONValue.object(base.mergingRecursively(other)).jsonString() == #"{"a":1,"n":{"x":1,"y":3},"b":2}"#
        )
        #expect(base.removing(["a", "zz"]).keys == ["n"])
        #expect(base.filter { $0.value.intValue != nil }.keys == ["a"])
    }
}

@Suite struct JSONWriting {
    @Test func escapesOnlyWhatMustBe() throws {
        let text = "\"\\/\u{8}\u{C}\n\r\t\u{1}\u{1f}\u{7f}é\u{2028}😀"
        #expect(JSONValue.string(text).jsonString() == #""\"\\/\b\f\n\r\t\u0001\u001f"# + "\u{7f}é\u{2028}😀\"")
        #expect(try JSONValue(jsonString: JSONValue.string(text).jsonString()).stringValue == text)
    }

    @Test func escapesAtEveryPlaceOfAWord() throws {
        for length in 0..<40 {
            for place in 0..<max(length, 1) {
                for special in ["\"", "\\", "\n", "é", "\u{1}"] {
                    let text = String(repeating: "a", count: place) + special + String(repeating: "b", count: length)
                    #expect(try JSONValue(jsonBytes: JSONValue.string(text).jsonBytes()) == .string(text))
                }
            }
        }
    }

    @Test func writesNumbers() {
        let value: JSONValue = [0, -7, 10, 1.5, 1e100, -0.0]
        #expect(value.jsonString() == "[0,-7,10,1.5,1e+100,-0.0]")
        #expect(Int.min.json.jsonString() == "-9223372036854775808")
        #expect(Float(0.1).json.jsonString() == "0.1")
    }
}

@Suite struct JSONConversion {
    enum Word: String, JSONConvertible { case yes, no }

    @Test func convertsThereAndBack() throws {
        #expect(try [String: [Int?]](json: ["a": [1, nil], "b": []]) == ["a": [1, nil], "b": []])
        #expect(["b": [1.5], "a": []].json.jsonString() == #"{"a":[],"b":[1.5]}"#)
        #expect(try Word(json: "yes") == .yes)
        #expect(Word.no.json == "no")
        #expect(try Float(json: 0.1) == 0.1)
        #expect(try Double(json: 3) == 3)
        #expect(try Bool(json: true))
    }

    @Test func mismatchesNamePathAndKinds() throws {
        let error = #expect(throws: JSONMismatch.self) {
            try JSONObject(json: ["rows": [["n": 1], ["n": "x"]]]).decode("rows", as: [[String: Int]].self)
        }
        #expect(error?.path == ["rows", "[1]", "n"])
        #expect(error?.description == "Expected an integer at rows[1].n, found string.")
        #expect(throws: JSONMismatch(expected: "a value", found: "nothing", path: ["q"])) {
            try JSONObject().decode("q", as: Int.self)
        }
        #expect(try (["q": nil] as JSONObject).decodeIfPresent("q", as: Int.self) == nil)
        #expect(throws: JSONMismatch.self) { try Word(json: "maybe") }
        #expect(throws: JSONMismatch.self) { try Int(json: 1.5) }
    }
}
