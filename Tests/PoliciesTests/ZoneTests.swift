import Policies
import Testing

/// Named time zones, from files made here.
struct ZoneTests {
    /// A TZif file: an hour east until 1970-01-01, two hours until one day later, then the rule.
    static func file(footer: String, cut: Int = 0) -> [UInt8] {
        func number(_ value: Int64, _ count: Int) -> [UInt8] {
            (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> Int64($0 * 8)) }
        }
        func header(_ changes: Int64, _ types: Int64) -> [UInt8] {
            Array("TZif2".utf8) + Array(repeating: 0, count: 15)
                + [0, 0, 0, changes, types, 4].flatMap { number($0, 4) }
        }
        let name: [UInt8] = Array("ABC\0".utf8)
        let first = header(0, 1) + number(0, 4) + [0, 0] + name
        let second =
            header(2, 2) + number(0, 8) + number(86_400, 8) + [1, 0] + number(3600, 4) + [0, 0]
            + number(7200, 4) + [1, 0] + name
        return Array((first + second + "\n\(footer)\n".utf8).dropLast(cut))
    }

    static func hours(_ time: String, footer: String, cut: Int = 0) throws -> Value {
        let zones = ZoneTable { $0 == "Test/Zone" ? file(footer: footer, cut: cut) : nil }
        let environment = Environment(variables: [], zones: zones)
        return try Expression.compile("timestamp('\(time)').getHours('Test/Zone')", environment)
            .evaluate().result.get()
    }

    @Test(arguments: [
        ("1969-12-31T12:00:00Z", 13), ("1970-01-01T00:00:00Z", 2), ("1970-01-01T12:00:00Z", 14),
        // The last Sunday of March 2030 is the 31st, of October the 27th.
        ("2030-03-31T00:59:59Z", 1), ("2030-03-31T01:00:00Z", 3), ("2030-10-27T00:59:59Z", 2),
        ("2030-10-27T01:00:00Z", 2), ("2030-10-27T02:00:00Z", 3),
    ])
    func `files and their rules are followed`(_ time: String, _ hour: Int64) throws {
        let footer = "CET-1CEST,M3.5.0,M10.5.0/3"
        #expect(try Self.hours(time, footer: footer).isSame(as: .int(hour)))
    }

    @Test(arguments: [
        ("2030-07-01T00:00:00Z", "<+0330>-3:30", 3), ("2030-01-15T12:00:00Z", "AAA3", 9),
        // South of the equator the year begins in summer.
        ("2030-01-15T00:00:00Z", "AEST-10AEDT,M10.1.0,M4.1.0/3", 11),
        ("2030-07-15T00:00:00Z", "AEST-10AEDT,M10.1.0,M4.1.0/3", 10),
        ("2030-07-15T00:00:00Z", "IST-1GMT0,M10.5.0,M3.5.0/1", 1),
        ("2030-03-01T12:00:00Z", "AAA0BBB,J60/0,J300/0", 13),
        ("2030-03-01T12:00:00Z", "AAA0BBB,60/0,300/0", 12),
    ])
    func `every notation of the last rule is read`(
        _ time: String, _ footer: String, _ hour: Int64
    ) throws {
        #expect(try Self.hours(time, footer: footer).isSame(as: .int(hour)))
    }

    @Test func `a damaged file is no zone`() throws {
        let whole = Self.file(footer: "CET-1").count
        for cut in 1...whole {
            #expect(throws: EvaluationError.self) {
                try Self.hours("2030-07-01T00:00:00Z", footer: "CET-1", cut: cut)
            }
        }
        for footer in ["CET", "C-1", "CET-1CEST", "CET-1CEST,M13.1.0,M1.1.0", "CET-1x", "<A"] {
            #expect(throws: EvaluationError.self) {
                try Self.hours("2030-07-01T00:00:00Z", footer: footer)
            }
        }
    }

    @Test(arguments: ["../etc/passwd", "/etc/passwd", "a//b", "", "a/", "a.b", ".."])
    func `names that lead elsewhere are never asked for`(_ name: String) throws {
        let zones = ZoneTable { asked in
            Issue.record("asked for \(asked)")
            return nil
        }
        let environment = Environment(variables: ["z"], zones: zones)
        _ = try Expression.compile("timestamp(0).getHours(z)", environment)
            .evaluate(["z": .string(Text(name))])
    }

    @Test func `without a table there are no named zones`() throws {
        let error = try ExpressionTests.error("timestamp(0).getHours('Europe/Vienna')")
        #expect(error?.code == .unsupported)
    }
}
