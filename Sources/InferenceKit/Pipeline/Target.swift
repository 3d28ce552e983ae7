/// Where a call goes: a provider behind the router, or a server by its URL.
///
/// Each provider's file adds a static member here, so that `target: .hfInference` works without a central list.
public struct Target: Sendable, CustomStringConvertible {
    /// The provider, or the server in the shape of one.
    public let provider: any InferenceProvider
    /// What to say instead of a call, when the target was given wrongly.
    ///
    /// An ``InferenceError``; without its type it takes one word, not thirty, in everything that holds a target.
    let problem: (any Error)?
    /// Makes what each call does about attempts that nobody answers, or `nil` for nothing.
    var recovery: (@Sendable (InferenceClient.Configuration, TokenSource) -> any CallRecovery)?

    /// A provider.
    public init(_ provider: any InferenceProvider) {
        self.provider = provider
        problem = nil
    }

    init(_ provider: any InferenceProvider, problem: InferenceError?) {
        self.provider = provider
        self.problem = problem
    }

    /// The provider's name.
    public var description: String { provider.id.rawValue }
}

/// A provider that is one server, known by its URL.
protocol SingleServer: InferenceProvider {
    /// The server's URL.
    var server: URLReference { get }
}
