import Testing

@testable import InferenceKit

@Suite("Reading zlib streams")
struct InflateTests {
    /// A stream that zlib itself has made, and what it made it of.
    struct Stream: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var bytes: [UInt8]
        var content: [UInt8]

        init(_ name: String, _ base64: String, _ content: [UInt8]) {
            testDescription = name
            bytes = (try? Base64.decode(base64)) ?? []
            self.content = content
        }
    }

    private static func mixture(_ count: Int) -> [UInt8] {
        (0..<count).map { (index: Int) -> UInt8 in
            let wave: Int = (index * index / 3 + index / 50) % 23
            let steps: Int = (index % 7) * (index / 11 % 3)
            return UInt8(97 + wave + steps)
        }
    }

    static let streams = [
        Stream(
            "stored",
            "eAEBAwD8/2FiYwJNASc=",
            Array("abc".utf8)
        ),
        Stream(
            "fixed codes",
            "eAELyUhVKCzNTM5WSCrKL89TSMuv0FMIGRUcTIIAlVWTlQ==",
            Array(String(repeating: "The quick brown fox. ", count: 20).utf8)
        ),
        Stream(
            "codes of its own",
            "eNollFe25CAQQ9dqk3MGxw5vNj7C/a9zq5BULMtKuXKpM9NlqrLIZnZNatD3oQS/rpJzqX1lyhdqK49FVtXd1/KR/fflrWFkXVfC"
                + "hPZ5CA/IOSHhNdbi1bV3Tpbeam19oSL2xlwTkFSzp8/OenLqDkZySgihXPqyCUBUvmLVGyBxQpKVbB29tT6IMLFfD+TTIInvLbco"
                + "15aclpwxZqUJdZchDNVU+6rh7x4+Dus6hVVGPy7xQLjzQ0PyB4jc5Iia9uyNElJpG36Qa+gq66d3xwJvQa4Vu7LfqkbaNHQ+u4Lk"
                + "O4YjSS3JsFFCivKB5NiYrZefENUXKDBGkRaDM/oHCTbvKh3/ZBFlsYtnxZDiBBk1p6i0cXG7GzXldKOIsLrV04wxWvc8IZpQYWM7"
                + "HojthQXiSeTV0q34HyRikTKuP6LzYWeCJFAoDOvRiBKRoEnsMe29yFiIgYQGmkTzAhA9Ia1vD8QkDeMQcmaRJXvaB3JE732IGRUo"
                + "22sVrlILCU/T/CD3aRoaUNvYfe7nyk0aAvkUnmWzZ3kg71d4IE37kDtVAXOG2kUBhHc4j/f+lYIubmcqnQibV5XWcPiCPrLq0Efz"
                + "vi/nfEjTtzKYjkMk6nf/g7T1Me0LSIyptAWlrkTDtMMfE7JlhxqJ6zwsrDXWp7oKO6TKkIRTb0mfLbbkrf7AlZQyLoPraf4PEjs8"
                + "y+49IbDWWet8LJ1iERkfyGcsUR01/MUZcsN15dIXLV050CU4n9/deTGSfR2KjpqCny9q+/2D7DA+v0d4IAs6jcOY3o6D6+AKQj4L"
                + "ohHwlffIWtBsaTmGEGDaIaxJm2pvSLLs/pYDnUbG80aPsw0CSC3Etne+fxCo5jKzkA3394PktJv6yvcsCUMd0WlkLDij53XjzE08"
                + "vtQ2me8cOUYpjMGuUuMnAGRDfHjMa9FVQJIwqRqS0ciWAyCUcUnhyP5Jpop0CSh40Riztv+phgfp",
            mixture(1200)
        ),
        Stream(
            "several blocks, some stored or empty",
            "eJwUzIESQCAMANBvtbRaZWizDnHnz/E+4A0DjEjTaj5bXDVK3PKenM7pOihg71KrqIEnlrEoLhKVbHoKtsrPzSV7BwDOh8S1Bf6S"
                + "80/mu4Ew9d3QvQAAAP//HMxHEoAgDADAt0oxQRRDSYARy9N1vO/sJFwKy2SAhO3GEA8svsenW4mbO3ePs9FamxlDbgBBXBpUlrZf"
                + "lXJwI65oVRVmqRo8yfiThz9Cd0tMqF4AAAD//yTM0Q6AIAgAwG9tJQKGmFOoVlv15bX1fru+CCOEEGZM2jZUderUb/J8ml4CXoVg"
                + "HNz2I44xFQPJzh95eC24oheerOZEEYln/ZPDuWG7zCQo9BcAAP//AwAhRoHm",
            mixture(300)
        ),
        Stream(
            "one byte repeated",
            "eNrtwTEBAAAAwqD1T20ND6AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAVwOGrwAB",
            [UInt8](repeating: 0, count: 100_000)
        ),
        Stream(
            "nothing",
            "eNoDAAAAAAE=",
            []
        ),
    ]

    @Test("What zlib has written is read", arguments: streams)
    func reads(_ stream: Stream) throws {
        #expect(try Inflate.zlib(stream.bytes, limit: stream.content.count) == stream.content)
        #expect(try Inflate.zlib(stream.bytes + [1, 2, 3], limit: 1 << 20) == stream.content)
    }

    @Test("A stream that is cut anywhere is an error", arguments: streams)
    func cut(_ stream: Stream) {
        for count in stream.bytes.indices {
            #expect(throws: Inflate.Malformed.self, "cut at \(count)") {
                try Inflate.zlib(Array(stream.bytes[..<count]), limit: 1 << 20)
            }
        }
    }

    @Test("A stream never gives more than the limit", arguments: streams)
    func limit(_ stream: Stream) {
        guard !stream.content.isEmpty else { return }
        #expect(throws: Inflate.Malformed.self) { try Inflate.zlib(stream.bytes, limit: stream.content.count - 1) }
    }

    @Test("Damaged streams are an error or other bytes, never a trap")
    func fuzz() {
        let seed: UInt64 = 7
        var generator = SeededGenerator(seed: seed)
        var errors = 0
        let rounds = 6000
        for round in 0..<rounds {
            var bytes = Self.streams[round % 5].bytes
            for _ in 0...Int.random(in: 0...3, using: &generator) {
                bytes[Int.random(in: 2..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            do { _ = try Inflate.zlib(bytes, limit: 200_000) } catch { errors += 1 }
        }
        print("Inflate: seed \(seed), \(rounds) damaged streams, \(errors) errors.")
        // The checksum catches what the codes do not; the odd round changes nothing.
        #expect(errors > rounds * 9 / 10)
    }

    @Test(
        "Bad headers, sizes and codes",
        arguments: [
            [0x78], [0x79, 0x9C, 3, 0], [0x78, 0x9D, 3, 0], [0x78, 0xBB, 0, 0, 0, 0, 3, 0],
            // A block of an unknown kind.
            [0x78, 0x9C, 0x07, 0, 0, 0],
            // A stored block whose length and complement differ.
            [0x78, 0x9C, 0x01, 1, 0, 0, 0, 65],
            // A copy from before the start: fixed codes, length 3, distance 1.
            [0x78, 0x9C, 0x03, 0x02, 0, 0, 0, 0, 0],
            // The right bytes with a wrong checksum.
            [0x78, 0x9C, 0x03, 0, 0, 0, 0, 2],
        ] as [[UInt8]]
    )
    func malformed(_ bytes: [UInt8]) {
        #expect(throws: Inflate.Malformed.self) { try Inflate.zlib(bytes, limit: 100) }
    }
}
