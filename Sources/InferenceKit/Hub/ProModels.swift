/// The models that a PRO subscription opened on the serverless service while it was billed by requests.
///
/// Others' tokens got 400, "Model requires a Pro subscription". Data, not a rule: today's service bills by credits, and
/// nothing is refused because a model stands here; ``InferenceClient/explanation(of:options:)`` names the reason by it.
///
/// Source: "What do I get with a PRO subscription?" of the service's documentation, as of October 2024.
public enum ProModels {
    /// The names on the Hub, in the order of the document.
    public static let all: [ModelID] = [
        "meta-llama/Meta-Llama-3.1-8B-Instruct",
        "meta-llama/Meta-Llama-3.1-70B-Instruct",
        "meta-llama/Meta-Llama-3-8B-Instruct",
        "meta-llama/Meta-Llama-3-70B-Instruct",
        "meta-llama/Llama-Guard-3-8B",
        "meta-llama/Llama-2-7b-chat-hf",
        "meta-llama/Llama-2-13b-chat-hf",
        "meta-llama/Llama-2-70b-chat-hf",
        "deepseek-ai/DeepSeek-Coder-V2-Instruct",
        "CohereForAI/aya-23-8B",
        "CohereForAI/aya-23-35B",
        "CohereForAI/c4ai-command-r-plus-08-2024",
        "suno/bark",
    ]
}
