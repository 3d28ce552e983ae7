/// Why bytes are not a JSON document.
///
/// Says where and what was expected there; never shows a byte of the document, which may hold a prompt or a token.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The byte, counted from zero, at which reading stopped.
    public var offset: Int
    /// What would have been right there, such as `a value`.
    public var expected: String

    /// Makes an error.
    public init(offset: Int, expected: String) {
        self.offset = offset
        self.expected = expected
    }

    /// The place and what was expected there.
    public var description: String { "The JSON is malformed at byte \(offset): expected \(expected)." }
}

/// Why a JSON value is not the value that was asked for.
///
/// Names the kinds of values and the path of keys; never shows content.
public struct JSONMismatch: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wanted, such as `an integer`.
    public var expected: String
    /// The kind of value that was there, or `nothing` for a missing member.
    public var found: String
    /// The keys and `[index]`es from the outermost value down to the one that is wrong.
    public var path: [String]

    /// Makes an error; whoever knows more of the path adds it with ``at(_:)-(String)``.
    @inline(never)
    public init(expected: String, found: String, path: [String] = []) {
        self.expected = expected
        self.found = found
        self.path = path
    }

    /// A mismatch of the kind of `value`.
    @inline(never)
    public init(expected: String, found value: JSONValue) {
        self.init(expected: expected, found: value.kindName)
    }

    /// The same error seen from one level further out, where the wrong value is under `step`.
    @inline(never)
    public func at(_ step: String) -> Self {
        Self(expected: expected, found: found, path: [step] + path)
    }

    /// The same error seen from one level further out, where the wrong value is the element at `index`.
    public func at(_ index: Int) -> Self { at("[\(index)]") }

    /// The path, what was wanted there and what was found.
    public var description: String {
        let place =
            path.reduce(into: "") { text, step in
                if !text.isEmpty, !step.hasPrefix("[") { text += "." }
                text += step
            }
        return "Expected \(expected)\(place.isEmpty ? "" : " at \(place)"), found \(found)."
    }
}
