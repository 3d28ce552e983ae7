/// Decodes the latent tensor of a diffusion model into an image.
///
/// There is no schema; the form is that of Hugging Face's own server for decoders of latents.
public struct LatentToImage: CatalogTask {
    /// `latent-to-image`.
    public static let id: TaskID = "latent-to-image"
    /// The bytes of a tensor.
    public static let input = TaskInputKind(rawValue: "tensor")
    /// An image.
    public static let output = "image"
    /// An image is paid by the piece.
    public static let isCostly = true

    /// How the numbers of a tensor are written.
    public struct ElementType: RawRepresentable, Hashable, Sendable, JSONConvertible {
        /// The wire's word.
        public var rawValue: String
        /// Makes a type of the wire's word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// IEEE floats of 16 bits.
        public static var float16: Self { Self(rawValue: "float16") }
        /// IEEE floats of 32 bits.
        public static var float32: Self { Self(rawValue: "float32") }
        /// The upper half of 32-bit floats.
        public static var bfloat16: Self { Self(rawValue: "bfloat16") }

        /// The size in bytes; `nil` for a type that is not known.
        var size: Int? {
            switch self {
            case .float16, .bfloat16: 2
            case .float32: 4
            default: nil
            }
        }
    }

    /// The tensor's numbers, little-endian and in order, which go as base64.
    public var latent: Media
    /// The length of each dimension, outermost first, such as `[1, 4, 64, 64]`.
    public var shape: [Int]
    /// How the numbers are written.
    public var elementType: ElementType
    /// The image format that is asked for; servers may send another.
    ///
    /// Default: PNG.
    public var mediaType: MediaType = .png
    /// Parameters that this type does not know.
    public var extraParameters: JSONObject = [:]

    /// Makes the task of the tensor's bytes.
    public init(latent: Media, shape: [Int], elementType: ElementType) {
        self.latent = latent
        self.shape = shape
        self.elementType = elementType
    }

    /// Makes the task of a tensor; a ragged one is refused when it is sent.
    public init(latent: FloatTensor) {
        let bytes = latent.scalars.flatMap { scalar in
            let bits = scalar.bitPattern
            return [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: bits >> $0) }
        }
        self.init(latent: .bytes(bytes), shape: latent.shape ?? [], elementType: .float32)
    }

    /// Makes the task of a tensor's bytes; `shape` and `dtype` are parameters.
    public init(input: TaskInput) throws {
        self.init(latent: try input.medium(), shape: [], elementType: .float32)
    }

    /// What the server wants.
    public static let parameters: [TaskParameter<Self>] = [
        TaskParameter(required: "shape", \.shape, "a list of integers ≥ 1, as many numbers as the tensor has") {
            !$0.isEmpty && $0.allSatisfy { $0 >= 1 }
        },
        TaskParameter(required: "dtype", \.elementType, "a text: \"float16\", \"float32\" or \"bfloat16\""),
    ]

    /// The image.
    public typealias Response = Media

    /// `{"inputs": "<base64>", "parameters": {"shape": […], "dtype": …}}`, with the one image type that is asked for.
    public func payload() throws -> Payload {
        let parameters = try parametersObject()
        if let size = elementType.size, case .bytes(let bytes) = latent.source {
            var expected: Int? = size
            for length in shape {
                expected = expected.flatMap { product in
                    let (next, overflow) = product.multipliedReportingOverflow(by: length)
                    return overflow ? nil : next
                }
            }
            try InferenceError.require(
                expected == bytes.count,
                "latent",
                "as many bytes as the shape has numbers, \(size) each"
            )
        }
        return try .embedding(
            latent,
            parameters: parameters,
            field: "latent",
            accept: mediaType,
            expectsMedia: true
        )
    }

    /// The image's bytes, or base64 in JSON where a server sends that.
    public func response(from reply: Reply) throws -> Media {
        try Media(from: reply, fallback: .png)
    }
}

extension InferenceClient {
    /// Decodes `latent` into an image; see ``LatentToImage``.
    ///
    /// The `outputPath` of `options` streams the image into a file.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func latentToImage(
        _ latent: FloatTensor,
        model: ModelID? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> Media {
        try await run(LatentToImage(latent: latent), model: model, options: options)
    }
}
