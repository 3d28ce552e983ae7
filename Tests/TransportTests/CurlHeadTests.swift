#if canImport(CInferenceCurl)
import HTTPTypes
import Testing

@testable import InferenceKit

@Suite("Heads of libcurl's responses")
struct CurlHeadTests {
    /// A head with one line of the given bytes.
    private static func response(_ line: [UInt8]) throws -> HTTPResponse {
        try CurlHead.response(from: Array("HTTP/1.1 200 OK\r\n".utf8) + line + Array("\r\n\r\n".utf8), decoded: false)
    }

    @Test(
        "A name keeps its spelling, known or not",
        arguments: [
            "content-type", "Content-Type", "CONTENT-TYPE", "cOnTent-type", "Content-Typo", "date", "Date", "ETag",
            "etag",
            "Etag", "x-request-id", "X-Request-Id", "X-Request-ID", "X-Compute-Type", "RateLimit", "ratelimit-policy",
            "a",
            "x", "x-a-name-that-is-longer-than-all-that-are-known-to-anybody", "x_under.score!",
        ]
    )
    func names(name: String) throws {
        let response = try Self.response(Array("\(name): value".utf8))
        let field = try #require(response.headerFields.first)
        let expected = try #require(HTTPField.Name(name))
        #expect(response.headerFields.count == 1)
        #expect(field.name.rawName == name)
        #expect(field.name.canonicalName == expected.canonicalName)
        #expect(response.headerFields[expected] == "value")
    }

    @Test("Names that are no tokens are dropped", arguments: ["", "content type", "content-type ", "naïve", "a(b)"])
    func noTokens(name: String) throws {
        #expect(try Self.response(Array("\(name): value".utf8)).headerFields.isEmpty)
    }

    @Test("Every byte in a value is taken as the lenient initialiser takes it", arguments: UInt8.min...UInt8.max)
    func values(byte: UInt8) throws {
        // A line break begins another line, of which libcurl makes one of its own.
        guard byte != UInt8(ascii: "\n") else { return }
        let name = try #require(HTTPField.Name("x-value"))
        let value = Array("a".utf8) + [byte] + Array("b".utf8)
        let field = try #require(try Self.response(Array("x-value: ".utf8) + value).headerFields.first)
        #expect(field == HTTPField(name: name, lenientValue: value))
    }

    @Test("Blanks around a value are not part of it", arguments: [":v", ": v", ":\t v \t", ": v "])
    func blanks(rest: String) throws {
        #expect(try Self.response(Array("x-value\(rest)".utf8)).headerFields.first?.value == "v")
    }
}
#endif
