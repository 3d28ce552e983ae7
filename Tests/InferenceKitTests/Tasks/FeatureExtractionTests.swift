import InferenceKit
import TestSupport
import Testing

@Suite("feature-extraction on the wire")
struct FeatureExtractionTests {
    private static let task = FeatureExtraction(text: "a")
    private static let path = "/hf-inference/models/a/b/pipeline/feature-extraction"
    private static let openAI = CallOptions(target: .url("http://127.0.0.1:8080/v1"))

    private static func with(_ change: (inout FeatureExtraction) -> Void) -> FeatureExtraction {
        var task = FeatureExtraction(text: "a")
        change(&task)
        return task
    }

    static let rows: [WireRow] = [
        .sends("one text", task, path: path, json: #"{"inputs":"a"}"#),
        .sends("several texts", FeatureExtraction(texts: ["a", "b"]), path: path, json: #"{"inputs":["a","b"]}"#),
        .sends("a list of one", FeatureExtraction(texts: ["a"]), path: path, json: #"{"inputs":["a"]}"#),
        .sends("normalize", with { $0.normalize = true }, path: path, json: #"{"inputs":"a","normalize":true}"#),
        .sends("truncate", with { $0.truncate = false }, path: path, json: #"{"inputs":"a","truncate":false}"#),
        .sends(
            "truncation_direction",
            with { $0.truncationDirection = .left },
            path: path,
            json: #"{"inputs":"a","truncation_direction":"left"}"#
        ),
        .sends(
            "prompt_name",
            with { $0.promptName = "query" },
            path: path,
            json: #"{"inputs":"a","prompt_name":"query"}"#
        ),
        .sends("dimensions", with { $0.dimensions = 64 }, path: path, json: #"{"inputs":"a","dimensions":64}"#),
        .sends(
            "encoding_format",
            with { $0.encodingFormat = .float },
            path: path,
            json: #"{"inputs":"a","encoding_format":"float"}"#
        ),
        .sends(
            "the OpenAI form at a base",
            task,
            path: "/v1/embeddings",
            json: #"{"model":"a/b","input":"a","encoding_format":"base64"}"#,
            options: openAI
        ),
        .sends(
            "the OpenAI form at a complete route",
            FeatureExtraction(texts: ["a", "b"]),
            path: "/embeddings?tenant=1",
            json: #"{"model":"a/b","input":["a","b"],"encoding_format":"base64"}"#,
            options: CallOptions(target: .url("http://127.0.0.1:8080/embeddings?tenant=1"))
        ),
        .sends(
            "the OpenAI form with options",
            with {
                $0.dimensions = 8
                $0.encodingFormat = .float
            },
            path: "/v1/embeddings",
            json: #"{"model":"a/b","input":"a","encoding_format":"float","dimensions":8}"#,
            options: openAI
        ),
        .sends(
            "text-embeddings-inference",
            task,
            path: "/embed",
            json: #"{"inputs":"a"}"#,
            options: CallOptions(target: .url("http://127.0.0.1:8080", dialect: .tei))
        ),
        .reads("one dimension", task, .json("[0.5,-1,2e-3]")) { value in
            #expect(value.shape == [3])
            #expect(value.scalars == [0.5, -1, 0.002])
        },
        .reads("two dimensions", task, .json("[[0.5,1],[2,3]]")) { value in
            #expect(value.shape == [2, 2])
            #expect(value.scalars == [0.5, 1, 2, 3])
        },
        .reads("three dimensions", task, .json("[[[1,2],[3,4]]]")) { #expect($0.shape == [1, 2, 2]) },
        .reads("four dimensions", task, .json("[[[[1,2]]],[[[3,4]]]]")) { #expect($0.shape == [2, 1, 1, 2]) },
        .reads("embeddings in an object", task, .json(#"{"embeddings":[[1,2]]}"#)) { #expect($0.shape == [1, 2]) },
        .reads(
            "the OpenAI form, in the order of the indices",
            FeatureExtraction(texts: ["a", "b"]),
            .json(
                #"{"object":"list","data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[1,2]}],"model":"m","usage":{"prompt_tokens":2,"total_tokens":2}}"#
            ),
            options: openAI
        ) { value in
            #expect(value.shape == [2, 2])
            #expect(value.scalars == [1, 2, 3, 4])
        },
        .reads(
            "the OpenAI form in base64",
            task,
            .json(#"{"data":[{"object":"embedding","index":0,"embedding":"AACAPwAAIMAAAAAA"}]}"#),
            options: openAI
        ) { value in
            #expect(value.shape == [1, 3])
            #expect(value.scalars == [1, -2.5, 0])
        },
        .reads("tokens of several lengths", FeatureExtraction(texts: ["a", "b"]), .json("[[[1,2]],[[3,4],[5,6]]]")) {
            #expect($0.scalars == [1, 2, 3, 4, 5, 6])
            #expect($0.rank == 3)
        },
        .fails("words among the numbers", task, .json(#"[["a"]]"#), code: .undecodable),
        .fails("a list cut short", task, .json("[[1,2]"), code: .undecodable),
        .fails(
            "too many texts at text-embeddings-inference before 1.9",
            task,
            .status(413, json: #"{"error":"batch size 64 > maximum allowed batch size 32","error_type":"Validation"}"#),
            code: .tooLarge,
            message: "batch size"
        ),
        .fails(
            "validation on its OpenAI route",
            task,
            .status(422, json: #"{"message":"inputs are too long","code":422,"type":"Validation"}"#),
            code: .rejected,
            message: "too long",
            options: openAI
        ),
        .fails("an overload", task, .status(429, json: #"{"error":"x","error_type":"Overloaded"}"#), code: .overloaded),
        .fails(
            "a backend that failed",
            task,
            .status(424, json: #"{"error":"x","error_type":"Backend"}"#),
            code: .serverFailure
        ),
        .refuses("no text", FeatureExtraction(texts: []), field: "texts"),
        .refuses("an empty text", FeatureExtraction(texts: ["a", ""]), field: "texts[1]"),
        .refuses("dimensions of zero", with { $0.dimensions = 0 }, field: "dimensions"),
    ]

    @Test("A row", arguments: rows)
    func row(_ row: WireRow) async throws { try await row.check() }
}
