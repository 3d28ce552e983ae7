import InferenceKit
import LocalService

/// Sorts answers by how well they fit a question, with a model that reads both together.
///
/// This is a task that the library does not have, written in one file: what is asked, what is answered, and the two
/// functions between them and the wire. Retries, credentials, limits and errors come with it.
struct AnswerRanking: InferenceTask {
    /// Such models are served as classifiers of pairs; the id decides the route.
    static let id: TaskID = "text-classification"

    var question: String
    var answers: [String]

    /// An answer, and how well it fits.
    struct Ranked: Sendable {
        var answer: String
        var score: Double
    }

    /// `{"inputs": [{"text": question, "text_pair": answer}, …]}`.
    func payload() throws -> Payload {
        guard !answers.isEmpty else { throw InferenceError.invalidInput("answers", expected: "at least one text") }
        let pairs = answers.map { answer -> JSONValue in
            ["text": .string(question), "text_pair": .string(answer)]
        }
        return .inputs(.array(pairs))
    }

    /// `[[{"label": …, "score": …}], …]`, one list for each pair; best first.
    func response(from reply: Reply) throws -> [Ranked] {
        let lists = try reply.json().elements()
        guard lists.count == answers.count else {
            throw JSONMismatch(expected: "\(answers.count) lists", found: "\(lists.count)")
        }
        let ranked = try zip(answers, lists).map { answer, list in
            let best = try ClassificationLabel(json: list.unwrappingListOfOne())
            return Ranked(answer: answer, score: best.score ?? 0)
        }
        return ranked.sorted { $0.score > $1.score }
    }
}

extension InferenceClient {
    /// Sorts `answers` by how well they fit `question`, best first.
    ///
    /// Only sugar: `run` does the same, but a named method reads better where it is called.
    func answerRanking(_ answers: [String], for question: String, model: ModelID) async throws -> [AnswerRanking.Ranked]
    {
        try await run(AnswerRanking(question: question, answers: answers), model: model)
    }
}

// A stand-in for the service on this machine, so that the example needs neither network nor token.
let service = try await LocalService.start()
var configuration = InferenceClient.Configuration(token: .none)
configuration.router = service.url
let client = InferenceClient(configuration)
let model: ModelID = "BAAI/bge-reranker-v2-m3"

let question = "When does the next train leave?"
let answers = ["Bake the bread for forty minutes.", "The next train leaves at noon.", "The train is blue."]
print(question)
for ranked in try await client.answerRanking(answers, for: question, model: model) {
    print("  \((ranked.score * 1000).rounded() / 1000)  \(ranked.answer)")
}

// What is wrong with the input is said before anything is sent, as with the library's own tasks.
do {
    _ = try await client.answerRanking([], for: question, model: model)
} catch let error as InferenceError {
    print(error)
}

// For a single call no type is needed: a raw payload goes along a task's route, and the answer comes back undecoded.
let payload = Payload.inputs([["text": .string(question), "text_pair": "At noon."]])
let reply = try await client.send(payload, as: "text-classification", model: model)
print("Raw: \(reply.status) \(try reply.json().jsonString())")

await service.stop()
