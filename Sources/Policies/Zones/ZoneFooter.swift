/// The rule of a zone from some moment on, in the notation of POSIX's `TZ`, such as
/// `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneFooter: Sendable {
    private let standard: Int64
    private let daylight: Daylight?

    private struct Daylight: Sendable {
        let offset: Int64
        let begins: Change
        let ends: Change
    }

    private struct Change: Sendable {
        enum Day: Sendable {
            /// 1 … 365, the 29th of February never counted.
            case withoutLeap(Int64)
            /// 0 … 365.
            case counted(Int64)
            /// Weekday 0 … 6 of week 1 … 5, where 5 is the last, of a month.
            case week(month: Int64, week: Int64, weekday: Int64)
        }

        let day: Day
        /// Seconds after midnight by the clock then in force.
        let time: Int64

        /// Seconds since 1970 by that clock.
        func moment(in year: Int64) -> Int64 {
            let first = CivilTime.days(fromYear: year, month: 1, day: 1)
            let date: Int64
            switch day {
            case .withoutLeap(let number):
                let isAfterLeapDay =
                    number >= 60 && CivilTime.dayCount(ofMonth: 2, year: year) == 29
                date = first + number - 1 + (isAfterLeapDay ? 1 : 0)
            case .counted(let number):
                date = first + number
            case .week(let month, let week, let weekday):
                let start = CivilTime.days(fromYear: year, month: month, day: 1)
                let startWeekday = (start + 4) - (start + 4).floorDivided(by: 7) * 7
                var day = (weekday - startWeekday + 7) % 7 + (week - 1) * 7
                if day >= CivilTime.dayCount(ofMonth: month, year: year) { day -= 7 }
                date = start + day
            }
            return date * 86_400 + time
        }
    }

    /// The seconds east of UTC at a moment.
    func offset(at moment: Int64) -> Int64 {
        guard let daylight else { return standard }
        let local = moment + standard
        let year = CivilTime.civil(fromDays: local.floorDivided(by: 86_400)).year
        let begins = daylight.begins.moment(in: year) - standard
        let ends = daylight.ends.moment(in: year) - daylight.offset
        let isDaylight =
            begins < ends
            ? (begins..<ends).contains(moment) : !(ends..<begins).contains(moment)
        return isDaylight ? daylight.offset : standard
    }

    init?(_ text: ArraySlice<UInt8>) {
        var rest = text
        guard Self.skipName(&rest), let west = Self.time(&rest) else { return nil }
        standard = -west
        guard !rest.isEmpty else {
            daylight = nil
            return
        }
        guard Self.skipName(&rest) else { return nil }
        var offset = standard + 3600
        if rest.first != UInt8(ascii: ",") {
            guard let west = Self.time(&rest) else { return nil }
            offset = -west
        }
        guard let begins = Self.change(&rest), let ends = Self.change(&rest), rest.isEmpty else {
            return nil
        }
        daylight = Daylight(offset: offset, begins: begins, ends: ends)
    }

    /// Letters, or anything between angle brackets.
    private static func skipName(_ rest: inout ArraySlice<UInt8>) -> Bool {
        if rest.first == UInt8(ascii: "<") {
            guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
            rest = rest[(end + 1)...]
            return true
        }
        let name = rest.prefix { $0.isIdentifierStart && $0 != UInt8(ascii: "_") }
        rest = rest.dropFirst(name.count)
        return name.count >= 3
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        let digits = rest.prefix(while: \.isDigit)
        guard (1...3).contains(digits.count) else { return nil }
        rest = rest.dropFirst(digits.count)
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    private static func take(_ mark: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.first == UInt8(ascii: mark) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// `[+-]hours[:minutes[:seconds]]` in seconds.
    private static func time(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        let isNegative = take("-", &rest)
        if !isNegative { _ = take("+", &rest) }
        guard var seconds = number(&rest), seconds <= 167 else { return nil }
        seconds *= 3600
        for unit in [60, 1] as [Int64] where take(":", &rest) {
            guard let part = number(&rest), part < 60 else { return nil }
            seconds += part * unit
        }
        return isNegative ? -seconds : seconds
    }

    private static func change(_ rest: inout ArraySlice<UInt8>) -> Change? {
        guard take(",", &rest) else { return nil }
        let day: Change.Day
        if take("M", &rest) {
            guard let month = number(&rest), (1...12).contains(month), take(".", &rest),
                let week = number(&rest), (1...5).contains(week), take(".", &rest),
                let weekday = number(&rest), (0...6).contains(weekday)
            else { return nil }
            day = .week(month: month, week: week, weekday: weekday)
        } else if take("J", &rest) {
            guard let number = number(&rest), (1...365).contains(number) else { return nil }
            day = .withoutLeap(number)
        } else {
            guard let number = number(&rest), number <= 365 else { return nil }
            day = .counted(number)
        }
        guard take("/", &rest) else { return Change(day: day, time: 7200) }
        return time(&rest).map { Change(day: day, time: $0) }
    }
}
