/// What the Hub says about a model.
struct ModelInfo {
    var model: Model
    var availability: ModelStates.Availability

    static func sha(of model: Model) -> String {
        let half = String(Hash.fnv1a(model.id), radix: 16)
        return String((half + half + half).prefix(40))
    }
}
