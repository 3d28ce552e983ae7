import Testing

@testable import InferenceKit

@Suite("Properties by their place") struct StoredPropertyTests {
    struct Inner: Sendable, Equatable {
        var flag: Bool?
        var text: String
    }

    struct Root: Sendable {
        var byte: UInt8 = 1
        var number: Int?
        var text: String?
        var list: [String]?
        var inner = Inner(flag: nil, text: "inner")
        var observed = 1 { didSet { observed = max(observed, 0) } }
        var computed: String { text ?? "none" }
        let value: JSONValue? = ["a": [1, "b"]]
    }

    @Test func asTheKeyPathsHaveThem() {
        var roots = [Root(), Root(), Root()]
        roots[1].number = 7
        roots[1].text = "a text that is longer than a small one"
        roots[1].list = ["x", "another text that is long enough"]
        roots[2].inner.flag = true
        roots[2].text = ""
        roots[2].observed = 5
        for root in roots {
            func check<Value: Equatable & Sendable>(_ path: any KeyPath<Root, Value> & Sendable) {
                #expect(StoredProperty(path).value(in: root) == root[keyPath: path])
            }
            check(\.byte)
            check(\.number)
            check(\.text)
            check(\.list)
            check(\.inner)
            check(\.inner.flag)
            check(\.inner.text)
            check(\.observed)
            check(\.computed)
            check(\.computed.count)
            check(\.value)
        }
    }

    @Test func holdsWhatItReturns() {
        let property = StoredProperty<Root, [String]?>(\.list)
        var root: Root? = Root()
        root?.list = (0..<3).map { "a text of its own, number \($0)" }
        let list = root.flatMap { property.value(in: $0) }
        root = nil
        #expect(list?.last == "a text of its own, number 2")
    }
}
