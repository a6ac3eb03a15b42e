import Testing

@testable import LedgerNode

/// What the log says of callers who are refused.
@Suite struct RefusedCallersTests {
    @Test func `a caller is told of at once, and again when a minute is over or the reason is new`()
    {
        let refused = RefusedCallers()
        let minute = Limits.refusalLogMilliseconds
        #expect(refused.note("a", "no certificate", at: 0))
        #expect(!refused.note("a", "no certificate", at: minute - 1))
        #expect(refused.note("a", "no certificate", at: minute))
        #expect(refused.note("a", "no member", at: minute + 1))
        #expect(refused.since(0).map(\.count) == [4])
    }

    @Test func `a flood under ever new names is a bounded number of lines a minute`() {
        let refused = RefusedCallers()
        let told = (0..<1_000).filter { refused.note("stranger \($0)", "no member", at: 5) }
        #expect(told == Array(0..<Limits.refusalLogLinesMaximum))
        let end = 5 + Limits.refusalLogMilliseconds
        #expect(!refused.note("late", "no member", at: end - 1))
        #expect(refused.note("later", "no member", at: end))
        #expect(refused.since(0).count == Limits.refusedCallersMaximum)
    }
}
