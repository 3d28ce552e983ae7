import InferenceKit
import TestSupport
import Testing

@testable import InferenceKit

@Suite("Structured output")
struct StructuredTests {
    enum Size: String, Codable, CaseIterable, Sendable { case small, large }
    enum Level: Int, Codable, CaseIterable, Sendable { case low = 1, high = 2 }
    enum Unlisted: String, Codable, Sendable { case one }

    struct Place: Codable, Equatable, Sendable, SchemaDescribing {
        var city: String
        var population: Int?
        static let schemaDescriptions = ["city": "The name of the city"]
    }

    struct Trip: Codable, Equatable, Sendable {
        var name: String
        var stops: [Place]
        var size: Size
        var level: Level?
        var price: Double
        var paid: Bool
        var notes: [String: String]?
        var count: UInt8
        var raw: JSONValue
    }

    struct Wrapped: Codable, Sendable { var value: Identifier }
    struct Identifier: Codable, Sendable {
        var text: String
        init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }
        func encode(to encoder: any Encoder) throws { try text.encode(to: encoder) }
    }
    struct OwnSchema: Codable, Sendable, SchemaProviding {
        var day: String
        static let jsonSchema: JSONValue = [
            "type": "object", "properties": ["day": ["type": "string", "format": "date"]],
        ]
        init(from decoder: any Decoder) throws { day = "" }
    }
    final class Tree: Codable, Sendable {
        let children: [Tree]
        init(children: [Tree]) { self.children = children }
    }
    struct Bad: Codable, Sendable { var word: Unlisted }

    /// Swift types and the schemas that they must have.
    static let schemas: [(name: String, make: @Sendable () throws -> JSONValue, schema: String)] = [
        ("String", { try JSONSchema.of(String.self) }, #"{"type":"string"}"#),
        ("Bool", { try JSONSchema.of(Bool.self) }, #"{"type":"boolean"}"#),
        ("Int", { try JSONSchema.of(Int.self) }, #"{"type":"integer"}"#),
        ("UInt8", { try JSONSchema.of(UInt8.self) }, #"{"type":"integer","minimum":0}"#),
        ("Double", { try JSONSchema.of(Double.self) }, #"{"type":"number"}"#),
        ("[Int]", { try JSONSchema.of([Int].self) }, #"{"type":"array","items":{"type":"integer"}}"#),
        (
            "[String: Double]", { try JSONSchema.of([String: Double].self) },
            #"{"type":"object","additionalProperties":{"type":"number"}}"#
        ),
        ("an enumeration of texts", { try JSONSchema.of(Size.self) }, #"{"type":"string","enum":["small","large"]}"#),
        ("an enumeration of numbers", { try JSONSchema.of(Level.self) }, #"{"type":"integer","enum":[1,2]}"#),
        (
            "a structure with an optional and a description", { try JSONSchema.of(Place.self) },
            #"{"type":"object","properties":{"city":{"type":"string","description":"The name of the city"},"population":{"type":"integer"}},"required":["city"],"additionalProperties":false}"#
        ),
        (
            "nesting of every kind", { try JSONSchema.of(Trip.self) },
            #"{"type":"object","properties":{"name":{"type":"string"},"stops":{"type":"array","items":{"type":"object","properties":{"city":{"type":"string","description":"The name of the city"},"population":{"type":"integer"}},"required":["city"],"additionalProperties":false}},"size":{"type":"string","enum":["small","large"]},"level":{"type":"integer","enum":[1,2]},"price":{"type":"number"},"paid":{"type":"boolean"},"notes":{"type":"object","additionalProperties":{"type":"string"}},"count":{"type":"integer","minimum":0},"raw":{}},"required":["name","stops","size","price","paid","count","raw"],"additionalProperties":false}"#
        ),
        (
            "a type that is one value", { try JSONSchema.of(Wrapped.self) },
            #"{"type":"object","properties":{"value":{"type":"string"}},"required":["value"],"additionalProperties":false}"#
        ),
        (
            "a type with a schema of its own", { try JSONSchema.of(OwnSchema.self) },
            #"{"type":"object","properties":{"day":{"type":"string","format":"date"}}}"#
        ),
    ]

    @Test("A type's schema", arguments: schemas.map(\.name))
    func schema(name: String) throws {
        let row = try #require(Self.schemas.first { $0.name == name })
        #expect(try row.make().jsonString() == row.schema)
    }

    @Test("A type that contains itself is refused, and named")
    func recursion() {
        let error = #expect(throws: InferenceError.self) { try JSONSchema.of(Tree.self) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains("Tree contains itself") == true)
        #expect(error?.field == "children.[]")
    }

    @Test("An enumeration whose cases are not known is refused, and named")
    func unlisted() {
        let error = #expect(throws: InferenceError.self) { try JSONSchema.of(Bad.self) }
        #expect(error?.field == "word")
        #expect(error?.message.contains("CaseIterable") == true)
    }

    private func answer(_ text: String, finish: String = "stop") -> MockTransport.Answer {
        let content = JSONValue.string(text).jsonString()
        return .json(
            #"{"choices":[{"message":{"role":"assistant","content":\#(content)},"finish_reason":"\#(finish)"}]}"#
        )
    }

    @Test("An answer becomes a value, bare, fenced or between words")
    func decoding() async throws {
        let place = Place(city: "Graz", population: 3)
        for text in [
            #"{"city":"Graz","population":3}"#, "```json\n{\"city\":\"Graz\",\"population\":3}\n```",
            "Here it is: {\"city\":\"Graz\",\"population\":3} – done",
        ] {
            let client = testClient(MockTransport(answer(text)))
            let result = try await client.chatCompletion("Where?", returning: Place.self, model: "a/b")
            #expect(result.value == place)
            #expect(result.answer.text == text)
        }
    }

    @Test("The schema goes along in the dialect of the server")
    func request() async throws {
        let transport = MockTransport(answer(#"{"city":"Graz"}"#))
        _ = try await testClient(transport).chatCompletion("Where?", returning: Place.self, model: "a/b")
        let body = try JSONValue(jsonBytes: transport.calls[0].body)
        #expect(body["response_format"]?["json_schema"]?["name"]?.stringValue == "Place")
        #expect(body["response_format"]?["json_schema"]?["schema"] == (try JSONSchema.of(Place.self)))
    }

    @Test("The schema goes along in words where a server takes no response format")
    func instructions() async throws {
        let words =
            "Answer with JSON alone, which follows this JSON schema: \(try JSONSchema.of(Place.self).jsonString())"
        for (given, sent) in [
            ([ChatMessage.user("Where?")], [ChatMessage.system(words), .user("Where?")]),
            ([.system("Be kind"), .user("Where?")], [.system("Be kind\n\n\(words)"), .user("Where?")]),
        ] {
            let transport = MockTransport(answer(#"{"city":"Graz"}"#))
            let result = try await testClient(transport).chatCompletion(
                given,
                returning: Place.self,
                model: "a/b",
                schema: .instructions
            )
            #expect(result.value.city == "Graz")
            let body = try JSONValue(jsonBytes: transport.calls[0].body)
            #expect(body["response_format"] == nil)
            #expect(body["messages"] == sent.json)
        }
    }

    @Test("One bounded round of repair shows the model what was wrong, and not more than it said itself")
    func repair() async throws {
        let transport = MockTransport(answer(#"{"city":3}"#), answer(#"{"city":"Graz"}"#))
        let result = try await testClient(transport).chatCompletion(
            "Where?",
            returning: Place.self,
            model: "a/b",
            repairs: 1
        )
        #expect(result.value.city == "Graz")
        let messages = try #require(try JSONValue(jsonBytes: transport.calls[1].body)["messages"]?.arrayValue)
        #expect(messages.count == 3)
        #expect(messages[2]["content"]?.stringValue?.contains("at city, expected a text") == true)
    }

    @Test("An answer that does not follow the schema is an error that carries it")
    func failure() async throws {
        let client = testClient(MockTransport(answer("no idea"), answer("none")))
        let error = await #expect(throws: InferenceError.self) {
            try await client.chatCompletion("Where?", returning: Place.self, model: "a/b", repairs: 1)
        }
        #expect(error?.code == .undecodable)
        #expect(error?.partial(of: ChatCompletion.self)?.text == "none")
        #expect(error?.message.contains("none") == false)
    }

    @Test("Values while the answer is made")
    func partialValues() async throws {
        struct Draft: Codable, Equatable, Sendable {
            var city: String?
            var tags: [String]?
        }
        let pieces = [#"{"ci"#, #"ty":"Gr"#, #"az","tags":["a""#, #","#, #""b"]"#, "}"]
        let events = pieces.map { piece in
            #"{"choices":[{"index":0,"delta":{"content":\#(JSONValue.string(piece).jsonString())}}]}"#
        }
        let transport = MockTransport(
            .events(events + [#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#, "[DONE]"])
        )
        let reply = try await testClient(transport).chatCompletionStream("Where?", model: "a/b")
        var drafts: [Draft] = []
        for try await draft in reply.partialValues(of: Draft.self) { drafts.append(draft) }
        #expect(
            drafts == [
                Draft(), Draft(city: "Gr"), Draft(city: "Graz", tags: ["a"]), Draft(city: "Graz", tags: ["a", "b"]),
            ]
        )
    }

    @Test("Numbers out of a type's range, missing keys and wrong kinds are errors")
    func decodingErrors() {
        #expect(throws: DecodingError.self) { try JSONValueDecoder.decode(UInt8.self, from: 300) }
        #expect(throws: DecodingError.self) { try JSONValueDecoder.decode(Place.self, from: [:]) }
        #expect(throws: DecodingError.self) { try JSONValueDecoder.decode([Int].self, from: ["a"]) }
        #expect((try? JSONValueDecoder.decode([Int?].self, from: [1, nil])) == [1, nil])
    }
}
