public import HTTPTypes

/// A request's body with the header fields that describe it.
public struct Payload: Sendable {
    /// The bytes.
    public var body: RequestBody
    /// The bytes' media type, sent bare: a charset parameter makes some servers refuse the request.
    public var contentType: MediaType
    /// The one media type asked for, or `nil` to leave the choice to the server.
    ///
    /// One known type passes everywhere; lists and wildcards are refused by some servers.
    public var accept: MediaType?
    /// Whether the answer is a medium, which may be written to a file without being loaded.
    public var expectsMedia: Bool
    /// Further header fields.
    public var fields: HTTPFields
    /// The body as JSON, if it is JSON; what a server's message quotes of it is removed from errors.
    package var json: JSONValue?
    /// The argument in which a remote URL stands for the bytes of a medium, if there is one.
    package var remoteMediaField: String?

    /// Makes a payload of bytes.
    public init(
        body: RequestBody,
        contentType: MediaType,
        accept: MediaType? = nil,
        expectsMedia: Bool = false,
        fields: HTTPFields = [:]
    ) {
        self.body = body
        self.contentType = contentType
        self.accept = accept
        self.expectsMedia = expectsMedia
        self.fields = fields
    }

    /// A JSON body, members in the order given.
    public static func json(_ json: JSONValue, accept: MediaType? = nil, expectsMedia: Bool = false) -> Self {
        Self(json: json, accept: accept, expectsMedia: expectsMedia)
    }

    private init(json: JSONValue, accept: MediaType?, expectsMedia: Bool) {
        body = .bytes(json.jsonBytes())
        contentType = .json
        self.accept = accept
        self.expectsMedia = expectsMedia
        fields = HTTPFields()
        self.json = json
    }

    /// `{"inputs": …, "parameters": {…}}`; the parameters are left out when there are none.
    ///
    /// `"parameters": null` is never sent: some servers expand it as keyword arguments and fail.
    @inline(never)
    public static func inputs(
        _ inputs: JSONValue,
        parameters: JSONObject = [:],
        accept: MediaType? = nil,
        expectsMedia: Bool = false
    ) -> Self {
        var body: JSONObject = ["inputs": inputs]
        if !parameters.isEmpty { body["parameters"] = .object(parameters) }
        return .json(.object(body), accept: accept, expectsMedia: expectsMedia)
    }

    /// A medium: raw bytes without parameters, padded base64 in JSON with them.
    ///
    /// Source: the two binary forms of Hugging Face's task servers. A file goes raw without being loaded. `parameters`
    /// stays as `{}` with base64 audio, since servers of 2025 take it only then.
    /// Errors name the argument `field`.
    @inline(never)
    public static func medium(
        _ medium: Media,
        parameters: JSONObject = [:],
        field: String,
        accept: MediaType? = nil,
        expectsMedia: Bool = false
    ) throws -> Self {
        if case .url(let url) = medium.source {
            var payload = inputs(.string(url), parameters: parameters, accept: accept, expectsMedia: expectsMedia)
            payload.remoteMediaField = field
            return payload
        }
        let content = try medium.content(field: field)
        guard !parameters.isEmpty else {
            return Self(
                body: content.body,
                contentType: content.mediaType,
                accept: accept,
                expectsMedia: expectsMedia
            )
        }
        let base64 = Base64.encode(try content.bytes(field: field))
        return inputs(.string(base64), parameters: parameters, accept: accept, expectsMedia: expectsMedia)
    }
    /// A medium in base64 inside of JSON, for tasks whose inputs are more than the medium, or that need parameters.
    ///
    /// A URL stands in the place of the base64; providers that do not fetch URLs refuse it before anything is sent.
    ///
    /// - Parameters:
    ///   - medium: The medium; a file is loaded.
    ///   - parameters: The parameters; left out when there are none.
    ///   - field: The argument's name for errors.
    ///   - accept: The one media type asked for.
    ///   - expectsMedia: Whether the answer is a medium.
    ///   - inputs: Makes the `inputs` of the base64.
    /// - Returns: The payload.
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput`` that names `field`.
    public static func embedding(
        _ medium: Media,
        parameters: JSONObject = [:],
        field: String,
        accept: MediaType? = nil,
        expectsMedia: Bool = false,
        inputs: (JSONValue) -> JSONValue = { $0 }
    ) throws -> Self {
        let embedded = try medium.embedded(field: field)
        var payload = Self.inputs(inputs(embedded), parameters: parameters, accept: accept, expectsMedia: expectsMedia)
        if case .url = medium.source { payload.remoteMediaField = field }
        return payload
    }
}

extension Media {
    /// What stands for the medium in JSON: its bytes in base64, or its URL.
    func embedded(field: String) throws -> JSONValue {
        if case .url(let url) = source { return .string(url) }
        return .string(Base64.encode(try content(field: field).bytes(field: field)))
    }
}
