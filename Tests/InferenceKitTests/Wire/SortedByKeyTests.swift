import Testing

@testable import InferenceKit

@Suite("Sorting by a key") struct SortedByKeyTests {
    @Test(arguments: UInt64(0)..<50) func isASortByKeyAndPlace(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let count = Int.random(in: 0...80, using: &generator)
        let elements = (0..<count).map { place in (key: Int.random(in: 0...9, using: &generator), place: place) }
        let expected = elements.sorted { ($0.key, $0.place) < ($1.key, $1.place) }.map(\.place)
        #expect(elements.sorted(on: \.key).map(\.place) == expected)
        #expect(elements.sorted(on: { "\($0.key)" }).map(\.place) == expected)
        #expect(elements.sorted(on: { Double($0.key) }).map(\.place) == expected)
    }

    @Test func bestFirstKeepsTheOrderOfEqualScores() {
        let scores: [Double?] = [0.5, nil, 0.25, 0.5, -.infinity, 1, 0, -0.0, nil]
        #expect(Array(scores.indices).bestFirst { scores[$0] } == [5, 0, 3, 2, 6, 7, 1, 4, 8])
    }
}
