extension InferenceClient {
    /// The version of the library, as in its changelog.
    public static let libraryVersion = "0.1.0"
}

/// The composition root: the one place that names the default transport.
enum Defaults {
    /// How calls introduce themselves.
    static let userAgent = "InferenceKit/\(InferenceClient.libraryVersion)"

    /// The transport of clients that name none; all of them share its connections.
    static let transport: any HTTPTransport = makeTransport()

    private static func makeTransport() -> any HTTPTransport {
        #if canImport(Darwin)
        URLSessionTransport()
        #else
        CurlTransport()
        #endif
    }
}
