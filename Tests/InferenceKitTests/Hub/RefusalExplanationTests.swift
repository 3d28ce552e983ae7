import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@testable import InferenceKit

@Suite("Explanations of refusals")
struct RefusalExplanationTests {
    /// A refusal, what the Hub says about the account, and the explanation.
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var error: InferenceError
        var model: ModelID? = "meta-llama/Llama-2-7b-chat-hf"
        var provider: ProviderID = "hf-inference"
        var token: String? = "hf_secret"
        var whoami: MockTransport.Answer?
        var billTo: String?
        var reason: RefusalExplanation.Reason
        var words: [String]
        var page: String?

        var testDescription: String { name }
    }

    private static let scopeMissing = InferenceError(
        .permissionDenied,
        "This authentication method does not have sufficient permissions to call Inference Providers on behalf of user ada",
        status: 403
    )
    private static let unauthorized = InferenceError(.authenticationFailed, "Invalid credentials", status: 401)
    private static let gated = InferenceError(.gated, "Access is restricted", status: 403)
    private static let tokens = "https://huggingface.co/settings/tokens"

    static let rows: [Row] = [
        Row(
            name: "no token",
            error: unauthorized,
            token: nil,
            reason: .noToken,
            words: ["HF_TOKEN", "Make calls to Inference Providers"],
            page: tokens
        ),
        Row(
            name: "no token for a gated model",
            error: gated,
            token: nil,
            reason: .noToken,
            words: ["is gated", "accept its conditions"],
            page: "https://huggingface.co/meta-llama/Llama-2-7b-chat-hf"
        ),
        Row(
            name: "a token that nobody has",
            error: unauthorized,
            whoami: .status(401, json: #"{"error":"no"}"#),
            reason: .unknownToken,
            words: ["does not know the token"],
            page: tokens
        ),
        Row(
            name: "a provider's own key",
            error: unauthorized,
            provider: "together",
            token: "sk-secret",
            reason: .unknownKey,
            words: ["together", "hf_"]
        ),
        Row(
            name: "a permission is missing",
            error: scopeMissing,
            whoami: .json(WhoamiSample.scoped("repo.content.read")),
            reason: .missingPermission,
            words: ["\"laptop\"", "Make calls to Inference Providers", "inference.serverless.write"],
            page: tokens
        ),
        Row(
            name: "a permission is missing for an endpoint",
            error: InferenceError(.permissionDenied, "Forbidden", status: 403),
            model: nil,
            provider: "endpoint",
            whoami: .json(WhoamiSample.scoped("repo.content.read")),
            reason: .missingPermission,
            words: ["inference.endpoints.infer.write"],
            page: tokens
        ),
        Row(
            name: "a permission is missing for the management of endpoints",
            error: InferenceError(.permissionDenied, "Forbidden", status: 403),
            model: nil,
            provider: "inference-endpoints",
            whoami: .json(WhoamiSample.scoped("inference.serverless.write")),
            reason: .missingPermission,
            words: ["inference.endpoints.write"],
            page: tokens
        ),
        Row(
            name: "conditions that were not accepted",
            error: gated,
            whoami: .json(WhoamiSample.token(#"{"role":"read"}"#)),
            reason: .gated,
            words: ["ada has not accepted its conditions"],
            page: "https://huggingface.co/meta-llama/Llama-2-7b-chat-hf"
        ),
        Row(
            name: "a token that may not read gated models",
            error: gated,
            whoami: .json(
                WhoamiSample.token(#"{"role":"fineGrained","fineGrained":{"canReadGatedRepos":false,"global":[]}}"#)
            ),
            reason: .gated,
            words: ["must be allowed to read gated repositories"],
            page: "https://huggingface.co/meta-llama/Llama-2-7b-chat-hf"
        ),
        Row(
            name: "a gated model when the Hub cannot be asked",
            error: gated,
            whoami: .status(500),
            reason: .gated,
            words: ["has not accepted"],
            page: "https://huggingface.co/meta-llama/Llama-2-7b-chat-hf"
        ),
        Row(
            name: "PRO is needed, says the service",
            error: InferenceError(.permissionDenied, "Model requires a Pro subscription", status: 400),
            model: "a/b",
            whoami: .json(WhoamiSample.token(#"{"role":"read"}"#)),
            reason: .proNeeded,
            words: ["a/b is for PRO accounts"],
            page: "https://huggingface.co/pricing"
        ),
        Row(
            name: "PRO is needed, by the list",
            error: InferenceError(.permissionDenied, "Forbidden", status: 403),
            whoami: .json(WhoamiSample.token(#"{"role":"read"}"#)),
            reason: .proNeeded,
            words: ["for PRO accounts, and ada"],
            page: "https://huggingface.co/pricing"
        ),
        Row(
            name: "credits are used up",
            error: InferenceError(.quotaExhausted, "You have exceeded", status: 402),
            whoami: .json(WhoamiSample.token(#"{"role":"read"}"#)),
            reason: .creditsUsedUp,
            words: ["The credits of ada are used up", "PRO has more"],
            page: "https://huggingface.co/settings/billing"
        ),
        Row(
            name: "the payer is no organisation of the account",
            error: InferenceError(.permissionDenied, "Forbidden", status: 403),
            whoami: .json(WhoamiSample.token(#"{"role":"write"}"#, orgs: #"[{"name":"acme"}]"#)),
            billTo: "other",
            reason: .organization,
            words: ["other, of which ada is no member"]
        ),
        Row(
            name: "an organisation forbids it",
            error: InferenceError(.permissionDenied, "Your organization does not allow this provider", status: 403),
            model: "a/b",
            whoami: .json(WhoamiSample.token(#"{"role":"write"}"#, orgs: #"[{"name":"acme"}]"#)),
            billTo: "acme",
            reason: .organization,
            words: ["does not allow this provider"]
        ),
        Row(
            name: "a private endpoint of somebody else",
            error: unauthorized,
            model: nil,
            provider: "endpoint",
            whoami: .json(WhoamiSample.token(#"{"role":"write"}"#)),
            reason: .notAdmitted,
            words: ["does not admit it", "owner's account only"]
        ),
        Row(
            name: "nothing explains it",
            error: InferenceError(.permissionDenied, "Forbidden", status: 403),
            model: "a/b",
            whoami: .json(WhoamiSample.token(#"{"role":"write"}"#, isPro: true)),
            reason: .unexplained,
            words: ["refused the call: Forbidden"]
        ),
    ]

    @Test("Each refusal has its reason, its words and its page", arguments: rows)
    func explanation(row: Row) async throws {
        let transport = MockTransport()
        if let whoami = row.whoami { transport.answer(.get("/api/whoami-v2"), with: whoami, times: nil) }
        var configuration = testConfiguration(transport)
        configuration.token = row.token.map { .fixed($0) } ?? .none
        configuration.billTo = row.billTo
        configuration.retry = .never
        var error = row.error
        error.model = row.model
        error.provider = row.provider
        let explanation = try await InferenceClient(configuration).explanation(of: error)
        #expect(explanation.reason == row.reason)
        for words in row.words { #expect(explanation.message.contains(words), "\(explanation)") }
        #expect(explanation.page == row.page)
        #expect(!"\(explanation)".contains("a@b.c"))
        #expect(!"\(explanation)".contains("secret"))
        // The account is asked for only where it can tell something.
        #expect(transport.calls.isEmpty == (row.whoami == nil))
    }

    @Test("Another error is not explained, and nothing is asked")
    func otherErrors() async throws {
        let transport = MockTransport()
        let error = InferenceError(.modelLoading, "The model is loading.", status: 503)
        let explanation = try await testClient(transport).explanation(of: error)
        #expect(explanation.reason == .otherCause)
        #expect(explanation.message == "The model is loading.")
        #expect(transport.calls.isEmpty)
    }

    @Test("A token that was kept from a foreign host")
    func keptBack() async throws {
        var configuration = testConfiguration(MockTransport())
        configuration.token = .environment({ $0 == "HF_TOKEN" ? "hf_secret" : nil }, files: { _ in nil })
        let options = CallOptions(target: .url("https://models.example.com/"))
        let explanation = try await InferenceClient(configuration).explanation(of: Self.unauthorized, options: options)
        #expect(explanation.reason == .tokenKeptBack)
    }

    @Test("The models that were PRO's are Hub ids, each once")
    func proModels() throws {
        for model in ProModels.all { #expect(try model.hubPath() == model.rawValue) }
        #expect(Set(ProModels.all).count == ProModels.all.count)
    }
}
