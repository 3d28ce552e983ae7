/// Reads a property by its key path, and where it lies in memory if it is stored there.
///
/// A key path is followed a step at a time by unspecialised code; for a stored property that costs ten times as much as
/// the value does.
struct StoredProperty<Root: Sendable, Value: Sendable>: Sendable {
    private let path: any KeyPath<Root, Value> & Sendable
    /// Where the value lies in a root; `nil` when it is computed or observed.
    private let offset: Int?

    init(_ path: any KeyPath<Root, Value> & Sendable) {
        self.path = path
        offset = MemoryLayout<Root>.offset(of: path)
    }

    /// The property's value.
    @inline(__always)
    func value(in root: Root) -> Value {
        guard let offset else { return root[keyPath: path] }
        return unsafe withUnsafeBytes(of: root) { unsafe $0.load(fromByteOffset: offset, as: Value.self) }
    }
}
