/// How a chat stream goes on after its connection was lost in the middle.
///
/// The conversation is sent again with what had arrived as an unfinished message of the model's, and what comes then joins
/// what had come: readers see one stream. Only the loss of a connection leads to that, never an error that the server
/// reports. Half a tool call and unfinished thoughts cannot be handed back; they make the loss an error as ever, which then
/// carries all that had arrived. The tokens of the conversation are paid again, and the usage is that of the last request.
///
/// ```swift
/// let reply = try await client.chatCompletionStream("Tell me a story.", model: "org/model", options: server) {
///     $0.continuation = .continueFinalMessage()
/// }
/// ```
public struct ChatContinuation: Hashable, Sendable {
    /// The most times that one stream goes on.
    public var limit: Int
    /// What tells the server that the last message is unfinished; merged into the body's root.
    public var parameters: JSONObject

    /// Makes a continuation in a server's own words.
    public init(limit: Int = 1, parameters: JSONObject) {
        self.limit = limit
        self.parameters = parameters
    }

    /// For vLLM and SGLang: `"add_generation_prompt": false, "continue_final_message": true`.
    ///
    /// Source: the chat requests of vLLM's OpenAI-compatible server.
    public static func continueFinalMessage(limit: Int = 1) -> Self {
        Self(limit: limit, parameters: ["add_generation_prompt": false, "continue_final_message": true])
    }

    /// For servers that go on from a last message of the model's without being told, such as llama.cpp's.
    public static func assistantPrefix(limit: Int = 1) -> Self {
        Self(limit: limit, parameters: [:])
    }
}
