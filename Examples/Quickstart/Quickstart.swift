import ArgumentParser
import InferenceKit
import LocalService

/// What InferenceKit does, shown on real inputs.
///
/// This file is the tutorial: read it from top to bottom.
///
/// `swift run quickstart` needs neither network nor token: it starts a small stand-in for the service on this machine.
/// With a token in `HF_TOKEN` the same lines talk to Hugging Face, with `--url` to whatever server speaks its form.
@main
struct Quickstart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the main jobs of InferenceKit, one after the other."
    )

    @Option(help: "A server with the router's routes, such as local-service, in place of the service.")
    var url: String?

    func run() async throws {
        // A client is a value: make one, keep it, hand it on. Copies share their connections.
        let place = try await Place(url: url)
        let client = InferenceClient(place.configuration)
        print("Talking to \(place.name).")

        try await classify(with: client)
        try await findNearest(with: client)
        try await chat(with: client)
        try await draw(with: client)
        try await waitForColdModel(place.coldModel, with: client)

        await place.leave()
    }

    /// A task of the catalog is a method of the client, and its answer a value with the names that the task has.
    private func classify(with client: InferenceClient) async throws {
        print("\nClassification")

        let text = "The hotel was lovely and the staff could not have been kinder."
        let labels = try await client.textClassification(
            text,
            model: "distilbert/distilbert-base-uncased-finetuned-sst-2-english"
        )

        print("  \(text)")
        for label in labels { print("  \(label.label): \(percent(label.score))") }
    }

    /// Several texts go in one call and come back as rows of numbers; near rows mean near texts.
    private func findNearest(with client: InferenceClient) async throws {
        print("\nEmbeddings")

        let texts = [
            "How do I reset my password?",
            "The train to Lyon leaves at noon.",
            "Bake the bread for forty minutes.",
        ]
        let query = "When does the next train leave?"
        let model: ModelID = "intfloat/multilingual-e5-small"
        let library = try await client.featureExtraction(texts, model: model)
        let question = try await client.featureExtraction(query, model: model)

        print("  \(texts.count) texts became \(library).")
        // Servers may wrap a single text once more than needed; its numbers are the same.
        for match in library.nearest(to: question.scalars, count: 1) {
            print("  Nearest to \"\(query)\" is \"\(texts[match.index])\" (\(percent(Double(match.similarity)))).")
        }
    }

    /// An answer can be read while it is made; leaving the loop closes the connection.
    private func chat(with client: InferenceClient) async throws {
        print("\nA streamed answer")

        let question = "Why is the sky blue? One sentence."
        print("  \(question)\n  ", terminator: "")
        let answer = try await client.chatCompletionStream(question, model: "HuggingFaceTB/SmolLM3-3B") {
            $0.maxTokens = 100
        }
        for try await chunk in answer { show(chunk.text) }

        print("\n  It ended with \(answer.partial.finishReason?.rawValue ?? "no reason").")
    }

    /// A medium that comes back can be streamed into a file, whatever its size, without passing through memory.
    private func draw(with client: InferenceClient) async throws {
        print("\nAn image from a text")

        let prompt = "A red circle above a blue sea"
        let image = try await client.textToImage(
            prompt,
            model: "black-forest-labs/FLUX.1-schnell",
            width: 512,
            height: 512,
            options: CallOptions(outputPath: "quickstart.png")
        )

        let size = image.pixelSize.map { "\($0.width) × \($0.height) pixels" } ?? "an image"
        print("  \"\(prompt)\" is in quickstart.png, \(size).")
    }

    /// A model that nobody has used for a while has to be loaded first.
    ///
    /// The service says so and guesses how long it will take; the client waits and asks again. An observer hears of each
    /// step, and `result` tells afterwards how it went.
    private func waitForColdModel(_ model: ModelID, with client: InferenceClient) async throws {
        print("\nA model that is cold at first")

        let progress = Progress()
        let task = TextClassification(text: "I waited for you, and it was worth it.")
        let options = CallOptions(
            retry: RetryPolicy(maxLoadingDelay: .seconds(1)),
            waitsForModel: true,
            observer: { event in
                if case .waiting(_, let estimate?) = event.kind { progress.show(event.elapsed, rest: estimate) }
            }
        )
        let result = try await client.result(of: task, model: model, options: options)
        progress.finish()

        print("  \(result.value.best?.label ?? "no label")")
        let metadata = result.metadata
        print("  What is known about the call:")
        print("    model      \(metadata.model?.rawValue ?? "-") at \(metadata.provider)")
        print("    status     \(metadata.status ?? 0), request \(metadata.requestID ?? "-")")
        print("    attempts   \(metadata.attempts), waits \(metadata.waits.map { seconds($0.duration) })")
        print("    time       \(seconds(metadata.total)), of which \(seconds(metadata.computeTime)) computing")
    }
}
