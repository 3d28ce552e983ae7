/// A parameter that a task's pipeline takes, with what it may be.
struct Parameter: Sendable {
    enum Kind: Sendable {
        case integer(ClosedRange<Int> = Int.min...Int.max)
        case number(ClosedRange<Double> = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
        case flag
        case string
        case choice([String])
        case strings
        case object
        case anything
    }

    var name: String
    var kind: Kind

    init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// Refuses a value of the wrong type or out of range, strictly: a number in quotes is no number.
    func check(_ value: JSON) throws(Refusal) {
        switch kind {
        case .integer(let range):
            guard let whole = value.whole else { throw .parameter(name, "value is not a valid integer") }
            try check(whole, in: range)
        case .number(let range):
            guard let real = value.real else { throw .parameter(name, "value is not a valid float") }
            try check(real, in: range)
        case .flag:
            guard value.flag != nil else { throw .parameter(name, "value is not a valid boolean") }
        case .string:
            guard value.text != nil else { throw .parameter(name, "str type expected") }
        case .choice(let choices):
            guard let text = value.text, choices.contains(text) else {
                let permitted = choices.map { "'\($0)'" }.joined(separator: ", ")
                throw .parameter(name, "value is not a valid enumeration member; permitted: \(permitted)")
            }
        case .strings:
            guard value.texts != nil || value.text != nil else { throw .parameter(name, "value is not a valid list") }
        case .object:
            guard value.members != nil else { throw .parameter(name, "value is not a valid dict") }
        case .anything: break
        }
    }

    private func check<Value>(_ value: Value, in range: ClosedRange<Value>) throws(Refusal) {
        if value < range.lowerBound {
            throw .parameter(name, "ensure this value is greater than or equal to \(range.lowerBound)")
        }
        if value > range.upperBound {
            throw .parameter(name, "ensure this value is less than or equal to \(range.upperBound)")
        }
    }
}

extension [Parameter] {
    static let topK = [Parameter("top_k", .integer(1...Int.max))]

    static let classification =
        topK + [
            Parameter("function_to_apply", .choice(["sigmoid", "softmax", "none"]))
        ]

    /// What transformers' `generate` takes, at the top level or nested under one of its three names.
    static let generation = [
        Parameter("max_new_tokens", .integer(0...Int.max)), Parameter("max_length", .integer(1...Int.max)),
        Parameter("min_length", .integer(0...Int.max)), Parameter("min_new_tokens", .integer(0...Int.max)),
        Parameter("max_time", .number(0...120)), Parameter("do_sample", .flag),
        Parameter("temperature", .number(0...100)), Parameter("top_k", .integer(0...Int.max)),
        Parameter("top_p", .number(0...1)), Parameter("typical_p", .number(0...1)),
        Parameter("repetition_penalty", .number(0...100)), Parameter("epsilon_cutoff", .number(0...1)),
        Parameter("eta_cutoff", .number(0...1)), Parameter("num_beams", .integer(1...Int.max)),
        Parameter("num_beam_groups", .integer(1...Int.max)), Parameter("penalty_alpha", .number()),
        Parameter("early_stopping", .anything), Parameter("use_cache", .flag), Parameter("seed", .integer(0...Int.max)),
        Parameter("num_return_sequences", .integer(1...10)), Parameter("length_penalty", .number()),
        Parameter("generation_parameters", .object), Parameter("generate_parameters", .object),
        Parameter("generate_kwargs", .object),
    ]

    static let textCleaning = [
        Parameter("clean_up_tokenization_spaces", .flag),
        Parameter("truncation", .choice(["do_not_truncate", "longest_first", "only_first", "only_second"])),
    ]
}
