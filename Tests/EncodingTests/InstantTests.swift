import Encoding
import Testing

struct InstantTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
            (1_795_230_000_007, "2026-11-21T03:00:00.007Z"),
        ] as [(Int64, String)])
    func `a time is written and read as RFC 3339`(_ milliseconds: Int64, _ text: String) throws {
        #expect(Instant(milliseconds: milliseconds).rfc3339 == text)
        #expect(try Instant(rfc3339: text).milliseconds == milliseconds)
    }

    @Test func `every day of a 400-year era follows the one before`() throws {
        var previous = Instant(milliseconds: -86_400_000).rfc3339
        for day in 0..<146_097 as Range<Int64> {
            let instant = Instant(seconds: day * 86_400)
            #expect(instant.rfc3339.utf8.count == 20 && instant.rfc3339 > previous)
            guard try Instant(rfc3339: instant.rfc3339) == instant else {
                Issue.record("\(instant)")
                return
            }
            previous = instant.rfc3339
        }
    }

    @Test(arguments: [
        ("2026-11-21T03:00:00.5+01:30", "2026-11-21T01:30:00.500Z"),
        ("2026-11-21T03:00:00.120000000-23:59", "2026-11-22T02:59:00.120Z"),
        ("2026-11-21T03:00:00-00:00", "2026-11-21T03:00:00Z"),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ])
    func `offsets and fractions are taken into account`(_ text: String, _ expected: String) throws {
        #expect(try Instant(rfc3339: text).rfc3339 == expected)
    }

    @Test(arguments: [
        "", "2026-11-21", "2026-11-21T03:00:00", "2026-11-21t03:00:00Z", "2026-11-21T03:00:00z",
        "2026-11-21 03:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
        "2026-04-31T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T03:60:00Z",
        "2026-11-21T23:59:60Z", "2026-11-21T03:00:00.Z", "2026-11-21T03:00:00.0001Z",
        "2026-11-21T03:00:00.0000000000Z", "2026-11-21T03:00:00+24:00",
        "2026-11-21T03:00:00+0100", "2026-11-21T03:00:00ZZ", "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01", "+026-11-21T03:00:00Z", "２026-11-21T03:00:00Z",
        "2026-11-21T03:00:00Z\u{0}",
    ])
    func `anything else is refused`(_ text: String) {
        #expect(throws: FormatError(.time, "")) { try Instant(rfc3339: text) }
    }

    @Test func `arithmetic stops at the ends of the range`() {
        #expect(Instant(milliseconds: .max) == .distantFuture)
        #expect(Instant(seconds: .max) == .distantFuture)
        #expect(Instant(seconds: .min) == .distantPast)
        #expect(Instant.distantFuture.adding(milliseconds: .max) == .distantFuture)
        #expect(Instant.distantPast.adding(milliseconds: .min) == .distantPast)
        #expect(Instant.distantFuture.rfc3339 == "9999-12-31T23:59:59.999Z")
        #expect(Instant.distantPast.rfc3339 == "0000-01-01T00:00:00Z")
        #expect(Instant(milliseconds: -1).seconds == -1)
        #expect(Instant(milliseconds: -1000).seconds == -1)
        #expect(Instant(milliseconds: 999).seconds == 0)
    }
}
