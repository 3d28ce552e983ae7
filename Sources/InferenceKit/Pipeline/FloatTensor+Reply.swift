extension FloatTensor {
    /// The numbers of a reply with embeddings, in any of the forms that servers send.
    ///
    /// A bare array of one to four dimensions; an object with `embeddings`; or the OpenAI form, whose `data` are put in
    /// the order of their `index` and may be numbers or base64. Numbers are scanned straight into their storage.
    init(embeddingsReply bytes: [UInt8]) throws {
        guard bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else {
            self = try FloatTensor(jsonBytes: bytes)
            return
        }
        let reply = try JSONWithTensors(jsonBytes: bytes, members: ["embedding", "embeddings"])
        let members = try reply.value.members()
        if let embeddings = members["embeddings"] {
            self = try reply.tensor(embeddings)
            return
        }
        guard let data = members["data"]?.arrayValue else {
            throw JSONMismatch(
                expected: "a list of numbers, or an object with \"embeddings\" or \"data\"",
                found: reply.value
            )
        }
        let rows = try data.enumerated().map { position, item in
            guard let embedding = item["embedding"] else {
                throw JSONMismatch(expected: "an \"embedding\" in each of \"data\"", found: item)
            }
            return (index: item["index"]?.intValue ?? position, place: try reply.place(of: embedding))
        }
        self = reply.rows(rows.sorted(on: \.index).map(\.place))
    }
}

extension JSONWithTensors {
    /// The array of numbers that stood where its index stands now.
    ///
    /// - Throws: ``JSONMismatch``.
    func tensor(_ value: JSONValue) throws -> FloatTensor {
        guard let index = value.intValue, let tensor = self[index] else { throw Self.mismatch(value) }
        return tensor
    }

    /// The index that stands where an array of numbers stood.
    ///
    /// - Throws: ``JSONMismatch``.
    func place(of value: JSONValue) throws -> Int {
        guard let index = value.intValue, has(index) else { throw Self.mismatch(value) }
        return index
    }

    private static func mismatch(_ value: JSONValue) -> JSONMismatch {
        JSONMismatch(expected: "a list of numbers, or base64", found: value)
    }
}
