import ArgumentParser
import Dispatch
import LocalService

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// `local-service`: the embedded service as a program.
@main
struct LocalServiceProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "local-service",
        abstract: "Speaks the Hugging Face services' wire form on a loopback port; answers come from small rules.",
        discussion: """
            Prints its URL on one line and runs until it is interrupted. Tokens that begin with hf_local are accepted; \
            models under local-service/ show each state, such as local-service/cold-classifier.
            """
    )

    @Option(help: "The port on 127.0.0.1; 0 is any free one.")
    var port: UInt16 = 0

    @Option(name: .customLong("latency-ms"), help: "The time that each computed answer takes, in milliseconds.")
    var latencyMilliseconds = 0

    @Option(help: "How long a cold model loads, in seconds.")
    var coldSeconds = 3.0

    @Option(help: "The calls an account may make, as N/hour; the plan's own limit if not given.")
    var rateLimit: RateLimit?

    @Option(
        help: "The plan of callers: free or pro.",
        transform: { argument in
            guard let plan = LocalService.Plan(rawValue: argument) else {
                throw ValidationError("The plan is either free or pro.")
            }
            return plan
        }
    )
    var plan = LocalService.Plan.free

    func validate() throws {
        guard (0...600_000).contains(latencyMilliseconds) else {
            throw ValidationError("--latency-ms must be between 0 and 600000.")
        }
        guard coldSeconds.isFinite, (0...86_400).contains(coldSeconds) else {
            throw ValidationError("--cold-seconds must be between 0 and 86400.")
        }
    }

    func run() async throws {
        let interruption = Interruption()
        let service: LocalService
        do {
            service = try await LocalService.start(
                LocalService.Configuration(
                    port: port,
                    latency: .milliseconds(latencyMilliseconds),
                    coldSeconds: coldSeconds,
                    rateLimitPerHour: rateLimit?.perHour,
                    plan: plan
                )
            )
        } catch LocalService.Failure.cannotListen(let message) {
            throw ValidationError("cannot listen on port \(port): \(message)")
        }
        print(service.url)
        fflush(nil)
        await interruption.wait()
        await service.stop()
    }
}

/// SIGINT and SIGTERM as something to wait for.
///
/// The handler writes into a pipe, so that a signal is not lost however early it comes; a dispatch source for the signal
/// itself would miss those between ignoring it and being registered.
private struct Interruption {
    /// The pipe's ends; made before the handler is.
    private static let ends: (read: Int32, write: Int32) = {
        var descriptors: [Int32] = [0, 0]
        return pipe(&descriptors) == 0 ? (descriptors[0], descriptors[1]) : (-1, -1)
    }()

    init() {
        guard Self.ends.write >= 0 else { return }
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                var byte: UInt8 = 1
                _ = write(Interruption.ends.write, &byte, 1)
            }
        }
    }

    /// Returns once a signal has come.
    func wait() async {
        let (signals, continuation) = AsyncStream<Void>.makeStream()
        let source = DispatchSource.makeReadSource(fileDescriptor: Self.ends.read)
        source.setEventHandler { continuation.yield() }
        source.activate()
        for await _ in signals { break }
        source.cancel()
    }
}

/// Calls in an hour, written `N/hour`; a plain number counts as one.
struct RateLimit: ExpressibleByArgument {
    var perHour: Int

    init?(argument: String) {
        let number = argument.hasSuffix("/hour") ? String(argument.dropLast(5)) : argument
        guard let perHour = Int(number), perHour >= 0 else { return nil }
        self.perHour = perHour
    }
}
