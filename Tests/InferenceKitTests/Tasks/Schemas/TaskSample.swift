import InferenceKit
import Testing

/// What the task specifications say about one task, reduced to names, and replies with all the properties they name.
///
/// Derived from `packages/tasks/src/tasks/*/spec` of huggingface.js, as of August 2026. The values are made up.
struct TaskSample: Sendable, CustomTestStringConvertible {
    /// The task.
    var id: TaskID
    /// The schema's parameters.
    var parameters: [String] = []
    /// Parameters that have to be set before the task can be sent.
    var required: JSONObject = [:]
    /// The schema's `inputs`.
    var input: JSONValue
    /// A reply with every property of the output schema; `nil` for tasks without a schema.
    var reply: String?
    /// Replies of other shapes that servers send.
    var variants: [String] = []
    /// Bodies of rejections that hold an answer.
    var rejections: [String] = []

    var testDescription: String { id.rawValue }

    /// Names in the schemas that no property stands for: the input of a conversation, and what the client decides.
    static let structural: Set<String> = ["messages", "model", "stream", "stream_options"]

    /// Members that hold a medium, whose form may change.
    static let mediaMembers: Set<String> = ["mask", "depth", "image", "video", "audio", "blob"]

    /// A PNG of two pixels.
    static let png = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAAC0lEQVR4nGP4zwAAAgEBADK6K5IAAAAASUVORK5CYII="
    /// A WAV of two samples.
    static let wav = "UklGRigAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQQAAAAAAAEA"
    /// The head of an MP4.
    static let mp4 = "AAAAGGZ0eXBpc29tAAACAGlzb21tcDQy"

    /// The sample of a task.
    static func of(_ id: TaskID) -> Self? { all.first { $0.id == id } }
}

extension TaskSample {
    private static let labels = #"[{"label":"a","score":0.75},{"label":"b","score":0.25}]"#
    private static let labelVariants = [
        #"[[{"label":"a","score":0.75},{"label":4,"score":null}]]"#, #"{"label":"a","score":1.0}"#,
    ]
    private static let boxes =
        #"[{"label":"cat","score":0.5,"box":{"xmin":12,"ymin":50,"xmax":310,"ymax":470}}]"#
    private static let image: JSONValue = .string(png)

    /// Every task, those of the specifications first.
    static let all: [TaskSample] = text + vision + sound + generation + withoutSchema

    private static let text: [TaskSample] = [
        TaskSample(
            id: "chat-completion",
            parameters: [
                "frequency_penalty", "logit_bias", "logprobs", "max_tokens", "messages", "model", "n",
                "presence_penalty", "reasoning_effort", "response_format", "seed", "stop", "stream", "stream_options",
                "temperature", "tool_choice", "tool_prompt", "tools", "top_logprobs", "top_p",
            ],
            input: [["role": "user", "content": "Name a river"]],
            reply: """
                {"id":"i","created":1760000000,"model":"a/b","system_fingerprint":"f","choices":[{"index":0,\
                "finish_reason":"stop","logprobs":{"content":[{"token":"T","logprob":-0.5,\
                "top_logprobs":[{"token":"T","logprob":-0.5}]}]},\
                "message":{"role":"assistant","content":"The Loire.","tool_call_id":"t"}},{"index":1,\
                "finish_reason":"tool_calls","logprobs":null,"message":{"role":"assistant","tool_calls":[{"id":"c",\
                "type":"function","function":{"name":"f","description":"d","arguments":"{}"}}]}}],\
                "usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}
                """
        ),
        TaskSample(
            id: "feature-extraction",
            parameters: ["normalize", "prompt_name", "truncate", "truncation_direction"],
            input: ["a", "b"],
            reply: "[[0.5,-0.25],[0.75,1.0]]",
            variants: [
                "[0.5,0.25]", "[[[[0.5],[1]]],[[[2]]]]", #"{"embeddings":[[1,2],[3,4]]}"#,
                #"{"data":[{"index":1,"embedding":[1,2]},{"index":0,"embedding":"AACAPwAAAEA="}]}"#,
            ]
        ),
        TaskSample(
            id: "fill-mask",
            parameters: ["top_k", "targets"],
            input: "Paris is the [MASK] of France.",
            reply: #"[{"sequence":"paris is the capital","score":0.75,"token":3007,"token_str":"capital"}]"#,
            variants: [#"[[{"sequence":"a","score":0.5}],[{"sequence":"b","score":0.25,"token":1}]]"#]
        ),
        TaskSample(
            id: "question-answering",
            parameters: [
                "top_k", "doc_stride", "max_answer_len", "max_seq_len", "max_question_len", "handle_impossible_answer",
                "align_to_words",
            ],
            input: ["question": "Where?", "context": "We met in Graz."],
            reply: #"[{"answer":"Graz","score":0.75,"start":10,"end":14}]"#,
            variants: [#"{"answer":"","score":0.5,"start":0,"end":0}"#]
        ),
        TaskSample(
            id: "sentence-similarity",
            input: ["source_sentence": "a cat", "sentences": ["a kitten", "a bus"]],
            reply: "[0.75,-0.25]",
            variants: [#"{"similarities":[0.75,null]}"#]
        ),
        TaskSample(
            id: "summarization",
            parameters: ["clean_up_tokenization_spaces", "truncation", "generate_parameters"],
            input: "The bridge, built in 1890",
            reply: #"{"summary_text":"It is old."}"#,
            variants: [#"[{"summary_text":"It is old."}]"#]
        ),
        TaskSample(
            id: "table-question-answering",
            parameters: ["padding", "sequential", "truncation"],
            input: ["question": "Sum of B?", "table": ["A": ["x", "y"], "B": ["10", "20"]]],
            reply: #"[{"answer":"SUM > 10, 20","coordinates":[[0,1],[1,1]],"cells":["10","20"],"aggregator":"SUM"}]"#,
            variants: [#"{"answer":" 30"}"#]
        ),
        TaskSample(
            id: "text-classification",
            parameters: ["function_to_apply", "top_k"],
            input: "I liked it",
            reply: labels,
            variants: labelVariants
        ),
        TaskSample(
            id: "text-generation",
            parameters: [
                "adapter_id", "best_of", "decoder_input_details", "details", "do_sample", "frequency_penalty",
                "grammar", "max_new_tokens", "repetition_penalty", "return_full_text", "seed", "stop", "temperature",
                "top_k", "top_n_tokens", "top_p", "truncate", "typical_p", "watermark",
            ],
            input: "The tide came",
            reply: """
                {"generated_text":" in","details":{"finish_reason":"length","generated_tokens":1,"seed":42,\
                "prefill":[{"id":1,"text":"The","logprob":-0.25}],\
                "tokens":[{"id":2,"text":" in","logprob":-0.5,"special":false}],\
                "top_tokens":[[{"id":2,"text":" in","logprob":-0.5,"special":false}]],\
                "best_of_sequences":[{"generated_text":" on","finish_reason":"eos_token","generated_tokens":1,\
                "seed":7,"prefill":[{"id":1,"text":"The","logprob":-0.25}],\
                "tokens":[{"id":3,"text":" on","logprob":-1.5,"special":false}],\
                "top_tokens":[[{"id":3,"text":" on","logprob":-1.5,"special":true}]]}]}}
                """,
            variants: [
                #"[[{"generated_text":"a"}]]"#,
                #"[{"generated_text":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"text":"a"}]}]}]"#,
            ]
        ),
        TaskSample(
            id: "token-classification",
            parameters: ["ignore_labels", "stride", "aggregation_strategy"],
            input: "Ada lives in Turin",
            reply: #"[{"entity_group":"PER","entity":"B-PER","score":0.5,"word":"Ada","start":0,"end":3}]"#,
            variants: [#"[{"entity":"I-LOC","score":null,"index":5,"word":"Tu##rin","start":null,"end":null}]"#]
        ),
        TaskSample(
            id: "translation",
            parameters: ["src_lang", "tgt_lang", "clean_up_tokenization_spaces", "truncation", "generate_parameters"],
            input: "Guten Morgen",
            reply: #"{"translation_text":"Good morning"}"#,
            variants: [#"[{"translation_text":"Good morning"}]"#]
        ),
        TaskSample(
            id: "zero-shot-classification",
            parameters: ["candidate_labels", "hypothesis_template", "multi_label"],
            required: ["candidate_labels": ["a", "b"]],
            input: "My order is late",
            reply: labels,
            variants: [#"{"sequence":"x","labels":["a","b"],"scores":[0.75,0.25]}"#]
        ),
    ]

    private static let vision: [TaskSample] = [
        TaskSample(
            id: "depth-estimation",
            input: image,
            reply: #"{"predicted_depth":[[0.5,0.25]],"depth":"\#(png)"}"#
        ),
        TaskSample(
            id: "document-question-answering",
            parameters: [
                "doc_stride", "handle_impossible_answer", "lang", "max_answer_len", "max_seq_len", "max_question_len",
                "top_k", "word_boxes",
            ],
            input: ["image": image, "question": "Number?"],
            reply: #"[{"answer":"us-001","score":0.5,"start":16,"end":17}]"#,
            variants: [#"[{"answer":"us-001"}]"#]
        ),
        TaskSample(
            id: "image-classification",
            parameters: ["function_to_apply", "top_k"],
            input: image,
            reply: labels,
            variants: labelVariants
        ),
        TaskSample(
            id: "image-segmentation",
            parameters: ["mask_threshold", "overlap_mask_area_threshold", "subtask", "threshold"],
            input: image,
            reply: #"[{"label":"sky","score":0.5,"mask":"\#(png)"}]"#,
            variants: [#"[{"label":"sky","score":null,"mask":"\#(png)"}]"#]
        ),
        TaskSample(
            id: "image-to-text",
            parameters: ["max_new_tokens", "generation_parameters"],
            input: image,
            reply: #"{"generated_text":"a dog on grass"}"#,
            variants: [#"[{"generated_text":"a dog on grass"}]"#]
        ),
        TaskSample(id: "object-detection", parameters: ["threshold"], input: image, reply: boxes, variants: ["[]"]),
        TaskSample(
            id: "video-classification",
            parameters: ["function_to_apply", "num_frames", "frame_sampling_rate", "top_k"],
            input: .string(mp4),
            reply: labels,
            variants: labelVariants
        ),
        TaskSample(
            id: "visual-question-answering",
            parameters: ["top_k"],
            input: ["image": image, "question": "How many?"],
            reply: #"[{"answer":"2","score":0.75}]"#,
            variants: [#"[{"answer":"2"}]"#]
        ),
        TaskSample(
            id: "zero-shot-image-classification",
            parameters: ["candidate_labels", "hypothesis_template"],
            required: ["candidate_labels": ["a", "b"]],
            input: image,
            reply: labels,
            variants: labelVariants
        ),
        TaskSample(
            id: "zero-shot-object-detection",
            parameters: ["candidate_labels"],
            required: ["candidate_labels": ["cat"]],
            input: image,
            reply: boxes
        ),
    ]

    private static let sound: [TaskSample] = [
        TaskSample(
            id: "audio-classification",
            parameters: ["function_to_apply", "top_k"],
            input: .string(wav),
            reply: labels,
            variants: labelVariants
        ),
        TaskSample(
            id: "automatic-speech-recognition",
            parameters: ["return_timestamps", "generation_parameters"],
            input: .string(wav),
            reply: #"{"text":" Hello there","chunks":[{"text":" Hello","timestamp":[0.5,1.25]}]}"#,
            variants: [#"[{"text":"a","chunks":[{"text":"a","timestamp":[1.5,null]}]}]"#]
        ),
        TaskSample(
            id: "text-to-audio",
            parameters: ["generation_parameters"],
            input: "Good morning",
            reply: #"{"audio":[[0.0,0.5]],"sampling_rate":16000}"#,
            variants: [#"{"audio":"\#(wav)","sampling_rate":8000}"#]
        ),
        TaskSample(
            id: "text-to-speech",
            parameters: ["generation_parameters"],
            input: "Good morning",
            reply: #"{"audio":"\#(wav)","sampling_rate":8000}"#,
            variants: [#"{"audio":[0.0,0.5],"sampling_rate":16000}"#]
        ),
    ]

    private static let generation: [TaskSample] = [
        TaskSample(
            id: "image-text-to-image",
            parameters: ["prompt", "guidance_scale", "negative_prompt", "num_inference_steps", "target_size", "seed"],
            input: image,
            reply: #"{"image":"\#(png)"}"#
        ),
        TaskSample(
            id: "image-text-to-video",
            parameters: [
                "prompt", "guidance_scale", "negative_prompt", "num_inference_steps", "num_frames", "target_size",
                "seed",
            ],
            input: image,
            reply: #"{"video":"\#(mp4)"}"#
        ),
        TaskSample(
            id: "image-to-image",
            parameters: ["prompt", "guidance_scale", "negative_prompt", "num_inference_steps", "target_size"],
            input: image,
            reply: #"{"image":"\#(png)"}"#
        ),
        TaskSample(
            id: "image-to-video",
            parameters: [
                "prompt", "guidance_scale", "negative_prompt", "num_inference_steps", "num_frames", "target_size",
                "seed",
            ],
            input: image,
            reply: #"{"video":"\#(mp4)"}"#
        ),
        TaskSample(
            id: "text-to-image",
            parameters: [
                "guidance_scale", "negative_prompt", "num_inference_steps", "width", "height", "scheduler", "seed",
            ],
            input: "a lighthouse",
            reply: #"{"image":"\#(png)"}"#,
            variants: [#""\#(png)""#, #"{"data":[{"b64_json":"\#(png)"}]}"#, #"{"output":["https://example.com/a"]}"#]
        ),
        TaskSample(
            id: "text-to-video",
            parameters: ["num_frames", "guidance_scale", "negative_prompt", "num_inference_steps", "seed"],
            input: "waves",
            reply: #"{"video":"\#(mp4)"}"#
        ),
    ]

    private static let withoutSchema: [TaskSample] = [
        TaskSample(
            id: "audio-to-audio",
            input: .string(wav),
            variants: [#"[{"label":"label_0","blob":"\#(wav)","content-type":"audio/wav"}]"#]
        ),
        TaskSample(id: "image-feature-extraction", input: image, variants: ["[[[0.5,0.25],[1,2]]]", "[0.5]"]),
        TaskSample(
            id: "image-text-to-text",
            input: ["images": image, "text": "<image> What is it?"],
            variants: [#"[{"input_text":"<image> What is it?","generated_text":"a dog"}]"#]
        ),
        TaskSample(
            id: "latent-to-image",
            required: ["shape": [1, 1], "dtype": "float32"],
            input: "AACAPw==",
            variants: [#""\#(png)""#, #"{"image":"\#(png)"}"#]
        ),
        TaskSample(
            id: "mask-generation",
            input: image,
            variants: [#"{"masks":[[[true,false],[false,true]],[[1,0],[0,1]]],"scores":[0.5,null]}"#]
        ),
        TaskSample(
            id: "tabular-classification",
            input: ["data": ["a": ["1", "2"]]],
            variants: [#"[5,"b"]"#],
            rejections: [#"{"error":"{\"error\":\"w\",\"output\":[5,6],\"warnings\":[\"x\"]}"}"#]
        ),
        TaskSample(
            id: "tabular-regression",
            input: ["data": ["a": ["1", "2"]]],
            variants: ["[242.0,null]"],
            rejections: [#"{"error":"{\"error\":\"w\",\"output\":[5.5,6],\"warnings\":[\"x\"]}"}"#]
        ),
        TaskSample(
            id: "text-ranking",
            input: ["query": "capital of France", "texts": ["Rome", "Paris"]],
            variants: [
                #"[[{"label":"LABEL_0","score":0.25}],[{"label":"LABEL_0","score":0.75}]]"#,
                #"{"results":[{"index":1,"relevance_score":0.75},{"index":0,"relevance_score":0.25}]}"#,
                #"{"scores":[0.25,0.75]}"#,
            ]
        ),
        TaskSample(
            id: "text2text-generation",
            input: "Translate to French: good day",
            variants: [#"[{"generated_text":"bonjour"}]"#]
        ),
    ]
}

extension CatalogTask {
    /// The task of a sample, ready to be sent.
    init(sample: TaskSample) throws {
        try self.init(input: TaskInput(json: sample.input))
        let unknown = try setParameters(sample.required)
        guard unknown.isEmpty else {
            throw InferenceError.invalidInput(unknown[0], expected: "a parameter of the task")
        }
    }
}
