import HTTPTypes
import Synchronization

/// The script of a ``MockTransport`` and the record of its calls.
final class MockLog: Sendable {
    /// An answer, or how to make one.
    enum Script: Sendable {
        case answer(MockTransport.Answer)
        case responder(MockTransport.Responder)
    }

    private struct Expectation {
        var rule: MockTransport.Rule
        var script: Script
        /// The calls that may still use it, or `nil` for any number.
        var left: Int?
    }

    private struct State {
        var expectations: [Expectation] = []
        var calls: [MockTransport.Call] = []
        var unexpected: [String] = []
        var waiters: [(count: Int, signal: AsyncStream<Never>.Continuation)] = []
    }

    /// Guards script and record.
    private let state = Mutex(State())

    var calls: [MockTransport.Call] { state.withLock { $0.calls } }

    func call(_ index: Int) -> MockTransport.Call { state.withLock { $0.calls[index] } }

    func add(_ rule: MockTransport.Rule, times: Int?, script: Script) {
        state.withLock { $0.expectations.append(Expectation(rule: rule, script: script, left: times)) }
    }

    /// Records a call and takes the answer for it out of the script.
    func begin(
        _ request: HTTPRequest,
        body: RequestBody,
        timeouts: Timeouts
    ) -> (index: Int, script: Script?) {
        let (index, due) = state.withLock { state in
            state.calls.append(.init(request: request, timeouts: timeouts, declaredLength: body.length))
            let count = state.calls.count
            let due = state.waiters.filter { $0.count <= count }
            state.waiters.removeAll { $0.count <= count }
            return (count - 1, due)
        }
        for waiter in due { waiter.signal.finish() }
        return (index, script(for: request))
    }

    private func script(for request: HTTPRequest) -> Script? {
        var position = 0
        while true {
            // Rules are the test's own code and run outside the lock; expectations are never removed, so that positions
            // stay valid in between.
            let next = state.withLock { state in
                position < state.expectations.count ? state.expectations[position] : nil
            }
            guard let expectation = next else { return nil }
            if expectation.left != 0, expectation.rule.matches(request) {
                let isTaken = state.withLock { state in
                    guard let left = state.expectations[position].left else { return true }
                    guard left > 0 else { return false }
                    state.expectations[position].left = left - 1
                    return true
                }
                if isTaken { return expectation.script }
            }
            position += 1
        }
    }

    /// Notes that the call has no answer, and says so in words.
    func unexpected(_ index: Int) -> TransportError {
        state.withLock { state in
            let call = state.calls[index].description
            state.unexpected.append(call)
            let open = state.expectations.filter { $0.left != 0 }.map { "\($0.rule)" }
            let rest = open.isEmpty ? "no answer is left" : "answers are left for: \(open.joined(separator: ", "))"
            return TransportError(
                .invalidRequest,
                "MockTransport did not expect call \(index + 1), \(call); \(rest).",
                requestMayHaveReachedServer: false
            )
        }
    }

    @discardableResult
    func update<Result>(_ index: Int, _ change: (inout MockTransport.Call) -> Result) -> Result {
        state.withLock { change(&$0.calls[index]) }
    }

    /// Records how a call ended; the first end stays.
    func end(_ index: Int, with error: (any Error)?) {
        update(index) { call in
            guard call.progress == .waiting || call.progress == .responding else { return }
            call.progress =
                switch error {
                case nil: .finished
                case let error as TransportError: .failed(error)
                default: .cancelled
                }
        }
    }

    func wake(_ signal: AsyncStream<Never>.Continuation, atCall count: Int) {
        let isDue = state.withLock { state in
            guard state.calls.count < count else { return true }
            state.waiters.append((count, signal))
            return false
        }
        if isDue { signal.finish() }
    }

    var problem: MockTransport.VerificationError? {
        state.withLock { state -> MockTransport.VerificationError? in
            let unused: [String] = state.expectations.flatMap { Array(repeating: "\($0.rule)", count: $0.left ?? 0) }
            guard !unused.isEmpty || !state.unexpected.isEmpty else { return nil }
            return MockTransport.VerificationError(unusedAnswers: unused, unexpectedCalls: state.unexpected)
        }
    }
}
