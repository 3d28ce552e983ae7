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

    /// A rejection holds no answer.
    public func response(fromRejection body: JSONValue) -> Response? { nil }
}
