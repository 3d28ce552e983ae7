import InferenceKit
import TestSupport
import Testing

/// The example of a task that a user writes.
@Suite(.timeLimit(.minutes(2)))
struct OwnTaskTests {
    @Test("It ranks, refuses input and shows a raw reply, without network or token")
    func output() async throws {
        var program = try InferProgram("own-task")
        program.token = nil
        let outcome = try await program.run([])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.isEmpty)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        try #require(lines.count == 6, "\(outcome.output)")
        #expect(lines[1].hasSuffix("The next train leaves at noon."))
        #expect(lines[3].hasSuffix("Bake the bread for forty minutes."))
        #expect(lines[4] == "invalidInput: answers: expected at least one text.")
        #expect(lines[5].hasPrefix("Raw: 200 ["))
    }
}
