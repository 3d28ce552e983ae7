import Foundation
import InferenceKit
import LocalService
import TestSupport
import Testing

/// Every task of the catalog, from a shell, against the local service, with files of text, images, sounds and videos.
@Suite("infer runs every task", .serialized)
struct InferEveryTaskTests {
    /// A task, its model at the local service, its arguments, and words that its answer must have.
    static let rows: [(task: String, model: String, arguments: [String], words: String)] = [
        ("audio-classification", "superb/hubert-large-superb-er", ["--file", "sound.wav"], "label"),
        ("audio-to-audio", "speechbrain/sepformer-wham", ["--file", "sound.wav"], "audio-to-audio-1.wav"),
        ("automatic-speech-recognition", "facebook/wav2vec2-base-960h", ["--file", "sound.wav"], "text"),
        ("chat-completion", "HuggingFaceTB/SmolLM3-3B", ["Name a river"], "choices"),
        ("depth-estimation", "depth-anything/Depth-Anything-V2-Small-hf", ["--file", "image.png"], "depth"),
        (
            "document-question-answering", "naver-clova-ix/donut-base-finetuned-docvqa",
            ["--file", "image.png", "What is the number?"], "answer"
        ),
        ("feature-extraction", "sentence-transformers/all-MiniLM-L6-v2", ["a cat", "a bus"], "[["),
        ("fill-mask", "distilbert/distilroberta-base", ["Paris is the <mask> of France."], "capital"),
        ("image-classification", "timm/resnet50.a1_in1k", ["--file", "image.png"], "label"),
        ("image-feature-extraction", "google/vit-base-patch16-224-in21k", ["--file", "image.png"], "[[["),
        ("image-segmentation", "nvidia/segformer-b0-finetuned-ade-512-512", ["--file", "image.png"], "mask"),
        (
            "image-text-to-image", "black-forest-labs/FLUX.2-dev", ["--file", "image.png", "as a woodcut"],
            "image-text-to-image.png"
        ),
        ("image-text-to-text", "zai-org/GLM-4.5V", ["--file", "image.png", "What is it?"], "generated_text"),
        ("image-text-to-video", "Lightricks/LTX-Video", ["--file", "image.png", "waves"], "video/mp4"),
        ("image-to-image", "Qwen/Qwen-Image", ["--file", "image.png", "as a woodcut"], "image/png"),
        ("image-to-text", "Salesforce/blip-image-captioning-large", ["--file", "image.png"], "generated_text"),
        ("image-to-video", "Lightricks/LTX-Video-0.9", ["--file", "image.png", "waves"], "video/mp4"),
        (
            "latent-to-image", "local-service/latent-decoder",
            ["--file", "latent.bin", "--parameters", #"{"shape": [1, 4, 2, 2], "dtype": "float32"}"#], "image/png"
        ),
        ("mask-generation", "facebook/sam-vit-base", ["--file", "image.png"], "masks"),
        ("object-detection", "facebook/detr-resnet-50", ["--file", "image.png"], "xmin"),
        (
            "question-answering", "AdapterHub/bert-base-squad2",
            ["--inputs", #"{"question": "Where did we meet?", "context": "We met in Graz."}"#], "Graz"
        ),
        (
            "sentence-similarity", "sentence-transformers/all-MiniLM-L6-v2",
            ["--inputs", #"{"source_sentence": "a cat", "sentences": ["a kitten", "a bus"]}"#], "["
        ),
        (
            "summarization", "AdapterHub/bart-base-cnn",
            ["The bridge crosses the river. It was repaired in 1950. Many people use it."], "summary_text"
        ),
        (
            "table-question-answering", "microsoft/tapex-base-finetuned-wtq",
            ["--inputs", #"{"query": "Sum of B?", "table": {"A": ["x", "y"], "B": ["10", "20"]}}"#], "30"
        ),
        (
            "tabular-classification", "scikit-learn/tabular-playground",
            ["--inputs", #"{"data": {"height": ["11.5"], "width": ["4.0"]}}"#], "["
        ),
        (
            "tabular-regression", "scikit-learn/Fish-Weight",
            ["--inputs", #"{"data": {"height": ["11.5"], "width": ["4.0"]}}"#], "["
        ),
        (
            "text-classification", "distilbert/distilbert-base-uncased-finetuned-sst-2-english",
            ["I liked it", "It was awful"], #"[[{"label":"POSITIVE""#
        ),
        (
            "text-generation", "openai-community/gpt2", ["The tide came", "--parameters", #"{"max_new_tokens": 8}"#],
            "generated_text"
        ),
        ("text-ranking", "cross-encoder/ms-marco-MiniLM-L6-v2", ["capital of France", "Rome", "Paris"], "index"),
        ("text-to-audio", "facebook/musicgen-small", ["rain"], "audio/wav"),
        ("text-to-image", "stabilityai/stable-diffusion-3-medium-diffusers", ["a red circle"], "text-to-image.png"),
        ("text-to-speech", "suno/bark", ["Good morning"], "audio/wav"),
        ("text-to-video", "Wan-AI/Wan2.2-TI2V-5B", ["waves at night"], "video/mp4"),
        ("text2text-generation", "google/flan-t5-base", ["Translate to French: good day"], "bonjour"),
        ("token-classification", "dslim/bert-base-NER", ["Ada lives in Turin"], #""PER""#),
        (
            "translation", "facebook/mbart-large-50-many-to-many-mmt",
            ["Guten Morgen", "--parameters", #"{"src_lang": "de_DE", "tgt_lang": "en_XX"}"#], "Good morning"
        ),
        ("video-classification", "MCG-NJU/videomae-base-finetuned-kinetics", ["--file", "video.mp4"], "label"),
        (
            "visual-question-answering", "dandelin/vilt-b32-finetuned-vqa", ["--file", "image.png", "How many dogs?"],
            "answer"
        ),
        (
            "zero-shot-classification", "facebook/bart-large-mnli",
            ["My order is late", "--parameters", #"{"candidate_labels": ["refund", "delivery"]}"#], "delivery"
        ),
        (
            "zero-shot-image-classification", "google/siglip-so400m-patch14-224",
            ["--file", "image.png", "--parameters", #"{"candidate_labels": ["red", "blue"]}"#], "blue"
        ),
        (
            "zero-shot-object-detection", "google/owlvit-base-patch32",
            ["--file", "image.png", "--parameters", #"{"candidate_labels": ["circle"]}"#], "circle"
        ),
    ]

    /// A PNG of a red square, half a second of a tone, a tensor of sixteen numbers, and the head of an MP4.
    private static func files(in folder: TemporaryFolder) throws {
        let png =
            "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAMUlEQVR42mP4SmPAMGrBqAWjFgy4BSdsNAiiUQtGLRi1YNQCWlswWlyPWjBqwZCwAAB4yIfn6kpyJgAAAABJRU5ErkJggg=="
        _ = try folder.write(Array(try #require(Data(base64Encoded: png))), to: "image.png")
        let tone = (0..<8_000).map { Float($0 % 40) / 40 - 0.5 }
        _ = try folder.write(try Media.wav(samples: tone, samplingRate: 16_000).bytes(), to: "sound.wav")
        _ = try folder.write([UInt8](repeating: 7, count: 64), to: "latent.bin")
        _ = try folder.write(Array("\0\0\0\u{18}ftypmp42\0\0\0\0mp42isom".utf8), to: "video.mp4")
    }

    @Test("Every task has a row")
    func complete() async throws {
        let outcome = try await InferProgram().run(["tasks"])
        let ids = outcome.output.split(separator: "\n").compactMap {
            (try? JSONValue(jsonString: String($0)))?["id"]?.stringValue
        }
        #expect(ids.count >= 41)
        #expect(Set(ids) == Set(Self.rows.map(\.task)))
    }

    @Test("A task is answered", arguments: rows.map(\.task))
    func run(task: String) async throws {
        let row = try #require(Self.rows.first { $0.task == task })
        let service = try await LocalService.start()
        let program = try InferProgram()
        try Self.files(in: program.folder)
        let outcome = try await program.run(
            [task] + row.arguments + ["--model", row.model, "--router", service.url, "--hub", service.url]
        )
        await service.stop()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.json != nil)
        #expect(outcome.output.contains(row.words), "\(outcome.output.prefix(300))")
    }
}
