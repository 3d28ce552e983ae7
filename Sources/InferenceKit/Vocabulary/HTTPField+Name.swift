import HTTPTypes

extension HTTPField.Name {
    /// A name that is a constant of this library.
    static func known(_ name: String) -> Self {
        // The fallback cannot be reached: every caller passes a literal that is a valid token.
        Self(name) ?? .userAgent
    }
}
