#if os(Linux)
import InferenceKit
import LocalService
import TestSupport
import Testing

/// A long list over sockets, in a process of its own, whose memory is nobody else's.
@Suite("Pages of models", .timeLimit(.minutes(2)))
struct ModelPagesTests {
    private static func client(_ service: LocalService) -> InferenceClient {
        var configuration = InferenceClient.Configuration(token: .fixed("hf_local"))
        configuration.hub = service.url
        return InferenceClient(configuration)
    }

    private static func pages(_ service: LocalService) -> Int {
        service.requests.count { $0.path == "/api/models" }
    }

    @Test(
        "10,000 models in pages of 500 at constant memory",
        .enabled(if: !ProcessFacts.isSanitized, "not under a sanitizer")
    )
    func constantMemory() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            let service = try await LocalService.start(LocalService.Configuration(syntheticModels: 10_000))
            let client = Self.client(service)
            let query = ModelQuery(author: "synthetic", pageSize: 500)
            // What a page takes is there after a few of them; the service, in the same process, counts too.
            for try await _ in client.models(query).prefix(2_000) {}
            let warmUp = Self.pages(service)
            ProcessFacts.resetPeak()
            let before = ProcessFacts.residentBytes
            var count = 0
            var last: ModelID?
            for try await model in client.models(query) {
                count += 1
                last = model.id
            }
            let grown = ProcessFacts.peakResidentBytes - before
            #expect(count == 10_000)
            #expect(last == "synthetic/model-9999")
            #expect(Self.pages(service) - warmUp == 20)
            #expect(grown < 8 << 20, "\(grown >> 10) KiB")
            print("memory: 10,000 models in pages of 500: \(grown >> 10) KiB of memory")
            await service.stop()
        }
        result?.standardOutputContent.split(separator: UInt8(ascii: "\n")).forEach { line in
            let line = String(decoding: line, as: UTF8.self)
            if line.hasPrefix("memory:") { print(line) }
        }
    }

    @Test("Leaving after 700 of pages of 500 makes two requests, not twenty")
    func leaving() async throws {
        let service = try await LocalService.start(LocalService.Configuration(syntheticModels: 10_000))
        var count = 0
        for try await _ in Self.client(service).models(ModelQuery(author: "synthetic", pageSize: 500)) {
            count += 1
            if count == 700 { break }
        }
        #expect(Self.pages(service) == 2)
        await service.stop()
    }
}
#endif
