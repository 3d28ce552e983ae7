import TestSupport
import Testing

@Suite("A program that ends while its transport is still starting", .serialized)
struct InferEndTests {
    /// The TLS library used to free its locks at exit under the transport's thread, about one time in a hundred.
    @Test("It ends with its own status, every time")
    func ending() async throws {
        let program = try InferProgram()
        for _ in 0..<60 {
            let outcome = try await program.run(["chat", ""])
            #expect(outcome.status == 2, "\(outcome.errors.prefix(400))")
        }
    }
}
