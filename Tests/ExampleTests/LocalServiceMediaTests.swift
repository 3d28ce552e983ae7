import Foundation
import LocalService
import Testing

@Suite("Local service: image, audio and video tasks in the router's shapes")
struct LocalServiceMediaTests {
    private let image = LocalServiceMedia.redPNGBase64

    /// One call with JSON, or with the bytes of a file.
    private func answer(
        _ model: String,
        json: String? = nil,
        file: Data? = nil,
        type: String = "image/png",
        status: Int = 200
    ) async throws -> LocalServiceProbe.Answer {
        var result: LocalServiceProbe.Answer?
        try await LocalServiceProbe.with { probe in
            if let json {
                result = try await probe.infer(model, json)
            } else {
                let path = "/hf-inference/models/" + model
                result = try await probe.send("POST", path, body: file, headers: ["Content-Type": type])
            }
        }
        let answer = try #require(result)
        #expect(answer.status == status, "\(answer.text.prefix(300))")
        return answer
    }

    @Test("text-to-image: a PNG of the size asked for; other sizes are refused in JSON")
    func textToImage() async throws {
        let model = "black-forest-labs/FLUX.1-schnell"
        let body = #"{"inputs":"a red ball at night","parameters":{"width":64,"height":32,"seed":7}}"#
        let drawn = try await answer(model, json: body)
        #expect(drawn.headers["content-type"] == "image/png")
        let header = try #require(LocalServiceMedia.header(ofPNG: drawn.body))
        #expect(header.width == 64 && header.height == 32 && header.colourType == 2)
        let other = try await answer(model, json: body.replacingOccurrences(of: "7", with: "8"))
        #expect(other.body != drawn.body)
        #expect(try await answer(model, json: body).body == drawn.body)
        let odd = try await answer(model, json: #"{"inputs":"x","parameters":{"width":63,"height":64}}"#, status: 400)
        #expect(odd.error == "`height` and `width` have to be divisible by 8 but are 64 and 63.")
    }

    @Test("image-to-image and image-text-to-image: a PNG, resized on request")
    func imageToImage() async throws {
        let parameters = #""parameters":{"prompt":"blue","target_size":{"width":24,"height":16}}"#
        let body = #"{"inputs":"\#(image)",\#(parameters)}"#
        for model in ["Qwen/Qwen-Image", "black-forest-labs/FLUX.2-dev"] {
            let header = LocalServiceMedia.header(ofPNG: try await answer(model, json: body).body)
            #expect(header?.width == 24 && header?.height == 16)
        }
        let raw = try await answer("Qwen/Qwen-Image", file: LocalServiceMedia.redPNG)
        #expect(LocalServiceMedia.header(ofPNG: raw.body)?.width == 8)
        let drawn = try await answer("black-forest-labs/FLUX.2-dev", json: #"{"inputs":"",\#(parameters)}"#)
        #expect(LocalServiceMedia.header(ofPNG: drawn.body)?.width == 24)
    }

    @Test("image-classification: the same from bytes and base64, top_k, JPEG by its head, junk refused")
    func imageClassification() async throws {
        let model = "google/vit-base-patch16-224"
        let raw = try await answer(model, file: LocalServiceMedia.redPNG).objects
        #expect(raw.count == 5)
        #expect(raw.first?["label"] as? String == "fire engine")
        let encoded = try await answer(model, json: #"{"inputs":"\#(image)","parameters":{"top_k":2}}"#).objects
        #expect(encoded.count == 2)
        #expect(encoded.first?["label"] as? String == "fire engine")
        let stream = try await answer(
            "timm/resnet50.a1_in1k",
            file: LocalServiceMedia.redPNG,
            type: "application/octet-stream"
        )
        #expect(stream.headers["x-compute-images"] == "1")
        #expect(try await answer(model, file: LocalServiceMedia.jpegHead, type: "image/jpeg").objects.count == 5)
        let junk = try await answer(model, file: Data("junk".utf8), status: 400)
        #expect(junk.error == "cannot identify image file")
    }

    @Test("zero-shot-image-classification: base64 as a string or an object, never bytes")
    func zeroShot() async throws {
        let model = "openai/clip-vit-base-patch32"
        let labels = #""parameters":{"candidate_labels":["snow","fire"]}"#
        for inputs in [#""\#(image)""#, #"{"image":"\#(image)"}"#] {
            let ranked = try await answer(model, json: #"{"inputs":\#(inputs),\#(labels)}"#).objects
            #expect(ranked.compactMap { $0["label"] as? String } == ["fire", "snow"])
        }
        _ = try await answer(model, file: LocalServiceMedia.redPNG, status: 400)
    }

    @Test("object-detection: pixel boxes, none in a plain picture")
    func detection() async throws {
        let plain = try await answer("facebook/detr-resnet-50", file: LocalServiceMedia.redPNG)
        #expect(plain.text == "[]")
        let found = try await answer("facebook/detr-resnet-50", file: LocalServiceMedia.jpegHead, type: "image/jpeg")
        let box = try #require(found.objects.first?["box"] as? [String: Int])
        #expect(box == ["xmin": 7, "ymin": 5, "xmax": 22, "ymax": 15])
        let jpeg = LocalServiceMedia.jpegHead.base64EncodedString()
        let named = try await answer(
            "google/owlvit-base-patch32",
            json: #"{"inputs":"\#(jpeg)","parameters":{"candidate_labels":["mug"]}}"#
        )
        #expect(named.objects.first?["label"] as? String == "mug")
    }

    @Test("image-segmentation and depth-estimation: grey PNGs of the picture's size")
    func masks() async throws {
        let segments = try await answer(
            "nvidia/segformer-b0-finetuned-ade-512-512",
            file: LocalServiceMedia.jpegHead,
            type: "image/jpeg"
        ).objects
        #expect(segments.compactMap { $0["label"] as? String } == ["sky", "earth"])
        for segment in segments {
            let mask = try #require((segment["mask"] as? String).flatMap { Data(base64Encoded: $0) })
            let header = try #require(LocalServiceMedia.header(ofPNG: mask))
            #expect(header.width == 30 && header.height == 20 && header.depth == 8 && header.colourType == 0)
        }
        let body = #"{"inputs":"\#(image)"}"#
        let depth = try await answer("depth-anything/Depth-Anything-V2-Small-hf", json: body).object
        #expect((depth["predicted_depth"] as? [[Double]])?.count == 4)
        let picture = (depth["depth"] as? String).flatMap { Data(base64Encoded: $0) }
        #expect(picture.flatMap(LocalServiceMedia.header)?.width == 8)
        let generated = try await answer("facebook/sam-vit-base", json: body).object
        #expect((generated["masks"] as? [[[Bool]]])?.first?.count == 4)
        #expect((generated["scores"] as? [Double])?.count == 2)
    }

    @Test("image-feature-extraction, image-to-text and image-text-to-text")
    func seeing() async throws {
        let body = #"{"inputs":"\#(image)"}"#
        let features = try await answer("timm/resnet18.a1_in1k", json: body).json as? [[[Double]]]
        #expect(features?.first?.count == 17)
        #expect(features?.first?.first?.count == 16)
        let caption = try await answer("Salesforce/blip-image-captioning-large", file: LocalServiceMedia.redPNG).objects
        #expect(caption.first?["generated_text"] as? String == "a mostly red picture with nothing in it")
        let pair = #"{"inputs":{"images":"\#(image)","text":"What?"}}"#
        let answered = try await answer("zai-org/GLM-4.5V", json: pair).objects
        #expect(answered.first?["input_text"] as? String == "What?")
    }

    @Test("visual and document questions, in both clients' forms")
    func questions() async throws {
        let vqa = "dandelin/vilt-b32-finetuned-vqa"
        let inside = #"{"inputs":{"image":"\#(image)","question":"What colour?"},"parameters":{"top_k":2}}"#
        let outside = #"{"inputs":"\#(image)","image":"\#(image)","question":"What colour?","parameters":{}}"#
        #expect(try await answer(vqa, json: inside).objects.count == 2)
        #expect(try await answer(vqa, json: outside).objects.first?["answer"] as? String == "red")
        let blip = try await answer("Salesforce/blip-vqa-base", json: inside).objects
        #expect(blip.count == 1 && blip.first?["score"] == nil)
        let boxes = #"["Total",[0,0,9,9],"12.50",[9,0,19,9]]"#
        let read = #"{"inputs":{"image":"\#(image)","question":"Total?"},"parameters":{"word_boxes":\#(boxes)}}"#
        let found = try await answer("impira/layoutlm-invoices", json: read).objects.first
        #expect(found?["answer"] as? String == "12.50")
        #expect(found?["start"] as? Int == 1)
        let donut = try await answer("naver-clova-ix/donut-base-finetuned-docvqa", json: read).objects.first
        #expect(donut?.keys.sorted() == ["answer"])
    }

    @Test("automatic-speech-recognition: text, phrases and words with times; the last end is open")
    func speech() async throws {
        let model = "openai/whisper-large-v3"
        let raw = try await answer(model, file: LocalServiceMedia.wave, type: "audio/wav")
        let text = try #require(raw.object["text"] as? String)
        #expect(text.split(separator: " ").count == 3)
        #expect(raw.headers["x-compute-audio-length"] == "1.6")
        let encoded = LocalServiceMedia.wave.base64EncodedString()
        let phrases = try await answer(
            model,
            json: #"{"inputs":"\#(encoded)","parameters":{"return_timestamps":true}}"#
        )
        let chunks = try #require(phrases.object["chunks"] as? [[String: Any]])
        #expect(chunks.map { ($0["timestamp"] as? [Any])?.map { $0 as? Double } } == [[0, 0.8], [1.2, nil]])
        #expect(chunks.compactMap { $0["text"] as? String }.joined() == text)
        let word = #"{"inputs":"\#(encoded)","parameters":{"return_timestamps":"word"}}"#
        #expect((try await answer(model, json: word).object["chunks"] as? [Any])?.count == 3)
        let junk = try await answer(model, file: Data("junk".utf8), type: "audio/wav", status: 400)
        #expect(junk.error == "Malformed soundfile")
    }

    @Test("audio-classification and audio-to-audio")
    func audio() async throws {
        let classes = try await answer("superb/hubert-large-superb-er", file: LocalServiceMedia.wave, type: "audio/wav")
        #expect(Set(classes.objects.compactMap { $0["label"] as? String }) == ["neu", "hap", "ang", "sad"])
        let sources = try await answer("speechbrain/sepformer-wham", file: LocalServiceMedia.wave, type: "audio/x-wav")
        #expect(sources.objects.compactMap { $0["label"] as? String } == ["label_0", "label_1"])
        #expect(sources.objects.first?["content-type"] as? String == "audio/wav")
        let blob = (sources.objects.first?["blob"] as? String).flatMap { Data(base64Encoded: $0) }
        #expect(blob?.prefix(4) == Data("RIFF".utf8))
        #expect(blob?.count == LocalServiceMedia.wave.count)
    }

    @Test("text-to-speech and text-to-audio: WAV")
    func sound() async throws {
        for model in ["suno/bark", "facebook/musicgen-small"] {
            let spoken = try await answer(model, json: #"{"inputs":"Good morning"}"#)
            #expect(spoken.headers["content-type"] == "audio/wav")
            #expect(spoken.body.prefix(4) == Data("RIFF".utf8))
            #expect(spoken.body.count > 8_000)
        }
    }

    @Test("video tasks: MP4 out, and in")
    func video() async throws {
        let made = try await answer(
            "Wan-AI/Wan2.2-TI2V-5B",
            json: #"{"inputs":"waves","parameters":{"num_frames":3,"negative_prompt":["blur"]}}"#
        )
        #expect(made.headers["content-type"] == "video/mp4")
        #expect(made.body.dropFirst(4).prefix(4) == Data("ftyp".utf8))
        #expect(try await answer("Lightricks/LTX-Video-0.9", file: LocalServiceMedia.redPNG).body.count > 500)
        let prompt = #"{"inputs":"\#(image)","parameters":{"prompt":"sun","num_frames":2}}"#
        #expect(try await answer("Lightricks/LTX-Video", json: prompt).headers["content-type"] == "video/mp4")
        let seen = try await answer("MCG-NJU/videomae-base-finetuned-kinetics", file: made.body, type: "video/mp4")
        #expect(seen.objects.count == 5)
    }
}
