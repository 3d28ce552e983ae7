/// One vector for each text.
///
/// Servers answer feature extraction in shapes that look alike and mean different things; a set is made only where the
/// number of texts tells which is which. Where a server sends a vector for each token, it asks for a way of pooling them.
public struct EmbeddingSet: Hashable, Sendable, TaskOutput {
    /// The vectors as a tensor of two dimensions: text, number.
    public let tensor: FloatTensor

    /// Takes one vector for each of `texts` texts from an answer of ``FeatureExtraction``.
    ///
    /// - Parameters:
    ///   - answer: The numbers as they came.
    ///   - texts: The number of texts that were sent.
    ///   - pooling: How the vectors of a text's tokens become one; `nil` when the server has done it. It is used only
    ///     where there are vectors of tokens.
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput`` that names `pooling`, when
    ///   the vectors are those of tokens and `pooling` is `nil`; of code
    ///   ``InferenceError/Code-swift.struct/undecodable``, when the numbers cannot be those of so many texts.
    public init(_ answer: FloatTensor, texts: Int, pooling: TokenPooling? = nil) throws {
        var answer = answer
        // A pipeline's list of one around the tokens of each text says nothing.
        if answer.rank == 4, answer.extents[1] == .uniform(1) {
            answer = FloatTensor(scalars: answer.scalars, extents: [answer.extents[0]] + answer.extents[2...])
        }
        // A single text comes without the level of texts from servers that unwrap lists of one.
        if texts == 1, answer.rank == 1 || (answer.rank == 2 && answer.count > 1) {
            answer = FloatTensor(scalars: answer.scalars, extents: [.uniform(1)] + answer.extents)
        }
        guard texts > 0, answer.count == texts else { throw Self.mismatch(answer, texts) }
        if answer.rank == 3 { answer = try Self.pooled(answer, pooling, texts) }
        guard let shape = answer.shape, shape.count == 2, shape[1] > 0 else { throw Self.mismatch(answer, texts) }
        tensor = answer
    }

    private static func pooled(_ tokens: FloatTensor, _ pooling: TokenPooling?, _ texts: Int) throws -> FloatTensor {
        // The only token of a text is its vector, whatever the pooling.
        let isPooled = tokens.extents[1] == .uniform(1)
        guard let pooling = isPooled ? .first : pooling else {
            throw InferenceError.invalidInput(
                "pooling",
                expected: "\"mean\" or \"first\", as the model was trained: the server sent a vector for each token"
            )
        }
        guard let vectors = pooling == .first ? tokens.first(along: 1) : tokens.mean(over: 1),
            // The mean of no tokens is no number.
            !vectors.scalars.contains(where: \.isNaN) || tokens.first(along: 1) != nil
        else { throw mismatch(tokens, texts) }
        return vectors
    }

    private static func mismatch(_ answer: FloatTensor, _ texts: Int) -> InferenceError {
        InferenceError(
            .undecodable,
            "\(FeatureExtraction.id): expected one vector for each of \(texts) texts, found \(answer.description)."
        )
    }

    /// The number of texts.
    public var count: Int { tensor.count }

    /// The length of each vector.
    public var dimension: Int { tensor.shape?.last ?? 0 }

    /// The vector of the text at `index`, counted from zero.
    public subscript(index: Int) -> ArraySlice<Float> { tensor.row(index) }

    /// The cosine of the angle between the vectors of two texts, in `-1...1`; the more alike in meaning, the higher.
    public func similarity(_ one: Int, _ other: Int) -> Float {
        FloatTensor.cosineSimilarity(self[one], self[other])
    }

    /// The texts most alike to `query`, the most alike first.
    ///
    /// - Parameters:
    ///   - query: A vector of the same model.
    ///   - count: The most texts to return.
    /// - Returns: At most `count` matches, whose index is that of the text.
    public func nearest(to query: ArraySlice<Float>, count: Int) -> [FloatTensor.Match] {
        tensor.nearest(to: query, count: count)
    }

    /// The same vectors, each of length one, so that their dot product is their cosine; zeros stay as they are.
    public func normalized() -> EmbeddingSet { EmbeddingSet(rows: tensor.l2Normalized()) }

    private init(rows: FloatTensor) { tensor = rows }

    /// The vectors as lists of numbers.
    public var json: JSONValue { tensor.json }
}

/// How the vectors of a text's tokens become one; the model's card tells which it was trained for.
public struct TokenPooling: RawRepresentable, Hashable, Sendable {
    /// The word.
    public var rawValue: String
    /// Makes a way of pooling of a word; any but `first` is the mean.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The mean of all tokens, which most models for sentences are trained for.
    public static var mean: Self { Self(rawValue: "mean") }
    /// The vector of the first token, which models such as BERT train to stand for the whole.
    public static var first: Self { Self(rawValue: "first") }
}

extension FeatureExtraction {
    /// One vector for each text, from this task's answer.
    ///
    /// - Throws: ``InferenceError``, as ``EmbeddingSet/init(_:texts:pooling:)``.
    public func embeddings(from answer: FloatTensor, pooling: TokenPooling? = nil) throws -> EmbeddingSet {
        try EmbeddingSet(answer, texts: texts.count, pooling: pooling)
    }
}

extension InferenceClient {
    /// Turns each of `texts` into one vector.
    ///
    /// - Parameters:
    ///   - texts: The texts, at least one.
    ///   - model: The model; `nil` for the client's.
    ///   - pooling: How the vectors of a text's tokens become one, for servers that send those; `nil` makes such an
    ///     answer an error that says so.
    ///   - normalize: Whether vectors get the length 1, which is done here, too: the router does not do it.
    ///   - options: What differs from the client's configuration.
    /// - Returns: The vectors in the order of the texts.
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func embeddings(
        _ texts: [String],
        model: ModelID? = nil,
        pooling: TokenPooling? = nil,
        normalize: Bool? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> EmbeddingSet {
        var task = FeatureExtraction(texts: texts)
        task.normalize = normalize
        let answer = try await run(task, model: model, options: options)
        let set = try task.embeddings(from: answer, pooling: pooling)
        return normalize == true ? set.normalized() : set
    }
}
