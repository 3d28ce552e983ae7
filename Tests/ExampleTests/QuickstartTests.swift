import InferenceKit
import LocalService
import TestSupport
import Testing

/// The first thing a newcomer runs.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct QuickstartTests {
    @Test("Without a token it talks to the embedded service, shows everything and ends well")
    func embedded() async throws {
        var program = try InferProgram("quickstart")
        program.token = nil
        let outcome = try await program.run([])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.hasPrefix("Talking to the embedded local service"))
        try check(outcome, program)
    }

    @Test("With an address it talks to that server")
    func address() async throws {
        let service = try await LocalService.start(LocalService.Configuration(coldSeconds: 1))
        let program = try InferProgram("quickstart")
        let outcome = try await program.run(["--url", service.url])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.hasPrefix("Talking to \(service.url)"))
        try check(outcome, program)
        await service.stop()
    }

    private func check(_ outcome: InferProgram.Outcome, _ program: InferProgram) throws {
        #expect(outcome.errors.isEmpty)
        #expect(outcome.output.contains("POSITIVE: "))
        #expect(outcome.output.contains("is \"The train to Lyon leaves at noon.\""))
        #expect(outcome.output.contains("512 × 512 pixels"))
        #expect(outcome.output.contains("loading ["))
        #expect(outcome.output.contains("attempts   "))
        #expect(try program.files() == ["quickstart.png"])
        #expect(try program.folder.read("quickstart.png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
    }
}
