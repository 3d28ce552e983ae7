/// Dates as servers write them, in time since the start of 1970 in UTC.
enum HTTPDate {
    /// Reads a date of an HTTP header in any of the three forms of RFC 9110, 5.6.7.
    ///
    /// - Returns: Seconds since 1970, or `nil` when the text is no such date.
    static func seconds(header text: String) -> Double? {
        var text = DateText(text)
        text.skipSpaces()
        // "Sun, " or "Sunday, " or "Sun ".
        guard text.letters().count >= 3 else { return nil }
        var date = CivilDate()
        if text.skip(",") {
            text.skipSpaces()
            guard let day = text.number(1...2) else { return nil }
            let isShort = text.skip("-")
            text.skipSpaces()
            guard let month = text.month() else { return nil }
            if isShort { guard text.skip("-") else { return nil } }
            text.skipSpaces()
            guard var year = text.number(isShort ? 2...4 : 4...4), text.time(into: &date) else { return nil }
            // RFC 850 has two digits of the year; no server sends dates that are half a century old.
            if year < 100 { year += year < 70 ? 2000 : 1900 }
            (date.year, date.month, date.day) = (year, month, day)
            text.skipSpaces()
            guard ["GMT", "UTC", ""].contains(text.letters()) else { return nil }
        } else {
            text.skipSpaces()
            guard let month = text.month() else { return nil }
            text.skipSpaces()
            guard let day = text.number(1...2), text.time(into: &date) else { return nil }
            text.skipSpaces()
            guard let year = text.number(4...4) else { return nil }
            (date.year, date.month, date.day) = (year, month, day)
        }
        text.skipSpaces()
        return text.isAtEnd ? date.secondsSince1970.map(Double.init) : nil
    }

    /// Reads a date of ISO 8601, as ``duration(iso8601:)``.
    ///
    /// - Parameter text: The date.
    /// - Returns: Seconds since 1970, exact to a microsecond, or `nil` when the text is no such date.
    static func seconds(iso8601 text: String) -> Double? {
        duration(iso8601: text).map { duration in
            Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        }
    }

    /// Reads a date of ISO 8601 as APIs write it, such as `2026-08-01T12:34:56.123456789Z`.
    ///
    /// The fraction may have any number of digits and is kept to the nanosecond; the zone is `Z`, an offset such as
    /// `+02:00`, or left out for UTC; the time may be left out for midnight.
    ///
    /// - Returns: The time since 1970, or `nil` when the text is no such date.
    static func duration(iso8601 text: String) -> Duration? {
        var text = DateText(text)
        var date = CivilDate()
        guard let year = text.number(4...4), text.skip("-"), let month = text.number(2...2), text.skip("-"),
            let day = text.number(2...2)
        else { return nil }
        (date.year, date.month, date.day) = (year, month, day)
        var nanoseconds = 0
        var offset = 0
        if text.skip("T") || text.skip("t") || text.skip(" ") {
            guard text.time(into: &date) else { return nil }
            if text.skip(".") || text.skip(",") {
                guard let fraction = text.fraction() else { return nil }
                nanoseconds = fraction
            }
            if !text.skip("Z"), !text.skip("z"), !text.isAtEnd {
                let sign = text.skip("-") ? -1 : 1
                guard sign < 0 || text.skip("+"), let hours = text.number(2...2) else { return nil }
                _ = text.skip(":")
                let minutes = text.isAtEnd ? 0 : text.number(2...2)
                guard let minutes, hours < 24, minutes < 60 else { return nil }
                offset = sign * (hours * 3600 + minutes * 60)
            }
        }
        guard text.isAtEnd, let seconds = date.secondsSince1970 else { return nil }
        return .seconds(seconds - offset) + .nanoseconds(nanoseconds)
    }
}

/// A date and a time of day.
private struct CivilDate {
    var year = 1970
    var month = 1
    var day = 1
    var hour = 0
    var minute = 0
    var second = 0

    /// Seconds since 1970, or `nil` when there is no such day or time.
    var secondsSince1970: Int? {
        guard (1...12).contains(month), (1...daysInMonth).contains(day), hour < 24, minute < 60, second <= 60 else {
            return nil
        }
        // Years that begin in March have the leap day at their end, and months of a regular pattern.
        let shifted = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
        return days * 86400 + hour * 3600 + minute * 60 + second
    }

    private var daysInMonth: Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// The parts of a date's text, taken from its front.
private struct DateText {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest.removeFirst()
        return true
    }

    mutating func skipSpaces() { while skip(" ") {} }

    mutating func letters() -> String {
        let letters = rest.prefix { (0x41...0x5A).contains($0 & 0xDF) }
        rest.removeFirst(letters.count)
        return String(Substring(letters))
    }

    mutating func number(_ digits: ClosedRange<Int>) -> Int? {
        let text = rest.prefix(digits.upperBound).prefix { (0x30...0x39).contains($0) }
        guard digits.contains(text.count) else { return nil }
        rest.removeFirst(text.count)
        return Int(Substring(text))
    }

    /// The digits of a fraction of a second, in nanoseconds; more digits are cut off.
    mutating func fraction() -> Int? {
        let text = rest.prefix { (0x30...0x39).contains($0) }
        guard !text.isEmpty else { return nil }
        rest.removeFirst(text.count)
        var value = 0
        var digits = text.makeIterator()
        for _ in 0..<9 { value = value * 10 + (digits.next().map { Int($0) - 0x30 } ?? 0) }
        return value
    }

    mutating func month() -> Int? {
        let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        return names.firstIndex(of: letters().lowercased()).map { $0 + 1 }
    }

    /// Reads `08:49:37`; seconds may be left out.
    mutating func time(into date: inout CivilDate) -> Bool {
        skipSpaces()
        guard let hour = number(2...2), skip(":"), let minute = number(2...2) else { return false }
        (date.hour, date.minute) = (hour, minute)
        guard skip(":") else { return true }
        guard let second = number(2...2) else { return false }
        date.second = second
        return true
    }
}
