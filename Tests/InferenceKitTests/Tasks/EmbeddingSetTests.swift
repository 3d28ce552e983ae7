import InferenceKit
import TestSupport
import Testing

@Suite("One vector for each text")
struct EmbeddingSetTests {
    private static func tensor(_ json: String) throws -> FloatTensor { try FloatTensor(jsonBytes: Array(json.utf8)) }

    private static func set(_ json: String, _ texts: Int, _ pooling: TokenPooling? = nil) throws -> EmbeddingSet {
        try EmbeddingSet(tensor(json), texts: texts, pooling: pooling)
    }

    @Test(
        "Shapes that tell",
        arguments: [
            ("[1,2]", 1, "[[1.0,2.0]]"), ("[[1,2]]", 1, "[[1.0,2.0]]"), ("[[1,2],[3,4]]", 2, "[[1.0,2.0],[3.0,4.0]]"),
            ("[[[1,2]]]", 1, "[[1.0,2.0]]"), ("[[[1,2]],[[3,4]]]", 2, "[[1.0,2.0],[3.0,4.0]]"),
            ("[[[[1,2]]],[[[3,4]]]]", 2, "[[1.0,2.0],[3.0,4.0]]"),
        ]
    )
    func told(_ json: String, _ texts: Int, _ expected: String) throws {
        let set = try Self.set(json, texts)
        #expect(set.json.jsonString() == expected)
        #expect(set.count == texts)
        #expect(set.dimension == 2)
    }

    @Test(
        "Vectors of tokens are pooled on request",
        arguments: [
            ("[[1,2],[3,6]]", 1, "[[2.0,4.0]]", "[[1.0,2.0]]"), ("[[[1,2],[3,6]]]", 1, "[[2.0,4.0]]", "[[1.0,2.0]]"),
            ("[[[1,2],[3,6]],[[5,7]]]", 2, "[[2.0,4.0],[5.0,7.0]]", "[[1.0,2.0],[5.0,7.0]]"),
            ("[[[[1,2],[3,6]]],[[[5,7]]]]", 2, "[[2.0,4.0],[5.0,7.0]]", "[[1.0,2.0],[5.0,7.0]]"),
        ]
    )
    func pooled(_ json: String, _ texts: Int, _ mean: String, _ first: String) throws {
        #expect(try Self.set(json, texts, .mean).json.jsonString() == mean)
        #expect(try Self.set(json, texts, .first).json.jsonString() == first)
        let error = #expect(throws: InferenceError.self) { try Self.set(json, texts) }
        #expect(error?.code == .invalidInput)
        #expect(error?.field == "pooling")
    }

    @Test(
        "Numbers that cannot be those of so many texts",
        arguments: [
            ("[1,2]", 2), ("[[1,2],[3,4]]", 3), ("[[1,2],[3]]", 2), ("[]", 1), ("[[]]", 1), ("[[1,2]]", 0),
            ("[[[1,2]],[[3,4]]]", 1), ("[[[1],[2]],[]]", 2), ("[[[[1],[2]],[[3],[4]]]]", 1),
            ("[[[1,2],[3]],[[4,5]]]", 2),
        ]
    )
    func wrong(_ json: String, _ texts: Int) throws {
        let error = #expect(throws: InferenceError.self) { try Self.set(json, texts, .mean) }
        #expect(error?.code == .undecodable)
    }

    @Test("Likeness, neighbours and length")
    func similarity() throws {
        let set = try Self.set("[[3,4],[6,8],[-4,3],[0,0]]", 4)
        #expect(set.similarity(0, 1) == 1)
        #expect(set.similarity(0, 2) == 0)
        #expect(set.similarity(0, 3) == 0)
        #expect(set.nearest(to: set[0], count: 2).map(\.index) == [0, 1])
        #expect(set.normalized().json == [[0.6, 0.8], [0.6, 0.8], [-0.8, 0.6], [0.0, 0.0]])
        #expect(Array(set[1]) == [6, 8])
    }

    @Test("The client's method asks once and pools")
    func client() async throws {
        let transport = MockTransport(.json("[[[3,0],[3,8]],[[0,5]]]"))
        let set = try await testClient(transport).embeddings(["a", "b"], model: "a/b", pooling: .mean, normalize: true)
        #expect(set.json == [[0.6, 0.8], [0.0, 1.0]])
        #expect(transport.calls[0].bodyText == #"{"inputs":["a","b"],"normalize":true}"#)
        #expect(transport.calls[0].path == "/hf-inference/models/a/b/pipeline/feature-extraction")
    }
}
