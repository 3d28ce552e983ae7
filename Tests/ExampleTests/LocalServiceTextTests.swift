import Foundation
import LocalService
import Testing

@Suite("Local service: text and table tasks in the router's shapes")
struct LocalServiceTextTests {
    /// One call, its answer expected to be 200.
    private func answer(
        _ model: String,
        _ json: String,
        task: String? = nil
    ) async throws -> LocalServiceProbe.Answer {
        var result: LocalServiceProbe.Answer?
        try await LocalServiceProbe.with { probe in result = try await probe.infer(model, task: task, json) }
        let answer = try #require(result)
        #expect(answer.status == 200, "\(answer.text)")
        return answer
    }

    private func labels(_ value: Any?) -> [String] {
        (value as? [[String: Any]] ?? []).compactMap { $0["label"] as? String }
    }

    @Test("text-classification: nested, five at most, best of each of several, pairs for rerankers")
    func classification() async throws {
        let one = try await answer(LocalServiceProbe.classifier, #"{"inputs":"I did not like it"}"#)
        #expect(one.list.count == 1)
        #expect(labels(one.list.first) == ["NEGATIVE", "POSITIVE"])
        let many = try await answer("SamLowe/roberta-base-go_emotions", #"{"inputs":"so so"}"#)
        #expect(labels(many.list.first).count == 5)
        let batch = try await answer(LocalServiceProbe.classifier, #"{"inputs":["good","bad"]}"#)
        #expect(batch.list.map { labels($0) } == [["POSITIVE"], ["NEGATIVE"]])
        let pairs = try await answer(
            "BAAI/bge-reranker-v2-m3",
            #"""
            {"inputs":[{"text":"capital of France","text_pair":"dogs bark"},
            {"text":"capital of France","text_pair":"Paris is the capital"}]}
            """#
        )
        let scores = pairs.list.compactMap { ($0 as? [[String: Any]])?.first?["score"] as? Double }
        #expect(scores.count == 2 && scores[0] < scores[1])
    }

    @Test("feature-extraction: one vector a text, or one a token; near texts are near")
    func features() async throws {
        let model = "intfloat/multilingual-e5-small"
        let one = try await answer(model, #"{"inputs":"a cat"}"#, task: "feature-extraction")
        let vector = try #require(one.json as? [Double])
        #expect(vector.count == 384)
        #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6)
        let three = try await answer(
            model,
            #"{"inputs":["a cat","a kitten","stock market"]}"#,
            task: "feature-extraction"
        )
        let vectors = try #require(three.json as? [[Double]])
        func cosine(_ left: Int, _ right: Int) -> Double {
            zip(vectors[left], vectors[right]).reduce(0) { $0 + $1.0 * $1.1 }
        }
        #expect(cosine(0, 1) > cosine(0, 2) + 0.2)
        let tokens = try await answer("facebook/bart-base", #"{"inputs":"a cat"}"#, task: "feature-extraction")
        #expect((tokens.json as? [[Double]])?.map(\.count) == [64, 64, 64, 64])
    }

    @Test("sentence-similarity: numbers in the order of the sentences")
    func similarity() async throws {
        let body = #"{"inputs":{"source_sentence":"a cat","sentences":["a kitten","a bus"]}}"#
        let model = "sentence-transformers/all-MiniLM-L6-v2"
        let numbers = try #require(try await answer(model, body, task: "sentence-similarity").json as? [Double])
        #expect(numbers.count == 2 && numbers[0] > numbers[1])
        try await LocalServiceProbe.with { probe in
            let wrong = try await probe.infer(model, #"{"inputs":"a cat"}"#)
            #expect(wrong.status == 400)
            #expect(wrong.error == "Error in `inputs.source_sentence`: field required")
        }
    }

    @Test("text-ranking: sorted with indices, or scores of pairs")
    func ranking() async throws {
        let model = "cross-encoder/ms-marco-MiniLM-L6-v2"
        let body = #"{"inputs":{"query":"capital of France","texts":["Rome","Paris, France"],"return_documents":true}}"#
        let ranked = try await answer(model, body).objects
        #expect(ranked.compactMap { $0["index"] as? Int } == [1, 0])
        #expect(ranked.first?["text"] as? String == "Paris, France")
        let pairs = try await answer(model, #"{"inputs":{"sentences":[["q","d1"],["q","d2"]]}}"#)
        #expect((pairs.object["scores"] as? [Double])?.count == 2)
    }

    @Test("text-generation: a list, with details and the prompt on request, and TGI's events")
    func generation() async throws {
        let model = "openai-community/gpt2"
        let body =
            #"{"inputs":"The tide came","parameters":{"max_new_tokens":4,"details":true,"return_full_text":true}}"#
        let first = try #require(try await answer(model, body).objects.first)
        #expect((first["generated_text"] as? String)?.hasPrefix("The tide came ") == true)
        let details = try #require(first["details"] as? [String: Any])
        #expect(details["generated_tokens"] as? Int == 4)
        #expect((details["tokens"] as? [[String: Any]])?.count == 4)
        let stream = try await answer(model, #"{"inputs":"The tide","parameters":{"max_new_tokens":3},"stream":true}"#)
        #expect(stream.headers["content-type"] == "text/event-stream")
        let events = stream.eventObjects
        #expect(events.count == 3)
        let joined = events.compactMap { ($0["token"] as? [String: Any])?["text"] as? String }.joined()
        #expect(events.last?["generated_text"] as? String == joined)
        let again = try await answer(model, #"{"inputs":"The tide","parameters":{"max_new_tokens":3}}"#)
        #expect(again.objects.first?["generated_text"] as? String == joined)
    }

    @Test("text2text-generation, summarization and translation give lists")
    func sequences() async throws {
        let order = try await answer("google/flan-t5-base", #"{"inputs":"Translate to French: good day"}"#)
        #expect(order.objects.first?["generated_text"] as? String == "bonjour")
        let text = "The bridge was built in 1890. It is old. It spans the river."
        let summary = try await answer(
            "facebook/bart-large-cnn",
            #"{"inputs":"\#(text)","parameters":{"max_length":12}}"#
        )
        #expect(summary.objects.first?["summary_text"] as? String == "The bridge was built in 1890. It is old.")
        let batch = try await answer("google-t5/t5-small", #"{"inputs":["Hello","the cat"]}"#)
        #expect(batch.objects.compactMap { $0["translation_text"] as? String } == ["Bonjour", "le chat"])
        let both = #"{"inputs":"Guten Morgen","parameters":{"src_lang":"de_DE","tgt_lang":"en_XX"}}"#
        let named = try await answer("facebook/mbart-large-50-many-to-many-mmt", both)
        #expect(named.objects.first?["translation_text"] as? String == "Good morning")
    }

    @Test("fill-mask: a list for one mask, lists for several, a refusal for none")
    func mask() async throws {
        let one = try await answer("google-bert/bert-base-uncased", #"{"inputs":"Paris is the [MASK] of France."}"#)
        let best = try #require(one.objects.first)
        #expect(one.objects.count == 5)
        #expect(best["token_str"] as? String == "capital")
        #expect(best["sequence"] as? String == "paris is the capital of france.")
        let two = try await answer("distilroberta-base", #"{"inputs":"<mask> and <mask>","parameters":{"top_k":2}}"#)
        #expect(two.list.compactMap { ($0 as? [Any])?.count } == [2, 2])
        let chosen = #"{"inputs":"a [MASK]","parameters":{"targets":["cat","dog","cow"]}}"#
        let targets = try await answer("google-bert/bert-base-uncased", chosen)
        #expect(Set(targets.objects.compactMap { $0["token_str"] as? String }) == ["cat", "dog", "cow"])
        try await LocalServiceProbe.with { probe in
            let none = try await probe.infer("google-bert/bert-base-uncased", #"{"inputs":"no mask"}"#)
            #expect(none.error == "No mask_token ([MASK]) found on the input")
        }
    }

    @Test("token-classification: groups with offsets in code points, or word pieces")
    func tokens() async throws {
        let text = "Ada lives in Turin. 🎉 My friend Jörg works at Google."
        let groups = try await answer("dslim/bert-base-NER", #"{"inputs":"\#(text)"}"#).objects
        #expect(groups.compactMap { $0["entity_group"] as? String } == ["PER", "LOC", "PER", "ORG"])
        let scalars = Array(text.unicodeScalars)
        for group in groups {
            let start = try #require(group["start"] as? Int)
            let end = try #require(group["end"] as? Int)
            #expect(String(String.UnicodeScalarView(scalars[start..<end])) == group["word"] as? String)
        }
        let plain = #"{"inputs":"Wolfgang lives in Berlin","parameters":{"aggregation_strategy":"none"}}"#
        let pieces = try await answer("dslim/bert-base-NER", plain).objects
        #expect(pieces.compactMap { $0["entity"] as? String } == ["B-PER", "I-PER", "B-LOC"])
        #expect(pieces.compactMap { $0["word"] as? String } == ["Wolfga", "##ng", "Berlin"])
        let adapter = try await answer("AdapterHub/bert-base-conll2003", #"{"inputs":"Wolfgang lives in Berlin"}"#)
        #expect(adapter.objects.compactMap { $0["entity_group"] as? String } == ["B-PER", "B-LOC"])
    }

    @Test("question-answering: an object, a list for top_k, the list form of a missing key")
    func questions() async throws {
        let model = "deepset/roberta-base-squad2"
        let one = try await answer(model, #"{"inputs":{"question":"Where?","context":"We met in Graz."}}"#)
        #expect(one.object["answer"] as? String == "Graz")
        #expect(one.object["start"] as? Int == 10)
        #expect(one.object["end"] as? Int == 14)
        let body = #"{"inputs":{"question":"Where?","context":"We met in Graz in 1999."},"parameters":{"top_k":2}}"#
        let two = try await answer(model, body)
        #expect(two.objects.count == 2)
        let impossible =
            #"{"inputs":{"question":"Why?","context":"Rain."},"parameters":{"handle_impossible_answer":true}}"#
        let nothing = try await answer(model, impossible)
        #expect(nothing.object["answer"] as? String == "")
        try await LocalServiceProbe.with { probe in
            let missing = try await probe.infer(model, #"{"inputs":{"question":"Where?"}}"#)
            #expect(missing.status == 400)
            #expect(missing.error == "Error in `inputs.context`: field required")
        }
    }

    @Test("table-question-answering: TAPAS with cells, TAPEX with text, numbers refused")
    func table() async throws {
        let body = #"{"inputs":{"query":"Sum of B?","table":{"A":["x","y"],"B":["10","20"]}}}"#
        let sum = try await answer("google/tapas-base-finetuned-wtq", body).object
        #expect(sum["answer"] as? String == "SUM > 10, 20")
        #expect(sum["aggregator"] as? String == "SUM")
        #expect(sum["coordinates"] as? [[Int]] == [[0, 1], [1, 1]])
        #expect(sum["cells"] as? [String] == ["10", "20"])
        #expect(try await answer("microsoft/tapex-base-finetuned-wtq", body).text == #"{"answer":" 30"}"#)
        try await LocalServiceProbe.with { probe in
            let numbers = body.replacingOccurrences(of: #""10","20""#, with: "10,20")
            let refused = try await probe.infer("google/tapas-base-finetuned-wtq", numbers)
            #expect(refused.error == "Error in `inputs.table.B`: str type expected")
        }
    }

    @Test("zero-shot-classification: labels for a text, objects for a list")
    func zeroShot() async throws {
        let parameters = #""parameters":{"candidate_labels":["refund","delivery"]}"#
        let model = "facebook/bart-large-mnli"
        let one = try await answer(model, #"{"inputs":"My order is late",\#(parameters)}"#)
        #expect(labels(one.json) == ["delivery", "refund"])
        let list = try await answer(model, #"{"inputs":["My order is late"],\#(parameters)}"#).objects
        #expect(list.first?["sequence"] as? String == "My order is late")
        #expect(list.first?["labels"] as? [String] == ["delivery", "refund"])
        #expect((list.first?["scores"] as? [Double])?.count == 2)
        try await LocalServiceProbe.with { probe in
            let empty = try await probe.infer(model, #"{"inputs":"x","parameters":{"candidate_labels":[]}}"#)
            #expect(empty.status == 400)
        }
    }

    @Test("tabular tasks: a value a row; warnings hide the result in a 400")
    func tabular() async throws {
        let body = #"{"inputs":{"data":{"height":["11.5","12.0"],"width":["4.0","4.1"]}}}"#
        let numbers = try await answer("scikit-learn/Fish-Weight", body)
        #expect(numbers.json as? [Double] == [135, 140.5])
        let classes = try await answer("scikit-learn/tabular-playground", body)
        #expect((classes.json as? [Int])?.count == 2)
        try await LocalServiceProbe.with { probe in
            let odd = body.replacingOccurrences(of: "11.5", with: "tall")
            let warned = try await probe.infer("scikit-learn/Fish-Weight", odd)
            #expect(warned.status == 400)
            let inner = try JSONSerialization.jsonObject(with: Data((warned.error ?? "").utf8)) as? [String: Any]
            #expect((inner?["output"] as? [Double])?.count == 2)
            #expect((inner?["warnings"] as? [String])?.count == 1)
        }
    }
}
