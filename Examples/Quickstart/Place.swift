import InferenceKit
import LocalService

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Where the quickstart makes its calls: at a given server, at the service, or at a stand-in on this machine.
struct Place {
    /// For a person.
    let name: String
    let configuration: InferenceClient.Configuration
    /// A model that is likely to be cold there.
    let coldModel: ModelID
    private let service: LocalService?

    init(url: String?) async throws {
        var configuration = InferenceClient.Configuration()
        let hasToken = getenv("HF_TOKEN").map { $0.pointee != 0 } ?? false
        if let url {
            configuration.router = url
            configuration.hub = url
            // A token in a file is the service's, and no business of another server.
            if !hasToken { configuration.token = .none }
            name = url
            coldModel = "local-service/cold-classifier"
            service = nil
        } else if hasToken {
            name = "Hugging Face, with the token in HF_TOKEN"
            coldModel = "SamLowe/roberta-base-go_emotions"
            service = nil
        } else {
            let service = try await LocalService.start()
            configuration.router = service.url
            configuration.hub = service.url
            configuration.token = .none
            name = "the embedded local service, since there is no HF_TOKEN"
            coldModel = "local-service/cold-classifier"
            self.service = service
        }
        self.configuration = configuration
    }

    /// Stops what was started.
    func leave() async { await service?.stop() }
}
