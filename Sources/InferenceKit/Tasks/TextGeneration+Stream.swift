/// One piece of a text that comes while it is made.
public struct TextGenerationChunk: Hashable, Sendable, TaskOutput {
    /// The token; `nil` in the last piece of servers that send none with it.
    public var token: GeneratedText.Token?
    /// The likeliest tokens at this place; empty unless they were asked for.
    public var topTokens: [GeneratedText.Token]
    /// Text that is added; empty for special tokens, which are no part of the text.
    public var text: String
    /// The whole text, in the last piece.
    public var generatedText: String?
    /// How the text came about, in the last piece and only if it was asked for.
    public var details: GeneratedText.Details?
    /// Everything as the server sent it.
    public var json: JSONValue
}

/// Streams of text-generation-inference, and of servers with OpenAI's text completions.
///
/// Source: `text-generation` (stream output) in the Hugging Face task specifications.
extension TextGeneration: StreamingTask {
    /// One piece of the text.
    public typealias Chunk = TextGenerationChunk

    /// `{"inputs": …, "parameters": …, "stream": true}`.
    public func streamPayload(for model: ModelID?) throws -> Payload {
        try checkStream()
        var body: JSONObject = ["inputs": try batchInput()]
        let parameters = try parametersObject()
        if !parameters.isEmpty { body["parameters"] = .object(parameters) }
        body["stream"] = true
        return .json(.object(body), accept: .eventStream)
    }

    /// A reader of the pieces.
    public func makeReader() -> TextGenerationReader { TextGenerationReader() }

    /// What servers refuse in a stream.
    func checkStream() throws {
        try InferenceError.require((bestOf ?? 1) == 1, "best_of", "1 in a stream")
        try InferenceError.require(decoderInputDetails != true, "decoder_input_details", "false in a stream")
    }
}

/// Reads the pieces of one generated text, in either of the two forms, and puts the text together.
public struct TextGenerationReader: StreamReader {
    private var text = ""
    private var tokens: [GeneratedText.Token] = []
    private var last: TextGenerationChunk?
    private var finishReason: String?
    private var usage: JSONValue?

    init() {}

    /// Reads one event.
    public mutating func read(_ data: ArraySlice<UInt8>, type: String) throws -> TextGenerationChunk? {
        let json = try InferenceError.eventJSON(data, type: type)
        if let error = InferenceError.inStream(json) { throw error }
        return try add(json)
    }

    /// A whole answer from a server that does not stream.
    public mutating func read(whole json: JSONValue) throws -> TextGenerationChunk {
        if json["choices"] != nil { return try add(json) }
        let whole = try GeneratedText.read(json)
        text = whole.text
        let chunk = TextGenerationChunk(
            token: nil,
            topTokens: [],
            text: whole.text,
            generatedText: whole.text,
            details: whole.details,
            json: json
        )
        last = chunk
        return chunk
    }

    private mutating func add(_ json: JSONValue) throws -> TextGenerationChunk {
        let members = try json.members()
        if let choices = members["choices"]?.arrayValue {
            let choice = choices.first { ($0["index"]?.intValue ?? 0) == 0 }
            let added = choice?["text"]?.stringValue ?? ""
            text += added
            // An empty reason is what one server sends while it goes on.
            if let reason = choice?["finish_reason"]?.stringValue, !reason.isEmpty { finishReason = reason }
            if let counted = members["usage"], !counted.isNull { usage = counted }
            return TextGenerationChunk(
                token: nil,
                topTokens: [],
                text: added,
                generatedText: nil,
                details: nil,
                json: json
            )
        }
        let token = try members["token"].flatMap { $0.isNull ? nil : try GeneratedText.Token(json: $0) }
        let isSpecial = token?.isSpecial == true
        let added = isSpecial ? "" : token?.text ?? ""
        text += added
        if let token { tokens.append(token) }
        let chunk = TextGenerationChunk(
            token: token,
            topTokens: try members["top_tokens"]?.arrayValue?.map { try GeneratedText.Token(json: $0) } ?? [],
            text: added,
            generatedText: members["generated_text"]?.stringValue,
            details: try members.decodeIfPresent("details"),
            json: json
        )
        if chunk.generatedText != nil { last = chunk }
        return chunk
    }

    /// Whether the last piece has come: one with the whole text, or with a reason to stop.
    public var isComplete: Bool { last?.generatedText != nil || finishReason != nil }

    /// The text so far; once complete, as the server put it together, since characters of several tokens come broken.
    public var whole: GeneratedText {
        var details = last?.details
        if details != nil, details?.tokens.isEmpty == true { details?.tokens = tokens }
        if details == nil, let finishReason {
            details = GeneratedText.Details(
                finishReason: FinishReason(rawValue: finishReason),
                generatedTokens: usage?["completion_tokens"]?.intValue
            )
        }
        return GeneratedText(text: last?.generatedText ?? text, details: details)
    }
}

extension InferenceClient {
    /// Goes on from `prompt` and returns the text while it is made; see ``TextGeneration`` for the parameters.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func textGenerationStream(
        _ prompt: String,
        model: ModelID? = nil,
        options: CallOptions = CallOptions(),
        configure: (inout TextGeneration) -> Void = { _ in }
    ) async throws -> InferenceStream<TextGeneration> {
        var task = TextGeneration(prompt: prompt)
        configure(&task)
        return try await stream(task, model: model, options: options)
    }
}
