import Synchronization

/// The endpoints there are, by namespace.
///
/// Every namespace begins with four: `my-classifier` runs, `sleepy` is scaled to zero, `resting` is paused, `broken` has failed.
final class EndpointStore: Sendable {
    /// Guards the endpoints.
    private let namespaces = Mutex<[String: [Endpoint]]>([:])

    private static func first(_ namespace: String) -> [Endpoint] {
        let model = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"
        let orders: [(String, Endpoint.Order)] = [
            ("my-classifier", .started(.now - .seconds(86_400))), ("sleepy", .scaledToZero), ("resting", .paused),
            ("broken", .failed),
        ]
        return orders.map { name, order in
            Endpoint(
                namespace: namespace,
                name: name,
                repository: model,
                task: "text-classification",
                order: order
            )
        }
    }

    func all(in namespace: String) -> [Endpoint] {
        namespaces.withLock { $0[namespace, default: Self.first(namespace)] }
    }

    func find(_ namespace: String, _ name: String) -> Endpoint? { all(in: namespace).first { $0.name == name } }

    /// Adds an endpoint, unless there is one of its name.
    func add(_ endpoint: Endpoint) -> Bool {
        namespaces.withLock { namespaces in
            var list = namespaces[endpoint.namespace] ?? Self.first(endpoint.namespace)
            guard !list.contains(where: { $0.name == endpoint.name }) else { return false }
            list.append(endpoint)
            namespaces[endpoint.namespace] = list
            return true
        }
    }

    /// Changes an endpoint and returns it changed, or `nil` where there is none; a change to nothing removes it.
    func change(_ namespace: String, _ name: String, _ change: (inout Endpoint?) -> Void) -> Endpoint? {
        namespaces.withLock { namespaces in
            var list = namespaces[namespace] ?? Self.first(namespace)
            guard let index = list.firstIndex(where: { $0.name == name }) else { return nil }
            let before = list[index]
            var endpoint: Endpoint? = before
            change(&endpoint)
            if let endpoint { list[index] = endpoint } else { list.remove(at: index) }
            namespaces[namespace] = list
            return endpoint ?? before
        }
    }
}
