/// A task whose answer can come in pieces while the model works.
public protocol StreamingTask: InferenceTask {
    /// One piece of the answer.
    associatedtype Chunk: Sendable
    /// Reads the pieces of one stream and puts the whole answer together.
    associatedtype Reader: StreamReader where Reader.Chunk == Chunk, Reader.Whole == Response

    /// The request that asks for a stream.
    ///
    /// - Throws: ``InferenceError`` of code ``InferenceError/Code-swift.struct/invalidInput``.
    func streamPayload(for model: ModelID?) throws -> Payload

    /// A reader at the start of a stream.
    func makeReader() -> Reader

    /// The request that goes on from what had arrived when the connection was lost.
    ///
    /// - Parameters:
    ///   - partial: What had arrived.
    ///   - count: How often the stream has gone on already.
    /// - Returns: The request, or `nil` when the loss is the stream's error; the default is `nil`.
    func continuation(of partial: Response, after count: Int) -> Self?
}

extension StreamingTask {
    /// The loss of the connection is the stream's error.
    public func continuation(of partial: Response, after count: Int) -> Self? { nil }
}

/// Reads the events of one stream; a value without input or output.
public protocol StreamReader: Sendable {
    /// One piece of the answer.
    associatedtype Chunk: Sendable
    /// The whole answer.
    associatedtype Whole: Sendable

    /// Whether the answer's last event says itself that it is the last.
    ///
    /// Such a stream ends there, and neither `[DONE]` nor the end of the connection can stand for that event.
    /// Default: `false`.
    static var endsItself: Bool { get }

    /// Reads an event's data and adds it to the whole.
    ///
    /// - Parameters:
    ///   - data: The data of one event; never `[DONE]`.
    ///   - type: The event's type, `message` unless the server named one.
    /// - Returns: The piece, or `nil` when the event says nothing.
    /// - Throws: ``InferenceError`` for an error that the server sent in the stream; any other error is taken for an event
    ///   that cannot be understood.
    mutating func read(_ data: ArraySlice<UInt8>, type: String) throws -> Chunk?

    /// Reads a whole answer that came in one piece, from a server that ignored the wish for a stream.
    ///
    /// - Parameter whole: The answer.
    /// - Returns: Its content as one piece.
    /// - Throws: Any error; it is taken for an answer that cannot be understood.
    mutating func read(whole: JSONValue) throws -> Chunk

    /// Whether the server has said that the answer is complete, so that the connection may end.
    var isComplete: Bool { get }

    /// What has arrived so far, put together.
    var whole: Whole { get }
}

extension StreamReader {
    /// `[DONE]` or the end of the connection ends the stream.
    public static var endsItself: Bool { false }
}
