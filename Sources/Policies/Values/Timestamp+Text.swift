/// RFC 3339 text, as `timestamp()` reads it and `string()` writes it.
extension Timestamp {
    /// Reads upper-case `T` and `Z`, an offset or `Z`, and up to nine digits of fraction. A leap
    /// second is refused: no clock of this project can name it.
    package init(rfc3339 text: Text) throws(EvaluationError) {
        let bytes = text.bytes
        func number(_ start: Int, _ count: Int) -> Int64? {
            guard start + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[start..<start + count] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return value
        }
        func isAt(_ offset: Int, _ character: Unicode.Scalar) -> Bool {
            offset < bytes.count && bytes[offset] == UInt8(ascii: character)
        }
        guard let year = number(0, 4), isAt(4, "-"), let month = number(5, 2), isAt(7, "-"),
            let day = number(8, 2), isAt(10, "T"), let hour = number(11, 2), isAt(13, ":"),
            let minute = number(14, 2), isAt(16, ":"), let second = number(17, 2)
        else { throw Self.malformed(text) }
        var offset = 19
        var nanoseconds: Int64 = 0
        if isAt(offset, ".") {
            offset += 1
            var digitCount = 0
            while let digit = number(offset, 1) {
                guard digitCount < 9 else { throw Self.malformed(text) }
                nanoseconds = nanoseconds * 10 + digit
                digitCount += 1
                offset += 1
            }
            guard digitCount > 0 else { throw Self.malformed(text) }
            for _ in digitCount..<9 { nanoseconds *= 10 }
        }
        var zoneSeconds: Int64 = 0
        if isAt(offset, "Z") {
            offset += 1
        } else if isAt(offset, "+") || isAt(offset, "-") {
            guard let hours = number(offset + 1, 2), isAt(offset + 3, ":"),
                let minutes = number(offset + 4, 2), hours < 24, minutes < 60
            else { throw Self.malformed(text) }
            zoneSeconds = (hours * 3600 + minutes * 60) * (isAt(offset, "-") ? -1 : 1)
            offset += 6
        } else {
            throw Self.malformed(text)
        }
        guard offset == bytes.count, (1...12).contains(month), day >= 1,
            day <= CivilTime.dayCount(ofMonth: month, year: year),
            hour < 24, minute < 60, second < 60
        else { throw Self.malformed(text) }
        let days = CivilTime.days(fromYear: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - zoneSeconds
        try self.init(seconds: seconds, nanoseconds: Int32(nanoseconds))
    }

    private static func malformed(_ text: Text) -> EvaluationError {
        EvaluationError(
            .invalidArgument,
            "\(Value.string(text).summary) is no RFC 3339 time such as 2026-11-21T09:00:00Z")
    }

    /// RFC 3339 in UTC, the fraction without trailing zeros.
    package var text: String {
        let time = CivilTime(self, offsetSeconds: 0)
        func padded(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = "\(padded(time.year, 4))-\(padded(time.month, 2))-\(padded(time.day, 2))"
        let clock = "\(padded(time.hour, 2)):\(padded(time.minute, 2)):\(padded(time.second, 2))"
        return "\(date)T\(clock)\(DurationText.fraction(Int64(nanoseconds)))Z"
    }
}
