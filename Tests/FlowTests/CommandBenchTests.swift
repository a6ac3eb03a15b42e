import Encoding
import FoundationEssentials
import TestSupport
import Testing

@testable import accredit

/// The benchmarks measure what is really done: small runs of each have to come through with results
/// that were counted, whatever the figures are.
@Suite(.timeLimit(.minutes(3))) struct CommandBenchTests {
    private func report(_ words: [String]) async throws -> JSON {
        let result = await CommandInProcess.run(["bench"] + words + ["--output", "json"])
        #expect(result.code == 0, "\(result.messages)")
        return try JSON.parse(result.output)
    }

    private func names(_ json: JSON) -> [String] {
        (json["rates"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
    }

    @Test func `bench crypto sets every rate beside OpenSSL's own`() async throws {
        let json = try await report(["crypto", "--seconds", "1", "--rounds", "1"])
        for algorithm in ["ES256", "Ed25519"] {
            #expect(names(json).contains("\(algorithm) OpenSSL verify"))
            #expect(names(json).contains("\(algorithm) token read and verified"))
        }
        let limited = (json["rates"]?.arrayValue ?? []).filter { $0["limit"] != nil }
        #expect(limited.count == 10)
        #expect(limited.allSatisfy { ($0["percent"]?.int64Value ?? 0) > 0 })
        #expect(json["bars"]?.arrayValue?.count == 2)
    }

    @Test func `bench ledger counts every vote on the ledger and leaves nothing behind`()
        async throws
    {
        let folder = try TemporaryFolder()
        let json = try await report(
            ["ledger", "--voters", "20", "--rounds", "3", "--folder", folder.path])
        #expect(json["facts"]?["votes"] == 60)
        #expect(names(json).contains("OpenSSL ES256 verify on the cores used"))
        #expect(json["bars"]?[0]?["atLeast"] == 40)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func `bench issue stores a credential for every application`() async throws {
        let folder = try TemporaryFolder()
        let json = try await report(
            ["issue", "--applications", "10", "--folder", folder.path])
        #expect(json["facts"]?["credentials stored"] == 20)
        #expect(json["bars"]?[1]?["atLeast"] == 1000)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func `a bar is met from its mark on and says what was wanted`() {
        func bar(_ ratio: Double) -> BenchReport.Bar {
            BenchReport.Bar(what: "work", measure: .ratio(ratio, atLeast: 0.8))
        }
        #expect(bar(0.8).isMet)
        #expect(!bar(0.799).isMet)
        var report = BenchReport(name: "test")
        report.bars = [bar(0.799), bar(0.9)]
        #expect(report.json["bars"]?[0]?["measured"] == 79)
        #expect(report.json["bars"]?[0]?["met"] == false)
        #expect(report.json["bars"]?[1]?["met"] == true)
    }

    @Test(arguments: [
        (0.0, "0"), (999.4, "999"), (999.5, "1,000"), (24_192.0, "24,192"),
        (1_234_567.0, "1,234,567"),
    ])
    func `large numbers are grouped by thousands`(value: Double, text: String) {
        #expect(BenchReport.grouped(value) == text)
    }

    @Test(arguments: [(1.0, "1.00"), (0.873, "0.87"), (1.999, "2.00"), (0.05, "0.05")])
    func `small numbers keep two places`(value: Double, text: String) {
        #expect(BenchReport.hundredths(value) == text)
    }

    @Test func `the median is the middle of the values in any order`() {
        #expect([3.0, 1, 2].median == 2)
        #expect([4.0, 1, 2, 3].median == 2.5)
        #expect([Double]().median == 0)
    }
}
