import HTTPTypes

/// What a target does about attempts that nobody was there to answer: it looks, wakes, waits, and has them sent again.
///
/// Made anew for each call, whose deadline bounds all that it does.
protocol CallRecovery: Sendable {
    /// Called before each attempt.
    ///
    /// - Returns: The request, changed or not.
    /// - Throws: ``InferenceError`` when the attempt need not be made, or `CancellationError`.
    func prepare(_ request: HTTPRequest, in context: CallContext) async throws -> HTTPRequest

    /// Called after each attempt that failed.
    ///
    /// - Parameters:
    ///   - failure: The failure.
    ///   - isReplayable: Whether the request's body can be sent again.
    ///   - context: The call.
    /// - Returns: What to do.
    /// - Throws: ``InferenceError`` to end the call with, or `CancellationError`.
    func recover(from failure: InferenceError, isReplayable: Bool, in context: CallContext) async throws -> Recovery

    /// Called when an attempt has succeeded.
    func noteSuccess(in context: CallContext)
}

/// What follows a failed attempt.
enum Recovery {
    /// The retry policy decides, as for any failure.
    case leave(InferenceError)
    /// The request is sent again, without being counted as a retry.
    case replay
}
