/// Whether a model can be called, in the service's word, known here or not.
public struct ModelAvailability: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The service's word.
    public var rawValue: String
    /// Makes an availability of a word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The service's word.
    public var description: String { rawValue }

    /// Deployed and answering; not a promise that the first answer is fast.
    public static var warm: Self { Self(rawValue: "warm") }
    /// Known and loadable: a request would load it.
    public static var cold: Self { Self(rawValue: "cold") }
    /// Being loaded.
    public static var loading: Self { Self(rawValue: "loading") }
    /// Cannot be run by whoever was asked about.
    public static var frozen: Self { Self(rawValue: "frozen") }
    /// A dedicated endpoint that a person has stopped.
    public static var paused: Self { Self(rawValue: "paused") }
    /// Nothing that was asked tells.
    public static var unknown: Self { Self(rawValue: "unknown") }
}

/// The library that a model is made with, in the Hub's word, known here or not.
public struct ModelLibrary: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The Hub's word.
    public var rawValue: String
    /// Makes a library of the Hub's word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Makes a library of the Hub's word.
    public init(stringLiteral value: String) { rawValue = value }
    /// The Hub's word.
    public var description: String { rawValue }

    /// `transformers`.
    public static var transformers: Self { "transformers" }
    /// `sentence-transformers`; its models do feature extraction and sentence similarity both.
    public static var sentenceTransformers: Self { "sentence-transformers" }
    /// `adapter-transformers`.
    public static var adapterTransformers: Self { "adapter-transformers" }
    /// `diffusers`.
    public static var diffusers: Self { "diffusers" }
    /// `timm`.
    public static var timm: Self { "timm" }
    /// `spacy`.
    public static var spaCy: Self { "spacy" }
    /// `flair`.
    public static var flair: Self { "flair" }
    /// `speechbrain`.
    public static var speechBrain: Self { "speechbrain" }
    /// `espnet`.
    public static var espnet: Self { "espnet" }
    /// `sklearn`.
    public static var scikitLearn: Self { "sklearn" }
    /// `setfit`.
    public static var setFit: Self { "setfit" }
    /// `peft`.
    public static var peft: Self { "peft" }
    /// `gguf`.
    public static var gguf: Self { "gguf" }
    /// `text-generation-inference`, as the service before the router named what its chat models ran on.
    public static var textGenerationInference: Self { "text-generation-inference" }
}

/// Whether conditions have to be accepted before a model may be used.
public struct ModelGating: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The Hub's word; `false` for a model that anyone may use.
    public var rawValue: String
    /// Makes a gating of the Hub's word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The Hub's word.
    public var description: String { rawValue }

    /// Anyone may use it.
    public static var open: Self { Self(rawValue: "false") }
    /// Access is granted the moment that the conditions are accepted.
    public static var automatic: Self { Self(rawValue: "auto") }
    /// Access is granted by a person.
    public static var manual: Self { Self(rawValue: "manual") }

    /// Reads `false`, `true`, `"auto"` or `"manual"`.
    init?(json: JSONValue?) {
        switch json {
        case .bool(let isGated): self = isGated ? Self(rawValue: "true") : .open
        case .string(let word): self.init(rawValue: word)
        default: return nil
        }
    }

    /// The Hub's own form: `false`, or a word.
    public var json: JSONValue {
        switch rawValue {
        case "false": .bool(false)
        case "true": .bool(true)
        default: .string(rawValue)
        }
    }
}

/// A field of a model that the Hub can be asked for, in its own spelling.
public struct ModelField: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The Hub's word.
    public var rawValue: String
    /// Makes a field of the Hub's word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Makes a field of the Hub's word.
    public init(stringLiteral value: String) { rawValue = value }
    /// The Hub's word.
    public var description: String { rawValue }

    /// Whose model it is.
    public static var author: Self { "author" }
    /// `warm`, or nothing.
    public static var inference: Self { "inference" }
    /// Who serves it.
    public static var inferenceProviderMapping: Self { "inferenceProviderMapping" }
    /// Its task.
    public static var pipelineTag: Self { "pipeline_tag" }
    /// Its library.
    public static var libraryName: Self { "library_name" }
    /// Its tags.
    public static var tags: Self { "tags" }
    /// Whether conditions have to be accepted.
    public static var gated: Self { "gated" }
    /// Whether it is private.
    public static var isPrivate: Self { "private" }
    /// Whether the Hub has switched it off.
    public static var isDisabled: Self { "disabled" }
    /// How often it was downloaded in the last thirty days.
    public static var downloads: Self { "downloads" }
    /// How often it was downloaded ever.
    public static var downloadsAllTime: Self { "downloadsAllTime" }
    /// How many people like it.
    public static var likes: Self { "likes" }
    /// How much it is talked about.
    public static var trendingScore: Self { "trendingScore" }
    /// When it was made.
    public static var createdAt: Self { "createdAt" }
    /// When it was changed last.
    public static var lastModified: Self { "lastModified" }
    /// The commit.
    public static var sha: Self { "sha" }
    /// The parameters, counted by their type.
    public static var safetensors: Self { "safetensors" }
    /// What stands for a masked word.
    public static var maskToken: Self { "mask_token" }
    /// The names of the files.
    public static var siblings: Self { "siblings" }
    /// The model's configuration.
    public static var config: Self { "config" }
    /// What stands at the head of the model card.
    public static var cardData: Self { "cardData" }
    /// The bytes that the repository takes.
    public static var usedStorage: Self { "usedStorage" }

    /// What it takes to choose a model: the default of ``ModelQuery``.
    public static var standard: [Self] {
        [
            .author, .inference, .inferenceProviderMapping, .pipelineTag, .libraryName, .tags, .gated, .isPrivate,
            .isDisabled, .downloads, .likes, .trendingScore, .createdAt, .lastModified, .safetensors,
        ]
    }

    /// The query that asks for fields; bracketed, as the Hub's own JavaScript client has it.
    static func query(_ fields: [Self]) -> [(name: String, value: String)] {
        fields.map { ("expand[]", $0.rawValue) }
    }
}
