/// One call to a model, as a value: the input, the parameters, and the canonical wire form of both.
///
/// The tasks of the catalog are types of this library; a task of your own is a type in one file of yours.
public protocol InferenceTask: Sendable {
    /// What the task answers.
    associatedtype Response: Sendable

    /// The task's name in the catalog, which decides its route.
    static var id: TaskID { get }

    /// Whether the server does paid work that must not be done twice by accident, such as generating a picture.
    ///
    /// Such a call is sent again only when no byte of it can have reached a server, or when the server has said that it
    /// did not begin (429, a model that loads). Default: `false`.
    static var isCostly: Bool { get }

    /// The request in Hugging Face's own form.
    ///
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput`` that names the property
    ///   at fault; nothing has been sent then.
    func payload() throws -> Payload

    /// The request in Hugging Face's own form, for the few tasks that name their model in it.
    ///
    /// - Parameter model: The model's name at the provider; `nil` when the URL alone decides.
    /// - Returns: The request; the default is ``payload()``.
    /// - Throws: As ``payload()``.
    func payload(for model: ModelID?) throws -> Payload

    /// Whether the router chooses a provider when the call names none, as it does for chat.
    ///
    /// Default: `false`, and Hugging Face's own inference is called.
    static var isRouted: Bool { get }

    /// The answer, from every shape that servers of this task send.
    ///
    /// - Throws: Any error; the pipeline reports it as ``InferenceError/Code-swift.struct/undecodable``.
    func response(from reply: Reply) throws -> Response

    /// The answer inside of a reply that is no success, for the few servers that put one there; `nil` when there is none.
    ///
    /// - Parameter body: The rejected reply's body.
    /// - Returns: The answer, if there is one.
    func response(fromRejection body: JSONValue) -> Response?
}

extension InferenceTask {
    /// Resending costs compute time only.
    public static var isCostly: Bool { false }

    /// Hugging Face's own inference is called.
    public static var isRouted: Bool { false }

    /// The same request for every model.
    public func payload(for model: ModelID?) throws -> Payload { try payload() }

    /// A rejection holds no answer.
    public func response(fromRejection body: JSONValue) -> Response? { nil }
}
