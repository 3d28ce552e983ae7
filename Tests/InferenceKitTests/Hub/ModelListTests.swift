import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("Lists of models")
struct ModelListTests {
    private func collect(_ sequence: ModelSequence) async throws -> [ModelInfo] {
        var models: [ModelInfo] = []
        for try await model in sequence { models.append(model) }
        return models
    }

    private static func page(_ range: Range<Int>) -> String {
        "[" + range.map { #"{"id":"acme/m\#($0)"}"# }.joined(separator: ",") + "]"
    }

    @Test("Every filter, as the Hub spells it")
    func filters() async throws {
        let transport = MockTransport(.json("[]"))
        let query = ModelQuery(
            task: "text-classification",
            library: .sentenceTransformers,
            availability: .warm,
            providers: ["groq", "novita"],
            author: "acme",
            search: "tiny & fast",
            isGated: false,
            minParameters: 6_000_000_000,
            maxParameters: 1_500_000_001,
            tags: ["license:mit", "fr"],
            apps: ["llama.cpp"],
            sort: .trending,
            pageSize: 50,
            fields: [.gated, .safetensors]
        )
        var wrong = query
        wrong.minParameters = 1_500_000
        #expect(try await collect(testClient(transport).models(wrong)).isEmpty)
        #expect(
            transport.calls[0].request.path
                == "/api/models?search=tiny%20%26%20fast&author=acme&pipeline_tag=text-classification"
                + "&filter=sentence-transformers&filter=license%3Amit&filter=fr&inference=warm"
                + "&inference_provider=groq%2Cnovita&gated=false&num_parameters=min%3A1500K%2Cmax%3A1500000001"
                + "&apps=llama.cpp&sort=trendingScore&limit=50&expand%5B%5D=gated&expand%5B%5D=safetensors"
        )
        #expect(transport.calls[0].request.headerFields[.authorization] == "Bearer hf_test")
        let error = await #expect(throws: InferenceError.self) {
            try await collect(testClient(transport).models(query))
        }
        #expect(error?.field == "maxParameters")
    }

    @Test("Without conditions: the fields that it takes to choose, a hundred a page")
    func defaults() async throws {
        let transport = MockTransport(.json("[]"))
        _ = try await collect(testClient(transport).models())
        let path = try #require(transport.calls[0].request.path)
        #expect(path.hasPrefix("/api/models?limit=100&expand%5B%5D=author&expand%5B%5D=inference&"))
        let bare = MockTransport(.json("[]"))
        _ = try await collect(testClient(bare).models(ModelQuery(pageSize: nil, fields: [])))
        #expect(bare.calls[0].request.path == "/api/models")
    }

    @Test(
        "Wrong conditions are named, and nothing is sent",
        arguments: [
            (ModelQuery(pageSize: 0), "pageSize"), (ModelQuery(pageSize: 1_001), "pageSize"),
            (ModelQuery(author: ""), "author"), (ModelQuery(search: ""), "search"), (ModelQuery(task: ""), "task"),
            (ModelQuery(library: ""), "library"), (ModelQuery(sort: ""), "sort"),
            (ModelQuery(tags: ["", "x"]), "tags"),
            (ModelQuery(providers: ["a,b"]), "providers"), (ModelQuery(minParameters: -1), "minParameters"),
            (ModelQuery(minParameters: 2, maxParameters: 1), "maxParameters"), (ModelQuery(fields: [""]), "fields"),
            (ModelQuery(apps: [""]), "apps"),
        ]
    )
    func wrong(_ query: ModelQuery, _ field: String) async throws {
        let transport = MockTransport()
        let error = await #expect(throws: InferenceError.self) {
            try await collect(testClient(transport).models(query))
        }
        #expect(error?.code == .invalidInput)
        #expect(error?.field == field)
        #expect(transport.calls.isEmpty)
    }

    @Test("Pages are followed exactly as given, each when it is come to")
    func pages() async throws {
        let transport = MockTransport()
        let second = "https://huggingface.co/api/models?limit=3&cursor=a%3D%3D+b&odd=%2f"
        transport.answer(
            .path("/api/models?limit=3"),
            with: .json(Self.page(0..<3)).header("Link", #"<\#(second)>; rel="next""#)
        )
        transport.answer(
            .path("/api/models?limit=3&cursor=a%3D%3D+b&odd=%2f"),
            with: .json("[]").header("Link", #"</api/models?cursor=c>; rel="next", </x>; rel="prev""#)
        )
        transport.answer(.path("/api/models?cursor=c"), with: .json(Self.page(3..<4)))
        var iterator = testClient(transport).models(ModelQuery(pageSize: 3, fields: [])).makeAsyncIterator()
        #expect(transport.calls.isEmpty)
        for expected in 0..<3 {
            #expect(try await iterator.next()?.id == ModelID("acme/m\(expected)"))
            #expect(transport.calls.count == 1)
        }
        #expect(try await iterator.next()?.id == "acme/m3")
        #expect(transport.calls.count == 3)
        #expect(try await iterator.next() == nil)
        #expect(try await iterator.next() == nil)
        #expect(transport.calls.allSatisfy { $0.request.headerFields[.authorization] == "Bearer hf_test" })
        try transport.verify()
    }

    @Test(
        "A next page at another host is refused, and the token stays",
        arguments: [
            "https://evil.example/api/models", "http://huggingface.co/api/models", "https://huggingface.co:444/x",
            "//evil.example/x",
        ]
    )
    func foreignPage(_ link: String) async throws {
        let transport = MockTransport(.json(Self.page(0..<2)).header("Link", "<\(link)>; rel=next"))
        var iterator = testClient(transport).models().makeAsyncIterator()
        let error = await #expect(throws: InferenceError.self) {
            while try await iterator.next() != nil {}
        }
        #expect(error?.code == .refusedRedirect)
        #expect(try await iterator.next() == nil)
        #expect(transport.calls.count == 1)
    }

    @Test("A page that names itself as the next does not go on for ever")
    func circle() async throws {
        let transport = MockTransport()
        let link = "<https://huggingface.co/api/models?cursor=a>; rel=\"next\""
        transport.answer(.any, with: .json("[]").header("Link", link), times: nil)
        let error = await #expect(throws: InferenceError.self) { try await collect(testClient(transport).models()) }
        #expect(error?.code == .undecodable)
        #expect(transport.calls.count == 2)
    }

    @Test("A page that fails is an error there; what came before it was handed out")
    func failedPage() async throws {
        let transport = MockTransport(
            .json(Self.page(0..<2)).header("Link", "</api/models?cursor=b>; rel=\"next\""),
            .status(400, json: #"{"error":"Invalid cursor"}"#)
        )
        var iterator = testClient(transport).models().makeAsyncIterator()
        #expect(try await iterator.next() != nil)
        #expect(try await iterator.next() != nil)
        let error = await Result { try await iterator.next() }
        guard case .failure(let failure as InferenceError) = error else {
            Issue.record("no error")
            return
        }
        #expect(failure.code == .rejected)
        #expect(failure.message == "Invalid cursor")
        #expect(try await iterator.next() == nil)
    }

    @Test("Leaving after 700 of pages of 500 makes two requests")
    func leaving() async throws {
        let transport = MockTransport()
        transport.answer(times: nil) { call in
            let start = Int(call.request.path?.split(separator: "=").last ?? "") ?? 0
            return .json(Self.page(start..<(start + 500)))
                .header("Link", "</api/models?cursor=\(start + 500)>; rel=\"next\"")
        }
        var count = 0
        for try await _ in testClient(transport).models(ModelQuery(pageSize: 500, fields: [])).prefix(700) {
            count += 1
        }
        #expect(count == 700)
        #expect(transport.calls.count == 2)
    }

    @Test("A model with everything the Hub has")
    func info() async throws {
        let json = #"""
            {"_id":"621f","id":"google-bert/bert","modelId":"google-bert/bert","author":"google-bert","sha":"86b5",
             "lastModified":"2024-02-19T11:06:12.000Z","createdAt":"2022-03-02T23:29:04.500Z","private":false,
             "gated":false,"disabled":false,"downloads":50000000,"downloadsAllTime":1,"likes":2000,"trendingScore":7.5,
             "library_name":"transformers","pipeline_tag":"fill-mask","tags":["transformers","pytorch"],
             "inference":"warm","mask_token":"[MASK]","model-index":null,"config":{"model_type":"bert"},
             "siblings":[{"rfilename":"config.json"},{}],"spaces":[],"usedStorage":13,
             "safetensors":{"parameters":{"F32":110106428},"total":110106428},
             "inferenceProviderMapping":[{"provider":"hf-inference","hfModelId":"google-bert/bert","providerId":"p","status":"live","task":"fill-mask"}]}
            """#
        let transport = MockTransport(.json(json))
        let info = try await testClient(transport).modelInfo("google-bert/bert")
        #expect(transport.calls[0].request.path == "/api/models/google-bert/bert")
        #expect(info.id == "google-bert/bert" && info.author == "google-bert" && info.sha == "86b5")
        #expect(info.lastModified == .seconds(1_708_340_772))
        #expect(info.createdAt == .milliseconds(1_646_263_744_500))
        #expect(info.isPrivate == false && info.isDisabled == false && info.gated == .open)
        #expect(info.downloads == 50_000_000 && info.downloadsAllTime == 1 && info.likes == 2_000)
        #expect(info.trendingScore == 7.5)
        #expect(info.library == .transformers && info.task == "fill-mask" && info.tags == ["transformers", "pytorch"])
        #expect(info.inference == .warm && info.maskToken == "[MASK]")
        #expect(info.parametersByType == ["F32": 110_106_428] && info.parameterCount == 110_106_428)
        #expect(info.files == ["config.json"] && info.usedStorage == 13)
        #expect(info.providers?.first?.provider == "hf-inference")
        #expect(info.additional["config"]?["model_type"] == "bert")
        #expect(info.status().availability == .warm)
        #expect(info.status(at: "groq").availability == .frozen)
        // What was read is written again, but for the Hub's own number.
        let again = try ModelInfo(json: info.json)
        #expect(again == info)
    }

    @Test("A model with nothing but a name, and fields to ask for")
    func bareInfo() async throws {
        let transport = MockTransport(.json(#"{"id":"gpt2","gated":null,"safetensors":{"x":1},"tags":null}"#))
        let info = try await testClient(transport).modelInfo("gpt2", fields: [.config, .sha])
        #expect(transport.calls[0].request.path == "/api/models/gpt2?expand%5B%5D=config&expand%5B%5D=sha")
        #expect(info.providers == nil && info.gated == nil && info.parameterCount == nil && info.allowedTasks.isEmpty)
        #expect(info.status().availability == .unknown)
    }

    @Test(
        "The tasks that a model may be called for",
        arguments: [
            ("text-generation", ["conversational"], ["text-generation", "chat-completion"]),
            ("text-generation", [], ["text-generation"]),
            ("text2text-generation", [], ["text2text-generation", "text-generation"]),
            ("image-text-to-text", ["conversational"], ["chat-completion", "image-text-to-text"]),
            ("feature-extraction", ["sentence-similarity"], ["feature-extraction", "sentence-similarity"]),
            ("sentence-similarity", ["feature-extraction"], ["sentence-similarity", "feature-extraction"]),
            ("sentence-similarity", [], ["sentence-similarity"]),
            ("fill-mask", ["conversational"], ["fill-mask"]),
        ]
    )
    func allowedTasks(_ task: String, _ tags: [String], _ allowed: [String]) throws {
        var info = ModelInfo(id: "m")
        info.task = TaskID(rawValue: task)
        info.tags = tags
        #expect(info.allowedTasks.map(\.rawValue) == allowed)
    }
}
