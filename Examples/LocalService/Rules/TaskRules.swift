/// Every task that is answered; chat has a route of its own.
enum TaskRules {
    static let all: [TaskRule] = [
        .textGeneration, .textToTextGeneration, .textClassification, .tokenClassification, .questionAnswering,
        .tableQuestionAnswering, .zeroShotClassification, .summarization, .translation, .fillMask, .featureExtraction,
        .sentenceSimilarity, .textRanking,
        .textToImage, .latentToImage, .imageToImage, .imageTextToImage, .imageToText, .imageTextToText,
        .imageClassification,
        .zeroShotImageClassification, .objectDetection, .zeroShotObjectDetection, .imageSegmentation, .depthEstimation,
        .maskGeneration, .imageFeatureExtraction, .visualQuestionAnswering, .documentQuestionAnswering,
        .automaticSpeechRecognition, .audioClassification, .audioToAudio, .textToSpeech, .textToAudio,
        .textToVideo, .imageToVideo, .imageTextToVideo, .videoClassification,
        .tabularClassification, .tabularRegression,
    ]

    static let byID = Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
}
