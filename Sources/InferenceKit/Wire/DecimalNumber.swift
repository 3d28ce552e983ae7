/// A number as its digits say: a whole number times a power of ten.
///
/// Read once from bytes and then turned into the nearest `Float` or `Double`, ties to even, exactly as `strtof` and
/// `strtod` do: small numbers by one exact multiplication (Clinger, "How to Read Floating Point Numbers Accurately",
/// 1990), others by one wide multiplication with a power of five (Lemire, "Number Parsing at a Gigabyte per Second",
/// 2021), and what neither decides, about one number in a thousand million, by the standard library.
struct DecimalNumber {
    /// Whether there was a minus sign.
    var isNegative = false
    /// The first nineteen significant digits; zero for zero.
    var mantissa: UInt64 = 0
    /// The power of ten.
    var exponent = 0
    /// Whether digits were left out of the mantissa.
    var isTruncated = false
}

// MARK: - Reading

extension DecimalNumber {
    /// Reads a JSON number at the reader's position, which is moved behind it.
    ///
    /// - Throws: ``JSONError`` when there is none.
    @inline(__always)
    init(_ reader: inout ByteReader) throws(JSONError) {
        let start = reader.position
        var offset = start
        if reader.current == UInt8(ascii: "-") {
            isNegative = true
            offset += 1
        }
        let firstDigit = offset
        let digit = offset < reader.end ? reader.byte(at: offset) &- UInt8(ascii: "0") : 10
        guard digit < 10 else { throw JSONError(offset: offset, expected: offset == start ? "a number" : "a digit") }
        offset += 1
        if offset < reader.end, reader.byte(at: offset) &- UInt8(ascii: "0") < 10 {
            guard digit > 0 else { throw JSONError(offset: firstDigit, expected: "a number without leading zeros") }
            mantissa = UInt64(digit)
            Self.readDigits(reader, &offset, &mantissa)
        } else {
            mantissa = UInt64(digit)
        }
        let integerDigits = offset - firstDigit
        var fractionDigits = 0
        if offset < reader.end, reader.byte(at: offset) == UInt8(ascii: ".") {
            offset += 1
            let firstFractionDigit = offset
            Self.readDigits(reader, &offset, &mantissa)
            fractionDigits = offset - firstFractionDigit
            guard fractionDigits > 0 else { throw JSONError(offset: offset, expected: "a digit") }
            exponent = -fractionDigits
        }
        if integerDigits + fractionDigits > 19 {
            mantissaFromManyDigits(reader, from: firstDigit, to: offset)
        }
        if offset < reader.end, reader.byte(at: offset) | 0x20 == UInt8(ascii: "e") {
            try readExponent(reader, &offset)
        }
        reader.position = offset
    }

    /// Reads digits from `offset` on and appends them to `mantissa`, which wraps around when they are too many.
    @inline(__always)
    private static func readDigits(_ reader: ByteReader, _ offset: inout Int, _ mantissa: inout UInt64) {
        while offset + 8 <= reader.end {
            let word = reader.word(at: offset)
            let digits = word &- ByteWord.filled(UInt8(ascii: "0"))
            // Marks bytes above '9' by the carry, and below '0' by the borrow; exact up to the first.
            let others = ((word &+ ByteWord.filled(0x46)) | digits) & ByteWord.filled(0x80)
            if others == 0 {
                mantissa = mantissa &* 100_000_000 &+ value(ofDigits: digits)
                offset += 8
                continue
            }
            let count = ByteWord.firstIndex(others)
            if count == 0 { return }
            // Moved up, the digits are led by zeros, and what follows them falls out.
            mantissa = mantissa &* tens[count] &+ value(ofDigits: digits << UInt64(64 - 8 * count))
            offset += count
            return
        }
        while offset < reader.end {
            let digit = reader.byte(at: offset) &- UInt8(ascii: "0")
            guard digit < 10 else { return }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            offset += 1
        }
    }

    /// The number that eight digits (0...9, the first in the lowest byte) make.
    @inline(__always)
    private static func value(ofDigits digits: UInt64) -> UInt64 {
        // Neighbours are joined to pairs, pairs to fours, fours to all eight, each time by one multiplication.
        let pairs = digits &* 10 &+ (digits >> 8)
        let mask: UInt64 = 0x0000_00FF_0000_00FF
        let high = (pairs & mask) &* (100 + 1_000_000 << 32)
        let low = ((pairs >> 16) & mask) &* (1 + 10_000 << 32)
        return (high &+ low) >> 32
    }

    /// Ten to the power of 0 to 7; a table, since the processor cannot foretell how long a number is.
    private static let tens: [UInt64] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000]

    /// Reads the first nineteen significant digits again, since all of them wrapped around.
    @inline(never)
    private mutating func mantissaFromManyDigits(_ reader: ByteReader, from start: Int, to end: Int) {
        var significant = 0
        mantissa = 0
        for offset in start..<end {
            let byte = reader.byte(at: offset)
            guard byte != UInt8(ascii: ".") else { continue }
            if significant == 19 {
                exponent += 1
                isTruncated = true
                continue
            }
            let digit = byte - UInt8(ascii: "0")
            if digit != 0 || significant > 0 { significant += 1 }
            mantissa = mantissa * 10 + UInt64(digit)
        }
    }

    /// Reads an exponent from its `e` on.
    @inline(never)
    private mutating func readExponent(_ reader: ByteReader, _ offset: inout Int) throws(JSONError) {
        offset += 1
        var isBelowZero = false
        if offset < reader.end {
            let sign = reader.byte(at: offset)
            isBelowZero = sign == UInt8(ascii: "-")
            if isBelowZero || sign == UInt8(ascii: "+") { offset += 1 }
        }
        let firstDigit = offset
        var value = 0
        while offset < reader.end {
            let digit = reader.byte(at: offset) &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            // Saturates far beyond what any number of digits could bring back into range.
            value = min(value * 10 + Int(digit), 1 << 48)
            offset += 1
        }
        guard offset > firstDigit else { throw JSONError(offset: offset, expected: "a digit") }
        exponent += isBelowZero ? -value : value
    }
}

// MARK: - Rounding

/// A binary floating-point format that decimal numbers are rounded to.
protocol DecimalConvertible: BinaryFloatingPoint, LosslessStringConvertible, SendableMetatype {
    /// The powers of ten that the format holds exactly.
    static var exactPowers: [Self] { get }
    /// The powers of ten for which a product can be half-way between two values.
    static var tiePowers: ClosedRange<Int> { get }
    /// Below this power of ten even nineteen nines are zero, above the other a one is infinite.
    static var powers: ClosedRange<Int> { get }
    /// The value with these bits.
    init(bits: UInt64)
}

extension Float: DecimalConvertible {
    static let exactPowers: [Float] = (0...10).map { Float(Double.exactPowers[$0]) }
    static var tiePowers: ClosedRange<Int> { -17...10 }
    static var powers: ClosedRange<Int> { -65...38 }
    @inline(__always)
    init(bits: UInt64) { self.init(bitPattern: UInt32(truncatingIfNeeded: bits)) }
}

extension Double: DecimalConvertible {
    static let exactPowers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
    static var tiePowers: ClosedRange<Int> { -4...23 }
    static var powers: ClosedRange<Int> { -342...308 }
    @inline(__always)
    init(bits: UInt64) { self.init(bitPattern: bits) }
}

extension DecimalNumber {
    /// The nearest value of the format, or `nil` when only all the digits can tell.
    @inline(__always)
    func rounded<Value: DecimalConvertible>(to type: Value.Type, _ powersOfFive: PowersOfFive) -> Value? {
        let magnitude: Value
        if mantissa == 0 {
            magnitude = 0
        } else if mantissa >> UInt64(Value.significandBitCount + 1) == 0, !isTruncated,
            abs(exponent) < Value.exactPowers.count
        {
            // Both operands are exact, so the one operation rounds once.
            let power = Value.exactPowers[abs(exponent)]
            magnitude = exponent < 0 ? Value(mantissa) / power : Value(mantissa) * power
        } else {
            guard let product = product(type, mantissa, powersOfFive) else { return nil }
            if isTruncated {
                guard self.product(type, mantissa + 1, powersOfFive) == product else { return nil }
            }
            magnitude = product
        }
        return isNegative ? -magnitude : magnitude
    }

    /// `mantissa`, not zero, times the power of ten, rounded; `nil` when the table lacks the power.
    @inline(__always)
    private func product<Value: DecimalConvertible>(
        _ type: Value.Type,
        _ mantissa: UInt64,
        _ powersOfFive: PowersOfFive
    ) -> Value? {
        let bitCount = Value.significandBitCount
        let infinity = UInt64(1) << UInt64(Value.exponentBitCount) - 1
        guard exponent >= Value.powers.lowerBound else { return 0 }
        guard exponent <= Value.powers.upperBound else { return .infinity }
        guard PowersOfFive.exponents.contains(exponent) else { return nil }
        let power = powersOfFive[exponent]
        let leadingZeros = mantissa.leadingZeroBitCount
        let normal = mantissa << UInt64(leadingZeros)
        var (high, low) = normal.multipliedFullWidth(by: power.high)
        // The low half of the power matters only when all bits below the wanted ones are set.
        let spare = UInt64.max >> UInt64(bitCount + 3)
        if high & spare == spare {
            let carried = low.addingReportingOverflow(normal.multipliedFullWidth(by: power.low).high)
            low = carried.partialValue
            if carried.overflow { high &+= 1 }
        }
        let upperBit = Int(high >> 63)
        let shift = UInt64(upperBit + 64 - bitCount - 3)
        var significand = high >> shift
        // 217,706 / 65,536 is just above log2(10).
        let bias = 1 << (Value.exponentBitCount - 1) - 1
        var binaryExponent = (217_706 * exponent) >> 16 + 63 + upperBit - leadingZeros + bias
        if binaryExponent <= 0 {
            // Subnormal: fewer bits are kept.
            guard binaryExponent > -63 else { return 0 }
            significand >>= UInt64(1 - binaryExponent)
            significand = (significand + significand & 1) >> 1
            return Value(bits: significand)
        }
        if low <= 1, significand & 3 == 1, Value.tiePowers.contains(exponent), significand << shift == high {
            // Exactly half-way and even below: down.
            significand &= ~1
        }
        significand = (significand + significand & 1) >> 1
        if significand >> UInt64(bitCount + 1) != 0 {
            significand = 1 << UInt64(bitCount)
            binaryExponent += 1
        }
        guard UInt64(binaryExponent) < infinity else { return .infinity }
        return Value(bits: UInt64(binaryExponent) << UInt64(bitCount) | significand & (1 << UInt64(bitCount) - 1))
    }

    /// The value of a JSON number, by all its digits if need be.
    static func value<Value: DecimalConvertible>(of literal: String, as type: Value.Type) -> Value {
        var literal = literal
        let quick = literal.withUTF8 { bytes -> Value? in
            var reader = unsafe ByteReader(bytes)
            return (try? DecimalNumber(&reader))?.rounded(to: type, .shared)
        }
        return quick ?? Value(literal) ?? .nan
    }

    /// The nearest `Double` of a JSON number.
    static func double(_ literal: String) -> Double { value(of: literal, as: Double.self) }
}

extension JSONNumber {
    /// The nearest `Float`, rounded once from the digits; infinite when the number is beyond all of them.
    public var floatValue: Float {
        switch storage {
        case .integer(let value): Float(value)
        case .literal(let literal): DecimalNumber.value(of: literal, as: Float.self)
        }
    }
}

/// The 128 leading bits of the powers of five that numbers of everyday size need.
///
/// Exact up to the 55th power, and cut off below zero (rounded up down to the -27th), as Lemire's proof wants them. Made
/// from arithmetic at first use, in microseconds, instead of thirteen hundred constants in the source.
struct PowersOfFive: Sendable {
    /// The exponents in the table; the powers of five beyond do not fit in 128 bits.
    static let exponents = -55...55
    static let shared = PowersOfFive()

    private let high: [UInt64]
    private let low: [UInt64]

    private init() {
        var high: [UInt64] = []
        var low: [UInt64] = []
        for exponent in Self.exponents {
            let power = (0..<abs(exponent)).reduce(UInt128(1)) { power, _ in power * 5 }
            var bits = power << UInt128(power.leadingZeroBitCount)
            if exponent < 0 {
                let width = 128 - power.leadingZeroBitCount
                bits = power.dividingFullWidth((UInt128(1) << UInt128(width - 1), 0)).quotient
                if exponent >= -27 { bits += 1 }
            }
            high.append(UInt64(bits >> 64))
            low.append(UInt64(truncatingIfNeeded: bits))
        }
        self.high = high
        self.low = low
    }

    /// The leading bits of five to the power of `exponent`, the first of them set.
    @inline(__always)
    subscript(exponent: Int) -> (high: UInt64, low: UInt64) {
        let index = exponent - Self.exponents.lowerBound
        return (high[index], low[index])
    }
}
