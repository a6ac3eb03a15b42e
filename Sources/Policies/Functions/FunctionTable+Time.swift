/// The accessors of timestamps and durations.
extension FunctionTable {
    static let accessors: [(name: String, read: @Sendable (CivilTime) -> Int64)] = [
        ("getFullYear", { $0.year }),
        ("getMonth", { $0.month - 1 }),
        ("getDate", { $0.day }),
        ("getDayOfMonth", { $0.day - 1 }),
        ("getDayOfYear", { $0.dayOfYear }),
        ("getDayOfWeek", { $0.dayOfWeek }),
        ("getHours", { $0.hour }),
        ("getMinutes", { $0.minute }),
        ("getSeconds", { $0.second }),
    ]

    /// Whole units in a duration, which has no calendar fields.
    private static let spans: [String: Int64] = [
        "getHours": 3_600_000_000_000, "getMinutes": 60_000_000_000, "getSeconds": 1_000_000_000,
    ]

    mutating func addTime() {
        for (name, read) in Self.accessors {
            add(name, isMethod: true) { value, _ throws(EvaluationError) in
                if case .duration(let span) = value, let unit = Self.spans[name] {
                    return .int(span / unit)
                }
                guard case .timestamp(let time) = value else {
                    throw .noSuchOverload(name, value)
                }
                return .int(read(CivilTime(time, offsetSeconds: 0)))
            }
            addZoned(name) { value, zone, plan, meter throws(EvaluationError) in
                guard case .timestamp(let time) = value, case .string(let zone) = zone else {
                    throw .noSuchOverload(name, value, zone)
                }
                let offset = try Self.offset(of: zone, at: time, plan, &meter)
                return .int(read(CivilTime(time, offsetSeconds: offset)))
            }
        }
        addMilliseconds()
    }

    /// Milliseconds below the second, of timestamps in every zone and of durations alike.
    private mutating func addMilliseconds() {
        let name = "getMilliseconds"
        add(name, isMethod: true) { value, _ throws(EvaluationError) in
            switch value {
            case .timestamp(let time): return .int(Int64(time.nanoseconds) / 1_000_000)
            case .duration(let span): return .int(span % 1_000_000_000 / 1_000_000)
            case .null, .bool, .int, .uint, .double, .string, .bytes, .list, .map, .type, .optional,
                .network:
                throw .noSuchOverload(name, value)
            }
        }
        addZoned(name) { value, zone, plan, meter throws(EvaluationError) in
            guard case .timestamp(let time) = value, case .string(let zone) = zone else {
                throw .noSuchOverload(name, value, zone)
            }
            _ = try Self.offset(of: zone, at: time, plan, &meter)
            return .int(Int64(time.nanoseconds) / 1_000_000)
        }
    }

    /// Seconds east of UTC for `UTC`, an offset such as `+05:30`, `-02:30` or `02:00`, or a named
    /// zone if the environment has them.
    private static func offset(
        of zone: Text, at time: Timestamp, _ plan: Plan, _ meter: inout Meter
    ) throws(EvaluationError) -> Int64 {
        if let offset = fixedOffset(zone) { return offset }
        if let rules = plan.zones[zone] { return rules.offset(at: time.seconds) }
        guard !plan.zoneTable.isEmpty else {
            // The rules of a named zone change with the machine's tables, so the answer would too.
            throw EvaluationError(
                .unsupported,
                "the time zone \(Value.string(zone).summary); write UTC or an offset such as +05:30"
            )
        }
        // The rules of a zone named by a fact are read anew each time.
        try meter.charge(readingZoneCost)
        guard let rules = plan.zoneTable.rules(zone) else {
            throw EvaluationError(
                .invalidArgument, "there is no time zone \(Value.string(zone).summary)")
        }
        return rules.offset(at: time.seconds)
    }

    static let readingZoneCost = 1_000

    /// Whether a zone is the same on every machine: `UTC` or an offset.
    static func isFixedZone(_ zone: Text) -> Bool { fixedOffset(zone) != nil }

    /// Seconds east of UTC of a zone that is the same at all times; nil for a named one.
    private static func fixedOffset(_ zone: Text) -> Int64? {
        if zone == "UTC" || zone.bytes.isEmpty { return 0 }
        var bytes = zone.bytes[...]
        var sign: Int64 = 1
        if let first = bytes.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            sign = first == UInt8(ascii: "-") ? -1 : 1
            bytes = bytes.dropFirst()
        }
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, let hours = number(parts[0]), let minutes = number(parts[1]),
            hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard (1...2).contains(digits.count), digits.allSatisfy(\.isDigit) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
}
