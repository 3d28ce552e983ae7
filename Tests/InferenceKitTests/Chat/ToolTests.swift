import InferenceKit
import Synchronization
import TestSupport
import Testing

@Suite("Tools and conversations")
struct ToolTests {
    struct Place: Decodable, Sendable { var city: String }

    private func tool(
        _ body: @escaping @Sendable (Place) async throws -> String = { "Sunny in \($0.city)" }
    ) throws -> Tool {
        try Tool("get_weather", "The weather of a city", body: body)
    }

    private func calls(_ calls: String) -> MockTransport.Answer {
        .json(
            #"{"choices":[{"message":{"role":"assistant","content":null,"tool_calls":[\#(calls)]},"finish_reason":"tool_calls"}]}"#
        )
    }

    private func call(_ id: String, _ arguments: String, name: String = "get_weather") -> String {
        #"{"id":"\#(id)","type":"function","function":{"name":"\#(name)","arguments":\#(JSONValue.string(arguments).jsonString())}}"#
    }

    private let done = MockTransport.Answer.json(
        #"{"choices":[{"message":{"content":"Sunny."},"finish_reason":"stop"}]}"#
    )
    private let question = Conversation([.user("Weather?")])

    @Test("A tool's definition comes from its type")
    func definition() throws {
        #expect(
            try tool().definition.json.jsonString()
                == #"{"type":"function","function":{"name":"get_weather","description":"The weather of a city","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}}}"#
        )
        #expect(throws: InferenceError.self) { try Tool("get weather", "") { (_: Place) in "" } }
    }

    @Test("The model calls two tools at once, sees both results in order, and answers")
    func loop() async throws {
        let transport = MockTransport(
            calls(call("A", #"{"city":"Paris"}"#) + "," + call("B", #"{"city":"東京"}"#)),
            done
        )
        let log = Mutex<[String]>([])
        let outcome = try await testClient(transport).chatCompletion(
            question,
            tools: [tool()],
            model: "a/b",
            onEvent: { event in
                log.withLock { log in
                    switch event {
                    case .turn(let number): log.append("turn \(number)")
                    case .answer(let answer): log.append("answer \(answer.toolCalls.count)")
                    case .calling(let call): log.append("calling \(call.id)")
                    case .result(let call, _, let isError): log.append("result \(call.id) \(isError)")
                    }
                }
            }
        )
        #expect(outcome.ending == .answered)
        #expect(outcome.turns == 2)
        #expect(outcome.answer?.text == "Sunny.")
        #expect(outcome.conversation.messages.map(\.role) == [.user, .assistant, .tool, .tool, .assistant])
        #expect(outcome.conversation.messages[2].text == "Sunny in Paris")
        #expect(outcome.conversation.messages[3].text == "Sunny in 東京")
        #expect(outcome.conversation.messages[3].toolCallID == "B")
        let words = log.withLock { $0 }
        #expect(words.first == "turn 1")
        #expect(words.last == "answer 0")
        #expect(Set(words).isSuperset(of: ["answer 2", "calling A", "calling B", "result A false", "result B false"]))
        let second = try JSONValue(jsonBytes: transport.calls[1].body)
        #expect(second["messages"]?.arrayValue?.count == 4)
        #expect(second["tools"]?[0]?["function"]?["name"]?.stringValue == "get_weather")
    }

    /// What goes wrong in a tool, and what the model is told.
    @Test(
        "What goes wrong in a tool is told to the model",
        arguments: [
            ("not json", "get_weather", "not JSON"), (#"{"town":"x"}"#, "get_weather", "\"city\" is missing"),
            (#"{"city":3}"#, "get_weather", "city expected a text"), (#"{"city":"x"}"#, "unknown", "there is no tool"),
            (#"{"city":"fail"}"#, "get_weather", "broken"),
        ]
    )
    func errors(arguments: String, name: String, words: String) async throws {
        struct Broken: Error, CustomStringConvertible { var description: String { "broken" } }
        let tool = try tool { place in
            if place.city == "fail" { throw Broken() }
            return "ok"
        }
        let transport = MockTransport(calls(call("A", arguments, name: name)), done)
        let outcome = try await testClient(transport).chatCompletion(question, tools: [tool], model: "a/b")
        #expect(outcome.conversation.messages[2].text.hasPrefix("Error: "))
        #expect(outcome.conversation.messages[2].text.contains(words), "\(outcome.conversation.messages[2].text)")
        #expect(outcome.ending == .answered)
    }

    @Test("A call that is not approved does not run")
    func approval() async throws {
        let ran = Mutex(false)
        let tool = try tool { _ in
            ran.withLock { $0 = true }
            return ""
        }
        let transport = MockTransport(calls(call("A", #"{"city":"x"}"#)), done)
        let limits = ToolLimits(approve: { _ in false })
        let outcome = try await testClient(transport).chatCompletion(
            question,
            tools: [tool],
            model: "a/b",
            limits: limits
        )
        #expect(!ran.withLock { $0 })
        #expect(outcome.conversation.messages[2].text.contains("not allowed"))
    }

    @Test("A model that calls tools for ever is stopped, and nothing is lost")
    func turnLimit() async throws {
        let transport = MockTransport()
        transport.answer(.any, with: calls(call("A", #"{"city":"x"}"#)), times: nil)
        let limits = ToolLimits(turns: 3)
        let outcome = try await testClient(transport).chatCompletion(
            question,
            tools: [tool()],
            model: "a/b",
            limits: limits
        )
        #expect(outcome.ending == .turnLimit)
        #expect(transport.calls.count == 3)
        #expect(outcome.conversation.messages.count == 7)
    }

    @Test("The time is a limit, too")
    func timeLimit() async throws {
        let clock = VirtualClock()
        let slow = try tool { _ in
            clock.advance(by: .seconds(100))
            return ""
        }
        let transport = MockTransport()
        transport.answer(.any, with: calls(call("A", #"{"city":"x"}"#)), times: nil)
        let limits = ToolLimits(total: .seconds(150))
        let outcome = try await testClient(transport, clock: clock).chatCompletion(
            question,
            tools: [slow],
            model: "a/b",
            limits: limits
        )
        #expect(outcome.ending == .timeLimit)
        #expect(transport.calls.count == 2)
        #expect(transport.calls[1].timeouts.total == .seconds(50))
    }

    @Test("No more tools run at once than allowed")
    func parallelCalls() async throws {
        let running = Mutex((now: 0, most: 0))
        let tool = try tool { _ in
            running.withLock { running in
                running.now += 1
                running.most = max(running.most, running.now)
            }
            for _ in 0..<20 { await Task.yield() }
            running.withLock { $0.now -= 1 }
            return ""
        }
        let six = (0..<6).map { call("\($0)", #"{"city":"x"}"#) }.joined(separator: ",")
        let transport = MockTransport(calls(six), done)
        let limits = ToolLimits(parallelCalls: 2)
        _ = try await testClient(transport).chatCompletion(question, tools: [tool], model: "a/b", limits: limits)
        #expect(running.withLock { $0.most } <= 2)
    }

    @Test("Cancelling ends the tools")
    func cancellation() async throws {
        let started = Mutex(false)
        let tool = try tool { _ in
            started.withLock { $0 = true }
            try await Task.sleep(for: .seconds(600))
            return ""
        }
        let transport = MockTransport(calls(call("A", #"{"city":"x"}"#)))
        let work = Task { try await testClient(transport).chatCompletion(question, tools: [tool], model: "a/b") }
        while !started.withLock({ $0 }) { await Task.yield() }
        work.cancel()
        await #expect(throws: CancellationError.self) { try await work.value }
    }

    @Test("Names of tools differ, and limits are sensible")
    func input() async throws {
        let client = testClient(MockTransport())
        await #expect(throws: InferenceError.self) {
            try await client.chatCompletion(question, tools: [tool(), tool()], model: "a/b")
        }
        await #expect(throws: InferenceError.self) {
            try await client.chatCompletion(question, tools: [], model: "a/b", limits: ToolLimits(turns: 0))
        }
    }

    @Test("A conversation loses its oldest turns as wholes, and keeps its instructions")
    func truncation() {
        var conversation = Conversation(instructions: "i")
        conversation.append(user: "1")
        conversation.append(
            ChatMessage(role: .assistant, content: nil, toolCalls: [ToolCall(id: "1", name: "f", arguments: "{}")])
        )
        conversation.append(.tool("r", for: ToolCall(id: "1", name: "f", arguments: "{}")))
        conversation.append(.assistant("a1"))
        conversation.append(user: "2")
        conversation.append(.assistant("a2"))
        var copy = conversation
        copy.truncate(to: 7) { _ in 1 }
        #expect(copy == conversation)
        copy.truncate(to: 6) { _ in 1 }
        #expect(copy.messages.map(\.text) == ["i", "2", "a2"])
        copy.truncate(to: 0) { _ in 1 }
        #expect(copy.messages.map(\.text) == ["i", "2", "a2"])
    }

    @Test("A conversation is stored as JSON and read back")
    func storage() throws {
        let conversation = Conversation([
            .system("s"), .user([.text("a"), .image(.url("https://example.com/a.png"))]),
            ChatMessage(role: .assistant, content: nil, toolCalls: [ToolCall(id: "1", name: "f", arguments: "{}")]),
        ])
        let stored = conversation.json.jsonBytes()
        #expect(try Conversation(json: JSONValue(jsonBytes: stored)) == conversation)
    }
}
