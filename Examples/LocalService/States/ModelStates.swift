import Synchronization

/// Which cold models have been asked for, and how often the flaky ones.
final class ModelStates: Sendable {
    /// Whether a model can answer now.
    enum Availability: Equatable {
        case warm
        /// Loading, with the seconds that are left.
        case loading(Double)
        /// Nobody has asked for it yet.
        case cold
        case frozen
    }

    private struct Memory {
        var loadStarts: [String: ContinuousClock.Instant] = [:]
        var calls: [String: Int] = [:]
    }

    private let coldSeconds: Double
    /// Guards what is remembered of each model.
    private let memory = Mutex(Memory())

    init(coldSeconds: Double) { self.coldSeconds = coldSeconds }

    func availability(of model: Model) -> Availability {
        switch model.state {
        case .cold:
            guard let start = memory.withLock({ $0.loadStarts[model.id] }) else { return .cold }
            let elapsed = start.duration(to: .now).seconds
            return elapsed >= coldSeconds ? .warm : .loading(coldSeconds - elapsed)
        // The estimate never falls: servers have been seen to answer 20.0 forever.
        case .endless: return memory.withLock { $0.loadStarts[model.id] } == nil ? .cold : .loading(20)
        case .frozen, .tooBig, .gone: return .frozen
        default: return .warm
        }
    }

    /// Begins to load a model that nobody has asked for yet.
    func startLoading(_ model: Model) {
        memory.withLock { $0.loadStarts[model.id] = $0.loadStarts[model.id] ?? .now }
    }

    /// Counts a call and returns how many there were before.
    func countCall(_ model: Model) -> Int {
        memory.withLock { memory in
            defer { memory.calls[model.id, default: 0] += 1 }
            return memory.calls[model.id, default: 0]
        }
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
