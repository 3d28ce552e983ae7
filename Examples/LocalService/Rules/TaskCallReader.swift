import Foundation

/// Makes a ``TaskCall`` of a request, or refuses it as the toolkit behind the router does.
struct TaskCallReader {
    private static let imageTypes = ["png", "jpeg", "jpg", "tiff", "bmp", "gif", "webp", "x-image"].map {
        "image/" + $0
    }
    private static let audioTypes = [
        "flac", "x-flac", "mpeg", "x-mpeg-3", "wav", "wave", "x-wav", "ogg", "webm", "m4a", "x-m4a", "x-audio", "amr",
        "amr-wb", "amr-wb+",
    ].map { "audio/" + $0 }
    private static let knownTypes = ["application/json"] + imageTypes + audioTypes
    /// Containers that the real service does not know; here they carry the video tasks.
    private static let videoTypes = ["video/mp4", "video/webm", "video/x-msvideo", "video/quicktime"]

    var rule: TaskRule
    var model: Model
    var request: Request

    func call() throws(Refusal) -> TaskCall {
        let accept = try acceptedTypes()
        guard let contentType = request.contentType else {
            throw Refusal(400, "No content type provided and no default one configured.")
        }
        if contentType == "application/json" { return try jsonCall(accept: accept) }
        let isOctetStream = contentType == "application/octet-stream"
        let takesOctetStream = ["audio", "speech", "image", "video"].contains { rule.id.contains($0) }
        let isVideo = rule.medium == .video && Self.videoTypes.contains(contentType)
        guard Self.knownTypes.contains(contentType) || isVideo || isOctetStream && takesOctetStream else {
            throw unsupported("Content type", request.header("content-type") ?? "", "content types")
        }
        guard rule.takesRaw, rule.medium != .json else {
            throw Refusal(400, "Body needs to provide a inputs key, received: bytes")
        }
        guard !request.body.isEmpty else { throw Refusal(400, emptyMedium) }
        return TaskCall(
            rule: rule,
            model: model,
            inputs: .null,
            media: request.body,
            parameters: .object([]),
            root: .null,
            accept: accept
        )
    }

    private func unsupported(_ what: String, _ value: String, _ plural: String) -> Refusal {
        let known = Self.knownTypes.joined(separator: ", ")
        return Refusal(400, "\(what) \"\(value)\" not supported. Supported \(plural) are:\n\(known)")
    }

    private var emptyMedium: String {
        rule.medium == .audio ? "Malformed soundfile" : "cannot identify image file"
    }

    /// The known types of `Accept` in the caller's order; empty where anything is accepted.
    private func acceptedTypes() throws(Refusal) -> [String] {
        guard let header = request.header("accept") else { return [] }
        let types = header.split(separator: ",").map { Request.mediaType(String($0)) }
        if types.isEmpty || types.contains("*/*") && !types.contains(where: Self.knownTypes.contains) { return [] }
        let known = types.filter {
            Self.knownTypes.contains($0) || Self.videoTypes.contains($0) || $0 == "text/event-stream"
        }
        guard !known.isEmpty else { throw unsupported("Accept type", header, "accept types") }
        return known
    }

    private func jsonCall(accept: [String]) throws(Refusal) -> TaskCall {
        let root = try Self.json(request.body)
        // The table at the root is the Python client's form of tabular classification, which this server refuses too.
        guard let inputs = root["inputs"] ?? root["image"].map({ $0 }) else {
            let keys = (root.members ?? []).map(\.key).joined(separator: ", ")
            throw Refusal(400, "Body needs to provide a inputs key, received: \(keys)")
        }
        var parameters = root["parameters"] ?? .object([])
        guard parameters.members != nil else {
            throw Refusal(400, json: ["error": ["value is not a valid dict: received `parameters`"]])
        }
        parameters = .object((parameters.members ?? []).filter { !$0.value.isNull })
        try checkParameters(parameters)
        return TaskCall(
            rule: rule,
            model: model,
            inputs: inputs,
            media: rule.medium == .json ? nil : try medium(of: inputs, root: root),
            parameters: parameters,
            root: root,
            accept: accept
        )
    }

    static func json(_ body: [UInt8]) throws(Refusal) -> JSON {
        do {
            return try JSONReader.read(body)
        } catch {
            throw Refusal(400, "\(error.message): line 1 column \(error.offset + 1) (char \(error.offset))")
        }
    }

    /// A parameter that the pipeline does not take is a Python error, not ignored.
    private func checkParameters(_ parameters: JSON) throws(Refusal) {
        guard !rule.ignoresParameters else { return }
        for member in parameters.members ?? [] {
            guard let parameter = rule.parameters.first(where: { $0.name == member.key }) else {
                let pipeline = rule.id.split(separator: "-").map(\.capitalized).joined() + "Pipeline"
                throw Refusal(
                    400,
                    "\(pipeline)._sanitize_parameters() got an unexpected keyword argument '\(member.key)'"
                )
            }
            try parameter.check(member.value)
        }
    }

    private func medium(of inputs: JSON, root: JSON) throws(Refusal) -> [UInt8] {
        let names = ["image", "images", "audio", "video"]
        let inside = names.compactMap { inputs[$0] }.first
        guard let text = inputs.text ?? inside?.text ?? root["image"]?.text else {
            throw .input("inputs.image")
        }
        guard let bytes = Base64.decode(text) else {
            throw Refusal(
                400,
                "`inputs` must be the media content itself: a string of strict base64, padded, without line breaks and"
                    + " without a data: prefix. URLs and paths are not opened."
            )
        }
        return bytes
    }
}
