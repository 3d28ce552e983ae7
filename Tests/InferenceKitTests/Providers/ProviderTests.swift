import HTTPTypes
import InferenceKit
import TestSupport
import Testing

@Suite("Providers behind the router")
struct ProviderTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    private func transport(_ mapping: String) -> MockTransport {
        let transport = MockTransport()
        let body = #"{"id":"acme/m","inferenceProviderMapping":\#(mapping)}"#
        transport.answer(.get("/api/models/acme/m"), with: .json(body), times: nil)
        return transport
    }

    private static let together = #"{"together":{"status":"live","providerId":"acme-m","task":"text-to-image"}}"#

    @Test("The Hub is asked for the provider's name of the model, once")
    func mapping() async throws {
        let transport = transport(Self.together)
        transport.answer(
            .post("/together/v1/images/generations"),
            with: .json(#"{"data":[{"b64_json":"iVBORw0KGgo="}]}"#),
            times: nil
        )
        let client = testClient(transport)
        let options = CallOptions(target: .together)
        for _ in 0..<2 {
            let image = try await client.textToImage("p", model: "acme/m", numInferenceSteps: 4, options: options)
            #expect(image == .bytes(Self.png, mediaType: .png))
        }
        #expect(transport.calls.map(\.request.method) == [.get, .post, .post])
        #expect(transport.calls[0].request.authority == "huggingface.co")
        #expect(transport.calls[0].request.path == "/api/models/acme/m?expand%5B%5D=inferenceProviderMapping")
        #expect(transport.calls[0].request.headerFields[.authorization] == "Bearer hf_test")
        #expect(
            transport.calls[1].bodyText
                == #"{"model":"acme-m","prompt":"p","response_format":"base64","steps":4}"#
        )
        #expect(transport.calls[1].request.authority == "router.huggingface.co")
    }

    @Test("The array form of the mapping is read as well")
    func arrayForm() async throws {
        let transport = transport(
            #"[{"provider":"together","hfModelId":"acme/m","providerId":"t-m","status":"live","task":"feature-extraction"}]"#
        )
        transport.answer(.post("/together/v1/embeddings"), with: .json(#"{"data":[{"index":0,"embedding":[1,2]}]}"#))
        let options = CallOptions(target: .together)
        let vectors = try await testClient(transport).featureExtraction("x", model: "acme/m", options: options)
        #expect(vectors.scalars == [1, 2])
        #expect(transport.calls[1].bodyText == #"{"model":"t-m","input":"x","encoding_format":"base64"}"#)
    }

    @Test("A key of the provider's own goes to the provider itself, and never to the Hub")
    func ownKey() async throws {
        let transport = transport(Self.together)
        transport.answer(.post("/v1/images/generations"), with: .json(#"{"data":[{"b64_json":"iVBORw0KGgo="}]}"#))
        let options = CallOptions(target: .together, token: .fixed("key_of_mine"))
        _ = try await testClient(transport).textToImage("p", model: "acme/m", options: options)
        #expect(transport.calls[0].request.headerFields[.authorization] == nil)
        #expect(transport.calls[1].request.authority == "api.together.xyz")
        #expect(transport.calls[1].request.headerFields[.authorization] == "Bearer key_of_mine")
    }

    @Test("A model that the provider does not offer, and who does")
    func notOffered() async throws {
        let transport = transport(
            #"{"novita":{"status":"live","providerId":"n","task":"text-to-image"},"nscale":{"status":"error","providerId":"n","task":"text-to-image"}}"#
        )
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(transport).textToImage("p", model: "acme/m", options: CallOptions(target: .together))
        }
        #expect(error?.code == .unsupportedTask)
        #expect(error?.message.contains("novita") == true)
        #expect(error?.message.contains("nscale") == false)
        #expect(transport.calls.count == 1)
    }

    @Test("A model that the provider offers for another task")
    func otherTask() async throws {
        let error = await #expect(throws: InferenceError.self) {
            let options = CallOptions(target: .together)
            return try await testClient(transport(Self.together)).featureExtraction(
                "x",
                model: "acme/m",
                options: options
            )
        }
        #expect(error?.code == .unsupportedTask)
        #expect(error?.message.contains("text-to-image") == true)
    }

    @Test("A task that the provider has no form for is refused before anything is sent")
    func unsupported() async throws {
        let transport = transport(Self.together)
        let error = await #expect(throws: InferenceError.self) {
            let options = CallOptions(target: .together)
            return try await testClient(transport).textClassification("x", model: "acme/m", options: options)
        }
        #expect(error?.code == .unsupportedTask)
        #expect(transport.calls.isEmpty)
    }

    @Test("fal.ai: submit, poll by the path alone, fetch without credentials")
    func queue() async throws {
        let clock = VirtualClock()
        let log = EventLog()
        let transport = transport(
            #"{"fal-ai":{"status":"live","providerId":"fal-ai/flux/dev","task":"text-to-image"}}"#
        )
        let submitted =
            #"{"request_id":"r9","status":"IN_QUEUE","response_url":"https://queue.fal.run/fal-ai/flux/requests/r9"}"#
        transport.answer(.post("/fal-ai/fal-ai/flux/dev?_subdomain=queue"), with: .json(submitted))
        let status = "/fal-ai/fal-ai/flux/requests/r9/status?_subdomain=queue"
        transport.answer(.get(status), with: .json(#"{"status":"IN_PROGRESS"}"#))
        transport.answer(.get(status), with: .json(#"{"status":"COMPLETED"}"#))
        transport.answer(
            .get("/fal-ai/fal-ai/flux/requests/r9?_subdomain=queue"),
            with: .json(#"{"images":[{"url":"https://cdn.example/i.png"}]}"#)
        )
        transport.answer(.get("/i.png"), with: .bytes(Self.png, mediaType: "image/png"))
        let options = CallOptions(target: .falAI, observer: log.observer)
        let image = try await testClient(transport, clock: clock).textToImage(
            "p",
            model: "acme/m",
            width: 64,
            height: 32,
            options: options
        )
        #expect(image == .bytes(Self.png, mediaType: .png))
        #expect(clock.sleeps == [.milliseconds(500), .milliseconds(500)])
        let calls = transport.calls.dropFirst()
        #expect(calls.first?.bodyText == #"{"prompt":"p","image_size":{"width":64,"height":32}}"#)
        #expect(calls.dropLast().allSatisfy { $0.request.headerFields[.authorization] == "Bearer hf_test" })
        #expect(calls.last?.request.authority == "cdn.example")
        #expect(calls.last?.request.headerFields[.authorization] == nil)
        #expect(log.words.contains("job IN_PROGRESS"))
        try transport.verify()
    }

    @Test("fal.ai: with a key of one's own, at its own host and with its own scheme")
    func queueWithOwnKey() async throws {
        let transport = transport(#"{"fal-ai":{"status":"live","providerId":"fal-ai/flux","task":"text-to-image"}}"#)
        let submitted =
            #"{"request_id":"r","status":"COMPLETED","response_url":"https://evil.example/fal-ai/flux/requests/r"}"#
        transport.answer(.post("/fal-ai/flux"), with: .json(submitted))
        transport.answer(
            .get("/fal-ai/flux/requests/r"),
            with: .json(#"{"images":[{"url":"data:image/png;base64,iVBORw0KGgo="}]}"#)
        )
        let options = CallOptions(target: .falAI, token: .fixed("key"))
        _ = try await testClient(transport).textToImage("p", model: "acme/m", options: options)
        #expect(transport.calls[1].request.authority == "queue.fal.run")
        #expect(transport.calls[1].request.headerFields[.authorization] == "Key key")
        #expect(transport.calls[2].request.authority == "queue.fal.run")
    }

    @Test("fal.ai: a job that fails or never ends is an error")
    func failedJob() async throws {
        let mapping = #"{"fal-ai":{"status":"live","providerId":"f","task":"text-to-image"}}"#
        let submitted = #"{"request_id":"r","status":"IN_QUEUE","response_url":"https://queue.fal.run/f/requests/r"}"#
        let failing = transport(mapping)
        failing.answer(.method(.post), with: .json(submitted))
        failing.answer(.any, with: .json(#"{"status":"FAILED"}"#))
        let error = await #expect(throws: InferenceError.self) {
            try await testClient(failing).textToImage("p", model: "acme/m", options: CallOptions(target: .falAI))
        }
        #expect(error?.code == .serverFailure)

        let endless = transport(mapping)
        endless.answer(.method(.post), with: .json(submitted))
        endless.answer(.any, with: .json(#"{"status":"IN_PROGRESS"}"#), times: nil)
        let late = await #expect(throws: InferenceError.self) {
            let options = CallOptions(target: .falAI, timeouts: Timeouts(total: .seconds(5)))
            return try await testClient(endless).textToImage("p", model: "acme/m", options: options)
        }
        #expect(late?.code == .timedOut)
    }

    @Test("fal.ai: an adapter's weights go along")
    func adapter() async throws {
        let transport = transport(
            #"{"fal-ai":{"status":"live","providerId":"fal-ai/lora","task":"text-to-image","adapter":"lora","adapterWeightsPath":"pix.safetensors"}}"#
        )
        transport.answer(.method(.post), with: .status(400))
        _ = try? await testClient(transport).textToImage(
            "a tram",
            model: "acme/m",
            options: CallOptions(target: .falAI)
        )
        #expect(
            transport.calls[1].bodyText
                == #"{"prompt":"a tram","loras":[{"path":"https://huggingface.co/acme/m/resolve/main/pix.safetensors","scale":1}],"model_name":"stabilityai/stable-diffusion-xl-base-1.0"}"#
        )
    }

    @Test("A hundred calls that need the same mapping make one lookup; it is refreshed once when it has expired")
    func singleFlight() async throws {
        let clock = VirtualClock()
        let transport = transport(#"{"together":{"status":"live","providerId":"t","task":"feature-extraction"}}"#)
        transport.answer(.method(.post), with: .json(#"{"data":[{"embedding":[1]}]}"#), times: nil)
        let client = testClient(transport, clock: clock)
        for round in 1...2 {
            try await withThrowingTaskGroup { group in
                for _ in 0..<100 {
                    group.addTask {
                        _ = try await client.featureExtraction(
                            "x",
                            model: "acme/m",
                            options: CallOptions(target: .together)
                        )
                    }
                }
                try await group.waitForAll()
            }
            #expect(transport.calls.count { $0.request.method == .get } == round)
            clock.advance(by: .seconds(400))
        }
    }

    @Test("A lookup that failed is not kept as an answer")
    func failedLookup() async throws {
        let transport = MockTransport()
        transport.answer(.method(.get), with: .status(404))
        transport.answer(
            .method(.get),
            with: .json(#"{"inferenceProviderMapping":{"together":{"providerId":"t","task":"feature-extraction"}}}"#)
        )
        transport.answer(.method(.post), with: .json(#"{"data":[{"embedding":[1]}]}"#))
        let client = testClient(transport)
        let options = CallOptions(target: .together)
        await #expect(throws: InferenceError.self) {
            try await client.featureExtraction("x", model: "acme/m", options: options)
        }
        #expect(try await client.featureExtraction("x", model: "acme/m", options: options).scalars == [1])
    }
}
