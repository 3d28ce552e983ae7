import HTTPTypes

/// By what a list of models is put in order, in the Hub's word.
public struct ModelSort: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The Hub's word.
    public var rawValue: String
    /// Makes an order of the Hub's word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Makes an order of the Hub's word.
    public init(stringLiteral value: String) { rawValue = value }
    /// The Hub's word.
    public var description: String { rawValue }

    /// The most talked about first.
    public static var trending: Self { "trendingScore" }
    /// The most downloaded of the last thirty days first.
    public static var downloads: Self { "downloads" }
    /// The most liked first.
    public static var likes: Self { "likes" }
    /// The most liked of the last thirty days first.
    public static var recentLikes: Self { "likes30d" }
    /// The newest first.
    public static var created: Self { "createdAt" }
    /// The latest changed first.
    public static var modified: Self { "lastModified" }
    /// The largest first, by parameters.
    public static var parameters: Self { "num_parameters" }
    /// The largest first, by bytes.
    public static var size: Self { "mainSize" }
    /// By name.
    public static var name: Self { "id" }
}

/// Which models are wanted, in what order, and what is to be told about each.
///
/// ```swift
/// let query = ModelQuery(task: "text-classification", availability: .warm, sort: .trending)
/// for try await model in client.models(query).prefix(10) { print(model.id) }
/// ```
///
/// Source: the query of `GET /api/models` of the Hub; all conditions must hold.
public struct ModelQuery: Hashable, Sendable {
    /// The task that the Hub has as the model's own.
    public var task: TaskID?
    /// The library.
    public var library: ModelLibrary?
    /// The availability; the Hub documents ``ModelAvailability/warm`` alone, which is: at any provider.
    public var availability: ModelAvailability?
    /// Providers of which one must serve the model; `all` stands for any.
    public var providers: [ProviderID]
    /// Whose models.
    public var author: String?
    /// Words in the name.
    public var search: String?
    /// Whether conditions have to be accepted first; `nil` for both.
    public var isGated: Bool?
    /// The fewest parameters.
    public var minParameters: Int?
    /// The most parameters.
    public var maxParameters: Int?
    /// Tags that the model must have: languages, `license:apache-2.0`, `dataset:squad`, `conversational` and others.
    public var tags: [String]
    /// Apps that can run the model, such as `llama.cpp`.
    public var apps: [String]
    /// The order; `nil` for the Hub's own.
    public var sort: ModelSort?
    /// The models of a page, from 1 to 1,000; `nil` for the Hub's own choice.
    ///
    /// Default: 100. It decides how many requests a walk takes, and how much memory; not how many models there are.
    public var pageSize: Int?
    /// What is to be told about each model; empty for the Hub's own choice, which leaves out who serves it.
    public var fields: [ModelField]

    /// Makes a query; what is left out does not matter.
    public init(
        task: TaskID? = nil,
        library: ModelLibrary? = nil,
        availability: ModelAvailability? = nil,
        providers: [ProviderID] = [],
        author: String? = nil,
        search: String? = nil,
        isGated: Bool? = nil,
        minParameters: Int? = nil,
        maxParameters: Int? = nil,
        tags: [String] = [],
        apps: [String] = [],
        sort: ModelSort? = nil,
        pageSize: Int? = 100,
        fields: [ModelField] = ModelField.standard
    ) {
        self.task = task
        self.library = library
        self.availability = availability
        self.providers = providers
        self.author = author
        self.search = search
        self.isGated = isGated
        self.minParameters = minParameters
        self.maxParameters = maxParameters
        self.tags = tags
        self.apps = apps
        self.sort = sort
        self.pageSize = pageSize
        self.fields = fields
    }

    /// The query as the Hub wants it.
    ///
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput`` that names the field.
    func pairs() throws -> [(name: String, value: String)] {
        try check()
        var pairs: [(name: String, value: String)] = []
        func add(_ name: String, _ value: String?) {
            if let value { pairs.append((name, value)) }
        }
        add("search", search)
        add("author", author)
        add("pipeline_tag", task?.rawValue)
        // A library is a tag like any other, and the documented way to ask for one.
        add("filter", library?.rawValue)
        for tag in tags { add("filter", tag) }
        add("inference", availability?.rawValue)
        if !providers.isEmpty { add("inference_provider", providers.map(\.rawValue).joined(separator: ",")) }
        add("gated", isGated.map { $0 ? "true" : "false" })
        let bounds = [
            minParameters.map { "min:\(Self.count($0))" }, maxParameters.map { "max:\(Self.count($0))" },
        ]
        add("num_parameters", bounds.contains { $0 != nil } ? bounds.compactMap { $0 }.joined(separator: ",") : nil)
        for app in apps { add("apps", app) }
        add("sort", sort?.rawValue)
        add("limit", pageSize.map(String.init))
        return pairs + ModelField.query(fields)
    }

    private func check() throws {
        let words = [
            ("task", task?.rawValue), ("library", library?.rawValue), ("availability", availability?.rawValue),
            ("author", author), ("search", search), ("sort", sort?.rawValue),
        ]
        for (name, word) in words where word?.isEmpty == true {
            throw InferenceError.invalidInput(name, expected: "a text that is not empty, or nil")
        }
        for (name, list) in [("tags", tags), ("apps", apps), ("fields", fields.map(\.rawValue))] {
            try InferenceError.require(!list.contains(""), name, "texts that are not empty")
        }
        let hasGoodProviders = providers.allSatisfy { !$0.rawValue.isEmpty && !$0.rawValue.contains(",") }
        try InferenceError.require(hasGoodProviders, "providers", "names of providers")
        try InferenceError.require((1...1_000).contains(pageSize ?? 1), "pageSize", "an integer from 1 to 1000")
        try InferenceError.require(minParameters ?? 0 >= 0, "minParameters", "an integer ≥ 0")
        try InferenceError.require(
            maxParameters ?? .max >= minParameters ?? 0,
            "maxParameters",
            "an integer ≥ \(minParameters ?? 0)"
        )
    }

    /// A count in the Hub's short form, such as `6B`; in full where that would round it.
    private static func count(_ count: Int) -> String {
        for (unit, letter) in [(1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K")]
        where count >= unit && count % unit == 0 {
            return "\(count / unit)\(letter)"
        }
        return String(count)
    }
}

/// The models of a query, page by page as they are read.
///
/// A page is asked for when the one before it has been read to its end, never earlier, so that a reader who leaves after
/// 700 models of pages of 500 has made two requests. One page is held at a time.
public struct ModelSequence: AsyncSequence, Sendable {
    /// A model.
    public typealias Element = ModelInfo

    let client: InferenceClient
    let query: ModelQuery
    let options: CallOptions

    /// Starts from the first page; nothing is asked yet.
    public func makeAsyncIterator() -> Iterator { Iterator(sequence: self) }

    /// Walks the models.
    public struct Iterator: AsyncIteratorProtocol {
        private enum Next {
            case first
            case page(String)
            case end
        }

        private let sequence: ModelSequence
        private var next = Next.first
        /// The page, and how many of its models were handed out.
        private var page: [ModelInfo] = []
        private var position = 0

        init(sequence: ModelSequence) { self.sequence = sequence }

        /// The next model, or `nil` at the end.
        ///
        /// - Throws: ``InferenceError``, or `CancellationError`; after that there is nothing more. A next page at
        ///   another host is ``InferenceError/Code-swift.struct/refusedRedirect``: the token is not meant for it.
        public mutating func next() async throws -> ModelInfo? {
            while position >= page.count {
                page = []
                position = 0
                let url: String
                do {
                    switch next {
                    case .first: url = try sequence.client.hubURL("/models", sequence.query.pairs())
                    case .page(let address): url = address
                    case .end: return nil
                    }
                    next = .end
                    let answer = try await sequence.client.modelPage(url, options: sequence.options)
                    page = answer.models
                    if let address = answer.next { next = .page(address) }
                } catch {
                    next = .end
                    throw InferenceError.wrapping(error)
                }
            }
            position += 1
            return page[position - 1]
        }
    }
}

extension InferenceClient {
    /// The models of a query, as a sequence that asks for a page when it comes to it.
    ///
    /// - Parameters:
    ///   - query: Which models, and in what order.
    ///   - options: What these calls do differently from the client; each page is a call.
    /// - Returns: The models; nothing is asked before the first one is read, so that a wrong query is an error there.
    public func models(_ query: ModelQuery = ModelQuery(), options: CallOptions = CallOptions()) -> ModelSequence {
        ModelSequence(client: self, query: query, options: options)
    }

    /// One page, and the address of the next.
    @concurrent
    fileprivate func modelPage(
        _ url: String,
        options: CallOptions
    ) async throws -> (models: [ModelInfo], next: String?) {
        let question = Question("models", url)
        let reply = try await reply(to: question, options: options)
        let models = try Self.decoding(reply, of: question) { try [ModelInfo](json: $0.json()) }
        guard let link = reply.head.headerFields[.nextPage].flatMap(LinkHeader.next) else { return (models, nil) }
        let next = try Self.nextPage(link, after: url)
        return (models, next)
    }

    /// The address as the server gave it, checked to be at the host that the token is for.
    private static func nextPage(_ link: String, after url: String) throws -> String {
        let failure = InferenceError(.refusedRedirect, "The Hub names a next page that is no address.")
        guard let current = try? URLReference(parsing: url), let next = try? current.resolving(link) else {
            throw failure
        }
        guard next.scheme == current.scheme, next.authority == current.authority else {
            throw InferenceError(
                .refusedRedirect,
                "The Hub names a next page at another host (\(next.host)); credentials stay where they were."
            )
        }
        guard next != current else {
            throw InferenceError(.undecodable, "The Hub names a page as the one that follows it.")
        }
        return link.contains("://") ? link : next.text
    }
}

extension HTTPField.Name {
    /// Where the next page is (RFC 8288).
    fileprivate static let nextPage = Self.known("Link")
}
