import HTTPTypes

extension HTTPField.Name {
    /// A name that is a constant of this library.
    static func known(_ name: String) -> Self {
        // The fallback cannot be reached: every caller passes a literal that is a valid token.
        Self(name) ?? .userAgent
    }
}

extension HTTPFields {
    /// The value of a field, as the subscript has it, which joins even one value by unspecialised code.
    func value(of name: HTTPField.Name) -> String? {
        var value: String?
        for field in self where field.name == name {
            guard value == nil else { return self[name] }
            value = field.value
        }
        return value
    }
}
