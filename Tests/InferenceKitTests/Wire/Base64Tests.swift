import Testing

@testable import InferenceKit

@Suite struct Base64Tests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func vectorsOfTheStandard(_ plain: String, _ encoded: String) throws {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(try Base64.decode(encoded) == Array(plain.utf8))
        #expect(try Base64.decode(encoded.filter { $0 != "=" }) == Array(plain.utf8))
    }

    @Test func everyLengthThereAndBack() throws {
        var random = SeededGenerator(seed: 1)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Base64.encode(bytes)
            #expect(text.utf8.count == Base64.encodedLength(of: length))
            #expect(try Base64.decode(text) == bytes)
            let urlSafe = text.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }
            #expect(try Base64.decode(String(urlSafe)) == bytes)
            var wrapped = ""
            for (index, character) in text.enumerated() {
                if index % 7 == 0 { wrapped += index % 2 == 0 ? "\r\n" : " " }
                wrapped.append(character)
            }
            #expect(try Base64.decode(wrapped + "\n") == bytes)
            var appended: [UInt8] = [1, 2]
            Base64.encode(bytes, into: &appended)
            #expect(appended == [1, 2] + Array(text.utf8))
        }
    }

    @Test(arguments: [
        ("A", 1), ("AAAAA", 5), ("AA=", 3), ("AAA==", 4), ("A===", 1), ("=", 0), ("AAAA=", 4), ("AA==AA", 4),
        ("AA$A", 2), ("AAAAAAAAAAé", 10), ("AAAAAAAAA\0AAAAAAA", 9), ("data:AA", 4),
    ])
    func refusesWhatIsNoBase64(_ text: String, _ offset: Int) {
        let error = #expect(throws: Base64.Malformed.self) { try Base64.decode(text) }
        #expect(error?.offset == offset, "\(text)")
    }
}
