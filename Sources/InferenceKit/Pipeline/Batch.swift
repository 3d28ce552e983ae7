/// A task whose servers take several inputs in one call.
public protocol BatchableTask: CatalogTask {
    /// The input as one element of a list of inputs.
    ///
    /// - Throws: ``InferenceError`` that names the property at fault.
    func batchInput() throws -> JSONValue

    /// The answer to one input, from its part of the answer to all.
    ///
    /// - Throws: ``JSONMismatch``.
    func response(json: JSONValue) throws -> Response

    /// Cuts the answer to a list of inputs into one part for each.
    ///
    /// - Throws: ``JSONMismatch`` when the parts cannot be matched to the inputs.
    static func parts(of answer: JSONValue, count: Int) throws -> [JSONValue]
}

extension BatchableTask {
    /// One element for each input; a list in a list is unwrapped when only the inner one has the right length.
    ///
    /// Source: servers of different ages answer `[a, b]`, `[[a], [b]]` or `[[a, b]]` to two inputs.
    public static func parts(of answer: JSONValue, count: Int) throws -> [JSONValue] {
        try answer.batchParts(count: count)
    }
}

extension JSONValue {
    /// The answers to `count` inputs.
    fileprivate func batchParts(count: Int) throws -> [JSONValue] {
        guard case .array(let outer) = self else {
            // A server that unwraps lists of one answers one input with an object.
            if count == 1 { return [self] }
            throw JSONMismatch(expected: "a list of \(count) answers", found: self)
        }
        if outer.count == count { return outer }
        if outer.count == 1, case .array(let inner) = outer[0], inner.count == count { return inner }
        if count == 1 { return [self] }
        throw JSONMismatch(expected: "\(count) answers, one for each input", found: "a list of \(outer.count)")
    }
}

/// Several inputs of one task in one call, with one answer for each, in their order.
///
/// All members have the same parameters, since a call has only one set of them.
public struct Batch<Member: BatchableTask>: InferenceTask {
    /// The members' task.
    public static var id: TaskID { Member.id }
    /// As costly as its members.
    public static var isCostly: Bool { Member.isCostly }

    /// The inputs, at least one.
    public var members: [Member]

    /// Makes a batch.
    public init(_ members: [Member]) {
        self.members = members
    }

    /// `{"inputs": […], "parameters": {…}}`.
    public func payload() throws -> Payload {
        guard let first = members.first else {
            throw InferenceError.invalidInput("members", expected: "at least one input")
        }
        let parameters = try first.parametersObject()
        let inputs = try members.enumerated().map { index, member in
            guard try member.parametersObject() == parameters else {
                throw InferenceError.invalidInput(
                    "members[\(index)]",
                    expected: "the same parameters as the other members of the batch"
                )
            }
            return try member.batchInput()
        }
        return .inputs(.array(inputs), parameters: parameters)
    }

    /// One answer for each member, whatever list form comes back.
    public func response(from reply: Reply) throws -> [Member.Response] {
        let parts = try Member.parts(of: reply.json(), count: members.count)
        return try zip(members, parts).map { member, part in try member.response(json: part) }
    }
}
