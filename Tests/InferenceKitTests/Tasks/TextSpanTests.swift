import InferenceKit
import Testing

@Suite("Spans of a text")
struct TextSpanTests {
    private struct Span: TextSpan, Hashable, Sendable {
        var start: Int?
        var end: Int?
        var name = ""
    }

    /// A flag is two code points, the family seven, the accent one of its own.
    private static let text = "a\u{1F1E9}\u{1F1EA}\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F466}e\u{301}z"

    @Test(
        "Offsets count code points",
        arguments: [
            (0, 1, "a"), (1, 3, "\u{1F1E9}\u{1F1EA}"), (3, 8, "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F466}"),
            (8, 10, "e\u{301}"), (10, 11, "z"), (0, 0, ""), (11, 11, ""),
        ]
    )
    func codePoints(_ start: Int, _ end: Int, _ part: String) {
        #expect(Span(start: start, end: end).text(in: Self.text) == part[...])
    }

    @Test("A range may cut a character, and is still that of the code points")
    func inside() throws {
        let text = Self.text
        let range = try #require(Span(start: 8, end: 9).range(in: text))
        #expect(text.unicodeScalars[range].map(\.value) == [0x65])
        #expect(text.unicodeScalars.distance(from: text.unicodeScalars.startIndex, to: range.lowerBound) == 8)
    }

    @Test(
        "Offsets that make no sense give no range",
        arguments: [
            (nil, 1), (1, nil), (nil, nil), (-1, 2), (3, 2), (12, 13), (Int.max, Int.max), (Int.min, Int.max), (2, -1),
        ] as [(Int?, Int?)]
    )
    func noRange(_ start: Int?, _ end: Int?) {
        #expect(Span(start: start, end: end).range(in: Self.text) == nil)
    }

    @Test("An end beyond the text is the text's own")
    func beyond() {
        #expect(Span(start: 10, end: 99).text(in: Self.text) == "z")
        #expect(Span(start: 10, end: Int.max).text(in: Self.text) == "z")
        #expect(Span(start: 0, end: 5).text(in: "") == "")
    }

    private func show(_ text: String, _ spans: [Span]) -> [String] {
        text.highlighted(by: spans).map { "\($0.text)\($0.spans.map(\.name))" }
    }

    @Test("Pieces cover the text, overlapping and repeated spans included")
    func highlighted() {
        let text = "Ada lives in Turin"
        #expect(
            show(text, [Span(start: 13, end: 18, name: "LOC"), Span(start: 0, end: 3, name: "PER")])
                == [#"Ada["PER"]"#, #" lives in []"#, #"Turin["LOC"]"#]
        )
        let nested = [
            Span(start: 0, end: 9, name: "A"), Span(start: 4, end: 12, name: "B"), Span(start: 4, end: 12, name: "B"),
            Span(start: 4, end: 9, name: "C"),
        ]
        #expect(show(text, nested) == [#"Ada ["A"]"#, #"lives["A", "B", "C"]"#, #" in["B"]"#, " Turin[]"])
        #expect(show(text, []) == ["\(text)[]"])
        #expect(show("", [Span(start: 0, end: 1)]).isEmpty)
        let outside = [Span(start: 15, end: 99, name: "X"), Span(start: 99, end: 100), Span(), Span(start: 3, end: 3)]
        #expect(show(text, outside) == ["Ada lives in Tu[]", #"rin["X"]"#])
    }

    @Test("Joined, the pieces are the text, whatever the spans")
    func joined() {
        var generator = SeededGenerator(seed: 11)
        let text = Self.text + "Wörter \u{1F600} und mehr"
        for _ in 0..<300 {
            let spans = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                Span(
                    start: Int.random(in: -3...40, using: &generator),
                    end: Int.random(in: -3...40, using: &generator)
                )
            }
            #expect(text.highlighted(by: spans).map(\.text).joined() == text)
        }
    }
}
