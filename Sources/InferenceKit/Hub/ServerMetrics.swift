/// What a server counts and measures.
///
/// Source: the text format of Prometheus, in which TGI, TEI, vLLM, llama.cpp and the endpoints' own servers answer.
public struct ServerMetrics: Hashable, Sendable {
    /// One number.
    public struct Sample: Hashable, Sendable {
        /// Its name, such as `tgi_queue_size`.
        public var name: String
        /// What tells it from others of the name.
        public var labels: [String: String]
        /// The number; may be infinite or no number.
        public var value: Double

        /// Makes a sample.
        public init(name: String, labels: [String: String] = [:], value: Double) {
            self.name = name
            self.labels = labels
            self.value = value
        }
    }

    /// The numbers, in the server's order.
    public var samples: [Sample]
    /// What a name means, in the server's words.
    public var help: [String: String]
    /// What kind of number a name stands for: `counter`, `gauge`, `histogram` and others.
    public var types: [String: String]

    /// The first number of a name, or `nil` when there is none.
    public subscript(name: String) -> Double? { samples.first { $0.name == name }?.value }

    /// The numbers of a name that have all of the labels.
    public func samples(named name: String, labels: [String: String] = [:]) -> [Sample] {
        samples.filter { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }
    }

    /// Reads the text; a line that cannot be read is passed over, unless that goes for all of them.
    ///
    /// - Throws: ``JSONMismatch`` when there are lines and none of them is a sample.
    public init(text: [UInt8]) throws {
        samples = []
        help = [:]
        types = [:]
        var isWrong = false
        for line in text.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            var line = PrometheusLine(String(decoding: line, as: UTF8.self))
            line.skipSpaces()
            if line.isAtEnd { continue }
            if line.skip("#") {
                line.skipSpaces()
                let word = line.word()
                line.skipSpaces()
                let name = line.word()
                line.skipSpaces()
                if word == "HELP" { help[name] = String(line.rest) }
                if word == "TYPE" { types[name] = String(line.rest) }
            } else if let sample = line.sample() {
                samples.append(sample)
            } else {
                isWrong = true
            }
        }
        if isWrong, samples.isEmpty { throw JSONMismatch(expected: "samples of Prometheus", found: "another text") }
    }
}

/// A line, taken from its front.
private struct PrometheusLine {
    var rest: Substring

    init(_ text: String) { rest = text[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skipSpaces() { rest = rest.drop { $0 == " " || $0 == "\t" } }

    mutating func skip(_ character: Character) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }

    mutating func word() -> String { take { $0 != " " && $0 != "\t" } }

    /// `name{label="value",…} number [time]`.
    mutating func sample() -> ServerMetrics.Sample? {
        let name = take { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
        guard let first = name.first, !first.isNumber, let labels = labels() else { return nil }
        skipSpaces()
        guard let value = Self.number(word()) else { return nil }
        return ServerMetrics.Sample(name: name, labels: labels, value: value)
    }

    private mutating func labels() -> [String: String]? {
        guard skip("{") else { return [:] }
        var labels: [String: String] = [:]
        while true {
            skipSpaces()
            if skip("}") { return labels }
            let key = take { $0 != "=" && $0 != "}" && $0 != " " }
            skipSpaces()
            guard !key.isEmpty, skip("=") else { return nil }
            skipSpaces()
            guard skip("\""), let value = quoted() else { return nil }
            labels[key] = value
            skipSpaces()
            _ = skip(",")
        }
    }

    private mutating func quoted() -> String? {
        var value = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return value
            case "\\":
                guard let escaped = rest.popFirst() else { return nil }
                value.append(escaped == "n" ? "\n" : escaped)
            default: value.append(character)
            }
        }
        return nil
    }

    private mutating func take(_ belongs: (Character) -> Bool) -> String {
        let taken = rest.prefix(while: belongs)
        rest = rest[taken.endIndex...]
        return String(taken)
    }

    private static func number(_ text: String) -> Double? {
        switch text {
        case "+Inf", "Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: Double(text)
        }
    }
}
