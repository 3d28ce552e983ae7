/// Dates as servers write them, in seconds since 1970.
///
/// Source: the three forms of RFC 9110 section 5.6.7, and ISO 8601 as the Hub and the endpoints API write it.
enum HTTPDate {
    /// A date of a header: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
    static func seconds(header text: String) -> Double? {
        let words = text.split { $0 == " " || $0 == "," || $0 == "-" }.map(String.init)
        if words.count >= 5, let day = Int(words[1]), let month = month(words[2]), let year = Int(words[3]) {
            // Two digits are a year within fifty years of now; no server that still runs writes the last century.
            return time(words[4]).flatMap { seconds(year: year < 100 ? 2000 + year : year, month, day, $0) }
        }
        if words.count == 5, let month = month(words[1]), let day = Int(words[2]), let year = Int(words[4]) {
            return time(words[3]).flatMap { seconds(year: year, month, day, $0) }
        }
        return nil
    }

    /// A date of ISO 8601 with any number of fractional digits: `2026-01-02T03:04:05.123456789Z`, `…+02:00`.
    static func seconds(iso8601 text: String) -> Double? {
        let halves = text.split(whereSeparator: { $0 == "T" || $0 == "t" || $0 == " " })
        guard let date = halves.first else { return nil }
        let numbers = date.split(separator: "-").map { Int($0) }
        guard numbers.count == 3, let year = numbers[0], let month = numbers[1], let day = numbers[2] else {
            return nil
        }
        guard halves.count == 2 else { return seconds(year: year, month, day, 0) }
        var clock = halves[1]
        var offset = 0.0
        if clock.hasSuffix("Z") || clock.hasSuffix("z") {
            clock = clock.dropLast()
        } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let parts = clock[clock.index(after: sign)...].split(separator: ":").map { Double($0) }
            guard let hours = parts.first ?? nil else { return nil }
            let minutes = parts.count > 1 ? parts[1] ?? 0 : 0
            offset = (hours * 3_600 + minutes * 60) * (clock[sign] == "-" ? -1 : 1)
            clock = clock[..<sign]
        }
        guard let time = time(String(clock)), let day = seconds(year: year, month, day, time) else { return nil }
        return day - offset
    }

    private static func month(_ name: String) -> Int? {
        let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        return names.firstIndex(of: name.lowercased()).map { $0 + 1 }
    }

    private static func time(_ text: String) -> Double? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let hours = Int(parts[0]), let minutes = Int(parts[1]),
            (0...24).contains(hours), (0...59).contains(minutes)
        else { return nil }
        guard parts.count == 3 else { return Double(hours * 3_600 + minutes * 60) }
        // 60 is a leap second.
        guard let seconds = Double(parts[2]), (0..<61).contains(seconds) else { return nil }
        return Double(hours * 3_600 + minutes * 60) + seconds
    }

    private static func seconds(year: Int, _ month: Int, _ day: Int, _ time: Double) -> Double? {
        guard (1...12).contains(month), (1...31).contains(day), (0...9_999).contains(year) else { return nil }
        // Days from 1970, by the Gregorian calendar counted from March so that a leap day is a year's last.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Double(era * 146_097 + dayOfEra - 719_468) * 86_400 + time
    }
}
