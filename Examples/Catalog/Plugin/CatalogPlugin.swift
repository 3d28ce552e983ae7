import Foundation
import PackagePlugin

/// Lists the tasks and providers of the library for programs that name them at run time.
///
/// One task is one file: this looks at the folders, so that no list has to be edited when a file is added.
@main
struct CatalogPlugin: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let sources = context.package.directoryURL.appending(path: "Sources/InferenceKit")
        let files = try ["Tasks", "Providers"].flatMap { room in
            try FileManager.default.contentsOfDirectory(
                at: sources.appending(path: room),
                includingPropertiesForKeys: nil
            )
        }.filter { $0.pathExtension == "swift" }.sorted { $0.path < $1.path }
        let output = context.pluginWorkDirectoryURL.appending(path: "Catalog.swift")
        return [
            .buildCommand(
                displayName: "List the tasks and providers",
                executable: try context.tool(named: "catalog-generator").url,
                arguments: [output.path] + files.map(\.path),
                inputFiles: files,
                outputFiles: [output]
            )
        ]
    }
}
