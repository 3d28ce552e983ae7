import Foundation
import Testing

@Suite("Local service: the program")
struct LocalServiceProgramTests {
    private func run(_ arguments: [String]) throws -> (process: Process, output: Pipe, errors: Pipe) {
        let process = Process()
        // Tests and programs are built into the same folder.
        let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = folder.appendingPathComponent("local-service")
        process.arguments = arguments
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        return (process, output, errors)
    }

    @Test("It prints its URL on one line and ends at SIGTERM with 0, however early that comes")
    func life() async throws {
        let (process, output, _) = try run(["--cold-seconds", "0.1", "--rate-limit", "5/hour", "--plan", "pro"])
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        #expect(line.hasPrefix("http://127.0.0.1:") && line.hasSuffix("\n"))
        process.terminate()
        // A program that does not end must fail the test, not hang it.
        for _ in 0..<500 where process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
        let hasEnded = !process.isRunning
        #expect(hasEnded)
        guard hasEnded else {
            kill(process.processIdentifier, SIGKILL)
            return
        }
        #expect(process.terminationStatus == 0)
        #expect(output.fileHandleForReading.readDataToEndOfFile().isEmpty)
    }

    @Test(
        "Options that make no sense are usage errors",
        arguments: [["--plan", "gold"], ["--rate-limit", "fast"], ["--cold-seconds", "-1"], ["--port", "70000"]]
    )
    func usage(arguments: [String]) throws {
        let (process, output, errors) = try run(arguments)
        process.waitUntilExit()
        #expect(process.terminationStatus != 0)
        #expect(output.fileHandleForReading.readDataToEndOfFile().isEmpty)
        #expect(!errors.fileHandleForReading.readDataToEndOfFile().isEmpty)
    }
}
