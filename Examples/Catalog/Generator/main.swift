import Foundation

// Writes a Swift file that lists the types which stand in files of their own name:
// `struct Name: CatalogTask` (or `BatchableTask`) and `struct Name: InferenceProvider`.
guard CommandLine.arguments.count > 2 else {
    FileHandle.standardError.write(Data("usage: catalog-generator OUTPUT FILE ...\n".utf8))
    exit(2)
}

var tasks: [String] = []
var providers: [String] = []
for path in CommandLine.arguments.dropFirst(2) {
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    let text = try String(contentsOfFile: path, encoding: .utf8)
    if ["CatalogTask", "BatchableTask"].contains(where: { text.contains("public struct \(name): \($0)") }) {
        tasks.append(name)
    }
    if text.contains("public struct \(name): InferenceProvider") { providers.append(name) }
}

let lines =
    [
        "// Made by the build from the files in Tasks and Providers.",
        "import InferenceKit",
        "",
        "/// Every task of the catalog that the library has.",
        "let everyTask: [any CatalogTask.Type] = [",
    ] + tasks.map { "    \($0).self," } + [
        "]",
        "",
        "/// Every provider that the library has.",
        "let everyProvider: [any InferenceProvider] = [",
    ] + providers.map { "    \($0)()," } + ["]", ""]
try lines.joined(separator: "\n").write(toFile: CommandLine.arguments[1], atomically: true, encoding: .utf8)
