import InferenceKit

// One typed call, and nothing else: what a program pays for the library is measured on this one.
let url = CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "http://127.0.0.1:8080"
let client = InferenceClient(.init(token: .none, model: "org/model", target: .url(url)))
let labels = try await client.textClassification("It is small.")
print(labels.best?.label ?? "none")
