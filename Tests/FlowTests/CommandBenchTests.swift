import Encoding
import FoundationEssentials
import TestSupport
import Testing

@testable import accredit

/// The benchmarks measure what is really done: small runs of each have to come through with results
/// that were counted, whatever the figures are. Limits are probed for a moment only, since other
/// tests need the cores.
@Suite(.timeLimit(.minutes(10))) struct CommandBenchTests {
    private static let probeSeconds = 0.01
    private let progress = Progress(
        Console(
            format: .json, isTerminal: false, usesColor: false, writeData: { _ in },
            writeMessage: { _ in }))

    private func names(_ report: BenchReport) -> [String] { report.rates.map(\.name) }

    private func fact(_ report: BenchReport, _ name: String) -> JSON? {
        report.json["facts"]?[name]
    }

    @Test func `bench crypto sets every rate beside OpenSSL's own`() throws {
        let report = try CryptoBench(seconds: 0.05, rounds: 1).run(progress)
        for algorithm in ["ES256", "Ed25519"] {
            #expect(names(report).contains("\(algorithm) OpenSSL verify"))
            #expect(names(report).contains("\(algorithm) token read and verified"))
        }
        let limited = report.rates.compactMap(\.limit)
        #expect(limited.count == 10)
        #expect(limited.allSatisfy { $0.ratio > 0 })
        #expect(report.bars.count == 2)
    }

    @Test func `bench policy judges and compiles, keeps nothing and shows what it measured`() throws
    {
        let report = try PolicyBench(seconds: 0.05, rounds: 1, repeats: 100).run(progress)
        #expect(fact(report, "cost of a judgement") == 197)
        #expect(report.rates.compactMap(\.limit).count == 4)
        #expect(report.bars.map(\.what).count == 3)
        #expect(report.json["bars"]?[2]?["atMost"] == 0)
        #expect(report.json["material"]?["policy"]?["rules"]?.arrayValue?.count == 8)
    }

    @Test func `bench ledger counts every vote on the ledger and leaves nothing behind`()
        async throws
    {
        let folder = try TemporaryFolder()
        let bench = LedgerBench(
            voterCount: 20, rounds: 3, folder: folder.path, probeSeconds: Self.probeSeconds)
        let report = try await bench.run(progress)
        #expect(fact(report, "votes") == 60)
        #expect(names(report).contains("OpenSSL ES256 verify on the cores used"))
        #expect(report.json["bars"]?[0]?["atLeast"] == 40)
        #expect(!names(report).contains("votes committed under a contract rule"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func `bench ledger holds a contract rule's rate against the rate without it`()
        async throws
    {
        let folder = try TemporaryFolder()
        let bench = LedgerBench(
            voterCount: 20, rounds: 3, folder: folder.path, hasContract: true,
            probeSeconds: Self.probeSeconds)
        let report = try await bench.run(progress)
        let ruled = try #require(
            report.rates.first { $0.name == "votes committed under a contract rule" })
        #expect(ruled.limit?.name == "votes committed")
        #expect((ruled.limit?.ratio ?? 0) > 0)
        #expect(fact(report, "contract rule on every vote") != nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func `bench consensus commits every vote on four nodes and leaves nothing behind`()
        async throws
    {
        let folder = try TemporaryFolder()
        let bench = ConsensusBench(
            voteCount: 40, folder: folder.path, program: BuiltCommand.path,
            probeSeconds: Self.probeSeconds, idleCount: 2)
        let report = try await bench.run(progress)
        #expect(fact(report, "votes") == 362)
        #expect(names(report).contains("OpenSSL ES256 verify by four nodes on these cores"))
        #expect(report.rates.compactMap(\.limit).allSatisfy { $0.ratio > 0 })
        // The last one is about elections, of which so few votes may see none.
        #expect((6...7).contains(report.bars.count))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func `a gap across an election ends with its block or one of the next two`() {
        var outcome = OpenLoop.Outcome()
        // The first gap ends with the second block that was seen.
        outcome.firstHeight = 7
        outcome.gaps = [9, 1, 2, 3, 9, 9, 9, 9, 9, 9, 9]
        #expect(ConsensusBench.electionGap(outcome) == 3)
        #expect(outcome.longestGap() == 9)
        outcome.gaps.append(4)
        #expect(ConsensusBench.electionGap(outcome) == 4)
        #expect(ConsensusBench.electionGap(OpenLoop.Outcome()) == 0)
    }

    @Test func `bench votes counts every vote again and leaves nothing behind`() async throws {
        let folder = try TemporaryFolder()
        let bench = VotesBench(
            accountCount: 200, candidateCount: 5, voterCount: 20, rounds: 2, castCount: 4000,
            folder: folder.path, probeSeconds: Self.probeSeconds)
        let report = try await bench.run(progress)
        #expect(fact(report, "votes cast") == 4000)
        #expect(fact(report, "candidates ranked") == 5)
        #expect(report.bars.count == 7)
        #expect(report.json["bars"]?[4]?["atMost"] == 8192)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func `bench issue stores a credential for every application`() async throws {
        let folder = try TemporaryFolder()
        let bench = IssueBench(
            applicationCount: 64, folder: folder.path,
            policyFolder: try PolicyFolder.find(named: nil), probeSeconds: Self.probeSeconds)
        let report = try await bench.run(progress)
        #expect(fact(report, "credentials stored") == 88)
        #expect(report.json["bars"]?[0]?["atLeast"] == 3000)
        #expect(report.json["bars"]?[2]?["atMost"] == 100)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test(arguments: [
        ["crypto", "--rounds", "0"], ["crypto", "--seconds", "fast"], ["policy", "--rounds", "0"],
        ["ledger", "--voters", "0"], ["votes", "--accounts", "0"],
        ["issue", "--applications", "1e9"],
    ])
    func `a size that cannot be measured is refused`(words: [String]) async {
        let result = await CommandInProcess.run(["bench"] + words)
        #expect(result.code == 2)
        #expect(result.messages.contains("it must be a whole number from 1 to"))
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
