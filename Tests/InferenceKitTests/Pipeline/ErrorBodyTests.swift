import InferenceKit
import TestSupport
import Testing

/// One error response, and what becomes of it.
struct ErrorRow: Sendable, CustomTestStringConvertible {
    var name: String
    var answer: MockTransport.Answer
    var code: InferenceError.Code
    var message: String
    var retryAfter: Duration?
    var testDescription: String { name }

    init(
        _ name: String,
        _ answer: MockTransport.Answer,
        _ code: InferenceError.Code,
        _ message: String,
        retryAfter: Duration? = nil
    ) {
        self.name = name
        self.answer = answer
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }
}

@Suite("Error bodies, whatever their shape")
struct ErrorBodyTests {
    private static func plain(_ status: Int, _ text: String, _ type: String = "text/plain") -> MockTransport.Answer {
        .status(status, body: Array(text.utf8), mediaType: type)
    }

    static let rows: [ErrorRow] = [
        ErrorRow("1: a text", .status(400, json: #"{"error":"no such thing"}"#), .rejected, "no such thing"),
        ErrorRow("2: a list of texts", .status(400, json: #"{"error":["one","two"]}"#), .rejected, "one; two"),
        ErrorRow(
            "3: a model that loads",
            .status(503, json: #"{"error":"Model a/b is currently loading","estimated_time":20.0}"#),
            .modelLoading,
            "currently loading",
            retryAfter: .seconds(20)
        ),
        ErrorRow(
            "3: an estimate beyond all time",
            .status(503, json: #"{"error":"Model a/b is currently loading","estimated_time":1e300}"#),
            .modelLoading,
            "currently loading",
            retryAfter: .seconds(315_360_000)
        ),
        ErrorRow(
            "3: an estimate of the past",
            .status(503, json: #"{"error":"Model a/b is currently loading","estimated_time":-5}"#),
            .modelLoading,
            "currently loading",
            retryAfter: .zero
        ),
        ErrorRow(
            "3: a model that loads, without an estimate",
            .status(503, json: #"{"error":"Model a/b is currently loading"}"#),
            .modelLoading,
            "loading"
        ),
        ErrorRow("4: warnings", .status(400, json: #"{"error":"bad","warnings":["old"]}"#), .rejected, "bad; old"),
        ErrorRow(
            "4: a traceback stays out",
            .status(500, json: #"{"error":"bad","traceback":"File x"}"#),
            .serverFailure,
            "bad"
        ),
        ErrorRow(
            "5: error_type in capitals",
            .status(429, json: #"{"error":"queue is full","error_type":"Overloaded"}"#),
            .overloaded,
            "queue is full"
        ),
        ErrorRow(
            "5: error_type in small letters",
            .status(422, json: #"{"error":"Input validation error: too long","error_type":"validation"}"#),
            .rejected,
            "too long"
        ),
        ErrorRow(
            "6: an object",
            .status(
                400,
                json:
                    #"{"error":{"message":"unknown","type":"invalid_request_error","param":"model","code":"model_not_supported"}}"#
            ),
            .unsupportedTask,
            "unknown"
        ),
        ErrorRow(
            "6: a code that is a number",
            .status(404, json: #"{"error":{"message":"none","type":"NotFoundError","code":404}}"#),
            .notFound,
            "none"
        ),
        ErrorRow(
            "6: llama.cpp that still loads",
            .status(503, json: #"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#),
            .modelLoading,
            "Loading model"
        ),
        ErrorRow(
            "6: no quota",
            .status(
                429,
                json: #"{"error":{"message":"no more","type":"insufficient_quota","code":"insufficient_quota"}}"#
            ),
            .quotaExhausted,
            "no more"
        ),
        ErrorRow(
            "7: no wrapper",
            .status(422, json: #"{"message":"too many","code":422,"type":"Validation"}"#),
            .rejected,
            "too many"
        ),
        ErrorRow(
            "7: the old vLLM",
            .status(400, json: #"{"object":"error","message":"bad","type":"BadRequestError"}"#),
            .rejected,
            "bad"
        ),
        ErrorRow("8: a detail", .status(422, json: #"{"detail":"Unexpected keys"}"#), .rejected, "Unexpected keys"),
        ErrorRow(
            "8: details with places",
            .status(422, json: #"{"detail":[{"loc":["body","x"],"msg":"field required","type":"missing"}]}"#),
            .rejected,
            "body.x: field required"
        ),
        ErrorRow(
            "9: OAuth",
            .status(401, json: #"{"error":"invalid_token","error_description":"expired"}"#),
            .authenticationFailed,
            "invalid_token; expired"
        ),
        ErrorRow(
            "9: a list of objects",
            .status(400, json: #"{"errors":[{"message":"a"},{"message":"b"}]}"#),
            .rejected,
            "a; b"
        ),
        ErrorRow(
            "9: success false",
            .status(400, json: #"{"success":false,"error":[{"message":"x"}]}"#),
            .rejected,
            "x"
        ),
        ErrorRow(
            "10: a sentence",
            plain(422, "Failed to deserialize the JSON body into the target type: missing field"),
            .rejected,
            "missing field"
        ),
        ErrorRow(
            "10: a page",
            plain(502, "<html><head><title>502 Bad Gateway</title></head></html>", "text/html"),
            .serverFailure,
            "502 bad gateway"
        ),
        ErrorRow("10: a page without a title", plain(500, "<html></html>", "text/html"), .serverFailure, "web page"),
        ErrorRow("10: nothing", .status(401), .authenticationFailed, "valid token"),
        ErrorRow("10: nothing at 500", .status(500), .serverFailure, "status 500"),
        ErrorRow(
            "problem+json",
            plain(400, #"{"title":"x","detail":"wrong"}"#, "application/problem+json"),
            .rejected,
            "wrong"
        ),
        ErrorRow("JSON that is called text", plain(400, #"{"error":"x y"}"#), .rejected, "x y"),
        ErrorRow("JSON that is broken off", plain(400, #"{"error":"x"#, "application/json"), .rejected, "error"),
        ErrorRow(
            "the Hub's headers",
            .status(403, json: #"{"error":"Access denied"}"#).header("X-Error-Code", "GatedRepo")
                .header("X-Error-Message", "Access to this model is restricted."),
            .gated,
            "Access to this model is restricted. Access denied"
        ),
        ErrorRow(
            "a repository that is not there",
            .status(404).header("X-Error-Code", "RepoNotFound"),
            .notFound,
            "no such"
        ),
        ErrorRow(
            "a paused endpoint",
            .status(400, json: #"{"error":"Bad Request: Invalid state"}"#),
            .endpointPaused,
            "Invalid state"
        ),
        ErrorRow(
            "the provider does not have it",
            .status(400, json: #"{"error":"Model not supported by provider hf-inference"}"#),
            .unsupportedTask,
            "not supported"
        ),
        ErrorRow(
            "credits",
            .status(402, json: #"{"error":"You have depleted your monthly included credits."}"#),
            .quotaExhausted,
            "depleted"
        ),
        ErrorRow(
            "a scope that is missing",
            .status(
                403,
                json:
                    #"{"error":"This authentication method does not have sufficient permissions to call Inference Providers"}"#
            ),
            .permissionDenied,
            "sufficient permissions"
        ),
        ErrorRow(
            "PRO only",
            .status(400, json: #"{"error":"Model requires a Pro subscription"}"#),
            .permissionDenied,
            "Pro"
        ),
        ErrorRow(
            "an old bad token",
            .status(400, json: #"{"error":"Authorization header is correct, but the token seems invalid"}"#),
            .authenticationFailed,
            "invalid"
        ),
        ErrorRow("too large", plain(413, "length limit exceeded"), .tooLarge, "length limit"),
        ErrorRow("gone", .status(410, json: #"{"error":"no longer supported"}"#), .removed, "no longer"),
        ErrorRow("dropped", .status(204), .serverFailure, "dropped"),
        ErrorRow(
            "too large to load",
            .status(403, json: #"{"error":"The model a/b is too large to be loaded automatically (16GB > 10GB)."}"#),
            .unsupportedTask,
            "too large to be loaded"
        ),
        ErrorRow(
            "busy",
            .status(503, json: #"{"error":"Service temporarily unavailable, overload detected"}"#),
            .overloaded,
            "overload"
        ),
    ]

    @Test(
        "Every shape says the same word",
        arguments: [
            #"{"error":"x"}"#, #"{"error":{"message":"x"}}"#, #"{"error":["x"]}"#,
            #"{"message":"x","type":"Validation","code":422}"#, #"{"detail":[{"msg":"x"}]}"#,
            #"{"object":"error","message":"x"}"#, #"{"success":false,"error":[{"message":"x"}]}"#, "x",
        ]
    )
    func oneWord(body: String) async throws {
        let answer = body == "x" ? Self.plain(422, body) : .status(422, json: body)
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(MockTransport(answer)).textClassification("I liked it", model: "a/b")
        }
        #expect(error?.message == "x")
    }

    @Test("A row", arguments: rows)
    func row(_ row: ErrorRow) async throws {
        let client = testClient(MockTransport(row.answer.header("X-Request-Id", "id-1")))
        let error = await #expect(throws: InferenceError.self) {
            try await client.textClassification("x", model: "a/b", options: CallOptions(retry: .never))
        }
        #expect(error?.code == row.code)
        #expect(error?.message.contains(row.message) == true, "\(error?.message ?? "")")
        #expect(error?.retryAfter == row.retryAfter)
        #expect(error?.requestID == "id-1")
        #expect(error?.provider == "hf-inference")
        #expect(error?.model == "a/b")
    }

    @Test(
        "What the caller sent never comes back in an error",
        arguments: [
            #"{"error":"cannot parse: the secret prompt of mine"}"#,
            #"{"error":"Body needs to provide a inputs key, received: {'x': 'the secret prompt of mine'}"}"#,
            #"{"error":"token hf_test is bad"}"#,
            #"{"error":"the secret prompt was cut he…"}"#,
            #"{"error":{"message":"input 'the secret prompt of mine' too long"}}"#,
        ]
    )
    func redaction(body: String) async throws {
        let client = testClient(MockTransport(.status(400, json: body)))
        let error = await #expect(throws: InferenceError.self) {
            try await client.textClassification("the secret prompt of mine", model: "a/b")
        }
        var shown = ""
        dump(error, to: &shown)
        shown += "\(String(describing: error)) \(String(reflecting: error))"
        #expect(!shown.contains("secret prompt of"))
        #expect(!shown.contains("hf_test"))
    }
}
