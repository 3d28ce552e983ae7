/// A model's answer decoded into a Swift type, with the answer it came from.
public struct StructuredAnswer<Value: Sendable>: Sendable {
    /// The value.
    public var value: Value
    /// The answer it was decoded from.
    public var answer: ChatAnswer
}

/// How the model is told the schema of an answer.
public struct SchemaPlacement: Hashable, Sendable {
    fileprivate enum Kind { case responseFormat, instructions }
    fileprivate let kind: Kind

    /// As the response format, in the dialect of the server, which then holds the model to it.
    public static var responseFormat: Self { Self(kind: .responseFormat) }
    /// In words, at the end of the conversation's instructions: for servers that take no response format, such as
    /// `transformers serve`.
    ///
    /// Nothing holds the model to it; a round of repair helps.
    public static var instructions: Self { Self(kind: .instructions) }
}

extension InferenceClient {
    /// Continues a conversation and decodes the answer into a Swift type.
    ///
    /// The type's JSON schema is sent along; see ``JSONSchema`` for what types it can be found for.
    ///
    /// ```swift
    /// struct River: Decodable { var name: String; var kilometres: Int? }
    /// let river = try await client.chatCompletion("Name a river.", returning: River.self, model: "org/model").value
    /// ```
    ///
    /// - Parameters:
    ///   - messages: The conversation so far.
    ///   - type: What the answer is decoded into.
    ///   - model: The model, or `nil` for the client's default.
    ///   - schema: How the model is told the schema; by default as the response format.
    ///   - repairs: How often the model is shown its mistake and asked again: at most 3, by default never.
    ///   - options: What this call does differently from the client.
    ///   - configure: Sets parameters; a response format set here is kept, for servers that take none.
    /// - Returns: The value and the answer.
    /// - Throws: ``InferenceError``, of code ``InferenceError/Code-swift.struct/undecodable`` when the last answer does not
    ///   follow the schema; it then carries the answer (``InferenceError/partial(of:)``). Or `CancellationError`.
    public func chatCompletion<Value: Decodable & Sendable>(
        _ messages: [ChatMessage],
        returning type: Value.Type,
        model: ModelID? = nil,
        schema: SchemaPlacement = .responseFormat,
        repairs: Int = 0,
        options: CallOptions = CallOptions(),
        configure: (inout ChatCompletion) -> Void = { _ in }
    ) async throws -> StructuredAnswer<Value> {
        guard (0...3).contains(repairs) else {
            throw InferenceError.invalidInput("repairs", expected: "an integer 0…3")
        }
        var task = ChatCompletion(messages: messages)
        switch schema.kind {
        case .responseFormat:
            task.responseFormat = .jsonSchema(try JSONSchema.of(type), name: Self.schemaName(of: type))
        case .instructions: task.messages.instruct(Self.instructions(for: try JSONSchema.of(type)))
        }
        configure(&task)
        var round = 0
        while true {
            let answer = try await run(task, model: model, options: options)
            do {
                return StructuredAnswer(value: try JSONSchema.decode(type, from: answer.text), answer: answer)
            } catch {
                guard round < repairs, answer.finishReason != .length else {
                    throw Self.unstructured(answer, type: type, cause: error)
                }
                round += 1
                task.messages.append(.assistant(answer.text))
                task.messages.append(
                    .user(
                        "That does not follow the schema: \(Self.words(for: error)). Answer again, with the JSON alone."
                    )
                )
            }
        }
    }

    /// Answers one question and decodes the answer into a Swift type.
    ///
    /// - Throws: ``InferenceError``, or `CancellationError`.
    public func chatCompletion<Value: Decodable & Sendable>(
        _ question: String,
        returning type: Value.Type,
        model: ModelID? = nil,
        schema: SchemaPlacement = .responseFormat,
        repairs: Int = 0,
        options: CallOptions = CallOptions(),
        configure: (inout ChatCompletion) -> Void = { _ in }
    ) async throws -> StructuredAnswer<Value> {
        try await chatCompletion(
            [.user(question)],
            returning: type,
            model: model,
            schema: schema,
            repairs: repairs,
            options: options,
            configure: configure
        )
    }

    private static func instructions(for schema: JSONValue) -> String {
        "Answer with JSON alone, which follows this JSON schema: \(schema.jsonString())"
    }

    /// A name that servers accept: letters, digits, `_` and `-`.
    private static func schemaName(of type: Any.Type) -> String {
        let name = String("\(type)".filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }.prefix(64))
        return name.isEmpty ? "answer" : name
    }

    /// Where and what was wrong, for the model; nothing of its answer is repeated.
    private static func words(for error: any Error) -> String {
        guard let error = error as? DecodingError else { return "it is not JSON" }
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
            .dataCorrupted(let found):
            context = found
        @unknown default: return "it has another form"
        }
        let place = context.codingPath.map(\.stringValue).joined(separator: ".")
        return place.isEmpty ? context.debugDescription : "at \(place), \(context.debugDescription)"
    }

    private static func unstructured(_ answer: ChatAnswer, type: Any.Type, cause: any Error) -> InferenceError {
        let reason =
            answer.finishReason == .length ? "it was cut off at the limit of tokens" : words(for: cause)
        var error = InferenceError(.undecodable, "The answer cannot be decoded as \(type): \(reason).")
        error.partialAnswer = PartialAnswer(answer)
        return error
    }
}

extension [ChatMessage] {
    /// Adds to the instructions at the beginning; many models take one message of them, and only there.
    fileprivate mutating func instruct(_ text: String) {
        guard let first, first.role == .system || first.role == .developer, case .text(let before)? = first.content
        else {
            insert(.system(text), at: 0)
            return
        }
        self[0].content = .text("\(before)\n\n\(text)")
    }
}

extension InferenceStream where Operation == ChatCompletion {
    /// The values that an answer of JSON can be decoded into while it is made: each is more complete than the one before.
    ///
    /// What is still missing counts as absent, so the type's properties should be optional, or have defaults. Pieces that
    /// change nothing give no value.
    ///
    /// - Parameter type: What the answer is decoded into.
    /// - Returns: A sequence of values; its last one is the whole.
    public func partialValues<Value: Decodable & Equatable & Sendable>(
        of type: Value.Type
    ) -> PartialValues<Value> {
        PartialValues(stream: self)
    }
}

/// Values of an answer that is still being made.
public struct PartialValues<Value: Decodable & Equatable & Sendable>: AsyncSequence, Sendable {
    /// A value that is more complete than the one before.
    public typealias Element = Value

    let stream: InferenceStream<ChatCompletion>

    /// Starts the one iteration.
    public func makeAsyncIterator() -> Iterator {
        Iterator(chunks: stream.makeAsyncIterator())
    }

    /// Pulls chunks until they make a new value.
    public struct Iterator: AsyncIteratorProtocol {
        var chunks: InferenceStream<ChatCompletion>.Iterator
        private var text = ""
        private var last: Value?

        init(chunks: InferenceStream<ChatCompletion>.Iterator) { self.chunks = chunks }

        /// The next value, or `nil` at the end.
        public mutating func next() async throws -> Value? {
            while let chunk = try await chunks.next() {
                guard !chunk.text.isEmpty else { continue }
                text += chunk.text
                guard let json = JSONCompletion.value(of: text),
                    let value = try? JSONValueDecoder.decode(Value.self, from: json), value != last
                else { continue }
                last = value
                return value
            }
            return nil
        }
    }
}

/// Makes JSON of the beginning of a JSON text.
enum JSONCompletion {
    /// The value that the text begins, with what is open closed and what is begun left out; `nil` when there is none yet.
    static func value(of text: String) -> JSONValue? {
        var closers: [UInt8] = []
        var output: [UInt8] = []
        /// The length of the output at the last place where everything before was whole, and what was open there.
        var safe: (length: Int, closers: [UInt8])?
        var inString = false
        var isEscaped = false
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count, bytes[start] != UInt8(ascii: "{"), bytes[start] != UInt8(ascii: "[") { start += 1 }
        for byte in bytes[start...] {
            output.append(byte)
            if inString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): inString = true
            case UInt8(ascii: "{"):
                closers.append(UInt8(ascii: "}"))
                safe = (output.count, closers)
            case UInt8(ascii: "["):
                closers.append(UInt8(ascii: "]"))
                safe = (output.count, closers)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard closers.popLast() == byte else { return nil }
                safe = (output.count, closers)
                if closers.isEmpty { return try? JSONValue(jsonBytes: output) }
            case UInt8(ascii: ","): safe = (output.count - 1, closers)
            default: break
            }
        }
        // First with the text that is open, then without whatever was begun last.
        if inString, !isEscaped {
            let open = output + [UInt8(ascii: "\"")] + closers.reversed()
            if let value = try? JSONValue(jsonBytes: open) { return value }
        } else if let value = try? JSONValue(jsonBytes: output + closers.reversed()) {
            return value
        }
        guard let safe else { return nil }
        return try? JSONValue(jsonBytes: Array(output[..<safe.length]) + safe.closers.reversed())
    }
}
