/// A JSON number with the digits it was written with, so that a value read and written again is unchanged.
///
/// Two numbers are equal when they are the same number, however they are written: `1`, `1.0` and `10e-1` are equal,
/// 9007199254740993 and 9007199254740992 are not.
public struct JSONNumber: Sendable {
    enum Storage: Sendable {
        /// A whole number written plainly; by far the most common, and the one that needs no string.
        case integer(Int)
        /// Anything else; a number by JSON's grammar.
        case literal(String)
    }

    let storage: Storage

    init(storage: Storage) { self.storage = storage }

    /// A whole number.
    public init(_ value: Int) { storage = .integer(value) }

    /// The number in the fewest digits that read back as `value`, or `nil` when it is infinite or not a number, for
    /// which JSON has no word.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        storage = .literal(value.description)
    }

    /// The number in the fewest digits that read back as `value`, or `nil` when it is infinite or not a number, for
    /// which JSON has no word.
    public init?(_ value: Float) {
        guard value.isFinite else { return nil }
        storage = .literal(value.description)
    }

    /// The number as written, or `nil` when `literal` is no number by JSON's grammar.
    public init?(literal: String) {
        guard case .number(let number)? = try? JSONValue(jsonString: literal), number.literal == literal else {
            return nil
        }
        self = number
    }

    /// The digits, as they were sent or will be.
    public var literal: String {
        switch storage {
        case .integer(let value): String(value)
        case .literal(let literal): literal
        }
    }

    /// The nearest `Double`; infinite when the number is beyond all of them.
    public var doubleValue: Double {
        switch storage {
        case .integer(let value): Double(value)
        case .literal(let literal): DecimalNumber.double(literal)
        }
    }

    /// The number, when it is a whole one that an `Int` holds; `3.0` and `3e0` are 3.
    public var intValue: Int? {
        switch storage {
        case .integer(let value): value
        case .literal: NormalDecimal(self).intValue
        }
    }
}

extension JSONNumber: Hashable, CustomStringConvertible, CustomReflectable, ExpressibleByIntegerLiteral {
    /// Makes a whole number.
    public init(integerLiteral value: Int) { self.init(value) }

    /// Whether both are the same number, however they are written.
    public static func == (one: Self, other: Self) -> Bool {
        switch (one.storage, other.storage) {
        case (.integer(let one), .integer(let other)): one == other
        case (.literal(let left), .literal(let right)):
            left == right || NormalDecimal(one) == NormalDecimal(other)
        default: NormalDecimal(one) == NormalDecimal(other)
        }
    }

    /// Hashes the number, not its digits.
    public func hash(into hasher: inout Hasher) { hasher.combine(NormalDecimal(self)) }

    /// The word `number`; never the number, which may be somebody's data.
    public var description: String { "number" }

    /// An empty mirror, so that `dump` tells no more than ``description``.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A number as digits without zeros at either end, and a power of ten; equal numbers have one such form.
private struct NormalDecimal: Hashable {
    /// False for zero, whatever sign it was written with.
    var isNegative: Bool
    /// Digits `0...9`; none for zero.
    var digits: [UInt8]
    /// The power of ten that the digits, read as a whole number, are multiplied by; saturates at a billion.
    var exponent: Int

    init(_ number: JSONNumber) {
        isNegative = false
        digits = []
        exponent = 0
        var fractionDigits = 0
        var isFraction = false
        var iterator = number.literal.utf8.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                var isBelowZero = false
                while let byte = iterator.next() {
                    if byte == UInt8(ascii: "-") {
                        isBelowZero = true
                    } else if byte != UInt8(ascii: "+") {
                        exponent = min(exponent * 10 + Int(byte - UInt8(ascii: "0")), 1_000_000_000)
                    }
                }
                if isBelowZero { exponent.negate() }
            default:
                if isFraction { fractionDigits += 1 }
                if byte != UInt8(ascii: "0") || !digits.isEmpty { digits.append(byte - UInt8(ascii: "0")) }
            }
        }
        exponent -= fractionDigits
        let significant = digits.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        exponent += digits.count - significant
        digits.removeLast(digits.count - significant)
        if digits.isEmpty { (isNegative, exponent) = (false, 0) }
    }

    /// The number as an `Int`, when it is one.
    var intValue: Int? {
        guard exponent >= 0, digits.count + exponent <= 19 else { return nil }
        var value = 0
        for index in 0..<(digits.count + exponent) {
            let digit = index < digits.count ? Int(digits[index]) : 0
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            // Counted downwards for negative numbers, whose least one has no positive twin.
            let (sum, carry) = product.addingReportingOverflow(isNegative ? -digit : digit)
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }
}
