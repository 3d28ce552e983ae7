/// The members of a JSON object, in order.
///
/// A key occurs once. Two objects with the same members are equal whatever their order, as JSON has it. Keys are compared
/// as Swift strings, so two encodings of one accented letter are the same key.
public struct JSONObject: Sendable {
    /// A key and its value.
    public typealias Element = (key: String, value: JSONValue)

    /// From this size on a dictionary of positions pays for itself; below, comparing short keys in turn is faster.
    static let linearLimit = 32

    /// A key and its value as they are stored; a struct, since arrays of tuples are slower to make and destroy.
    struct Member: Sendable {
        let key: String
        var value: JSONValue
    }

    private var members: [Member] = []
    /// Where each key is in `members`; only in objects of more than `linearLimit` members.
    private var positions: [String: Int]?

    /// An object without members.
    public init() {}

    /// Makes an object of `members`; of equal keys the last wins, in the place of the first.
    public init(_ members: some Sequence<(String, JSONValue)>) {
        for (key, value) in members { self[key] = value }
    }

    /// Makes an object of members whose keys are known to differ.
    init(uniqueMembers members: [Member]) {
        self.members = members
        if members.count > Self.linearLimit { indexPositions() }
    }

    /// The value of `key`; setting `nil` removes the member, setting a new key appends one.
    public subscript(key: String) -> JSONValue? {
        get {
            guard let position = position(of: key) else { return nil }
            return members[position].value
        }
        @inline(never)
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): members[position].value = value
            case (let position?, nil):
                members.remove(at: position)
                positions = nil
                if members.count > Self.linearLimit { indexPositions() }
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
    }

    /// The keys, in order.
    public var keys: [String] { members.map(\.key) }

    /// The values, in order.
    public var values: [JSONValue] { members.map(\.value) }

    /// The number of members.
    public var count: Int { members.count }

    /// Whether there are no members.
    public var isEmpty: Bool { members.isEmpty }

    /// Whether there is a member of that name, `null` or not.
    public func contains(_ key: String) -> Bool { position(of: key) != nil }

    /// These members and those of `other`, whose value wins where both have the key.
    public func merging(_ other: JSONObject) -> JSONObject {
        if isEmpty { return other }
        var merged = self
        for (key, value) in other { merged[key] = value }
        return merged
    }

    /// As ``merging(_:)``, but where both values are objects they are merged too.
    public func mergingRecursively(_ other: JSONObject) -> JSONObject {
        var merged = self
        for (key, value) in other {
            if case .object(let inner) = value, case .object(let present)? = merged[key] {
                merged[key] = .object(present.mergingRecursively(inner))
            } else {
                merged[key] = value
            }
        }
        return merged
    }

    /// The members that are not among `keys`, such as those a type does not know.
    public func removing(_ keys: some Sequence<String>) -> JSONObject {
        // Few keys of few members: comparing in turn is faster than a set, and mostly nothing is left.
        let removed = Array(keys)
        var kept: [Member] = []
        for member in members where !removed.contains(member.key) {
            if kept.isEmpty { kept.reserveCapacity(members.count) }
            kept.append(member)
        }
        return JSONObject(uniqueMembers: kept)
    }

    /// The members for which `isIncluded` is true.
    public func filter(_ isIncluded: (Element) throws -> Bool) rethrows -> JSONObject {
        JSONObject(uniqueMembers: try members.filter { try isIncluded(($0.key, $0.value)) })
    }

    // This and what adds a member are called and not put in line: they have hundreds of uses, and are long.
    @inline(never)
    private func position(of key: String) -> Int? {
        if let positions { return positions[key] }
        for index in members.indices where members[index].key == key { return index }
        return nil
    }

    @inline(never)
    private mutating func append(_ key: String, _ value: JSONValue) {
        members.append(Member(key: key, value: value))
        if positions != nil {
            positions?[key] = members.count - 1
        } else if members.count > Self.linearLimit {
            indexPositions()
        }
    }

    @inline(never)
    private mutating func indexPositions() {
        var positions: [String: Int] = [:]
        positions.reserveCapacity(members.count)
        for (index, member) in members.enumerated() { positions[member.key] = index }
        self.positions = positions
    }
}

extension JSONObject: Sequence {
    /// Walks the members in order.
    public struct Iterator: IteratorProtocol {
        private var base: IndexingIterator<[Member]>

        init(_ members: [Member]) { base = members.makeIterator() }

        /// The next member, or `nil` at the end.
        public mutating func next() -> JSONObject.Element? { base.next().map { ($0.key, $0.value) } }
    }

    /// Starts a walk over the members.
    public func makeIterator() -> Iterator { Iterator(members) }

    /// The number of members, which is known exactly.
    public var underestimatedCount: Int { members.count }
}

extension JSONObject: Hashable, ExpressibleByDictionaryLiteral, CustomStringConvertible, CustomReflectable {
    /// Makes an object; of equal keys the last wins.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }

    /// Whether both have the same members, in whatever order.
    public static func == (one: Self, other: Self) -> Bool {
        guard one.count == other.count else { return false }
        for index in one.members.indices {
            let member = one.members[index]
            // Members mostly stand in the same order in both.
            let twin = other.members[index].key == member.key ? other.members[index].value : other[member.key]
            guard twin == member.value else { return false }
        }
        return true
    }

    /// Hashes the members, in whatever order they are.
    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for member in members {
            var hasher = Hasher()
            hasher.combine(member.key)
            hasher.combine(member.value)
            sum &+= hasher.finalize()
        }
        hasher.combine(sum)
    }

    /// The number of members, such as `object(2 members)`; never keys or values.
    public var description: String { "object(\(count) members)" }

    /// An empty mirror, so that `dump` tells no more than ``description``.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
