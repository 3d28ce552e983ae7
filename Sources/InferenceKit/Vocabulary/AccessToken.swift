/// A key to the service; never shows itself.
public struct AccessToken: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    /// The secret, without surrounding white space.
    package let secret: String

    /// Makes a token of the secret text, stripped of line ends and surrounding spaces as the service's own tools do.
    ///
    /// - Returns: `nil` when nothing is left.
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput`` when a space or control
    ///   character stands inside: such a token would break the header that carries it.
    public init?(_ text: String) throws {
        let trimmed = text.unicodeScalars.trimmingWhitespace()
        guard !trimmed.isEmpty else { return nil }
        guard trimmed.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else {
            throw InferenceError.invalidInput(
                "token",
                expected: "printable ASCII without spaces or line ends inside"
            )
        }
        secret = String(String.UnicodeScalarView(trimmed))
    }

    /// Whether the token is one of Hugging Face's, by its prefix; any other is a provider's own key.
    ///
    /// Source: both official clients decide between the router and a provider's own host by this prefix alone.
    public var isHuggingFace: Bool { secret.hasPrefix("hf_") }

    /// Always the same words.
    public var description: String { "AccessToken(redacted)" }
    /// Always the same words.
    public var debugDescription: String { description }
    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension String.UnicodeScalarView {
    fileprivate func trimmingWhitespace() -> Substring.UnicodeScalarView {
        var rest = self[...]
        while let first = rest.first, first.properties.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
        return rest
    }
}
