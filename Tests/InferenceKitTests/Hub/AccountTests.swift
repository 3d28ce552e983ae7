import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@testable import InferenceKit

/// Answers of `/api/whoami-v2`.
enum WhoamiSample {
    static let user = #"""
        {"type":"user","id":"5f","name":"ada","fullname":"Ada","email":"a@b.c","emailVerified":true,"isPro":true,"canPay":true,
         "billingMode":"postpaid","periodEnd":1790000000,"avatarUrl":"https://huggingface.co/a.svg","newMember":[1],
         "orgs":[{"type":"org","id":"6a","name":"acme","fullname":"Acme","email":null,"canPay":true,"periodEnd":null,
          "avatarUrl":"https://huggingface.co/b.svg","roleInOrg":"admin"}],
         "auth":{"type":"access_token","expiresAt":null,"accessToken":{"displayName":"laptop","role":"fineGrained",
          "createdAt":"2026-01-02T03:04:05.000Z","novel":7,
          "fineGrained":{"canReadGatedRepos":true,"global":["inference.serverless.write"],
           "scoped":[{"entity":{"_id":"5f","type":"user","name":"ada"},"permissions":["repo.content.read"]}]}}}}
        """#

    static func token(_ token: String, isPro: Bool = false, orgs: String = "[]", type: String = "user") -> String {
        """
        {"type":"\(type)","name":"ada","email":"a@b.c","isPro":\(isPro),"orgs":\(orgs),
         "auth":{"type":"access_token","accessToken":\(token)}}
        """
    }

    static func scoped(_ permission: String) -> String {
        token(
            #"{"displayName":"laptop","role":"fineGrained","fineGrained":{"scoped":[{"permissions":["\#(permission)"]}]}}"#
        )
    }
}

@Suite("The account")
struct AccountTests {
    @Test("The documented answer, every member")
    func documented() throws {
        let account = try Account(json: JSONValue(jsonString: WhoamiSample.user))
        #expect(account.type == .user)
        #expect(account.id == "5f")
        #expect(account.name == "ada")
        #expect(account.fullName == "Ada")
        #expect(account.email == "a@b.c")
        #expect(account.isEmailVerified == true)
        #expect(account.isPro == true)
        #expect(account.canPay == true)
        #expect(account.billingMode == .postpaid)
        #expect(account.periodEnd == .seconds(1_790_000_000))
        #expect(account.additional == ["newMember": [1]])
        let organization = try #require(account.organizations.first)
        #expect(organization.name == "acme")
        #expect(organization.role == "admin")
        #expect(organization.periodEnd == nil)
        let token = try #require(account.token)
        #expect(token.type == "access_token")
        #expect(token.displayName == "laptop")
        #expect(token.role == .fineGrained)
        #expect(token.created == .seconds(1_767_323_045))
        #expect(token.expires == nil)
        #expect(token.additional == ["accessToken": ["novel": 7]])
        #expect(token.fineGrained?.canReadGatedRepositories == true)
        #expect(token.fineGrained?.global == [.callProviders])
        #expect(token.fineGrained?.scoped.first?.entityName == "ada")
        #expect(token.fineGrained?.scoped.first?.permissions == ["repo.content.read"])
    }

    @Test("Reading and writing keeps what was sent, unknown members included")
    func roundTrip() throws {
        let sent = try JSONValue(jsonString: WhoamiSample.user)
        let account = try Account(json: sent)
        #expect(account.json["auth"]?["accessToken"] == sent["auth"]?["accessToken"])
        #expect(account.json["newMember"] == [1])
        #expect(account.json["orgs"]?[0]?["avatarUrl"] == "https://huggingface.co/b.svg")
        #expect(account.json["orgs"]?[0]?["type"] == "org")
        #expect(try Account(json: account.json) == account)
    }

    @Test(
        "Other kinds of answers",
        arguments: [
            #"{"name":"bare"}"#,
            #"{"type":"org","name":"acme","auth":{"type":"access_token","accessToken":{"role":"write"}}}"#,
            #"{"type":"app","name":"bot","scope":{"entities":["x"],"role":"read"},"auth":{"type":"app"}}"#,
            #"{"type":"user","name":"x","periodEnd":null,"orgs":null,"auth":{"type":"oauth","expiresAt":"2026-12-01T00:00:00Z"}}"#,
            #"{"type":"robot","name":"x","auth":{"accessToken":{"role":"fineGrained","fineGrained":"of a new shape"}}}"#,
        ]
    )
    func otherAnswers(text: String) throws {
        let sent = try JSONValue(jsonString: text)
        let account = try Account(json: sent)
        #expect(try Account(json: account.json) == account)
        #expect(account.type.rawValue == sent["type"]?.stringValue ?? "user")
        #expect(account.isPro == nil)
        if let scope = sent["scope"] { #expect(account.json["scope"] == scope) }
        if account.type.rawValue == "robot" {
            #expect(account.json["auth"]?["accessToken"]?["fineGrained"] == "of a new shape")
        }
    }

    @Test("What a token may do, by its role and its permissions")
    func permissions() throws {
        func account(_ text: String) throws -> Account { try Account(json: JSONValue(jsonString: text)) }
        let global = try account(WhoamiSample.user)
        #expect(global.can(.callProviders) == true)
        #expect(global.can("repo.content.read") == true)
        #expect(global.can(.manageEndpoints) == false)
        #expect(try account(WhoamiSample.scoped("inference.endpoints.write")).can(.manageEndpoints) == true)
        let write = try account(WhoamiSample.token(#"{"role":"write"}"#))
        #expect(write.can(.manageEndpoints) == true)
        let read = try account(WhoamiSample.token(#"{"role":"read"}"#))
        #expect(read.can(.callProviders) == true)
        #expect(read.can(.manageEndpoints) == false)
        #expect(try account(WhoamiSample.token(#"{"role":"novel"}"#)).can(.callProviders) == nil)
        #expect(try account(#"{"name":"x"}"#).can(.callProviders) == nil)
    }

    @Test("Nothing that describes an account shows its address")
    func descriptions() throws {
        let account = try Account(json: JSONValue(jsonString: WhoamiSample.user))
        var dumped = ""
        dump(account, to: &dumped)
        for text in ["\(account)", String(reflecting: account), dumped, "\(account.organizations)"] {
            #expect(!text.contains("a@b.c"))
        }
    }
}

@Suite("Asking whom the token belongs to")
struct WhoAmITests {
    @Test("The exact request, asked once for an hour, then again")
    func request() async throws {
        let transport = MockTransport()
        transport.answer(.any, with: .json(WhoamiSample.user), times: nil)
        let clock = VirtualClock()
        let client = testClient(transport, clock: clock)
        #expect(try await client.whoami().name == "ada")
        #expect(try await client.whoami().isPro == true)
        #expect(transport.calls.count == 1)
        let request = transport.calls[0].request
        #expect(request.method == .get)
        #expect(request.scheme == "https")
        #expect(request.authority == "huggingface.co")
        #expect(request.path == "/api/whoami-v2")
        #expect(request.headerFields[.authorization] == "Bearer hf_test")
        clock.advance(by: .seconds(3_601))
        _ = try await client.whoami()
        #expect(transport.calls.count == 2)
        _ = try await client.whoami(maxAge: .zero)
        #expect(transport.calls.count == 3)
        _ = try await client.whoami(options: CallOptions(token: .fixed("hf_other")))
        #expect(transport.calls.count == 4)
        #expect(transport.calls[3].request.headerFields[.authorization] == "Bearer hf_other")
    }

    @Test("A hundred at once make one request")
    func once() async throws {
        let transport = MockTransport()
        transport.answer(.any, with: .json(WhoamiSample.user).delayed(.milliseconds(50)), times: nil)
        let client = testClient(transport)
        let names = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 { group.addTask { try await client.whoami().name } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(names == Array(repeating: "ada", count: 100))
        #expect(transport.calls.count == 1)
    }

    @Test("A failure is not kept")
    func failure() async throws {
        let transport = MockTransport(
            .status(401, json: #"{"error":"Invalid credentials in Authorization header"}"#),
            .json(WhoamiSample.user)
        )
        let client = testClient(transport)
        let error = await #expect(throws: InferenceError.self) { try await client.whoami() }
        #expect(error?.code == .authenticationFailed)
        #expect(try await client.whoami().name == "ada")
    }

    @Test("429 has words of its own, and keeps its wait")
    func limited() async throws {
        let limit = MockTransport.Answer.status(429, json: #"{"error":"We had to rate limit you"}"#)
            .header("Retry-After", "300")
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(MockTransport(limit)).whoami()
        }
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfter == .seconds(300))
        #expect(error?.message.contains("Keep the answer") == true)
        #expect(error?.message.contains("We had to rate limit you") == true)
    }

    @Test("An answer that is no account says so, without repeating it")
    func undecodable() async throws {
        let transport = MockTransport(.json(#"{"email":"a@b.c","name":7}"#))
        let error = await #expect(throws: InferenceError.self) { try await testClient(transport).whoami() }
        #expect(error?.code == .undecodable)
        #expect(error?.message.contains("name") == true)
        #expect(error?.message.contains("a@b.c") == false)
    }

    @Test("Another provider's key is not sent to the Hub")
    func foreignKey() async throws {
        let transport = MockTransport(.status(401, json: #"{"error":"Invalid username or password."}"#))
        var configuration = testConfiguration(transport)
        configuration.token = .fixed("sk-secret")
        _ = await #expect(throws: InferenceError.self) { try await InferenceClient(configuration).whoami() }
        #expect(transport.calls[0].request.headerFields[.authorization] == nil)
    }
}

@Suite("Rate limits that were told")
struct RateLimitStateTests {
    @Test("The last state of each host and limit, with its age")
    func states() async throws {
        let clock = VirtualClock()
        let transport = MockTransport(
            .json("[]").header("RateLimit", #""inference";r=9;t=60"#),
            .json(WhoamiSample.user).header("RateLimit", #""api";r=499;t=189"#)
                .header("RateLimit-Policy", #""fixed window";"api";q=500;w=300"#),
            .json("[]").header("RateLimit", #""inference";r=8;t=50"#)
        )
        let client = testClient(transport, clock: clock)
        #expect(client.rateLimits.isEmpty)
        _ = try await client.textClassification("x", model: "a/b")
        _ = try await client.whoami()
        clock.advance(by: .seconds(10))
        _ = try await client.textClassification("x", model: "a/b")
        clock.advance(by: .seconds(5))
        let limits = client.rateLimits
        #expect(limits.map(\.host) == ["huggingface.co", "router.huggingface.co"])
        #expect(limits.map(\.limit.remaining) == [499, 8])
        #expect(limits.map(\.limit.quota) == [500, nil])
        #expect(limits.map(\.age) == [.seconds(15), .seconds(5)])
        #expect(limits.map(\.untilReset) == [.seconds(174), .seconds(45)])
        clock.advance(by: .seconds(100))
        #expect(client.rateLimits[1].untilReset == .zero)
    }
}
