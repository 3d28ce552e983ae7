import InferenceKit
import Testing

@testable import InferenceKit

/// The short way through a stream's chunks gives what the general decoder gives, whatever the chunks are.
@Suite("Chat: chunks by their template")
struct ChatTemplateTests {
    /// Reads events with a reader, as a stream does; errors end it.
    private static func read(
        _ events: [[UInt8]],
        _ read: (ArraySlice<UInt8>) throws -> ChatChunk?
    ) -> [String] {
        var found: [String] = []
        for event in events {
            do {
                guard let chunk = try read(event[...]) else { continue }
                found.append(Self.words(chunk))
            } catch {
                found.append("error \(error)")
                break
            }
        }
        return found
    }

    /// All of a chunk, JSON text included, in one string.
    private static func words(_ chunk: ChatChunk) -> String {
        let json = String(decoding: chunk.json.jsonBytes(), as: UTF8.self)
        let choices = chunk.choices.map { choice in
            let calls = choice.toolCalls.map { "\($0.index ?? -1) \($0.id ?? "-") \($0.name ?? "-") \($0.arguments)" }
            return [
                "\(choice.index)", choice.role?.rawValue ?? "-", choice.content ?? "-", choice.reasoning ?? "-",
                choice.refusal ?? "-", choice.finishReason?.rawValue ?? "-", "\(choice.logprobs?.content.count ?? -1)",
                calls.joined(separator: ","),
            ].joined(separator: "|")
        }
        let usage = chunk.usage.map { String(decoding: $0.json.jsonBytes(), as: UTF8.self) } ?? "-"
        return "\(choices) \(usage) \(json)"
    }

    /// Compares both ways over one stream; returns how many chunks took the short one.
    private static func compare(_ events: [[UInt8]], _ name: String) -> Int {
        var short = 0
        var reader = ChatReader()
        let fast = read(events) { data in
            let chunk = try reader.read(data, type: "message")
            if case .template? = chunk?.storage { short += 1 }
            return chunk
        }
        let general = read(events) { data in
            // A reader that has seen nothing has no template.
            var fresh = ChatReader()
            return try fresh.read(data, type: "message")
        }
        if fast != general {
            let index = zip(fast, general).enumerated().first { $1.0 != $1.1 }?.offset ?? min(fast.count, general.count)
            Issue.record("\(name): chunk \(index) differs: \(fast.dropFirst(index).first ?? "none")")
        }
        return short
    }

    private static let texts = [
        "a", " the", "\\n", "é", "日本", "👩‍👩‍👧", "\\u00e9", "\\ud83d\\ude00", "\\\"quoted\\\"", "", " ", "\\\\", "{", "}",
        "]",
        "\\\"}}]}", "content", "\\\"content\\\":\\\"x\\\"", "(any text)", "null",
        "word word word word word word word word word",
        "\\/", "\\t", "a\\nb", "\u{FEFF}", "\u{7F}",
    ]

    /// The shapes in which servers write a chunk around its text.
    private static let shapes = [
        #"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"TEXT"},"logprobs":null,"finish_reason":null}]}"#,
        #"{"choices":[{"delta":{"role":"assistant","content":"TEXT"},"index":0,"finish_reason":null}],"id":"c","model":"m","usage":null,"error":null}"#,
        #" { "choices" : [ { "index" : 0 , "delta" : { "content" : "TEXT" } } ] } "#,
        #"{"id":"c","choices":[{"index":0,"delta":{"reasoning_content":"TEXT"},"finish_reason":null}]}"#,
        #"{"id":"c","choices":[{"index":0,"delta":{"content":"","reasoning":"TEXT"},"finish_reason":null}]}"#,
        #"{"id":"c","choices":[{"index":0,"delta":{"content":"TEXT","reasoning":"TEXT"},"finish_reason":null}]}"#,
        #"{"content":"TEXT","choices":[{"index":0,"delta":{"content":"TEXT"},"finish_reason":null}]}"#,
        #"{"content":"x","choices":[{"index":0,"delta":{"content":"x","content":"TEXT"},"content":"y"}]}"#,
        #"{"choices":[{"index":1,"delta":{"content":"TEXT"}},{"index":0,"delta":{"content":"b"}}]}"#,
        #"{"choices":[{"index":0,"message":{"content":"TEXT"}}]}"#,
        #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"TEXT"}}]}}]}"#,
        #"{"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"TEXT"}]}}]}"#,
        #"{"choices":[{"index":0,"delta":{"refusal":"TEXT"}}]}"#,
        #"{"choices":[{"index":0,"delta":{"content":"TEXT"},"finish_reason":"stop"}],"usage":{"total_tokens":3}}"#,
        #"{"error":{"message":"TEXT"}}"#,
        #"{"choices":[{"index":0,"delta":{"c\u006fntent":"TEXT"}}]}"#,
    ]

    @Test("Every shape with every text, alone and mixed with others")
    func shapes() {
        var short = 0
        var chunks = 0
        for shape in Self.shapes {
            let events = Self.texts.map { Array(shape.replacing("TEXT", with: $0).utf8) }
            short += Self.compare(events, shape)
            chunks += events.count
            for other in Self.shapes where other != shape {
                let mixed = zip(events, Self.texts.reversed()).flatMap {
                    [$0, Array(other.replacing("TEXT", with: $1).utf8)]
                }
                short += Self.compare(mixed, "\(shape) with \(other)")
                chunks += mixed.count
            }
        }
        // A short way that is never taken would prove nothing.
        #expect(short > chunks / 4)
        print("Chunk templates against the general decoder: \(chunks) chunks, \(short) by a template.")
    }

    @Test("Mutated streams: bytes changed, dropped, doubled and swapped between chunks")
    func mutations() {
        var random = SeededGenerator(seed: 0x5EED)
        let streams = 4_000
        var short = 0
        var chunks = 0
        for _ in 0..<streams {
            let shape = Self.shapes[Int.random(in: 0..<Self.shapes.count, using: &random)]
            var events = (0..<12).map { _ in
                let text = Self.texts[Int.random(in: 0..<Self.texts.count, using: &random)]
                return Array(shape.replacing("TEXT", with: text).utf8)
            }
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<events.count, using: &random)
                guard !events[index].isEmpty else { continue }
                let place = Int.random(in: 0..<events[index].count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: events[index][place] = UInt8.random(in: 0...255, using: &random)
                case 1: events[index].remove(at: place)
                case 2: events[index].insert(events[index][place], at: place)
                case 3: events[index][place] = Array(#""\{}[]:,"#.utf8)[Int.random(in: 0..<8, using: &random)]
                default:
                    let other = events[Int.random(in: 0..<events.count, using: &random)]
                    events[index] = Array(events[index].prefix(place)) + Array(other.dropFirst(place))
                }
            }
            chunks += events.count
            short += Self.compare(events, "mutation of \(shape)")
        }
        #expect(short > chunks / 8)
        print("Chunk templates against the general decoder: \(chunks) mutated chunks, \(short) by a template.")
    }

    @Test("A stream whose chunks all differ is not searched for templates for ever")
    func givesUp() throws {
        var templates = ChatChunkTemplates()
        for count in 0..<100 {
            let bytes = Array(#"{"choices":[{"index":0,"delta":{"content":"x"}}],"n":\#(count)}"#.utf8)
            #expect(templates.match(bytes[...]) == nil)
            templates.note(try ChatChunk(json: JSONValue(jsonBytes: bytes)), of: bytes[...])
        }
        let mirror = Mirror(reflecting: templates)
        #expect(mirror.children.first { $0.label == "vainTries" }?.value as? Int == 4)
    }
}
