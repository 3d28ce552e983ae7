import HTTPTypes
import InferenceKit
import Testing

@Suite("Every name of the task specifications is there")
struct SchemaTests {
    @Test("Every task of the specifications is there")
    func tasks() {
        let specified = Set(TaskSample.all.filter { $0.reply != nil }.map(\.id))
        #expect(specified.count == 32)
        let present = Set(everyTask.map { $0.id })
        #expect(present.count == everyTask.count, "two tasks have one id")
        let absent = specified.subtracting(present)
        #expect(absent.isEmpty, "no type for \(absent)")
        let unknown = present.subtracting(TaskSample.all.map(\.id))
        #expect(unknown.isEmpty, "no sample in Schemas/TaskSample.swift for \(unknown)")
    }

    @Test("Every parameter has a property", arguments: TaskSample.all)
    func parameters(_ sample: TaskSample) throws {
        let task = try #require(everyTask.first { $0.id == sample.id })
        func names<Operation: CatalogTask>(_ task: Operation.Type) -> [String] { task.parameters.map(\.name) }
        let names = names(task)
        #expect(Set(names).count == names.count, "a parameter stands twice in the table")
        let missing = Set(sample.parameters).subtracting(names).subtracting(TaskSample.structural)
        #expect(missing.isEmpty, "\(sample.id) has no property for \(missing.sorted())")
    }

    @Test("The schema's input makes the task, and can be sent", arguments: TaskSample.all)
    func input(_ sample: TaskSample) throws {
        guard let task = everyTask.first(where: { $0.id == sample.id }) else { return }
        func payload<Operation: CatalogTask>(_ task: Operation.Type) throws {
            _ = try task.init(sample: sample).payload()
        }
        try payload(task)
    }

    @Test("Every property of an answer survives", arguments: TaskSample.all)
    func output(_ sample: TaskSample) throws {
        guard let task = everyTask.first(where: { $0.id == sample.id }), let reply = sample.reply else { return }
        func check<Operation: CatalogTask>(_ task: Operation.Type) throws {
            let value = try task.init(sample: sample).response(from: .json(reply))
            // Media are bytes here; that they were understood is all there is to say.
            if value is Media { return }
            let lost = lost(of: try JSONValue(jsonString: reply), in: value.json, at: "\(sample.id)")
            #expect(lost.isEmpty, "lost: \(lost)")
        }
        try check(task)
    }

    /// What is in a sample and not in the answer that it became.
    private func lost(of sample: JSONValue, in answer: JSONValue, at path: String) -> [String] {
        switch (sample, answer) {
        case (.object(let members), .object(let others)):
            return members.flatMap { key, value -> [String] in
                guard let other = others[key] else { return ["\(path).\(key)"] }
                if TaskSample.mediaMembers.contains(key) { return other.isNull ? ["\(path).\(key)"] : [] }
                return lost(of: value, in: other, at: "\(path).\(key)")
            }
        case (.array(let values), .array(let others)):
            guard values.count == others.count else { return ["\(path): \(others.count) of \(values.count)"] }
            return zip(values, others).enumerated().flatMap { lost(of: $1.0, in: $1.1, at: "\(path)[\($0)]") }
        default:
            return sample == answer ? [] : [path]
        }
    }

    @Test("A property that gets lost is noticed")
    func notices() {
        #expect(lost(of: ["a": 1, "b": [["c": 2]]], in: ["a": 1, "b": [[:]]], at: "x") == ["x.b[0].c"])
        #expect(lost(of: ["a": 1], in: ["a": 2], at: "x") == ["x.a"])
        #expect(lost(of: ["mask": "a"], in: ["mask": "b"], at: "x") == [])
        #expect(lost(of: [1], in: [], at: "x") == ["x: 0 of 1"])
    }
}

extension Reply {
    /// A successful reply of JSON.
    static func json(_ text: String) -> Self { json(Array(text.utf8)) }

    /// A successful reply that says it is JSON, or something else.
    static func json(_ bytes: [UInt8], mediaType: String = "application/json") -> Self {
        Reply(head: HTTPResponse(status: .ok, headerFields: [.contentType: mediaType]), body: .bytes(bytes))
    }
}
