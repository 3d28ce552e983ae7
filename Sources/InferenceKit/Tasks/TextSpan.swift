/// A part of a text that a model points at.
///
/// Servers count in Unicode code points, as Python does: neither in UTF-16 nor in Swift's `Character`, so a flag counts
/// twice and a composed emoji more often. ``range(in:)`` turns the offsets into indices of the text that was sent.
public protocol TextSpan {
    /// Where the part begins, in code points from the text's start; `nil` when the server did not say.
    var start: Int? { get }
    /// Where the part ends, in code points from the text's start; that code point is not in it any more.
    ///
    /// `nil` when the server did not say.
    var end: Int? { get }
}

extension TextSpan {
    /// Where the part is in the text that was sent.
    ///
    /// An end beyond the text's own is that of the text.
    ///
    /// - Parameter text: The text that was sent, unchanged.
    /// - Returns: The range, whose borders may lie inside of a `Character`; `nil` when the server gave no offsets, or
    ///   they run backwards or begin outside of the text.
    public func range(in text: String) -> Range<String.Index>? {
        guard let start, let end, start >= 0, start <= end else { return nil }
        let scalars = text.unicodeScalars
        guard let lower = scalars.index(scalars.startIndex, offsetBy: start, limitedBy: scalars.endIndex) else {
            return nil
        }
        let upper = scalars.index(lower, offsetBy: end - start, limitedBy: scalars.endIndex) ?? scalars.endIndex
        return lower..<upper
    }

    /// The part itself, of the text that was sent.
    ///
    /// - Parameter text: The text that was sent, unchanged.
    /// - Returns: `nil` when ``range(in:)`` is.
    public func text(in text: String) -> Substring? {
        range(in: text).map { text[$0] }
    }
}

/// A piece of a text, and what was found there.
public struct HighlightedPiece<Span: TextSpan & Hashable & Sendable>: Hashable, Sendable {
    /// The piece; its indices are those of the whole text.
    public var text: Substring
    /// What covers the piece, in the order in which it was found; empty for what lies between.
    public var spans: [Span]

    /// Makes a piece.
    public init(text: Substring, spans: [Span]) {
        self.text = text
        self.spans = spans
    }
}

extension String {
    /// The whole text in pieces, for showing where something was found.
    ///
    /// A piece ends wherever a span begins or ends, so spans may overlap and contain each other. Spans that are equal
    /// are shown once; those without offsets, or outside of the text, are left out. Joined, the pieces are the text.
    ///
    /// - Parameter spans: What was found in this very text.
    /// - Returns: The pieces in order; none for an empty text.
    public func highlighted<Span: TextSpan & Hashable & Sendable>(by spans: [Span]) -> [HighlightedPiece<Span>] {
        let length = unicodeScalars.count
        var seen: Set<Span> = []
        var found: [(start: Int, end: Int, span: Span)] = []
        for span in spans {
            guard let start = span.start, let end = span.end, start >= 0, start < min(end, length),
                seen.insert(span).inserted
            else { continue }
            found.append((start, min(end, length), span))
        }
        var borders: Set<Int> = [0, length]
        for (start, end, _) in found { borders.formUnion([start, end]) }
        let byStart = found.indices.sorted(on: { found[$0].start })
        var pieces: [HighlightedPiece<Span>] = []
        var open: [Int] = []
        var next = 0
        var offset = 0
        var index = unicodeScalars.startIndex
        for border in borders.sorted(on: \.self).dropFirst() {
            while next < byStart.count, found[byStart[next]].start <= offset {
                open.append(byStart[next])
                next += 1
            }
            open.removeAll { found[$0].end <= offset }
            let end = unicodeScalars.index(index, offsetBy: border - offset)
            pieces.append(
                HighlightedPiece(text: self[index..<end], spans: open.sorted(on: \.self).map { found[$0].span })
            )
            (offset, index) = (border, end)
        }
        return pieces
    }
}
