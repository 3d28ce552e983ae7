/// Every task that is answered.
enum TaskRules {
    static let all: [TaskRule] = [
        .textGeneration, .textClassification, .featureExtraction, .textToImage, .automaticSpeechRecognition,
        .imageClassification,
    ]

    static let byID = Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
}
