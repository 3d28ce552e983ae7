/// Numbers in one to four dimensions: an embedding, a batch of them, an embedding for each token of each text.
///
/// All numbers lie in one array, the last dimension innermost. Arrays of one level may differ in length, as texts do in
/// tokens; ``shape`` is then `nil`, and rows are reached by ``row(_:)`` and ``subscript(_:)-(Int)``.
public struct FloatTensor: Sendable, Hashable {
    /// The most dimensions.
    static let maximumRank = 4

    /// How long the arrays of one level are.
    enum Extent: Sendable, Hashable {
        /// All alike; also of a level without arrays, whose length is then zero.
        case uniform(Int)
        /// Where the elements of each array begin among those of the level, and where the last ends.
        case ragged(offsets: [Int])
    }

    /// All numbers in order.
    public private(set) var scalars: [Float]
    /// One for each dimension; the first is uniform.
    let extents: [Extent]

    init(scalars: [Float], extents: [Extent]) {
        self.scalars = scalars
        self.extents = extents
    }

    /// Makes a tensor from the lengths of the arrays of each level, in order.
    init(scalars: [Float], lengths: [[Int]]) {
        self.scalars = scalars
        extents = lengths.map { lengths in
            let first = lengths.first ?? 0
            guard lengths.contains(where: { $0 != first }) else { return .uniform(first) }
            var offsets = [0]
            offsets.reserveCapacity(lengths.count + 1)
            var sum = 0
            for length in lengths {
                sum += length
                offsets.append(sum)
            }
            return .ragged(offsets: offsets)
        }
    }

    /// One dimension of numbers.
    public init(_ scalars: [Float]) {
        self.init(scalars: scalars, extents: [.uniform(scalars.count)])
    }

    /// Numbers in a shape; `nil` when they are too many or too few for it, or it has not one to four dimensions.
    public init?(_ scalars: [Float], shape: [Int]) {
        guard (1...Self.maximumRank).contains(shape.count), shape.allSatisfy({ $0 >= 0 }) else { return nil }
        var product = 1
        for length in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: length)
            guard !overflow else { return nil }
            product = next
        }
        guard product == scalars.count else { return nil }
        self.init(scalars: scalars, extents: shape.map { .uniform($0) })
    }

    /// Rows of numbers, which may differ in length.
    public init(rows: [[Float]]) {
        // Row by row: a joined sequence is copied a number at a time.
        var scalars: [Float] = []
        scalars.reserveCapacity(rows.reduce(0) { $0 + $1.count })
        for row in rows { scalars.append(contentsOf: row) }
        self.init(scalars: scalars, lengths: [[rows.count], rows.map(\.count)])
    }

    /// Tensors of one rank, at most three, as the rows of a tensor of one rank more; `nil` when they are not.
    public init?(stacking tensors: [FloatTensor]) {
        let rank = tensors.first?.rank ?? 1
        guard rank < Self.maximumRank, tensors.allSatisfy({ $0.rank == rank }) else { return nil }
        var scalars: [Float] = []
        scalars.reserveCapacity(tensors.reduce(0) { $0 + $1.scalars.count })
        var lengths: [[Int]] = [[tensors.count]]
        lengths += Array(repeating: [], count: rank)
        for tensor in tensors {
            scalars += tensor.scalars
            for level in 0..<rank { lengths[level + 1] += tensor.lengths(atLevel: level) }
        }
        self.init(scalars: scalars, lengths: lengths)
    }

    /// The number of dimensions, 1 to 4.
    public var rank: Int { extents.count }

    /// The number of rows: of numbers in one dimension, else of arrays at the outermost level.
    public var count: Int {
        if case .uniform(let count) = extents[0] { count } else { 0 }
    }

    /// The length of each dimension, outermost first; `nil` when arrays of one level differ in length.
    public var shape: [Int]? {
        var shape: [Int] = []
        for case .uniform(let length) in extents { shape.append(length) }
        return shape.count == rank ? shape : nil
    }

    /// Whether arrays of one level differ in length.
    public var isRagged: Bool { shape == nil }
}

// MARK: - Parts

extension FloatTensor {
    /// All numbers of the outermost level's element `index`; of a vector, the one number.
    public func row(_ index: Int) -> ArraySlice<Float> { scalars[range(ofRow: index)] }

    /// Lends the numbers of a row without copying or keeping them.
    public func withRow<Result, Failure: Error>(
        _ index: Int,
        _ body: (Span<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(scalars.span.extracting(range(ofRow: index)))
    }

    /// The outermost level's element `index`, one rank lower; of a vector, a vector of that one number.
    public subscript(index: Int) -> FloatTensor {
        guard rank > 1 else { return FloatTensor(Array(row(index))) }
        var nodes = index..<(index + 1)
        var lengths: [[Int]] = []
        for level in 1..<rank {
            lengths.append(self.lengths(of: nodes, atLevel: level))
            nodes = children(of: nodes, atLevel: level)
        }
        return FloatTensor(scalars: Array(scalars[nodes]), lengths: lengths)
    }

    /// The number at `column` of row `index`, of a tensor of two dimensions.
    public subscript(index: Int, column: Int) -> Float {
        let range = range(ofRow: index)
        precondition(range.indices.contains(range.lowerBound + column), "No such column.")
        return scalars[range.lowerBound + column]
    }

    /// The tensor without its outermost level when that holds one element only; else the tensor as it is.
    ///
    /// Some servers wrap the answer to a single input once more than others.
    public func droppingOuterLevelOfOne() -> FloatTensor {
        guard rank > 1, count == 1 else { return self }
        return self[0]
    }

    private func range(ofRow index: Int) -> Range<Int> {
        precondition(index >= 0 && index < count, "No such row.")
        var nodes = index..<(index + 1)
        for level in 1..<max(rank, 1) { nodes = children(of: nodes, atLevel: level) }
        return nodes
    }

    /// The elements of the arrays `nodes` of a level.
    private func children(of nodes: Range<Int>, atLevel level: Int) -> Range<Int> {
        switch extents[level] {
        case .uniform(let length): nodes.lowerBound * length..<nodes.upperBound * length
        case .ragged(let offsets): offsets[nodes.lowerBound]..<offsets[nodes.upperBound]
        }
    }

    private func lengths(of nodes: Range<Int>, atLevel level: Int) -> [Int] {
        switch extents[level] {
        case .uniform(let length): Array(repeating: length, count: nodes.count)
        case .ragged(let offsets): nodes.map { offsets[$0 + 1] - offsets[$0] }
        }
    }

    /// The lengths of all arrays of a level, in order; level 0 has one array.
    private func lengths(atLevel level: Int) -> [Int] {
        var nodes = 0..<1
        for outer in 0..<level { nodes = children(of: nodes, atLevel: outer) }
        return lengths(of: nodes, atLevel: level)
    }
}

// MARK: - Pooling

extension FloatTensor {
    /// The mean over one dimension, which the result lacks: over `axis` 1 of `[text][token][number]`, one vector a text.
    ///
    /// The dimension itself may be ragged; what lies inside it must not be. The mean of nothing is `nan`. A vector's mean
    /// is a vector of one number.
    ///
    /// - Parameter axis: The dimension, counted from the outermost, which is 0.
    /// - Returns: `nil` when there is no such dimension, or arrays inside it differ in length.
    public func mean(over axis: Int) -> FloatTensor? {
        reducing(axis) { block, blocks, inner, result in
            for column in 0..<inner {
                var sum = 0.0
                for index in 0..<blocks { sum += Double(scalars[block + index * inner + column]) }
                result.append(Float(sum / Double(blocks)))
            }
            return true
        }
    }

    /// The first element along one dimension, which the result lacks: over `axis` 1 of `[text][token][number]`, the
    /// vector of each text's first token, which BERT-like models train to stand for the whole.
    ///
    /// - Parameter axis: The dimension, counted from the outermost, which is 0.
    /// - Returns: `nil` when there is no such dimension, one of its arrays is empty, or arrays inside it differ in length.
    public func first(along axis: Int) -> FloatTensor? {
        reducing(axis) { block, blocks, inner, result in
            guard blocks > 0 else { return false }
            result += scalars[block..<(block + inner)]
            return true
        }
    }

    /// Gives `reduce` each array of a level (where its numbers begin, how many elements it has, how many numbers each
    /// of those has), which appends one element for it.
    private func reducing(
        _ axis: Int,
        _ reduce: (_ start: Int, _ blocks: Int, _ inner: Int, _ result: inout [Float]) -> Bool
    ) -> FloatTensor? {
        guard extents.indices.contains(axis) else { return nil }
        var inner = 1
        for extent in extents[(axis + 1)...] {
            guard case .uniform(let length) = extent else { return nil }
            inner *= length
        }
        var result: [Float] = []
        var start = 0
        for blocks in lengths(atLevel: axis) {
            guard reduce(start, blocks, inner, &result) else { return nil }
            start += blocks * inner
        }
        var extents = extents
        extents.remove(at: axis)
        if extents.isEmpty { extents = [.uniform(1)] }
        return FloatTensor(scalars: result, extents: extents)
    }

    /// The tensor with each vector of the last dimension scaled to length one; vectors of zeros stay as they are.
    public func l2Normalized() -> FloatTensor {
        var result = self
        var start = 0
        for length in lengths(atLevel: rank - 1) {
            let range = start..<(start + length)
            let norm = Self.dot(scalars[range], scalars[range]).squareRoot()
            if norm > 0 {
                for index in range { result.scalars[index] = Float(Double(scalars[index]) / norm) }
            }
            start += length
        }
        return result
    }
}

// MARK: - Similarity

extension FloatTensor {
    /// A row, and how alike it is to what was looked for.
    public struct Match: Sendable, Hashable {
        /// The row.
        public var index: Int
        /// The cosine of the angle between the two, in `-1...1`; 1 is the same direction.
        public var similarity: Float

        /// Makes a match.
        public init(index: Int, similarity: Float) {
            self.index = index
            self.similarity = similarity
        }
    }

    /// The cosine of the angle between two vectors, in `-1...1`; zero when one is all zeros, `nan` when they differ in
    /// length.
    public static func cosineSimilarity(_ one: ArraySlice<Float>, _ other: ArraySlice<Float>) -> Float {
        guard one.count == other.count else { return .nan }
        return cosine(dot: dot(one, other), dot(one, one), dot(other, other))
    }

    /// The cosine of the angle between two vectors, in `-1...1`; zero when one is all zeros, `nan` when they differ in
    /// length.
    public static func cosineSimilarity(_ one: [Float], _ other: [Float]) -> Float {
        cosineSimilarity(one[...], other[...])
    }

    /// The rows most alike to `query` by the cosine of their angle, the most alike first and of equals the earlier.
    ///
    /// Rows of another length than the query's are left out, and so are rows with a `nan`.
    ///
    /// - Parameters:
    ///   - query: What to look for, such as the embedding of a question.
    ///   - count: The most rows to return.
    /// - Returns: At most `count` matches.
    public func nearest(to query: ArraySlice<Float>, count: Int) -> [Match] {
        guard count > 0, rank == 2 else { return [] }
        let queryNorm = Self.dot(query, query)
        let matches = (0..<self.count).compactMap { index -> Match? in
            let row = row(index)
            guard row.count == query.count else { return nil }
            let similarity = Self.cosine(dot: Self.dot(row, query), Self.dot(row, row), queryNorm)
            return similarity.isNaN ? nil : Match(index: index, similarity: similarity)
        }
        return Array(matches.sorted(on: { -Double($0.similarity) }).prefix(count))
    }

    /// The rows most alike to `query`, as ``nearest(to:count:)-(ArraySlice<Float>,_)``.
    public func nearest(to query: [Float], count: Int) -> [Match] { nearest(to: query[...], count: count) }

    private static func cosine(dot: Double, _ one: Double, _ other: Double) -> Float {
        let norm = (one * other).squareRoot()
        guard norm != 0 else { return 0 }
        let cosine = Float(dot / norm)
        // Rounding may lead a hair beyond one; `nan` is no number and stays.
        return cosine.magnitude > 1 ? (cosine < 0 ? -1 : 1) : cosine
    }

    /// The sum of the products, of two vectors of one length.
    ///
    /// Sixteen sums side by side: one alone would wait for each addition, and Swift never reorders them by itself.
    private static func dot(_ one: ArraySlice<Float>, _ other: ArraySlice<Float>) -> Double {
        unsafe one.withUnsafeBytes { one in
            unsafe other.withUnsafeBytes { other in
                let width = MemoryLayout<SIMD16<Float>>.size
                let end = min(one.count, other.count)
                var sums = SIMD16<Float>()
                var offset = 0
                while offset + width <= end {
                    let left = unsafe one.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
                    let right = unsafe other.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
                    sums += left * right
                    offset += width
                }
                var sum = 0.0
                for index in 0..<16 { sum += Double(sums[index]) }
                while offset + 4 <= end {
                    let left = unsafe one.loadUnaligned(fromByteOffset: offset, as: Float.self)
                    let right = unsafe other.loadUnaligned(fromByteOffset: offset, as: Float.self)
                    sum += Double(left) * Double(right)
                    offset += 4
                }
                return sum
            }
        }
    }
}

// MARK: - JSON

extension FloatTensor: JSONConvertible {
    /// Reads a document that is an array of numbers, or of such arrays up to four deep.
    ///
    /// Numbers are rounded once, from their digits, as C's `strtof` does; `null` and Python's `NaN` and infinities
    /// become `nan`. Several times faster than going through ``JSONValue``, with the same result.
    ///
    /// - Parameter jsonBytes: The document, in UTF-8.
    /// - Throws: ``JSONError`` when the bytes are no such array.
    public init(jsonBytes: [UInt8]) throws(JSONError) {
        self = try unsafe jsonBytes.withUnsafeBufferPointer { bytes throws(JSONError) in
            var reader = unsafe ByteReader(bytes)
            if reader.starts(with: "\u{FEFF}") { reader.position = 3 }
            let tensor = try FloatScanner.scan(&reader)
            while [0x20, 0x0A, 0x0D, 0x09].contains(reader.current), reader.position < reader.end {
                reader.position += 1
            }
            guard reader.position == reader.end else {
                throw JSONError(offset: reader.position, expected: "the end")
            }
            return tensor
        }
    }

    /// Reads an array of numbers, or of such arrays up to four deep; ``JSONValue/null`` in it becomes `nan`.
    ///
    /// - Throws: ``JSONMismatch`` when `json` is anything else, or numbers stand at different depths.
    public init(json: JSONValue) throws {
        guard case .array = json else { throw JSONMismatch(expected: "an array of numbers", found: json) }
        var scalars: [Float] = []
        var lengths: [[Int]] = Array(repeating: [], count: Self.maximumRank)
        var deepest = 0
        var numberDepth: Int?
        func read(_ value: JSONValue, depth: Int) throws {
            switch value {
            case .array(let elements):
                guard depth < (numberDepth ?? Self.maximumRank) else { throw Self.uneven(value) }
                deepest = max(deepest, depth + 1)
                for element in elements { try read(element, depth: depth + 1) }
                lengths[depth].append(elements.count)
            case .number, .null:
                guard depth == numberDepth ?? deepest else { throw Self.uneven(value) }
                numberDepth = depth
                scalars.append(value.isNull ? .nan : try Float(json: value))
            default: throw JSONMismatch(expected: "a number", found: value)
            }
        }
        try read(json, depth: 0)
        self.init(scalars: scalars, lengths: Array(lengths[..<deepest]))
    }

    private static func uneven(_ value: JSONValue) -> JSONMismatch {
        JSONMismatch(expected: "numbers, all at one depth of arrays, at most four", found: value)
    }

    /// The numbers as nested arrays, in the fewest digits that read back the same; ``JSONValue/null`` for `nan`.
    public var json: JSONValue { json(of: 0..<1, atLevel: 0)[0] }

    private func json(of nodes: Range<Int>, atLevel level: Int) -> [JSONValue] {
        guard level < rank else { return scalars[nodes].map(\.json) }
        return nodes.map { .array(json(of: children(of: $0..<($0 + 1), atLevel: level), atLevel: level + 1)) }
    }
}

extension FloatTensor: CustomStringConvertible, CustomReflectable {
    /// The shape, such as `FloatTensor(2 × 1024)`; never the numbers.
    public var description: String {
        let lengths = extents.map { extent in
            if case .uniform(let length) = extent { "\(length)" } else { "ragged" }
        }
        return "FloatTensor(\(lengths.joined(separator: " × ")))"
    }

    /// An empty mirror, so that `dump` tells no more than ``description``.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
