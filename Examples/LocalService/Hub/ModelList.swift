import Foundation
import Synchronization

/// A question for models: the filters, order and page of `GET /api/models`.
struct ModelList {
    /// The providers that a filter may name.
    static let providers: Set<String> = [
        "hf-inference", "together", "novita", "fal-ai", "groq", "replicate", "nebius", "sambanova", "cerebras",
        "cohere",
        "fireworks-ai", "hyperbolic", "nscale", "featherless-ai", "scaleway", "wavespeed", "ovhcloud", "publicai",
        "all",
    ]
    private static let pageLimit = 1_000

    var request: Request
    var backend: Backend

    func reply() throws(Refusal) -> Reply {
        let expand = try Self.expand(of: request)
        let providers = (request.queryValue("inference_provider") ?? "").split(separator: ",").map(String.init)
        if let unknown = providers.first(where: { !Self.providers.contains($0) }) {
            throw Refusal(400, "Invalid inference provider: \(unknown)")
        }
        let limit = min(Self.pageLimit, max(1, request.queryValue("limit").flatMap(Int.init) ?? Self.pageLimit))
        let start = request.queryValue("cursor").flatMap(Self.offset) ?? 0
        // The synthetic ones come last and are never sorted, so that a page costs the same wherever it is.
        let matching = try sorted(backend.catalog.ordered.map(info).filter { matches($0, providers) })
        let synthetic = backend.catalog.syntheticCount
        var page = Array(matching.dropFirst(start).prefix(limit))
        var position = start + page.count
        while page.count < limit, position - matching.count < synthetic {
            let next = info(backend.catalog.synthetic(position - matching.count))
            position += 1
            if matches(next, providers) { page.append(next) }
        }
        let isFull = request.queryValue("full").map { ["true", "1", "full"].contains($0.lowercased()) } ?? false
        var reply = Reply.json(.array(page.map { $0.json(expand: expand, isList: true, isFull: isFull) }))
        if position < matching.count + synthetic, page.count == limit {
            reply.headers.append(("link", "<\(nextURL(position))>; rel=\"next\""))
        }
        return reply
    }

    /// The fields of `expand`, refused where one is not known.
    static func expand(of request: Request) throws(Refusal) -> [String] {
        let expand = request.queryValues("expand")
        if let unknown = expand.first(where: { !ModelInfo.expandable.contains($0) }) {
            throw Refusal(400, "Invalid option \"\(unknown)\" at \"expand\"")
        }
        return expand
    }

    private func info(_ model: Model) -> ModelInfo {
        ModelInfo(model: model, availability: backend.states.availability(of: model))
    }

    private func matches(_ info: ModelInfo, _ providers: [String]) -> Bool {
        func asked(_ name: String, _ holds: (String) -> Bool) -> Bool { request.queryValues(name).allSatisfy(holds) }
        let model = info.model
        let mapped = info.mapping.map(\.key)
        return asked("search") { model.id.lowercased().contains($0.lowercased()) }
            && asked("author") { model.author == $0 }
            && asked("filter") { $0.split(separator: ",").allSatisfy { info.tags.contains(String($0)) } }
            && asked("library") { model.library == $0 }
            && asked("pipeline_tag") { model.task == $0 }
            && asked("inference") { info.word == $0 }
            && asked("gated") { ($0 == "true") == (model.gated != nil) }
            && asked("num_parameters") { Self.isWithin(info.parameterCount, $0) }
            && (providers.isEmpty || mapped.contains { providers.contains($0) || providers.contains("all") })
    }

    /// Whether a count lies within `min:6B,max:128B`.
    private static func isWithin(_ count: Int, _ range: String) -> Bool {
        let factors: [Character: Double] = ["K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12]
        return range.split(separator: ",").allSatisfy { part in
            let pair = part.split(separator: ":")
            guard pair.count == 2, let last = pair[1].last else { return true }
            let factor = factors[last] ?? 1
            guard let bound = Double(factors[last] == nil ? pair[1] : pair[1].dropLast()).map({ $0 * factor }) else {
                return true
            }
            return pair[0] == "min" ? Double(count) >= bound : Double(count) <= bound
        }
    }

    private func sorted(_ infos: [ModelInfo]) throws(Refusal) -> [ModelInfo] {
        switch request.queryValue("sort") {
        case nil, "trendingScore"?: infos.sorted { $0.trendingScore > $1.trendingScore }
        case "downloads"?: infos.sorted { $0.downloads > $1.downloads }
        case "likes"?, "likes30d"?: infos.sorted { $0.likes > $1.likes }
        case "createdAt"?: infos.sorted { $0.createdAt > $1.createdAt }
        case "lastModified"?: infos.sorted { $0.lastModified > $1.lastModified }
        case "num_parameters"?, "mainSize"?: infos.sorted { $0.parameterCount > $1.parameterCount }
        case "id"?: infos.sorted { $0.model.id < $1.model.id }
        case let key?: throw Refusal(400, "Invalid sort parameter: \(key)")
        }
    }

    /// The same question with another cursor, as an absolute URL.
    private func nextURL(_ position: Int) -> String {
        let kept = request.query.filter { $0.name != "cursor" }.map { item in
            item.name + "=" + (item.value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
        }
        let cursor = "cursor=" + Base64.encode(Array("from:\(position)".utf8)).replacing("=", with: "%3D")
        return backend.base.withLock { $0 } + "/api/models?" + (kept + [cursor]).joined(separator: "&")
    }

    private static func offset(_ cursor: String) -> Int? {
        Base64.decode(cursor).flatMap { Int(String(decoding: $0, as: UTF8.self).dropFirst(5)) }.map { max(0, $0) }
    }
}
