extension Sequence {
    /// The elements in the order of their keys, lowest first; those of one key stay in the order they have.
    ///
    /// Only the keys are sorted, so that the standard library's sort, which is long, is compiled for each type of key
    /// and not for each type of element and each comparison.
    func sorted<Key: Comparable>(on key: (Element) throws -> Key) rethrows -> [Element] {
        let elements = Array(self)
        guard elements.count > 1 else { return elements }
        return try order(of: elements.map(key)).map { elements[$0] }
    }
}

/// The positions of keys in the order of the keys; those of equal keys in their own order.
@inline(never)
private func order<Key: Comparable>(of keys: [Key]) -> [Int] {
    keys.indices.sorted { keys[$0] == keys[$1] ? $0 < $1 : keys[$0] < keys[$1] }
}
