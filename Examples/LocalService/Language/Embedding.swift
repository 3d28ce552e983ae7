import Foundation

/// Vectors of texts: features are hashed to places and signs of a fixed number of dimensions, as in feature hashing.
///
/// Features and weights: each stem of a content word 2, each other word 0.2, each three letters of a word 0.3, each
/// field of ``Topics`` 1.5. Near texts share features, so their vectors are near.
enum Embedding {
    static let dimensions = 384

    /// The vector of a text, of length 1.
    static func vector(of text: String, dimensions: Int = dimensions) -> [Double] {
        var vector = [Double](repeating: 0, count: dimensions)
        func add(_ feature: String, _ weight: Double) {
            let hash = Hash.fnv1a(feature)
            // The low bits choose the place; the sign comes from a bit that takes no part in it.
            vector[Int(hash % UInt64(dimensions))] += hash >> 63 == 1 ? -weight : weight
        }
        for word in Words.all(in: text) {
            let lower = word.lowercased
            let stem = Words.stem(lower)
            let isContent = !Words.stopWords.contains(lower)
            add("w:" + stem, isContent ? 2 : 0.2)
            guard isContent else { continue }
            let letters = Array("#" + lower + "#")
            for start in letters.indices.dropLast(2) { add("g:" + String(letters[start..<start + 3]), 0.3) }
            if let topic = Topics.topic(of: stem) { add("t:" + topic, 1.5) }
        }
        if vector.allSatisfy({ $0 == 0 }) { add("text:" + text, 1) }
        return normalised(vector)
    }

    static func normalised(_ vector: [Double]) -> [Double] {
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? vector.map { Double(Float($0 / length)) } : vector
    }

    /// The cosine of two vectors of length 1.
    static func cosine(_ left: [Double], _ right: [Double]) -> Double {
        zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    }

    static func similarity(_ left: String, _ right: String) -> Double {
        cosine(vector(of: left), vector(of: right))
    }
}

/// The arithmetic of scores.
enum Scores {
    static func sigmoid(_ value: Double) -> Double { 1 / (1 + exp(-value)) }

    static func softmax(_ values: [Double]) -> [Double] {
        let most = values.max() ?? 0
        let powers = values.map { exp($0 - most) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }

    /// Labels and their raw values as scores by `function_to_apply`, best first, at most `count` of them.
    static func ranked(_ values: [(label: String, value: Double)], function: String = "softmax", count: Int) -> [JSON] {
        let scores: [Double] =
            switch function {
            case "sigmoid": values.map { sigmoid($0.value) }
            case "none": values.map(\.value)
            default: softmax(values.map(\.value))
            }
        return zip(values, scores).sorted { ($0.1, $1.0.label) > ($1.1, $0.0.label) }.prefix(count).map { entry in
            ["label": .string(entry.0.label), "score": .number(rounded(entry.1))]
        }
    }

    /// Nine digits are what a 32-bit float needs; more would be noise.
    static func rounded(_ value: Double) -> Double { (value * 1e9).rounded() / 1e9 }
}
