import ArgumentParser
import InferenceKit

/// `infer tasks`: the catalog, one task a line.
struct TasksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks",
        abstract: "Lists the tasks with their input, output and parameters, one JSON object a line."
    )

    func run() throws {
        for task in everyTask.sorted(by: { $0.id.rawValue < $1.id.rawValue }) {
            try StandardOutput.write(Self.line(task))
        }
    }

    private static func line<Operation: CatalogTask>(_ task: Operation.Type) -> JSONValue {
        [
            "id": .string(task.id.rawValue),
            "input": .string(task.input.rawValue),
            "output": .string(task.output),
            "streaming": .bool(task.canStream),
            "parameters": .array(task.parameters.map(line)),
        ]
    }

    private static func line<Operation>(_ parameter: TaskParameter<Operation>) -> JSONValue {
        var members: JSONObject = ["name": .string(parameter.name), "type": .string(parameter.type)]
        if parameter.isRequired { members["required"] = true }
        return .object(members)
    }
}

extension CatalogTask {
    /// Whether the answer can be had piece by piece.
    static var canStream: Bool { Self.self is any StreamingTask.Type }
}
